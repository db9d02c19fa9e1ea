// Symbol files as stored, text or gzip, and their conversion to tables.
import { textOfFiles } from '../../debug-files/module-text.ts'
import { isCrashError } from '../../errors.ts'
import type { Bytes } from '../../units.ts'
import { parseSymFile, type SymFile } from '../sym/parse.ts'
import { corruptTable, type SymbolTable, tableOfSymFile } from '../symdex/symbol-table.ts'
import { gunzip } from './gunzip.ts'
import type { ModuleKey } from './symbol-path.ts'
import { problemOf } from './symbol-problem.ts'
import type { SymbolSource } from './symbol-source.ts'

/** A symbol file that exists, or may exist. */
export interface StoredSymbolFile {
  /** Changes when the content may have changed; safe in a file name. */
  stamp: string
  /** Where it was downloaded from. */
  url: string | null
  /** Largest content, inflated. Default: `maxSymbolBytes`. */
  maxBytes?: Bytes
  /** The module as identified by a lookup by code file and code ID. */
  identity?: { debugFile: string; debugId: string }
  /** Whether the file exists, when finding it did not determine that. */
  isThere?(): Promise<boolean>
  /** The bytes, gzip or not; null when the file turns out not to exist. */
  read(): Promise<Uint8Array | null>
}

/** A location of symbol files: a folder, a bucket, a server. */
export interface SymbolFiles {
  /**
   * The file of a module; null when there is none. A server receives requests only for a module without debug ID.
   * @throws CrashError 'storage' when the location fails.
   */
  find(module: ModuleKey): Promise<StoredSymbolFile | null>
}

/** Larger symbol files, inflated, are not read. */
export const maxSymbolBytes: Bytes = 2 ** 31

type Inflate = (bytes: Uint8Array, maxBytes: Bytes) => Uint8Array | Promise<Uint8Array>

/**
 * The parsed text of the symbol file of a module; null when there is none, a corrupt table when it cannot be used:
 * damaged, no symbol file, or of another module.
 */
export async function readSymFile(
  file: StoredSymbolFile,
  module: ModuleKey,
  inflate: Inflate = gunzip,
): Promise<SymFile | SymbolTable | null> {
  let bytes: Uint8Array | null | undefined
  try {
    bytes = await file.read()
    if (!bytes) return null
    const inflated = await inflate(bytes, file.maxBytes ?? maxSymbolBytes)
    const name = module.codeFile || module.debugFile
    const read = parseSymFile(await textOfFiles([{ name, bytes: inflated }], { ...module, ...file.identity }))
    read.info.url ??= file.url
    const problem = problemOf(read, { ...module, ...file.identity })
    return problem === null ? read : corruptTable(problem, read.info.url)
  } catch (error) {
    if (isCrashError(error) && error.code !== 'storage' && !(error.code === 'limit' && bytes === undefined))
      return corruptTable(error.message, file.url)
    throw error
  }
}

/** A source that parses the text of a symbol file on every request. */
export function textSource(files: SymbolFiles, inflate?: Inflate): SymbolSource {
  return {
    async load(module): Promise<SymbolTable | null> {
      const file = await files.find(module)
      const read = file && (await readSymFile(file, module, inflate))
      if (!file || read === null) return null
      const table = 'page' in read ? read : tableOfSymFile(read)
      return file.identity ? { ...table, identity: file.identity } : table
    },
  }
}
