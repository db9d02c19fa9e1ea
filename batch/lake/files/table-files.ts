// The Parquet files of tables: opening, listing, writing, and retries after concurrent changes.
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { CrashError } from '../../../shared/errors.ts'
import { parseTableKey, tablePrefix } from '../../../shared/keys.ts'
import { present } from '../../../shared/present.ts'
import { retry, type RetryOptions } from '../../../shared/retry.ts'
import type { ObjectInfo, PutOptions, Storage, Stores } from '../../../shared/storage/storage.ts'
import type { Bytes, IsoDate } from '../../../shared/units.ts'
import type { DamagedFile } from './damage.ts'
import { type Database, openDatabase } from '../duckdb.ts'
import type { Table } from '../tables.ts'
import { openWorkFolder } from './work-folder.ts'

/** One Parquet file of a table. */
export interface TableFile {
  key: string
  date: IsoDate
  shard: string
  part: number
  size: Bytes
  etag: string
  /** Metadata from the listing. Some stores do not list metadata. */
  metadata: ObjectInfo['metadata']
}

/** Everything that reading and merging need. */
export interface TableFiles {
  stores: Stores
  database: Database
  /** Working directory of this run. */
  dir: string
  /** Directory of cached table files, named by version (`local-copies.ts`). It is shared by all runs and may be deleted. */
  cacheDir: string
  /** A file of this size is full: the next one is started. */
  partBytes: Bytes
  /** Retries after a concurrent change by another run. */
  retry: Partial<RetryOptions>
  /** The damaged files that were found, by key. Readers leave them out. */
  damaged: Map<string, DamagedFile>
  /** Moves a damaged file away, so that its rows are written again. Without it the file stays. */
  onDamaged?: MoveAway
  /** Read every file from the store and check it, even if a copy is in the cache. */
  thorough: boolean
  /** Whether files of a shard matter to this run: the others are neither listed nor read. Absent: all do. */
  matters?: (shard: string) => boolean
}

/** Takes a damaged file out of its table. Returns its new key; null if another run has changed the file. */
export type MoveAway = (files: TableFiles, table: Table, file: TableFile) => Promise<string | null>

/** About 128 MB: large enough for readers, small enough to rewrite for every merge. */
const defaultPartBytes: Bytes = 128 * 1024 * 1024

export const storageOf = (files: TableFiles, table: Table): Storage => files.stores[table.bucket]

/** Table files of a run. Disposal removes the run's working directory. */
export interface OpenTableFiles extends TableFiles, AsyncDisposable {
  close(): Promise<void>
}

export interface OpenFilesOptions {
  stores: Stores
  /** Cache directory. It may be deleted. */
  cacheDir: string
  /** Memory limit of DuckDB, in its own notation. */
  duckdbMemory: string
  threads?: number
  partBytes?: Bytes
  retry?: Partial<RetryOptions>
  onDamaged?: MoveAway
  thorough?: boolean
  matters?: TableFiles['matters']
}

/** Opens the tables of a store: a database without views and a working directory. */
export async function openTableFiles(options: OpenFilesOptions): Promise<OpenTableFiles> {
  const { stores, cacheDir, duckdbMemory, threads, partBytes = defaultPartBytes } = options
  const folder = await openWorkFolder(cacheDir)
  const { dir } = folder
  const database = await openDatabase({
    memory: duckdbMemory,
    spillDir: join(dir, 'spill'),
    ...present({ threads }),
  })
  const close = async () => {
    database.close()
    await folder[Symbol.asyncDispose]()
  }
  return {
    stores,
    database,
    dir,
    cacheDir: join(cacheDir, 'tables'),
    partBytes,
    retry: options.retry ?? {},
    damaged: new Map(),
    thorough: options.thorough ?? false,
    ...present({ onDamaged: options.onDamaged, matters: options.matters }),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/**
 * Lists the files of a table, for one day, some days or all, ordered by key. Days cost one list from the first to the
 * last, not one each.
 */
export async function listTableFiles(
  storage: Storage,
  table: string,
  dates?: IsoDate | readonly IsoDate[],
): Promise<TableFile[]> {
  const wanted = dates === undefined ? null : [dates].flat().sort()
  if (wanted?.length === 0) return []
  const [first, last] = [wanted?.[0], wanted?.at(-1)]
  const prefix = tablePrefix(table, first === last ? first : undefined)
  const startAfter = first && tablePrefix(table, first)
  const out: TableFile[] = []
  for await (const info of storage.list(prefix, present({ startAfter }))) {
    const parsed = parseTableKey(info.key)
    if (parsed && last && parsed.date > last) break
    if (!parsed || (wanted && !wanted.includes(parsed.date))) continue
    const { key, size, etag, metadata } = info
    out.push({ key, ...parsed, size, etag, metadata })
  }
  return out
}

/** Those of them that matter to the run. */
export async function listFiles(
  files: Pick<TableFiles, 'stores' | 'matters'>,
  table: Table,
  dates?: IsoDate | readonly IsoDate[],
): Promise<TableFile[]> {
  const listed = await listTableFiles(files.stores[table.bucket], table.name, dates)
  return listed.filter(({ shard }) => files.matters?.(shard) ?? true)
}

/** More failures in a row are not caused by other runs that write the same files. */
const maxConflicts = 40

/** The file changed after it was listed. */
class Conflict extends Error {}

/**
 * Repeats `attempt`, with pauses, while it returns null because of a concurrent change.
 * @param where prefix or key of the files, for the error
 * @throws CrashError 'storage' after 40 attempts
 */
export async function retryOnConflict<T>(
  files: Pick<TableFiles, 'retry'>,
  where: string,
  attempt: () => Promise<T | null>,
): Promise<T> {
  const attemptOnce = async (): Promise<T> => {
    const result = await attempt()
    if (result === null) throw new Conflict()
    return result
  }
  const isTransient = (error: unknown) => error instanceof Conflict
  try {
    const options = { attempts: maxConflicts, firstPause: 10, longestPause: 1000, isTransient }
    return await retry(attemptOnce, { ...options, ...files.retry })
  } catch (cause) {
    if (!isTransient(cause)) throw cause
    throw new CrashError(
      'storage',
      `${where} changed ${maxConflicts} times while it was in use. Is another run working on the same shard? ` +
        'If not, the store lists versions of objects that differ from those it returns.',
      { cause },
    )
  }
}

/** Metadata key of a file's SHA-256 in hex. */
export const contentSum = 'sha256'

/** Writes a table file with its checksum; null if a condition did not hold. */
export function putTableFile(
  storage: Storage,
  key: string,
  bytes: Uint8Array,
  { metadata, ...conditions }: Pick<PutOptions, 'metadata' | 'ifMatch' | 'ifNoneMatch'>,
): Promise<ObjectInfo | null> {
  const sum = createHash('sha256').update(bytes).digest('hex')
  return storage.put(key, bytes, {
    contentType: 'application/vnd.apache.parquet',
    metadata: { ...metadata, [contentSum]: sum },
    ...conditions,
  })
}
