// Symbols from a folder in the usual layout: `<debug_file>/<debug_id>/<name>.sym`, or the same with `.gz`.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { formatOf } from '../../bytes/format.ts'
import { CrashError } from '../../errors.ts'
import type { Bytes } from '../../units.ts'
import { type StoredSymbolFile, type SymbolFiles, textSource } from './symbol-files.ts'
import { isOfWindows, symbolPaths } from './symbol-path.ts'
import type { SymbolSource } from './symbol-source.ts'

/** The symbol files of a folder. Reads synchronously: a stack walk has no other work meanwhile. */
export function folderFiles(folder: string): SymbolFiles {
  return {
    async find(module) {
      const paths = symbolPaths(module).flatMap((path) => [path, `${path}.gz`])
      for (const path of paths) {
        const file = found(join(folder, path))
        if (file) return file
      }
      if (!isOfWindows(module)) return null
      for (const path of paths) {
        const actual = withoutCase(folder, path.split('/'))
        const file = actual && found(actual)
        if (file) return file
      }
      return null
    },
  }
}

/** The path of an existing file or folder whose names equal `names` without case, or null. */
function withoutCase(folder: string, names: readonly string[]): string | null {
  let path = folder
  for (const name of names) {
    const entries = orNull(path, () => readdirSync(path)) ?? []
    const wanted = name.toLowerCase()
    const entry = entries.find((candidate) => candidate.toLowerCase() === wanted)
    if (entry === undefined) return null
    path = join(path, entry)
  }
  return path
}

/** A source over a folder. */
export const folderSource = (folder: string): SymbolSource => textSource(folderFiles(folder), gunzipNow)

function found(path: string): StoredSymbolFile | null {
  const info = orNull(path, () => statSync(path, { throwIfNoEntry: false }))
  if (!info?.isFile()) return null
  const stamp = createHash('sha256')
    .update(`${path}\n${info.size}\n${info.mtimeMs}`)
    .digest('hex')
    .slice(0, 20)
  return { stamp, url: null, read: async () => orNull(path, () => readFileSync(path)) }
}

/** Null when the file does not exist. */
function orNull<T>(path: string, read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return null
    throw new CrashError('storage', `The symbol file ${path} cannot be read (${code})`, { cause: error })
  }
}

/**
 * The content of gzip data, or the bytes themselves when they are not gzip; faster than `gunzip`.
 * @throws CrashError 'bad-symbols' when the data is damaged or inflates to more than `maxBytes`.
 */
export function gunzipNow(bytes: Uint8Array, maxBytes: Bytes): Uint8Array {
  if (formatOf(bytes) !== 'gzip') return bytes
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes, chunkSize: chunkSizeFor(bytes, maxBytes) })
  } catch (error) {
    throw new CrashError('bad-symbols', 'The gzip data of a symbol file is damaged or too large', {
      cause: error,
    })
  }
}

/** The maximum ratio of gzip. */
const maxInflation = 1032
const minChunk: Bytes = 64 * 1024

/**
 * The inflated size that gzip data declares, if it is possible: one buffer of that size is faster than many. One byte
 * more detects the end immediately.
 */
function chunkSizeFor(bytes: Uint8Array, maxBytes: Bytes): Bytes {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const declared = bytes.length < 18 ? 0 : view.getUint32(bytes.length - 4, true) + 1
  return Math.max(minChunk, Math.min(declared, maxBytes, bytes.length * maxInflation))
}
