// Symdexes kept on disk, up to a size; several processes and threads may share the folder.
import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { isCrashError } from '../errors.ts'
import type { Bytes } from '../units.ts'
import { gunzipNow } from './folder-source.node.ts'
import { readSymFile, type StoredSymbolFile, type SymbolFiles } from './symbol-files.ts'
import { isSafeLeaf, leafOf, type ModuleKey } from './symbol-path.ts'
import type { SymbolSource } from './symbol-source.ts'
import { corruptTable, type SymbolTable } from './symbol-table.ts'
import { type Inflate, isIntact, tableOfSymdex } from './symdex-table.ts'
import { buildSymdex, type Deflate } from './symdex-writer.ts'

export interface SymdexCacheOptions {
  folder: string
  /** The folder is brought below this when a file is added; those used least recently go. */
  maxBytes: Bytes
}

/** Fast, and small enough: pages are mostly small differences already. */
export const deflatePage: Deflate = (bytes) => deflateRawSync(bytes, { level: 1 })

export const inflatePage: Inflate = (stored, length) => {
  const bytes = inflateRawSync(stored, { maxOutputLength: Math.max(1, length) })
  if (bytes.length !== length) throw new Error('The page has another length than its index says')
  return bytes
}

/**
 * A source that turns symbol files into symdexes once and keeps those on disk. Damaged and older ones are made again.
 * The folder is a cache: it may be emptied at any time.
 */
export function indexedSource(files: SymbolFiles, cache: SymdexCacheOptions): SymbolSource {
  return {
    async load(module) {
      const file = await files.find(module)
      if (!file) return null
      const path = cachePath(cache.folder, module, file)
      const cached = path === null ? null : await readCached(path)
      const table = cached ?? (await makeIndex(file, path, cache))
      return table && file.identity ? { ...table, identity: file.identity } : table
    },
  }
}

function cachePath(folder: string, module: ModuleKey, { stamp, identity }: StoredSymbolFile): string | null {
  const leaf = leafOf(identity?.debugFile ?? (module.debugFile || module.codeFile))
  const id = identity?.debugId ?? module.debugId
  const safe = isSafeLeaf(leaf) && isSafeLeaf(id) && /^[0-9A-Za-z]{1,64}$/.test(stamp)
  return safe ? join(folder, leaf, id, `${stamp}.symdex`) : null
}

/** Null when there is none that can be used. */
async function readCached(path: string): Promise<SymbolTable | null> {
  try {
    const bytes = await readFile(path)
    const table = tableOfSymdex(bytes, inflatePage)
    if (!isIntact(bytes)) return null
    const now = new Date()
    await utimes(path, now, now).catch(() => {})
    return table
  } catch (error) {
    if (isCrashError(error) || 'code' in (error as object)) return null
    throw error
  }
}

async function makeIndex(
  file: StoredSymbolFile,
  path: string | null,
  cache: SymdexCacheOptions,
): Promise<SymbolTable | null> {
  const read = await readSymFile(file, gunzipNow)
  if (read === null) return null
  if (read === 'corrupt') return corruptTable()
  const symdex = buildSymdex(read, deflatePage)
  if (path) await keep(path, symdex, cache)
  return tableOfSymdex(symdex, inflatePage)
}

/** Whole files only: written under another name, then renamed. A full or read-only disk costs only the cache. */
async function keep(
  path: string,
  symdex: Uint8Array,
  { folder, maxBytes }: SymdexCacheOptions,
): Promise<void> {
  if (symdex.length > maxBytes) return
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(temporary, symdex)
    await rename(temporary, path)
    await shrink(folder, maxBytes)
  } catch {
    await rm(temporary, { force: true }).catch(() => {})
  }
}

/** Leftovers of writers that died are removed after this long. */
const abandonedAfterMs = 3_600_000

/** Deletes the files used least recently until the folder holds at most `maxBytes`. */
async function shrink(folder: string, maxBytes: Bytes): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files: { path: string; size: number; used: number }[] = []
  let total = 0
  for (const entry of entries) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const info = await stat(path).catch(() => null)
    if (!info) continue
    if (path.endsWith('.tmp') && Date.now() - info.mtimeMs > abandonedAfterMs) await rm(path, { force: true })
    if (!path.endsWith('.symdex')) continue
    files.push({ path, size: info.size, used: info.mtimeMs })
    total += info.size
  }
  files.sort((a, b) => a.used - b.used)
  for (const { path, size } of files) {
    if (total <= maxBytes) break
    await rm(path, { force: true })
    total -= size
  }
}
