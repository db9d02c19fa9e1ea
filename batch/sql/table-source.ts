// Where the files of a table come from: listed once, read in place from a folder, else copied to the cache when needed.
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import pMap from 'p-map'
import { parseTableKey, tablePrefix } from '../../shared/keys.ts'
import type { Bytes, IsoDate } from '../../shared/units.ts'
import { withProgress } from '../cli/progress.ts'
import { faultOf } from '../lake/duckdb.ts'
import { folderOf, type OpenStore } from '../lake/open-store.ts'
import { hasCopy, localCopy } from '../lake/files/local-copies.ts'
import { listTableFiles, storageOf, type TableFile, type TableFiles } from '../lake/files/table-files.ts'
import type { Table } from '../lake/tables.ts'

/** Files of a table by day. */
export interface TableSource {
  dates: IsoDate[]
  /** Whether the files are read where they are, without a copy. */
  inPlace: boolean
  /** Bytes and number of the files of some days. */
  amount(dates: ReadonlySet<IsoDate>): { files: number; bytes: Bytes }
  /** Local paths of the files of some days. Null: the store now has other files, so list them again. */
  paths(dates: ReadonlySet<IsoDate>, signal: AbortSignal): Promise<string[] | null>
  /** Finds the damaged files of some days, which `paths` then omits. True: there are some. */
  findDamaged(dates: ReadonlySet<IsoDate>): Promise<boolean>
}

type ListedFile = Pick<TableFile, 'key' | 'date' | 'size'>

/** Lists the files of a table. @throws CrashError 'storage' */
export async function listSource(open: OpenStore, files: TableFiles, table: Table): Promise<TableSource> {
  const folder = folderOf(open.url)
  if (folder !== null) return listFolder(join(folder, table.bucket), files, table)
  const listed = await listTableFiles(storageOf(files, table), table.name)
  return {
    ...describe(listed),
    inPlace: false,
    paths: (dates, signal) => fetchCopies(files, table, { wanted: ofDates(listed, dates), signal }),
    // Files are checked when they are fetched.
    findDamaged: async () => false,
  }
}

const ofDates = <File extends ListedFile>(listed: readonly File[], dates: ReadonlySet<IsoDate>) =>
  listed.filter((file) => dates.has(file.date))

const describe = (listed: readonly ListedFile[]): Pick<TableSource, 'dates' | 'amount'> => ({
  dates: [...new Set(listed.map((file) => file.date))],
  amount(dates) {
    const wanted = ofDates(listed, dates)
    return { files: wanted.length, bytes: bytesOf(wanted) }
  },
})

const bytesOf = (files: readonly ListedFile[]): Bytes => files.reduce((sum, file) => sum + file.size, 0)

/** Lists files without the metadata of objects, which nothing here needs. */
async function listFolder(root: string, files: TableFiles, table: Table): Promise<TableSource> {
  const prefix = tablePrefix(table.name)
  const names = await readdir(join(root, prefix), { recursive: true }).catch(() => [])
  const keys = names.map((name) => prefix + name.replaceAll('\\', '/')).sort()
  const found = await pMap(keys, async (key) => {
    const parsed = parseTableKey(key)
    return parsed && { key, date: parsed.date, size: (await stat(join(root, key))).size }
  })
  const listed = found.filter((file) => file !== null)
  const sound = (dates: ReadonlySet<IsoDate>) =>
    ofDates(listed, dates).filter((file) => !files.damaged.has(file.key))
  return {
    ...describe(listed),
    inPlace: true,
    paths: async (dates) => sound(dates).map((file) => join(root, file.key)),
    async findDamaged(dates) {
      const before = files.damaged.size
      for (const { key } of sound(dates)) {
        const why = await faultOf(files.database, join(root, key))
        if (why !== null) files.damaged.set(key, { key, why })
      }
      return files.damaged.size > before
    },
  }
}

/** Concurrent downloads. */
const fetchesAtOnce = 8
/** Larger fetches are announced. */
const largeFetch: Bytes = 32 * 1024 * 1024

/** Null: the store now has another version of a file. Damaged files are recorded and omitted. */
async function fetchCopies(
  files: TableFiles,
  table: Table,
  { wanted, signal }: { wanted: readonly TableFile[]; signal: AbortSignal },
): Promise<string[] | null> {
  const missing = new Set<TableFile>()
  for (const file of wanted) if (!(await hasCopy(files, file))) missing.add(file)
  const bytes = bytesOf([...missing])
  if (bytes > largeFetch) process.stderr.write(announcement(table, missing.size, bytes))
  const copies = await withProgress([`Fetching ${table.name}`, missing.size, 'files'], (progress) =>
    pMap(
      wanted,
      async (file) => {
        const copy = await localCopy(files, table, file)
        if (missing.has(file)) progress.tick()
        return copy
      },
      { concurrency: fetchesAtOnce, signal },
    ),
  )
  if (copies.includes('changed')) return null
  return copies.flatMap((copy) => (typeof copy === 'object' ? [copy.path] : []))
}

const announcement = (table: Table, count: number, bytes: Bytes) =>
  `mayday: fetching ${count} files of ${table.name}, ${Math.round(bytes / 1e6)} MB; a condition on date reads fewer\n`
