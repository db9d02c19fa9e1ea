// A size-limited cache of symdexes on disk; several processes and threads may share the folder.
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { baseName } from '../../text/base-name.ts'
import { nodeCodecs } from '../../codecs/codecs.node.ts'
import { isCrashError } from '../../errors.ts'
import { makeFolder } from '../../make-folder.node.ts'
import { createFolderLock, type FolderLock } from '../../storage/folder/lock.node.ts'
import type { Bytes } from '../../units.ts'
import { checksumOf } from '../symdex/format.ts'
import type { Inflate } from '../symdex/stored-page.ts'
import { type SymbolTable, tableOfSymFile } from '../symdex/symbol-table.ts'
import { isIntact, tableOfSymdex } from '../symdex/table.ts'
import { buildSymdex, type Deflate } from '../symdex/writer.ts'
import { gunzipNow } from './folder.node.ts'
import { readSymFile, type StoredSymbolFile, type SymbolFiles } from './symbol-files.ts'
import { isId, isSafeLeaf, type ModuleKey } from './symbol-path.ts'
import type { SymbolSource } from './symbol-source.ts'

export interface SymdexCacheOptions {
  folder: string
  /** The folder is reduced to this size now and then when files are added; the least recently used go first. */
  maxBytes: Bytes
  /** Shorter texts are not indexed: parsing them is as fast as reading an index. */
  minTextBytes?: Bytes
}

const defaultMinText: Bytes = 64 * 1024

/** Fast, and small enough: pages consist mostly of small differences. */
export const deflatePage: Deflate = nodeCodecs.deflateRaw

export const inflatePage: Inflate = nodeCodecs.inflateRaw

/** An open cache, one per source. */
interface Cache {
  folder: string
  maxBytes: Bytes
  minTextBytes: Bytes
  /** Bytes written since the folder was last reduced. */
  added: Bytes
  locks: Map<number, FolderLock>
}

/**
 * A source that converts symbol files to symdexes once and keeps those on disk. Damaged and outdated ones are
 * rebuilt. Threads and processes that need the same one wait for the one that builds it. The folder may be emptied at
 * any time.
 */
export function indexedSource(files: SymbolFiles, options: SymdexCacheOptions): SymbolSource {
  const { folder, maxBytes, minTextBytes = defaultMinText } = options
  const cache: Cache = { folder, maxBytes, minTextBytes, added: Number.POSITIVE_INFINITY, locks: new Map() }
  return {
    async load(module) {
      const file = await files.find(module)
      if (!file) return null
      const path = cachePath(folder, module, file)
      const make = () => makeIndex(file, module, { path, cache })
      const table = path === null ? await make() : await indexOnce(path, cache, make)
      return table && file.identity ? { ...table, identity: file.identity } : table
    },
  }
}

/** Files share locks by hash. */
const lockCount = 64

/** The symdex at `path`, built here or elsewhere. Without a lock, every caller builds its own. */
async function indexOnce(
  path: string,
  cache: Cache,
  makeNew: () => Promise<SymbolTable | null>,
): Promise<SymbolTable | null> {
  const cached = readCached(path)
  if (cached) return cached
  const number = checksumOf(new TextEncoder().encode(path)) % lockCount
  const lock = cache.locks.get(number) ?? createFolderLock(join(cache.folder, 'locks', String(number)))
  cache.locks.set(number, lock)
  let begun = false
  const make = () => {
    begun = true
    return readCached(path) ?? makeNew()
  }
  try {
    return await lock.run(make)
  } catch (error) {
    if (begun) throw error
    return make()
  }
}

function cachePath(folder: string, module: ModuleKey, { stamp, identity }: StoredSymbolFile): string | null {
  const leaf = baseName(identity?.debugFile ?? (module.debugFile || module.codeFile))
  const id = identity?.debugId ?? (isId(module.debugId) ? module.debugId : module.codeId)
  const safe = isSafeLeaf(leaf) && isSafeLeaf(id) && /^[0-9A-Za-z]{1,64}$/.test(stamp)
  return safe ? join(folder, leaf, id, `${stamp}.symdex`) : null
}

/** Null when there is no usable one. */
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

/** For actions that may fail without harm: other processes use the folder too. */
function attempt(action: () => void): void {
  try {
    action()
  } catch {
    // Already deleted, or owned by another user.
  }
}

async function makeIndex(
  file: StoredSymbolFile,
  module: ModuleKey,
  { path, cache }: { path: string | null; cache: Cache },
): Promise<SymbolTable | null> {
  const read = await readSymFile(file, module, gunzipNow)
  if (read === null || 'page' in read) return read
  if (read.text.length < cache.minTextBytes) return tableOfSymFile(read)
  const symdex = buildSymdex(read, deflatePage)
  if (path) keep(path, symdex, cache)
  return tableOfSymdex(symdex, inflatePage)
}

/** Each writing thread may exceed the folder's size by this fraction. */
const slack = 1 / 64

/** Writes whole files: under another name, then renamed. A full or read-only disk only disables the cache. */
function keep(path: string, symdex: Uint8Array, cache: Cache): void {
  const { folder, maxBytes } = cache
  if (symdex.length > maxBytes) return
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    makeFolder(dirname(path))
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

/** Leftovers of killed writers are removed after this time. */
const abandonedAfterMs = 3_600_000

/** Deletes the least recently used files until the folder holds at most `maxBytes`. */
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
