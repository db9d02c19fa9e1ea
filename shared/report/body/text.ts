// Decodes annotations. No annotation is dropped because of its encoding.

export interface DecodedText {
  text: string
  /** False when characters had to be replaced, or when the charset is unknown. */
  exact: boolean
}

type Decoder = InstanceType<typeof TextDecoder>

/** Maximum number of charsets that one report may look up; any other counts as unknown. */
const maxCharsets = 20
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true, fatal: false })
const windows1252 = new TextDecoder('windows-1252', { ignoreBOM: true, fatal: false })

/** UTF-8 with U+FFFD for invalid sequences; keeps a byte order mark. */
export function decodeUtf8(bytes: Uint8Array): DecodedText {
  const text = utf8.decode(bytes)
  return { text, exact: !text.includes('\ufffd') || isExact(text, bytes) }
}

/** True when each U+FFFD of the text was sent as U+FFFD. */
function isExact(text: string, bytes: Uint8Array): boolean {
  let replacements = 0
  for (let at = text.indexOf('\ufffd'); at >= 0; at = text.indexOf('\ufffd', at + 1)) {
    if (++replacements > maxReplacements) return false
  }
  let sent = 0
  let looks = 0
  for (let at = bytes.indexOf(0xef); at >= 0 && looks < maxLooks; at = bytes.indexOf(0xef, at + 1)) {
    looks++
    if (bytes[at + 1] === 0xbf && bytes[at + 2] === 0xbd) sent++
  }
  return sent === replacements
}

/** Text with more of them counts as inexact. */
const maxReplacements = 1000
const maxLooks = 100_000

/** Decodes the texts of one report, each in the charset its part names. */
export class TextReader {
  private readonly decoders = new Map<string, Decoder | null>()

  /** Text in an unknown charset is decoded as UTF-8 if it is valid UTF-8, else as Windows-1252. */
  decode(bytes: Uint8Array, charset: string): DecodedText {
    if (charset === 'utf-8') return decodeUtf8(bytes)
    const decoder = this.decoderOf(charset.toLowerCase())
    if (decoder?.encoding === 'utf-8') return decodeUtf8(bytes)
    if (decoder) {
      const text = decoder.decode(bytes)
      return { text, exact: !text.includes('\ufffd') }
    }
    const { text, exact } = decodeUtf8(bytes)
    return { text: exact ? text : windows1252.decode(bytes), exact: false }
  }

  private decoderOf(charset: string): Decoder | null {
    const known = this.decoders.get(charset)
    if (known !== undefined || this.decoders.size >= maxCharsets) return known ?? null
    const decoder = openDecoder(charset)
    this.decoders.set(charset, decoder)
    return decoder
  }
}

function openDecoder(charset: string): Decoder | null {
  try {
    return new TextDecoder(charset, { ignoreBOM: true, fatal: false })
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return null
    throw error
  }
}
