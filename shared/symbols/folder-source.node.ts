// Symbols out of a folder in the usual layout: `<debug_file>/<debug_id>/<name>.sym`, or the same with `.gz`.
import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { CrashError } from '../errors.ts'
import type { Bytes } from '../units.ts'
import { isGzip } from './gunzip.ts'
import { type StoredSymbolFile, type SymbolFiles, textSource } from './symbol-files.ts'
import { symbolPath } from './symbol-path.ts'
import type { SymbolSource } from './symbol-source.ts'

/** The symbol files of a folder. */
export function folderFiles(folder: string): SymbolFiles {
  return {
    async find(module) {
      const path = symbolPath(module)
      if (path === null) return null
      return (await found(join(folder, path))) ?? (await found(join(folder, `${path}.gz`)))
    },
  }
}

/** A source over a folder. */
export const folderSource = (folder: string): SymbolSource => textSource(folderFiles(folder), gunzipNow)

async function found(path: string): Promise<StoredSymbolFile | null> {
  const info = await orNull(path, stat(path))
  if (!info?.isFile()) return null
  const stamp = createHash('sha256')
    .update(`${path}\n${info.size}\n${info.mtimeMs}`)
    .digest('hex')
    .slice(0, 20)
  return { stamp, url: null, read: () => orNull(path, readFile(path)) }
}

/** Null when there is no such file. */
async function orNull<T>(path: string, result: Promise<T>): Promise<T | null> {
  try {
    return await result
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return null
    throw new CrashError('storage', `The symbol file ${path} cannot be read (${code})`, { cause: error })
  }
}

/**
 * The content of gzip data, or the bytes themselves when they are not gzip; faster than `gunzip`.
 * @throws CrashError 'bad-symbols' when the data is damaged or gives more than `maxBytes`.
 */
export function gunzipNow(bytes: Uint8Array, maxBytes: Bytes): Uint8Array {
  if (!isGzip(bytes)) return bytes
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes })
  } catch (error) {
    throw new CrashError('bad-symbols', 'The gzip data of a symbol file is damaged or too large', {
      cause: error,
    })
  }
}
