// Symbols from a symdex: pages are fetched, inflated and decoded on first access.
import { CrashError } from '../../errors.ts'
import type { Bytes } from '../../units.ts'
import { bytesOfTables } from './columns.ts'
import { checksumOf, decodeRoot, rootLength, type SymdexRoot, symdexHeaderBytes } from './format.ts'
import { type Inflate, openPage, openPageNow } from './stored-page.ts'
import type { SymbolPage } from './symbol-page.ts'
import { noValidRecord, type SymbolTable } from './symbol-table.ts'
import { pageOf, type ReadRange, visitPages } from './visit-pages.ts'

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
  return createTable(root, {
    heldBytes: file.length,
    read: async (offset, length) => file.subarray(offset, offset + length),
    inflate,
    openNow: inflate && ((page) => openPageNow(root, page, slice(page), inflate)),
  })
}

/** Bytes to read from the start of a file: header and root of all but the largest. */
const firstRead: Bytes = 64 * 1024

/**
 * The root of a symdex read by ranges.
 * @throws CrashError 'bad-symbols' when it is not a symdex of this version, or its root is damaged.
 */
export async function readRoot(read: ReadRange): Promise<SymdexRoot> {
  let first = await read(0, firstRead)
  const length = rootLength(first.subarray(0, symdexHeaderBytes))
  if (length > first.length) first = await read(0, length)
  return decodeRoot(first)
}

/** A table over a symdex whose root is known; its pages are read by ranges on demand. `visit` is faster with `inflate`. */
export const tableOfRoot = (root: SymdexRoot, read: ReadRange, inflate: Inflate | null = null): SymbolTable =>
  createTable(root, { heldBytes: root.offset[0]!, read, inflate, openNow: null })

/**
 * A table over a symdex read by ranges: its root now, pages on demand.
 * @throws CrashError as `readRoot`
 */
export const tableOfSymdexRanges = async (read: ReadRange): Promise<SymbolTable> =>
  tableOfRoot(await readRoot(read), read)

interface StoredPages {
  /** Memory of the root, or of the whole file. */
  heldBytes: Bytes
  read: ReadRange
  inflate: Inflate | null
  openNow: ((page: number) => SymbolPage | null) | null
}

function createTable(root: SymdexRoot, { heldBytes, read, inflate, openNow }: StoredPages): SymbolTable {
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
      const index = pageOf(root, address)
      if (index < 0) return null
      const known = pages.get(index)
      if (known !== undefined) return known
      return openNow ? keep(index, openNow(index)) : undefined
    },
    async load(address) {
      const index = pageOf(root, address)
      if (index < 0 || pages.has(index)) return
      const stored = await read(root.offset[index]!, root.offset[index + 1]! - root.offset[index]!)
      keep(index, await openPage(root, index, stored))
    },
    visit: (addresses, use) => visitPages(root, read, { addresses, use, inflate }),
  }
}

const sizeOf = (page: SymbolPage | null) => (page ? bytesOfTables(page.tables) + page.text.length : 0)

/** True when no page of a whole symdex is damaged. The root must have been read already. */
export function isIntact(file: Uint8Array): boolean {
  const root = decodeRoot(file)
  if (root.offset[root.address.length] !== file.length) return false
  return root.checksum.every(
    (checksum, page) => checksumOf(file.subarray(root.offset[page]!, root.offset[page + 1]!)) === checksum,
  )
}
