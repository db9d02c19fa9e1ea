// The current files of a table: listed again when a request comes after a while, so that new files are seen within
// seconds; what is known of unchanged files is kept.
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import pMap from 'p-map'
import { parseTableKey, tablePrefix } from '../../shared/keys.ts'
import type { Bytes, IsoDate, Millis } from '../../shared/units.ts'
import { literalList } from '../lake/duckdb.ts'
import { folderOf, type OpenStore } from '../lake/open-store.ts'
import { localCopies } from '../lake/files/local-copies.ts'
import { listTableFiles, retryOnConflict, storageOf, type TableFiles } from '../lake/files/table-files.ts'
import type { Table } from '../lake/tables.ts'

/** A file that can be read now. */
export interface LiveFile {
  path: string
  date: IsoDate
  /** Different for another content of the same path. */
  version: string
  size: Bytes
}

/** SQL over files, some of which may lack columns. */
export const parquetOf = (paths: readonly string[]): string =>
  `read_parquet(${literalList(paths)}, union_by_name = true, hive_partitioning = false)`

export interface LiveFiles {
  /** At most 5 s old, or older while the store fails. @throws CrashError 'storage' for a store that never answered */
  current(): Promise<readonly LiveFile[]>
  /** Lists again now: a file was not there. */
  refresh(): Promise<void>
}

const freshFor: Millis = 5000
/** A listing is still used while the store fails. */
const usableFor: Millis = 60_000
/** Statements that started with the former listing may read its copies. */
const copiesKeptFor: Millis = 120_000

export interface LiveFilesOptions {
  open: OpenStore
  files: TableFiles
  table: Table
  /** A listing failed; the former one is used. */
  onFailure(error: unknown): void
  /** Milliseconds, monotonic. */
  clock(): Millis
}

export function openLiveFiles({ open, files, table, onFailure, clock }: LiveFilesOptions): LiveFiles {
  const folder = folderOf(open.url)
  const list = () =>
    folder === null ? listCopies(files, table) : listFolder(join(folder, table.bucket), files, table)
  let known: { files: readonly LiveFile[]; at: Millis } | null = null
  let failedAt = Number.NEGATIVE_INFINITY
  let listing: Promise<void> | null = null
  const update = async () => {
    const at = clock()
    const found = await list()
    if (folder === null && known) forget(known.files, found)
    known = { files: found, at }
  }
  const refresh = () => {
    listing ??= update().finally(() => {
      listing = null
    })
    return listing
  }
  return {
    refresh,
    async current() {
      if (known && clock() - Math.max(known.at, failedAt) < freshFor) return known.files
      try {
        await refresh()
      } catch (error) {
        if (!known || clock() - known.at > usableFor) throw error
        failedAt = clock()
        onFailure(error)
      }
      return known!.files
    },
  }
}

/** Removes copies that the store no longer has, when nothing reads them any more. */
function forget(before: readonly LiveFile[], now: readonly LiveFile[]): void {
  const kept = new Set(now.map(({ path }) => path))
  const gone = before.filter(({ path }) => !kept.has(path))
  if (gone.length === 0) return
  const remove = () => Promise.all(gone.map(({ path }) => rm(path, { force: true }))).catch(() => {})
  setTimeout(remove, copiesKeptFor).unref()
}

async function listFolder(root: string, files: TableFiles, table: Table): Promise<LiveFile[]> {
  const prefix = tablePrefix(table.name)
  const names = await readdir(join(root, prefix), { recursive: true }).catch(() => [])
  const keys = names.map((name) => prefix + name.replaceAll('\\', '/')).sort()
  const found = await pMap(keys, async (key): Promise<LiveFile | null> => {
    const parsed = parseTableKey(key)
    if (!parsed || files.damaged.has(key)) return null
    const path = join(root, key)
    const info = await stat(path).catch(() => null)
    const { date } = parsed
    return info && { path, date, version: `${path} ${info.mtimeMs} ${info.size}`, size: info.size }
  })
  return found.filter((file) => file !== null)
}

/** The names of copies contain the version of their file. */
function listCopies(files: TableFiles, table: Table): Promise<LiveFile[]> {
  const storage = storageOf(files, table)
  return retryOnConflict(files, tablePrefix(table.name), async () => {
    const listed = await listTableFiles(storage, table.name)
    const byFile = await pMap(
      listed,
      async (file) => ({ ...file, paths: await localCopies(files, table, [file]) }),
      { concurrency: 8 },
    )
    if (byFile.some(({ paths }) => paths === null)) return null
    return byFile.flatMap(({ date, size, paths }) =>
      paths!.map((path) => ({ path, date, version: path, size })),
    )
  })
}
