// Clients that send chunked HTTP/1.0 (Crashpad's own sockets:
// https://chromium.googlesource.com/crashpad/crashpad/+/refs/heads/main/util/net/http_transport_socket.cc), which
// HTTP servers reject (RFC 9112 §6.1): rewrites the head of such a request as HTTP/1.1.
import { concatBytes } from '../../shared/bytes/concat.ts'

const maxHeadBytes = 16 * 1024
const latin1 = new TextDecoder('latin1')

/** The head of a request violates HTTP/1.1. The message is for the client. */
export class BadHead extends Error {
  override readonly name = 'BadHead'
}

const requestLine = /^([A-Z]{1,32}) ([!-~]+) HTTP\/1\.[01]$/
const headerLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t\x20-\x7e\x80-\xff]*$/

/**
 * The head of an HTTP/1.0 or HTTP/1.1 request as HTTP/1.1 with `Connection: close`. A head without `Host`, which
 * HTTP/1.0 allows, gets `host`.
 * @param head the bytes before the empty line, without it
 * @throws BadHead for ambiguous lines: bare CR or LF, folded lines, names with blanks
 */
export function upgradeHead(head: Uint8Array, host: string): Uint8Array {
  const [first, ...lines] = latin1.decode(head).split('\r\n')
  const match = requestLine.exec(first ?? '')
  if (!match) throw new BadHead('The first line is not an HTTP/1 request line')
  const headers = lines.map((line) => {
    const name = headerLine.exec(line)?.[1]
    if (name === undefined) throw new BadHead('A line of the head is not a header')
    return { name: name.toLowerCase(), line }
  })
  const hosts = headers.filter(({ name }) => name === 'host')
  if (hosts.length > 1) throw new BadHead('There is more than one Host header')
  const all = [
    `${match[1]} ${match[2]} HTTP/1.1`,
    ...(hosts.length === 0 ? [`Host: ${host}`] : []),
    ...headers.filter(({ name }) => name !== 'connection').map(({ line }) => line),
    'Connection: close',
  ]
  return Uint8Array.from(`${all.join('\r\n')}\r\n\r\n`, (character) => character.charCodeAt(0))
}

/** Receives the bytes of a request until its head is complete. */
export interface HeadReader {
  /**
   * The upgraded head and the bytes after it so far; null while the head is incomplete.
   * @throws BadHead, also for a head over 16 KiB
   */
  push(chunk: Uint8Array): Uint8Array[] | null
}

/** @param host like in `upgradeHead` */
export function createHeadReader(host: string): HeadReader {
  let gathered: Uint8Array = new Uint8Array(0)
  return {
    push(chunk) {
      const bytes = concatBytes([gathered, chunk])
      const end = endOfHead(bytes, gathered.length)
      gathered = bytes
      if (end < 0 && bytes.length <= maxHeadBytes) return null
      if (end < 0 || end > maxHeadBytes) throw new BadHead('The head is too long')
      return [upgradeHead(bytes.subarray(0, end), host), bytes.subarray(end + 4)]
    },
  }
}

/**
 * The start of the empty line; -1 while it has not arrived. Bytes before `from` were already checked.
 * @throws BadHead for a line that does not end in CR LF, where another parser may end the head
 */
function endOfHead(bytes: Uint8Array, from: number): number {
  for (let at = Math.max(0, from - 1); at < bytes.length; at++) {
    const isCr = bytes[at] === 13
    const isLf = bytes[at] === 10
    if (isLf && bytes[at - 1] !== 13) throw new BadHead('A line does not end in CR LF')
    if (isCr && at + 1 < bytes.length && bytes[at + 1] !== 10)
      throw new BadHead('A line does not end in CR LF')
    if (isLf && bytes[at - 2] === 10) return at - 3
  }
  return -1
}
