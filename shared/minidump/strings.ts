// The text encodings in a dump: counted UTF-16 and UTF-8, NUL-terminated, fixed arrays of UTF-16 units.

import type { DumpFile, Section } from './dump-view.ts'
import { dumpError, section, spend, u16, u32 } from './dump-view.ts'

const utf8Strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const utf8Lossy = new TextDecoder('utf-8', { ignoreBOM: true })
const utf16Strict = {
  little: new TextDecoder('utf-16le', { fatal: true, ignoreBOM: true }),
  big: new TextDecoder('utf-16be', { fatal: true, ignoreBOM: true }),
}

/** Decodes UTF-16 in the dump's byte order; null when it contains a lone surrogate. */
function decodeUtf16(file: DumpFile, start: number, length: number): string | null {
  if (length <= 512) {
    const short = decodeShortUtf16(file, start, length)
    if (short !== null) return short
  }
  try {
    const decoder = file.littleEndian ? utf16Strict.little : utf16Strict.big
    return decoder.decode(file.bytes.subarray(start, start + length))
  } catch {
    return null
  }
}

/** Null when there is a surrogate, which needs the full decoder. */
function decodeShortUtf16(file: DumpFile, start: number, length: number): string | null {
  const units: number[] = []
  for (let at = start; at < start + length; at += 2) {
    const unit = file.view.getUint16(at, file.littleEndian)
    if (unit >= 0xd800 && unit < 0xe000) return null
    units.push(unit)
  }
  return String.fromCharCode(...units)
}

/**
 * MINIDUMP_STRING at file offset `rva`: u32 byte length, then UTF-16 units. Null when it is outside the file, has an
 * odd length or contains a lone surrogate.
 */
export function utf16String(file: DumpFile, rva: number): string | null {
  const end = file.bytes.byteLength
  if (rva + 4 > end) return null
  const length = file.view.getUint32(rva, file.littleEndian)
  if (length % 2 !== 0 || rva + 4 + length > end) return null
  spend(file, length)
  return decodeUtf16(file, rva + 4, length)
}

/** A fixed array of `units` UTF-16 units, up to the first zero; lone surrogates become U+FFFD. */
export function utf16Array(s: Section, offset: number, units: number): string {
  let text = ''
  for (let i = 0; i < units; i++) {
    const unit = u16(s, offset + 2 * i)
    if (unit === 0) break
    text += String.fromCharCode(unit)
  }
  return text.toWellFormed()
}

/**
 * MINIDUMP_UTF8_STRING: u32 byte length, UTF-8, one NUL; invalid sequences become U+FFFD.
 * @throws CrashError 'bad-dump' (DataError) for any other form
 */
export function utf8String(file: DumpFile, rva: number): string {
  const length = u32(section(file, rva, 4), 0)
  const body = section(file, rva + 4, length + 1)
  spend(file, length)
  if (file.bytes[body.base + length] !== 0)
    throw dumpError('DataError', `text at offset ${rva} does not end in NUL`)
  return lossyUtf8(file.bytes.subarray(body.base, body.base + length))
}

/** A counted byte array: u32 length, bytes. */
export function byteArray(file: DumpFile, rva: number): Uint8Array {
  const length = u32(section(file, rva, 4), 0)
  const body = section(file, rva + 4, length)
  return file.bytes.subarray(body.base, body.base + length)
}

/** Throws DataError for bytes that are not UTF-8; `rva` is for the message. */
export function strictUtf8(bytes: Uint8Array, rva: number): string {
  try {
    return utf8Strict.decode(bytes)
  } catch {
    throw dumpError('DataError', `text at offset ${rva} is not UTF-8`)
  }
}

export const lossyUtf8 = (bytes: Uint8Array): string => utf8Lossy.decode(bytes)

/** Bytes up to the first NUL (or all), as UTF-8 with U+FFFD for invalid sequences. */
export function lossyCString(bytes: Uint8Array): string {
  const nul = bytes.indexOf(0)
  const end = nul < 0 ? bytes.length : nul
  if (end <= 256) {
    const ascii = shortAscii(bytes, end)
    if (ascii !== null) return ascii
  }
  return utf8Lossy.decode(bytes.subarray(0, end))
}

function shortAscii(bytes: Uint8Array, end: number): string | null {
  const units: number[] = []
  for (let i = 0; i < end; i++) {
    if (bytes[i]! >= 0x80) return null
    units.push(bytes[i]!)
  }
  return String.fromCharCode(...units)
}
