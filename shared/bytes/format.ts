// Recognizes formats by their first bytes.

const ascii = (text: string) => [...text].map((character) => character.charCodeAt(0))

/** The first bytes of each format. */
const magicNumbers = [
  /** Little-endian and big-endian: https://learn.microsoft.com/windows/win32/api/minidumpapiset/ns-minidumpapiset-minidump_header */
  ['minidump', ascii('MDMP')],
  ['minidump', ascii('PMDM')],
  /** RFC 1952. */
  ['gzip', [0x1f, 0x8b]],
  /** RFC 8878. */
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  /** https://tukaani.org/xz/xz-file-format.txt */
  ['xz', [0xfd, ...ascii('7zXZ'), 0]],
  ['bzip2', ascii('BZh')],
  ['zip', ascii('PK\x03\x04')],
] as const satisfies readonly (readonly [string, readonly number[]])[]

export type Format = (typeof magicNumbers)[number][0] | 'multipart'

/** Enough bytes for `formatOf` to recognize every format. */
export const formatBytes = 6

const dash = 0x2d
const lineBreaks = [0x0d, 0x0a]
/** Bytes that some format starts with: nearly all other content is recognized as such by its first byte. */
const firstBytes = new Set([dash, ...lineBreaks, ...magicNumbers.map(([, magic]) => magic[0]!)])

/**
 * The format of the bytes; null when their start is not recognized. A multipart body starts with the dashes of a
 * delimiter, after any number of empty lines.
 */
export function formatOf(bytes: Uint8Array): Format | null {
  if (!firstBytes.has(bytes[0]!)) return null
  for (const [format, magic] of magicNumbers) if (magic.every((byte, i) => bytes[i] === byte)) return format
  const at = lengthOfEmptyLines(bytes)
  return bytes[at] === dash && bytes[at + 1] === dash ? 'multipart' : null
}

/** Length of the line breaks at the start, in bytes. */
export function lengthOfEmptyLines(bytes: Uint8Array): number {
  let at = 0
  while (lineBreaks.includes(bytes[at]!)) at++
  return at
}
