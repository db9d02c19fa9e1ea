// Random access to files of any size.
import type { Bytes } from '../units.ts'

/**
 * A file that is read by ranges. Reads are synchronous: a reader of debug data makes millions of small ones. Where
 * storage is asynchronous, fetch the file to memory or disk first.
 */
export interface ByteSource {
  readonly size: Bytes
  /**
   * The bytes from `offset` (inclusive), fewer than `length` at the end of the source, none beyond it. They may share
   * memory with the source: do not change them.
   */
  read(offset: number, length: number): Uint8Array
  /** Reads into `buffer`, as much as it takes and the source has, and returns that part of it. Where absent, use `read`. */
  readInto?(buffer: Uint8Array, offset: number): Uint8Array
}

export const emptySource: ByteSource = sourceOfBytes(new Uint8Array(0))

export function sourceOfBytes(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) }
}

/** The part of `source` from `offset` with at most `length` bytes: fewer where the source ends before. */
export function partOf(source: ByteSource, offset: number, length: number): ByteSource {
  const size = Math.max(0, Math.min(length, source.size - offset))
  const readInto = source.readInto?.bind(source)
  return {
    size,
    ...(readInto
      ? {
          readInto: (buffer: Uint8Array, at: number) =>
            readInto(buffer.subarray(0, Math.max(0, size - at)), offset + at),
        }
      : {}),
    read: (at, count) => source.read(offset + at, Math.max(0, Math.min(count, size - at))),
  }
}

/** `pageBytes` are read at once; `maxPages` of them are kept, the longest unused leave first. */
export interface PageOptions {
  pageBytes?: Bytes
  maxPages?: number
}

/** Serves small reads from pages in memory. Reads of more than a page go to `source`. */
export function withPages(source: ByteSource, options: PageOptions = {}): ByteSource {
  const { pageBytes = 64 * 1024, maxPages = 64 } = options
  const pages = new Map<number, Uint8Array>()
  const pageAt = (index: number): Uint8Array => {
    const page = pages.get(index) ?? source.read(index * pageBytes, pageBytes)
    pages.delete(index)
    pages.set(index, page)
    if (pages.size > maxPages) pages.delete(pages.keys().next().value!)
    return page
  }
  const { readInto } = source
  return {
    size: source.size,
    ...(readInto ? { readInto } : {}),
    read(offset, length) {
      const index = Math.floor(offset / pageBytes)
      const at = offset - index * pageBytes
      if (at + length > pageBytes) return source.read(offset, length)
      return pageAt(index).subarray(at, at + length)
    },
  }
}

/**
 * The text from `offset` to the next NUL, at most `maxBytes`; empty outside the source. Invalid UTF-8 is read as
 * Latin-1, as older compilers write it.
 */
export function textAt(source: ByteSource, offset: number, maxBytes: Bytes = 16 * 1024): string {
  if (!(offset >= 0 && offset < source.size)) return ''
  for (let length = 128; ; length *= 4) {
    const bytes = source.read(offset, Math.min(length, maxBytes))
    const end = bytes.indexOf(0)
    if (end >= 0) return decodeText(bytes.subarray(0, end))
    if (bytes.length < length) return decodeText(bytes)
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const latin1 = new TextDecoder('latin1')

/** UTF-8, or Latin-1 where it is not valid. Control characters, which would break lines of a symbol file, become `?`. */
export function decodeText(bytes: Uint8Array): string {
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    text = latin1.decode(bytes)
  }
  return text.replace(/[\x00-\x1f\x7f\u2028\u2029]/g, '?')
}
