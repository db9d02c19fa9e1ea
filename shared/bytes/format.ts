// Recognizes formats by their first bytes.

/** The first bytes of each format. */
const magicNumbers = {
  /** RFC 1952. */
  gzip: [0x1f, 0x8b],
  /** RFC 8878. */
  zstd: [0x28, 0xb5, 0x2f, 0xfd],
  /** The delimiter of a multipart body: `--`. */
  multipart: [0x2d, 0x2d],
} as const

export type Format = keyof typeof magicNumbers

/** The format of the bytes; null when their start is not recognized. */
export function formatOf(bytes: Uint8Array): Format | null {
  for (const [format, magic] of Object.entries(magicNumbers))
    if (magic.every((byte, i) => bytes[i] === byte)) return format as Format
  return null
}
