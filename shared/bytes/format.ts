// What bytes are, by how they begin.

/** How the bytes of each format begin. */
const magicNumbers = {
  /** RFC 1952. */
  gzip: [0x1f, 0x8b],
  /** RFC 8878. */
  zstd: [0x28, 0xb5, 0x2f, 0xfd],
  /** The delimiter of a multipart body: `--`. */
  multipart: [0x2d, 0x2d],
} as const

export type Format = keyof typeof magicNumbers

/** The format that the first bytes announce; null when they announce none. */
export function formatOf(bytes: Uint8Array): Format | null {
  for (const [format, magic] of Object.entries(magicNumbers))
    if (magic.every((byte, i) => bytes[i] === byte)) return format as Format
  return null
}
