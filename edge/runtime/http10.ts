// Clients that send HTTP/1.0 in chunks (Crashpad's own sockets: https://chromium.googlesource.com/crashpad/crashpad/+/refs/heads/main/util/net/http_transport_socket.cc),
// which HTTP servers refuse (RFC 9112 §6.1): the head of such a request as one of HTTP/1.1.
import { concatBytes } from '../../shared/bytes/concat.ts'

const maxHeadBytes = 16 * 1024
const latin1 = new TextDecoder('latin1')

/**
 * The head of a request of HTTP/1.0 as HTTP/1.1 with `Connection: close` and `extra` headers; headers of their names and
 * `Connection` are taken out. Of other versions, only the extra headers change. Null for what is no head.
 * @param head the bytes before the empty line, without it
 */
export function upgradeHead(head: Uint8Array, extra: Readonly<Record<string, string>>): Uint8Array | null {
  const [requestLine, ...lines] = latin1.decode(head).split('\r\n')
  const match = /^([A-Z]+) (\S+) HTTP\/1\.([01])$/.exec(requestLine ?? '')
  if (!match) return null
  const added: Record<string, string> = { ...extra, connection: 'close' }
  const kept = lines.filter(
    (line) => !Object.hasOwn(added, line.slice(0, line.indexOf(':')).trim().toLowerCase()),
  )
  const all = [`${match[1]} ${match[2]} HTTP/1.1`, ...kept]
  for (const [name, value] of Object.entries(added)) all.push(`${name}: ${value}`)
  return Uint8Array.from(`${all.join('\r\n')}\r\n\r\n`, (character) => character.charCodeAt(0))
}

/**
 * Passes one request on: head changed, everything after it as it is.
 * @param onHead called once the head has come
 * @returns the stream for the server; it fails when no head comes within 16 KiB
 */
export function upgradeRequest(
  extra: Readonly<Record<string, string>>,
  onHead: () => void = () => {},
): TransformStream<Uint8Array, Uint8Array> {
  let gathered: Uint8Array | null = new Uint8Array(0)
  return new TransformStream({
    transform(chunk, controller) {
      if (gathered === null) return controller.enqueue(chunk)
      const bytes = concatBytes([gathered, chunk])
      const end = endOfHead(bytes)
      gathered = bytes
      if (end < 0) {
        if (bytes.length > maxHeadBytes) controller.error(new Error('The head of the request is too long'))
        return
      }
      gathered = null
      onHead()
      const head = upgradeHead(bytes.subarray(0, end), extra)
      if (!head) return controller.error(new Error('No head of an HTTP/1 request'))
      controller.enqueue(head)
      if (end + 4 < bytes.length) controller.enqueue(bytes.subarray(end + 4))
    },
  })
}

function endOfHead(bytes: Uint8Array): number {
  for (let at = bytes.indexOf(13); at >= 0; at = bytes.indexOf(13, at + 1)) {
    if (bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10) return at
  }
  return -1
}
