// A client with a large body on a real socket, which reads the response only after it has sent everything.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

const MiB = 1024 * 1024
const piece = new Uint8Array(MiB).fill(0x61)

export interface LargeRequest {
  method?: string
  path: string
  headers?: Readonly<Record<string, string>>
  /** What the body begins with. */
  start?: Uint8Array
  /** Of letters, after the start. */
  mebibytes: number
  chunked?: true
  expect?: true
}

/** The first 12 characters of the status line, and the lines after it. Rejects when the connection is reset. */
export async function answerTo(
  url: string,
  { method = 'POST', path, headers = {}, start = new Uint8Array(0), ...body }: LargeRequest,
): Promise<{ status: string; lines: string[] }> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  // A failed write rejects on its own.
  socket.on('error', () => {})
  const { mebibytes, chunked, expect } = body
  try {
    const head = [
      `${method} ${path} HTTP/1.1`,
      `Host: ${hostname}:${port}`,
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${start.length + mebibytes * MiB}`,
      ...(expect ? ['Expect: 100-continue'] : []),
      'Connection: close',
    ]
    await send(socket, Buffer.from(`${head.join('\r\n')}\r\n\r\n`))
    if (expect) await once(socket, 'readable')
    for (const bytes of [start, ...Array.from({ length: mebibytes }, () => piece)]) {
      if (bytes.length === 0) continue
      if (chunked) await send(socket, Buffer.from(`${bytes.length.toString(16)}\r\n`))
      await send(socket, bytes)
      if (chunked) await send(socket, Buffer.from('\r\n'))
    }
    if (chunked) await send(socket, Buffer.from('0\r\n\r\n'))
    const text = Buffer.concat(await Array.fromAsync(socket)).toString()
    const lines = text.replace('HTTP/1.1 100 Continue\r\n\r\n', '').split('\r\n')
    return { status: lines[0]!.slice(0, 12), lines: lines.slice(1) }
  } finally {
    socket.destroy()
  }
}

const send = (socket: Socket, bytes: Uint8Array) =>
  new Promise<void>((done, fail) => socket.write(bytes, (error) => (error ? fail(error) : done())))
