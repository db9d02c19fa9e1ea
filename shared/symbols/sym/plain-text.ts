// Symbol files as other programs rewrite them: UTF-16 (PowerShell's redirection), a byte order mark, CR as line end.
import { CrashError } from '../../errors.ts'
import type { Bytes } from '../../units.ts'

const newline = 10
const carriageReturn = 13

/** Larger files in UTF-16 are not converted. */
const maxUtf16Bytes: Bytes = 256 * 1024 * 1024

/**
 * The same text in UTF-8 without a byte order mark, with LF or CR LF as line ends; the given bytes when they are that
 * already.
 * @throws CrashError 'limit' for UTF-16 of more than 256 MiB
 */
export function plainText(bytes: Uint8Array): Uint8Array {
  const [first, second, third] = bytes
  if (first === 0xff && second === 0xfe) return withNewlines(fromUtf16(bytes, 'utf-16le'))
  if (first === 0xfe && second === 0xff) return withNewlines(fromUtf16(bytes, 'utf-16be'))
  const hasMark = first === 0xef && second === 0xbb && third === 0xbf
  return withNewlines(hasMark ? bytes.subarray(3) : bytes)
}

function fromUtf16(bytes: Uint8Array, encoding: string): Uint8Array {
  if (bytes.length > maxUtf16Bytes)
    throw new CrashError('limit', 'A symbol file in UTF-16 has more than 256 MiB; convert it to UTF-8')
  return new TextEncoder().encode(new TextDecoder(encoding).decode(bytes))
}

/** All line ends are taken to be of the first one's kind. */
function withNewlines(bytes: Uint8Array): Uint8Array {
  let at = bytes.indexOf(carriageReturn)
  if (at < 0) return bytes
  while (bytes[at] === carriageReturn) at++
  if (at === bytes.length || bytes[at] === newline || bytes.subarray(0, at).includes(newline)) return bytes
  return bytes.map((byte) => (byte === carriageReturn ? newline : byte))
}
