// Clients that stop in the middle of a body, over real sockets.
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { boundary, F, multipart, submitRequest, T } from '../../support/crash-request.ts'
import { startDenoEdge, startNodeEdge, startWorkerdEdge } from '../../support/running-edge.ts'
import { until } from '../../support/until.ts'

const end = 'Discarded=malformed_body_timeout'

/** The response to a body that nearly stops: Deno sends it when another byte arrives after the timeout. */
async function answerToStalled(url: string): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  let text = ''
  socket.setEncoding('utf8').on('data', (piece: string) => {
    text += piece
  })
  socket.on('error', () => {})
  socket.write(
    `POST /submit HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: multipart/form-data; boundary=${boundary}\r\nContent-Length: 100000\r\n\r\n--${boundary}\r\n`,
  )
  try {
    await until(() => text.includes(end) || !socket.write('x'))
    return text
  } finally {
    socket.destroy()
  }
}

const runtimes = [
  ['workerd', startWorkerdEdge],
  ['Deno', startDenoEdge],
  ['Node', startNodeEdge],
] as const

/** A connection that has sent a head and the start of a body; `more` sends another byte. */
function trickle(url: string) {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  let text = ''
  socket.setEncoding('utf8').on('data', (piece: string) => {
    text += piece
  })
  socket.on('error', () => {})
  socket.write(
    `POST /submit HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: multipart/form-data; boundary=${boundary}\r\nContent-Length: 1000\r\n\r\n--${boundary}`,
  )
  return {
    more: () => socket.write('x'),
    close: () => socket.destroy(),
    get status() {
      return /^HTTP\/1\.1 (\d+) /.exec(text)?.[1]
    },
  }
}

test.each(runtimes)('the edge in %s drops very slow clients when others need memory', async (_, start) => {
  const dir = await mkdtemp(join(tmpdir(), 'mayday-trickle-'))
  // This memory is enough for 32 requests.
  const edge = await start(dir, { BUDGET_MB: '1' })
  const slow = Array.from({ length: 40 }, () => trickle(edge.url))
  try {
    const body = multipart([T('ProductName', 'App'), F('upload_file_minidump')])
    const { headers } = submitRequest(body)
    const submit = () => fetch(`${edge.url}/submit`, { method: 'POST', headers, body })
    await vi.waitFor(async () => expect((await submit()).status).toBe(200), {
      timeout: 20_000,
      interval: 200,
    })
    await vi.waitFor(
      () => {
        for (const client of slow) if (client.status === undefined) client.more()
        expect(slow.map(({ status }) => status)).toContain('503')
      },
      { timeout: 20_000, interval: 200 },
    )
  } finally {
    for (const client of slow) client.close()
    await edge.stop()
    await rm(dir, { recursive: true, force: true })
  }
})

test.each(runtimes)('the edge in %s times out a stalled body, and responds', async (_, start) => {
  const dir = await mkdtemp(join(tmpdir(), 'mayday-stalled-'))
  const edge = await start(dir, { BODY_TIMEOUT_MS: '300' })
  try {
    const answer = await answerToStalled(edge.url)
    expect(answer).toMatch(/^HTTP\/1\.1 408 /)
    expect(answer).toContain(end)
  } finally {
    await edge.stop()
    await rm(dir, { recursive: true, force: true })
  }
})
