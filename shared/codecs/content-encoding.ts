// The Content-Encoding of a request (RFC 9110 §8.4), read as leniently as clients write it.
import { Refusal } from '../report/refusals.ts'

export type Encoding = 'gzip' | 'deflate' | 'zstd'

const encodings: ReadonlyMap<string, Encoding> = new Map([
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
  ['zstd', 'zstd'],
])

/**
 * Values that clients send although they are not content codings: `identity`, and values of Content-Transfer-Encoding
 * and charset.
 */
const noEncoding: ReadonlySet<string> = new Set([
  '',
  ...'identity none null plain binary 7bit 8bit ascii us-ascii iso-8859-1 latin1 utf8 utf-8 utf-16'.split(
    ' ',
  ),
  'windows-1252',
])

/**
 * The encoding in a Content-Encoding header, ignoring case; null when the body is not compressed.
 * @throws Refusal 'unknown_encoding' for any other word, and for more than one compression
 */
export function contentEncoding(header: string | null): Encoding | null {
  const names = (header ?? '').toLowerCase().split(',')
  const [name, ...more] = names.map((word) => word.trim()).filter((word) => !noEncoding.has(word))
  if (name === undefined) return null
  const encoding = encodings.get(name)
  if (!encoding || more.length > 0) throw new Refusal('unknown_encoding')
  return encoding
}
