// The port for HTTP/1.0 clients under Deno. Each request is passed to a server inside this process, one per
// connection.
import { problem } from '../lib/http.ts'
import { BadHead, createHeadReader } from './http10.ts'

export interface Http10Options {
  hostname: string
  port: number
  /** Time limit for the head of a request, in milliseconds. */
  headTimeoutMs: number
  /** `peer`: address of the client. */
  handle(request: Request, peer: string): Response | Promise<Response>
  onListen(address: Deno.Addr): void
}

/** Not an address, so a request of an unknown connection never counts as local. */
const unknownPeer = 'unknown'

/** Listens until the process ends. */
export function serveHttp10({ hostname, port, headTimeoutMs, handle, onListen }: Http10Options): void {
  // Keyed by the port of the connection between both servers: no content of a request can change who its client is.
  const peers = new Map<number, string>()
  const inner = Deno.serve({ hostname: '127.0.0.1', port: 0, onListen: () => {} }, (request, info) =>
    handle(request, peers.get(info.remoteAddr.port) ?? unknownPeer),
  )
  const passOn = async (client: Deno.TcpConn, pieces: Uint8Array[]) => {
    const server = await Deno.connect({ hostname: inner.addr.hostname, port: inner.addr.port })
    const { port: connection } = server.localAddr
    peers.set(connection, client.remoteAddr.hostname)
    try {
      const sent = send(pieces, client, server).catch(() => closeQuietly(server))
      await Promise.all([sent, server.readable.pipeTo(client.writable)])
    } finally {
      peers.delete(connection)
      closeQuietly(server)
    }
  }
  const serve = async (client: Deno.TcpConn) => {
    const timer = setTimeout(() => closeQuietly(client), headTimeoutMs)
    try {
      const pieces = await readHead(client)
      clearTimeout(timer)
      if (pieces) await passOn(client, pieces)
    } catch (error) {
      // Any other error: the client has left.
      if (error instanceof BadHead) await refuse(client, error).catch(() => {})
    } finally {
      clearTimeout(timer)
      closeQuietly(client)
    }
  }
  const listener = Deno.listen({ hostname, port })
  onListen(listener.addr)
  void (async () => {
    for await (const client of listener) void serve(client)
  })()
}

/** Null when the client closes before its head is complete. @throws BadHead */
async function readHead(client: Deno.TcpConn): Promise<Uint8Array[] | null> {
  const { hostname, port } = client.localAddr
  const head = createHeadReader(hostname.includes(':') ? `[${hostname}]:${port}` : `${hostname}:${port}`)
  const reader = client.readable.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return null
      const pieces = head.push(value)
      if (pieces) return pieces
    }
  } finally {
    reader.releaseLock()
  }
}

async function send(pieces: Uint8Array[], client: Deno.TcpConn, server: Deno.TcpConn): Promise<void> {
  const writer = server.writable.getWriter()
  for (const piece of pieces) if (piece.length > 0) await writer.write(piece)
  writer.releaseLock()
  await client.readable.pipeTo(server.writable, { preventClose: true })
}

/**
 * Responds, and reads on until the client closes or its time is up: closing with unread bytes would lose the
 * response.
 */
async function refuse(client: Deno.TcpConn, { message }: BadHead): Promise<void> {
  const answer = problem(400, message, { connection: 'close' })
  const lines = [...answer.headers].map(([name, value]) => `${name}: ${value}\r\n`)
  const head = new TextEncoder().encode(`HTTP/1.1 400 Bad Request\r\n${lines.join('')}\r\n`)
  const writer = client.writable.getWriter()
  await writer.write(head)
  await writer.write(await answer.bytes())
  await client.closeWrite()
  for await (const _ of client.readable);
}

function closeQuietly(connection: Deno.TcpConn): void {
  try {
    connection.close()
  } catch {
    // Already closed.
  }
}
