// Symbol files as they are stored, text or gzip, and how they become tables.
import { isCrashError } from '../../errors.ts'
import type { Bytes } from '../../units.ts'
import { gunzip } from './gunzip.ts'
import { parseSymFile, type SymFile } from '../sym/parse.ts'
import type { ModuleKey } from './symbol-path.ts'
import type { SymbolSource } from './symbol-source.ts'
import { corruptTable, type SymbolTable, tableOfSymFile } from '../symdex/symbol-table.ts'

/** A symbol file that is there, or may be. */
export interface StoredSymbolFile {
  /** Changes when the content may have changed; safe in the name of a file. */
  stamp: string
  /** Where it was downloaded from. */
  url: string | null
  /** What a lookup by code file and code id found the module to be. */
  identity?: { debugFile: string; debugId: string }
  /** Whether there is a file, where finding it did not tell. */
  isThere?(): Promise<boolean>
  /** The bytes, gzip or not; null when there is no file after all. */
  read(): Promise<Uint8Array | null>
}

/** A place with symbol files: a folder, a bucket, a server. */
export interface SymbolFiles {
  /**
   * The file of a module; null when there is none. A server is not asked for it yet.
   * @throws CrashError 'storage' when the place does not answer.
   */
  find(module: ModuleKey): Promise<StoredSymbolFile | null>
}

/** Symbol files that inflate to more are not read. */
export const maxSymbolBytes: Bytes = 2 ** 31

/** The text of a symbol file, read; null when there is none, 'corrupt' when its gzip data is damaged or too large. */
export async function readSymFile(
  file: StoredSymbolFile,
  inflate: (bytes: Uint8Array, maxBytes: Bytes) => Uint8Array | Promise<Uint8Array> = gunzip,
): Promise<SymFile | 'corrupt' | null> {
  const bytes = await file.read()
  if (!bytes) return null
  try {
    const read = parseSymFile(await inflate(bytes, maxSymbolBytes))
    read.info.url ??= file.url
    return read
  } catch (error) {
    if (isCrashError(error) && error.code !== 'storage') return 'corrupt'
    throw error
  }
}

/** A source that reads the text of a symbol file whenever it is asked. */
export function textSource(
  files: SymbolFiles,
  inflate?: (bytes: Uint8Array, maxBytes: Bytes) => Uint8Array | Promise<Uint8Array>,
): SymbolSource {
  return {
    async load(module): Promise<SymbolTable | null> {
      const file = await files.find(module)
      const read = file && (await readSymFile(file, inflate))
      if (!file || read === null) return null
      const table = read === 'corrupt' ? corruptTable() : tableOfSymFile(read)
      return file.identity ? { ...table, identity: file.identity } : table
    },
  }
}
