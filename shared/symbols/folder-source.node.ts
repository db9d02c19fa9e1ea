// Symbols out of a folder in the usual layout: `<debug_file>/<debug_id>/<name>.sym`, or the same with `.gz`.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { CrashError } from '../errors.ts'
import type { Bytes } from '../units.ts'
import { isGzip } from './gunzip.ts'
import { symbolPath } from './symbol-path.ts'
import type { SymbolSource } from './symbol-source.ts'
import { corruptTable, tableOfText } from './symbol-table.ts'

/** A source over a folder. Files that inflate to more than `maxBytes` (2 GiB) count as corrupt. */
export function folderSource(folder: string, maxBytes: Bytes = 2 ** 31): SymbolSource {
  return {
    async load(module) {
      const path = symbolPath(module)
      if (path === null) return null
      const bytes = (await read(join(folder, path))) ?? (await read(join(folder, `${path}.gz`)))
      if (!bytes) return null
      const text = inflate(bytes, maxBytes)
      return text ? tableOfText(text) : corruptTable()
    },
  }
}

/** Null when there is no such file. */
async function read(path: string): Promise<Uint8Array | null> {
  try {
    return await readFile(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw new CrashError('storage', `The symbol file ${path} cannot be read (${code})`, { cause: error })
  }
}

/** Null when the gzip data is damaged or too much. */
function inflate(bytes: Uint8Array, maxBytes: Bytes): Uint8Array | null {
  if (!isGzip(bytes)) return bytes
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes })
  } catch {
    return null
  }
}
