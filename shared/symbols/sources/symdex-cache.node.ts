// Symdexes kept on disk, up to a size; several processes and threads may share the folder.
import { randomUUID } from 'node:crypto'
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { isCrashError } from '../../errors.ts'
import { createFolderLock, type FolderLock } from '../../storage/folder/lock.node.ts'
import type { Bytes } from '../../units.ts'
import { gunzipNow } from './folder.node.ts'
import { readSymFile, type StoredSymbolFile, type SymbolFiles } from './symbol-files.ts'
import { isSafeLeaf, leafOf, type ModuleKey } from './symbol-path.ts'
import type { SymbolSource } from './symbol-source.ts'
import { corruptTable, type SymbolTable, tableOfSymFile } from '../symdex/symbol-table.ts'
import { checksumOf } from '../symdex/format.ts'
import { type Inflate, isIntact, tableOfSymdex } from '../symdex/table.ts'
import { buildSymdex, type Deflate } from '../symdex/writer.ts'

export interface SymdexCacheOptions {
  folder: string
  /** The folder is brought below this now and then when files are added; those used least recently go. */
  maxBytes: Bytes
  /** Shorter texts are not indexed: they are read as fast as an index. */
  minTextBytes?: Bytes
}

const defaultMinText: Bytes = 64 * 1024

/** Fast, and small enough: pages are mostly small differences already. */
export const deflatePage: Deflate = (bytes) => deflateRawSync(bytes, { level: 1 })

export const inflatePage: Inflate = (stored, length) => {
  const bytes = inflateRawSync(stored, { maxOutputLength: Math.max(1, length) })
  if (bytes.length !== length) throw new Error('The page has another length than its index says')
  return bytes
}

/** A cache that is open: one for each source. */
interface Cache {
  folder: string
  maxBytes: Bytes
  minTextBytes: Bytes
  /** Bytes written since the folder was last brought below its size. */
  added: Bytes
  locks: Map<number, FolderLock>
}

/**
 * A source that turns symbol files into symdexes once and keeps those on disk. Damaged and older ones are made again.
 * Threads and processes that want the same one wait for who makes it. The folder may be emptied at any time.
 */
export function indexedSource(files: SymbolFiles, options: SymdexCacheOptions): SymbolSource {
  const { folder, maxBytes, minTextBytes = defaultMinText } = options
  const cache: Cache = { folder, maxBytes, minTextBytes, added: Number.POSITIVE_INFINITY, locks: new Map() }
  return {
    async load(module) {
      const file = await files.find(module)
      if (!file) return null
      const path = cachePath(folder, module, file)
      const table = path === null ? await makeIndex(file, path, cache) : await indexOnce(file, path, cache)
      return table && file.identity ? { ...table, identity: file.identity } : table
    },
  }
}

/** Locks are shared by the files that happen to fall on the same one. */
const lockCount = 64

/** The symdex at `path`, made by us or by another. Where no lock is to be had, everyone makes their own. */
async function indexOnce(file: StoredSymbolFile, path: string, cache: Cache): Promise<SymbolTable | null> {
  const cached = readCached(path)
  if (cached) return cached
  const number = checksumOf(new TextEncoder().encode(path)) % lockCount
  const lock = cache.locks.get(number) ?? createFolderLock(join(cache.folder, 'locks', String(number)))
  cache.locks.set(number, lock)
  let begun = false
  const make = () => {
    begun = true
    return readCached(path) ?? makeIndex(file, path, cache)
  }
  try {
    return await lock.run(make)
  } catch (error) {
    if (begun) throw error
    return make()
  }
}

function cachePath(folder: string, module: ModuleKey, { stamp, identity }: StoredSymbolFile): string | null {
  const leaf = leafOf(identity?.debugFile ?? (module.debugFile || module.codeFile))
  const id = identity?.debugId ?? module.debugId
  const safe = isSafeLeaf(leaf) && isSafeLeaf(id) && /^[0-9A-Za-z]{1,64}$/.test(stamp)
  return safe ? join(folder, leaf, id, `${stamp}.symdex`) : null
}

/** Null when there is none that can be used. */
function readCached(path: string): SymbolTable | null {
  try {
    const bytes = readFileSync(path)
    const table = tableOfSymdex(bytes, inflatePage)
    if (!isIntact(bytes)) return null
    const now = new Date()
    attempt(() => utimesSync(path, now, now))
    return table
  } catch (error) {
    if (isCrashError(error) || 'code' in (error as object)) return null
    throw error
  }
}

/** For what may fail without harm: the folder is others' too. */
function attempt(action: () => void): void {
  try {
    action()
  } catch {
    // Gone already, or not ours to change.
  }
}

async function makeIndex(
  file: StoredSymbolFile,
  path: string | null,
  cache: Cache,
): Promise<SymbolTable | null> {
  const read = await readSymFile(file, gunzipNow)
  if (read === null) return null
  if (read === 'corrupt') return corruptTable()
  if (read.text.length < cache.minTextBytes) return tableOfSymFile(read)
  const symdex = buildSymdex(read, deflatePage)
  if (path) keep(path, symdex, cache)
  return tableOfSymdex(symdex, inflatePage)
}

/** The folder may be larger than it should by this part of its size for each thread that writes. */
const slack = 1 / 64

/** Whole files only: written under another name, then renamed. A full or read-only disk costs only the cache. */
function keep(path: string, symdex: Uint8Array, cache: Cache): void {
  const { folder, maxBytes } = cache
  if (symdex.length > maxBytes) return
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(temporary, symdex)
    renameSync(temporary, path)
    cache.added += symdex.length
    if (cache.added < maxBytes * slack) return
    cache.added = 0
    shrink(folder, maxBytes)
  } catch {
    attempt(() => rmSync(temporary, { force: true }))
  }
}

/** Leftovers of writers that died are removed after this long. */
const abandonedAfterMs = 3_600_000

/** Deletes the files used least recently until the folder holds at most `maxBytes`. */
function shrink(folder: string, maxBytes: Bytes): void {
  const files: { path: string; size: number; used: number }[] = []
  let total = 0
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const info = statSync(path, { throwIfNoEntry: false })
    if (!info) continue
    if (path.endsWith('.tmp') && Date.now() - info.mtimeMs > abandonedAfterMs) rmSync(path, { force: true })
    if (!path.endsWith('.symdex')) continue
    files.push({ path, size: info.size, used: info.mtimeMs })
    total += info.size
  }
  files.sort((a, b) => a.used - b.used)
  for (const { path, size } of files) {
    if (total <= maxBytes) break
    rmSync(path, { force: true })
    total -= size
  }
}
