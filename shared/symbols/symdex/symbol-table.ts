// What a walker needs of a module's symbols, however they are kept: a page of tables for each address.
import type { Bytes } from '../../units.ts'
import { bytesOfTables, tableNames } from './columns.ts'
import type { SymFile } from '../sym/parse.ts'
import type { SymFileInfo } from '../sym/records.ts'
import { createPage, type SymbolPage } from './symbol-page.ts'

/** The symbols of one module. */
export interface SymbolTable {
  readonly info: SymFileInfo
  /** True when the file held nothing but bad lines: it counts as there, and nothing is found in it. */
  readonly corrupt: boolean
  readonly badLines: number
  /** What a lookup by code file and code id found the module to be; null when it was known before. */
  readonly identity?: { readonly debugFile: string; readonly debugId: string } | null
  /** Bytes of memory held, about. */
  bytes(): Bytes
  /**
   * The page that knows all about an address relative to the module (below 2^32); null when nothing is known;
   * undefined when it must be brought first by `load`.
   */
  page(address: number): SymbolPage | null | undefined
  /** Brings the page of an address. Does nothing where `page` never answers undefined. */
  load(address: number): Promise<void>
}

const isEmpty = ({ tables }: SymFile) => tableNames.every((name) => tables[name].length === 0)

/** True for a file that has nothing but bad lines, or nothing at all. */
export const isCorrupt = (file: SymFile): boolean =>
  isEmpty(file) && (file.badLines > 0 || file.text.length === 0)

/** A table over a symbol file read as text. */
export function tableOfSymFile(file: SymFile): SymbolTable {
  const page = isEmpty(file) ? null : createPage(file.tables, file.text)
  const size = file.text.byteLength + bytesOfTables(file.tables)
  return {
    info: file.info,
    corrupt: isCorrupt(file),
    badLines: file.badLines,
    bytes: () => size,
    page: () => page,
    load: async () => {},
  }
}

/** Stands for a symbol file that is there but cannot be read. */
export function corruptTable(): SymbolTable {
  return {
    info: { os: '', arch: '', debugId: '', debugFile: '', codeId: '', url: null, generator: '' },
    corrupt: true,
    badLines: 1,
    bytes: () => 0,
    page: () => null,
    load: async () => {},
  }
}
