// Clients that stop in the middle of a body, at edges over real sockets.
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { boundary, F, multipart, T } from '../../support/crash-request.ts'
import { startDenoEdge, startWorkerdEdge } from '../../support/running-edge.ts'

const end = 'Discarded=malformed_body_timeout'

/** What comes back when the last byte of the body comes too late; some runtimes answer only then. */
function answerTo(url: string, body: Uint8Array): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write(
    `POST /submit HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: multipart/form-data; boundary=${boundary}\r\nContent-Length: ${body.length}\r\n\r\n`,
  )
  socket.write(body.subarray(0, -1))
  const late = setTimeout(() => socket.write(body.subarray(-1)), 1500)
  return new Promise<string>((done, fail) => {
    let text = ''
    socket.setEncoding('utf8').on('data', (piece: string) => {
      text += piece
      if (text.includes(end)) done(text)
    })
    socket.on('end', () => done(text)).on('error', fail)
  }).finally(() => {
    clearTimeout(late)
    socket.destroy()
  })
}

test.each([
  ['workerd', startWorkerdEdge],
  ['Deno', startDenoEdge],
])('the edge in %s gives up a body that stops coming, and answers', async (_, start) => {
  const dir = await mkdtemp(join(tmpdir(), 'mayday-stalled-'))
  const edge = await start(dir, { BODY_TIMEOUT_MS: '300' })
  try {
    const answer = await answerTo(edge.url, multipart([T('ProductName', 'App'), F('upload_file_minidump')]))
    expect(answer).toMatch(/^HTTP\/1\.1 408 /)
    expect(answer).toContain(end)
  } finally {
    await edge.stop()
    await rm(dir, { recursive: true, force: true })
  }
})
