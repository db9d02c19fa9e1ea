// Bodies over the limit, over real sockets, from clients that read the response only after sending everything.
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { boundary, bytesOf } from '../../support/crash-request.ts'
import {
  type RunningEdge,
  startDenoEdge,
  startNodeEdge,
  startWorkerdEdge,
} from '../../support/running-edge.ts'

const MiB = 1024 * 1024
const piece = new Uint8Array(MiB).fill(0x61)
const first = bytesOf(`--${boundary}\r\nContent-Disposition: form-data; name="f"; filename="a.dmp"\r\n\r\n`)

interface Sending {
  mebibytes: number
  chunked?: true
  expect?: true
}

/** The status line and the last line of the response. */
async function answerTo(url: string, { mebibytes, chunked, expect: expects }: Sending): Promise<string[]> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  try {
    const head = [
      'POST /submit HTTP/1.1',
      `Host: ${hostname}:${port}`,
      `Content-Type: multipart/form-data; boundary=${boundary}`,
      chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${first.length + mebibytes * MiB}`,
      ...(expects ? ['Expect: 100-continue'] : []),
      'Connection: close',
    ]
    await send(socket, bytesOf(`${head.join('\r\n')}\r\n\r\n`))
    if (expects) await once(socket, 'readable')
    for (const bytes of [first, ...Array.from({ length: mebibytes }, () => piece)]) {
      if (chunked) await send(socket, bytesOf(`${bytes.length.toString(16)}\r\n`))
      await send(socket, bytes)
      if (chunked) await send(socket, bytesOf('\r\n'))
    }
    if (chunked) await send(socket, bytesOf('0\r\n\r\n'))
    const text = Buffer.concat(await Array.fromAsync(socket)).toString()
    const lines = text.replace('HTTP/1.1 100 Continue\r\n\r\n', '').split('\r\n')
    return [lines[0]!.slice(0, 12), lines.find((line) => line.startsWith('Discarded='))!]
  } finally {
    socket.destroy()
  }
}

const send = (socket: Socket, bytes: Uint8Array) =>
  new Promise<void>((done, fail) => socket.write(bytes, (error) => (error ? fail(error) : done())))

describe.each([
  ['workerd', startWorkerdEdge],
  ['Deno', startDenoEdge],
  ['Node', startNodeEdge],
])('the edge in %s responds with 413 to a body that', (_, start) => {
  let dir: string
  let edge: RunningEdge
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'mayday-large-'))
    edge = await start(dir)
  })
  afterAll(async () => {
    await edge.stop()
    await rm(dir, { recursive: true, force: true })
  })

  test.each<[string, Sending]>([
    ['is just over the limit', { mebibytes: 26 }],
    ['has 30 MiB', { mebibytes: 30 }],
    ['has 90 MiB', { mebibytes: 90 }],
    ['is sent after Expect: 100-continue', { mebibytes: 60, expect: true }],
    ['arrives in chunks without a length', { mebibytes: 90, chunked: true }],
    ['arrives in chunks after Expect: 100-continue', { mebibytes: 60, chunked: true, expect: true }],
  ])('%s', async (_, sending) => {
    const answer = await answerTo(edge.url, sending)
    expect(answer).toEqual(['HTTP/1.1 413', 'Discarded=malformed_body_too_large'])
  })
})
