// Symbols from a symdex: pages are fetched, inflated and decoded on first access.
import { inflateBytes } from '../../bytes/streams.ts'
import { CrashError, isCrashError } from '../../errors.ts'
import type { Bytes } from '../../units.ts'
import { bytesOfTables, lastAtMost } from './columns.ts'
import type { SymbolPage } from './symbol-page.ts'
import { noValidRecord, type SymbolTable } from './symbol-table.ts'
import { checksumOf, decodeRoot, rootLength, type SymdexRoot, symdexHeaderBytes } from './format.ts'
import { decodePage } from './page.ts'

/** Raw INFLATE of data that must yield exactly `length` bytes; throws otherwise. */
export type Inflate = (stored: Uint8Array, length: number) => Uint8Array

/** `length` bytes from `offset`; fewer at the end of the file. */
export type ReadRange = (offset: number, length: number) => Promise<Uint8Array>

/** Limit of the decoded pages of a table; the oldest are dropped first. */
const maxDecodedBytes: Bytes = 64 * 1024 * 1024

/**
 * A table over a whole symdex in memory. With `inflate`, lookups are synchronous.
 * @throws CrashError 'bad-symbols' when it is not a symdex of this version, or its root is damaged.
 */
export function tableOfSymdex(file: Uint8Array, inflate: Inflate | null): SymbolTable {
  const root = decodeRoot(file)
  if (root.offset[root.address.length]! > file.length)
    throw new CrashError('bad-symbols', 'The symbol index is truncated')
  const slice = (page: number) => file.subarray(root.offset[page]!, root.offset[page + 1]!)
  return createTable(
    root,
    file.length,
    async (page) => slice(page),
    inflate && ((page) => open(root, page, slice(page), inflate)),
  )
}

/** Bytes to read from the start of a file: header and root of all but the largest. */
const firstRead: Bytes = 64 * 1024

/**
 * A table over a symdex read by ranges: its root now, pages on demand.
 * @throws CrashError 'bad-symbols' when it is not a symdex of this version, or its root is damaged.
 */
export async function tableOfSymdexRanges(read: ReadRange): Promise<SymbolTable> {
  let first = await read(0, firstRead)
  const length = rootLength(first.subarray(0, symdexHeaderBytes))
  if (length > first.length) first = await read(0, length)
  const root = decodeRoot(first)
  const fetch = (page: number) => read(root.offset[page]!, root.offset[page + 1]! - root.offset[page]!)
  return createTable(root, first.length, fetch, null)
}

function createTable(
  root: SymdexRoot,
  heldBytes: Bytes,
  fetch: (page: number) => Promise<Uint8Array>,
  openNow: ((page: number) => SymbolPage | null) | null,
): SymbolTable {
  const pages = new Map<number, SymbolPage | null>()
  let decodedBytes = 0
  const keep = (index: number, page: SymbolPage | null) => {
    // Concurrent callers that need the same page may load it twice.
    decodedBytes += sizeOf(page) - sizeOf(pages.get(index) ?? null)
    pages.set(index, page)
    for (const [oldest, old] of pages) {
      if (decodedBytes <= maxDecodedBytes || oldest === index) break
      decodedBytes -= sizeOf(old)
      pages.delete(oldest)
    }
    return page
  }
  return {
    info: root.info,
    corrupt: root.corrupt,
    badLines: root.badLines,
    problem: root.corrupt ? noValidRecord : null,
    bytes: () => heldBytes + decodedBytes,
    page(address) {
      const index = lastAtMost(root.address, 0, root.address.length, address)
      if (index < 0) return null
      const known = pages.get(index)
      if (known !== undefined) return known
      return openNow ? keep(index, openNow(index)) : undefined
    },
    async load(address) {
      const index = lastAtMost(root.address, 0, root.address.length, address)
      if (index < 0 || pages.has(index)) return
      const stored = await fetch(index)
      keep(index, await openAsync(root, index, stored))
    },
  }
}

const sizeOf = (page: SymbolPage | null) => (page ? bytesOfTables(page.tables) + page.text.length : 0)

/** Null for a damaged page: its addresses have no symbols. */
function open(root: SymdexRoot, index: number, stored: Uint8Array, inflate: Inflate): SymbolPage | null {
  if (checksumOf(stored) !== root.checksum[index]) return null
  try {
    return decodePage(inflate(stored, root.rawLength[index]!))
  } catch {
    return null
  }
}

async function openAsync(root: SymdexRoot, index: number, stored: Uint8Array): Promise<SymbolPage | null> {
  if (checksumOf(stored) !== root.checksum[index]) return null
  try {
    return decodePage(await inflateByStream(stored, root.rawLength[index]!))
  } catch (error) {
    if (isCrashError(error)) return null
    throw error
  }
}

async function inflateByStream(stored: Uint8Array, length: number): Promise<Uint8Array> {
  const bytes = await inflateBytes(stored, 'deflate-raw', length, 'A page of a symbol index')
  if (bytes.length === length) return bytes
  throw new CrashError('bad-symbols', 'A page of a symbol index does not have the length that it states')
}

/** True when no page of a whole symdex is damaged. The root must have been read already. */
export function isIntact(file: Uint8Array): boolean {
  const root = decodeRoot(file)
  if (root.offset[root.address.length] !== file.length) return false
  return root.checksum.every(
    (checksum, page) => checksumOf(file.subarray(root.offset[page]!, root.offset[page + 1]!)) === checksum,
  )
}
