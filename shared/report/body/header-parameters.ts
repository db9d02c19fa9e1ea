// Parameters of header values: `type; name=value; name="quoted value"; name*=utf-8''encoded`, in time linear in the text.
import { decodeUtf8 } from './text.ts'

const quote = 0x22
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
  const [, charset = '', encoded = ''] = /^([^']*)'[^']*'(.*)$/s.exec(text) ?? []
  switch (charset.toLowerCase()) {
    case 'utf-8':
      return decodeEscapes(encoded, { strict: true, decode: decodeExactly })
    case 'iso-8859-1':
      return decodeEscapes(encoded, { strict: true, decode: (bytes) => String.fromCharCode(...bytes) })
    default:
      return undefined
  }
}

/** Decodes `%xx` where it makes UTF-8 (Breakpad on macOS, Crashpad); everything else stays unchanged. */
export const decodePercent = (text: string): string =>
  decodeEscapes(text, { strict: false, decode: decodeExactly }) ?? text

interface Decoding {
  /** Fails for escapes that cannot be decoded, instead of keeping them. */
  strict: boolean
  decode(bytes: Uint8Array): string | undefined
}

/** Runs of `%xx`, of at most 4096 bytes: more than any name has; and other percent signs. */
const escapes = /(?:%[0-9a-f]{2}){1,4096}|%/gi

/** Decodes each run of `%xx`; undefined when strict and one cannot be decoded. */
function decodeEscapes(text: string, { strict, decode }: Decoding): string | undefined {
  let failed = false
  const decoded = text.replaceAll(escapes, (run) => {
    const piece = run === '%' ? undefined : decode(bytesOf(run))
    failed ||= piece === undefined
    return piece ?? run
  })
  return strict && failed ? undefined : decoded
}

const bytesOf = (run: string) =>
  Uint8Array.from(run.slice(1).split('%'), (digits) => Number.parseInt(digits, 16))

/** Undefined for bytes that are not UTF-8. Throws nothing: a decoder that does is slow. */
function decodeExactly(bytes: Uint8Array): string | undefined {
  const { text, exact } = decodeUtf8(bytes)
  return exact ? text : undefined
}
