// Parameters of header values: `type; name=value; name="quoted value"; name*=utf-8''encoded`, in time linear in the text.

const quote = 0x22
const percent = 0x25
const semicolon = 0x3b
const equals = 0x3d
const backslash = 0x5c

/** The parameter `name` (lower case) of a header value (RFC 9110 §5.6.6), quoted or not; the first of that name. */
export const parameter = (value: string, name: string): string | undefined => readParameters(value).get(name)

/** All parameters by their names in lower case; the first of each name. Text that is not a parameter is skipped. */
export function readParameters(value: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>()
  let at = value.indexOf(';')
  let mayClose = true
  while (at >= 0) {
    const nameStart = skipSpace(value, at + 1)
    const nameEnd = endOfName(value, nameStart)
    const sign = skipSpace(value, nameEnd)
    if (nameEnd === nameStart || value.charCodeAt(sign) !== equals) {
      at = value.indexOf(';', nameEnd)
      continue
    }
    const start = skipSpace(value, sign + 1)
    const close = mayClose && value.charCodeAt(start) === quote ? endOfQuoted(value, start + 1) : -1
    // Without a closing quote here there is none for any later parameter.
    if (close < 0 && value.charCodeAt(start) === quote) mayClose = false
    const next = value.indexOf(';', close < 0 ? start : close)
    const bareEnd = next < 0 ? value.length : next
    const text = close < 0 ? value.slice(start, bareEnd).trim() : unquote(value.slice(start + 1, close))
    const name = value.slice(nameStart, nameEnd).toLowerCase()
    if (!parameters.has(name)) parameters.set(name, text)
    at = next
  }
  return parameters
}

function skipSpace(value: string, from: number): number {
  let at = from
  while (isSpace(value.charCodeAt(at))) at++
  return at
}

const isSpace = (code: number) => code === 0x20 || (code >= 0x09 && code <= 0x0d)

function endOfName(value: string, from: number): number {
  let at = from
  for (; at < value.length; at++) {
    const code = value.charCodeAt(at)
    if (code === equals || code === semicolon || isSpace(code)) break
  }
  return at
}

/** The offset of the closing quote; -1 without one. */
function endOfQuoted(value: string, from: number): number {
  for (let at = from; at < value.length; at++) {
    const code = value.charCodeAt(at)
    if (code === quote) return at
    if (code === backslash) at++
  }
  return -1
}

/** Only quotes and backslashes are escaped: file names of Windows arrive with bare backslashes. */
const unquote = (text: string) => (text.includes('\\') ? text.replaceAll(/\\(["\\])/g, '$1') : text)

/**
 * The value of a parameter in the form `charset'language'encoded` (RFC 8187 §3.2), as that of `name*`; undefined for another
 * charset, or for bytes that are not of it.
 */
export function decodeExtended(text: string): string | undefined {
  const charsetEnd = text.indexOf("'")
  const languageEnd = text.indexOf("'", charsetEnd + 1)
  if (charsetEnd < 0 || languageEnd < 0) return undefined
  const encoded = text.slice(languageEnd + 1)
  switch (text.slice(0, charsetEnd).toLowerCase()) {
    case 'utf-8':
      return decodeEscapes(encoded, { strict: true, decode: decodeUtf8 })
    case 'iso-8859-1':
      return decodeEscapes(encoded, { strict: true, decode: (bytes) => String.fromCharCode(...bytes) })
    default:
      return undefined
  }
}

/** Decodes `%xx` where it makes UTF-8 (Breakpad on macOS, Crashpad); everything else stays unchanged. */
export const decodePercent = (text: string): string =>
  decodeEscapes(text, { strict: false, decode: decodeUtf8 }) ?? text

interface Decoding {
  /** Fails for a run of escapes that cannot be decoded, instead of keeping it. */
  strict: boolean
  decode(bytes: readonly number[]): string | undefined
}

/** Decodes each run of `%xx`; undefined when strict and a run cannot be decoded. */
function decodeEscapes(text: string, { strict, decode }: Decoding): string | undefined {
  let decoded = ''
  let kept = 0
  for (let at = text.indexOf('%'); at >= 0; ) {
    const bytes = readEscapes(text, at)
    const end = at + 3 * bytes.length
    const piece = bytes.length > 0 ? decode(bytes) : undefined
    if (piece === undefined && strict) return undefined
    if (piece !== undefined) {
      decoded += text.slice(kept, at) + piece
      kept = end
    }
    at = text.indexOf('%', Math.max(end, at + 1))
  }
  return decoded + text.slice(kept)
}

/** The bytes of the run of `%xx` that starts at `from`, at most 4096: more than any name has. */
function readEscapes(text: string, from: number): number[] {
  const bytes: number[] = []
  for (let at = from; text.charCodeAt(at) === percent && bytes.length < maxRun; at += 3) {
    const high = hexDigit(text.charCodeAt(at + 1))
    const low = hexDigit(text.charCodeAt(at + 2))
    if (high < 0 || low < 0) break
    bytes.push(high * 16 + low)
  }
  return bytes
}

const maxRun = 4096

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const letter = code | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1
}

/** The text of UTF-8 bytes (RFC 3629 §3); undefined when they are not UTF-8. Throws nothing: a decoder that does is slow. */
function decodeUtf8(bytes: readonly number[]): string | undefined {
  let text = ''
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at]!
    const length = lengthOfSequence(first)
    let code = length === 1 ? first : first & (0x7f >> length)
    for (let i = 1; i < length; i++) {
      const next = bytes[at + i]
      if (next === undefined || (next & 0xc0) !== 0x80) return undefined
      code = (code << 6) | (next & 0x3f)
    }
    if (length === 0 || code < smallest[length]! || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
      return undefined
    }
    text += String.fromCodePoint(code)
    at += length
  }
  return text
}

/** The smallest code point of a sequence of so many bytes. */
const smallest = [0, 0, 0x80, 0x800, 0x10000]

function lengthOfSequence(first: number): number {
  if (first < 0x80) return 1
  if (first < 0xc0) return 0
  if (first < 0xe0) return 2
  if (first < 0xf0) return 3
  return first < 0xf8 ? 4 : 0
}
