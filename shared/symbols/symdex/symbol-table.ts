// The symbols of a module as stack walks use them, independent of storage: a page of tables for each address.
import type { Bytes } from '../../units.ts'
import type { SymFile } from '../sym/parse.ts'
import { noInfo, type SymFileInfo } from '../sym/state.ts'
import { bytesOfTables, tableNames } from './columns.ts'
import { createPage, type SymbolPage } from './symbol-page.ts'

/** The symbols of one module. */
export interface SymbolTable {
  readonly info: SymFileInfo
  /** True when the file consisted of bad lines only: it counts as present, and no lookup succeeds. */
  readonly corrupt: boolean
  readonly badLines: number
  /** Why no symbol can be found, such as `it is empty`; null unless corrupt. */
  readonly problem: string | null
  /** The module as identified by a lookup by code file and code ID; null when it was known before. */
  readonly identity?: { readonly debugFile: string; readonly debugId: string } | null
  /** Approximate memory use in bytes. */
  bytes(): Bytes
  /**
   * The page that covers an address relative to the module (below 2^32); null when there is none; undefined when
   * `load` must be called first.
   */
  page(address: number): SymbolPage | null | undefined
  /** Loads the page of an address. Does nothing where `page` never returns undefined. */
  load(address: number): Promise<void>
  /**
   * Calls `use` with each page that covers some of the addresses, which are in ascending order: with few requests, and
   * without keeping pages in memory.
   */
  visit(addresses: readonly number[], use: UsePage): Promise<void>
}

/** Takes a page and the addresses that it covers; null for addresses before the first page, undefined for a damaged one. */
export type UsePage = (page: SymbolPage | null | undefined, addresses: readonly number[]) => void

const isEmpty = ({ tables }: SymFile) => tableNames.every((name) => tables[name].length === 0)

/** True for an empty file and for one of bad lines only. */
export const isCorrupt = (file: SymFile): boolean =>
  isEmpty(file) && (file.badLines > 0 || file.text.length === 0)

export const noValidRecord = 'it has no valid record'

/** A table over a parsed symbol file. */
export function tableOfSymFile(file: SymFile): SymbolTable {
  const page = isEmpty(file) ? null : createPage(file.tables, file.text)
  const size = file.text.byteLength + bytesOfTables(file.tables)
  const corrupt = isCorrupt(file)
  return {
    info: file.info,
    corrupt,
    badLines: file.badLines,
    problem: corrupt ? noValidRecord : null,
    bytes: () => size,
    page: () => page,
    load: async () => {},
    visit: async (addresses, use) => use(page, addresses),
  }
}

/**
 * A table for a symbol file that exists but cannot be used.
 * @param problem why, as the end of a sentence about the file
 * @param url where it was downloaded from
 */
export function corruptTable(problem: string, url: string | null = null): SymbolTable {
  return {
    info: { ...noInfo, url },
    corrupt: true,
    badLines: 1,
    problem,
    bytes: () => 0,
    page: () => null,
    load: async () => {},
    visit: async (addresses, use) => use(null, addresses),
  }
}
