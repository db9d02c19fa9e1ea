// A store in memory with search files, and a reader of them.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../../../batch/config.ts'
import { openTableFiles } from '../../../batch/lake/files/table-files.ts'
import type { CountedStore } from '../../../batch/lake/open-store.ts'
import { encodeRows } from '../../../batch/lake/parquet.ts'
import { type Row, rowsOfColumns } from '../../../batch/lake/rows.ts'
import { crashesTable } from '../../../batch/lake/tables.ts'
import { CrashError } from '../../../shared/errors.ts'
import { searchManifestKey, tableKey } from '../../../shared/keys.ts'
import type { SegmentColumn } from '../../../shared/search/segment.ts'
import { parseManifest } from '../../../shared/search-files/manifest.ts'
import type { SearchSource } from '../../../shared/search-files/source.ts'
import { countingStores, noRequests } from '../../../shared/storage/counting.ts'
import type { Storage, Stores } from '../../../shared/storage/storage.ts'
import { memoryStores } from './rows.ts'

interface FileOptions {
  shard?: string
  /** Columns that the file lacks. */
  without?: ReadonlySet<string>
}

export interface SearchStore extends AsyncDisposable {
  open: CountedStore
  /** Without counting. */
  stores: Stores
  lake: Storage
  /** Replaces the rows of a day, or of one of its table files. */
  putDay(date: string, rows: readonly Row[], options?: FileOptions): Promise<void>
}

export async function openSearchStore(stores: Stores = memoryStores()): Promise<SearchStore> {
  const dir = mkdtempSync(join(tmpdir(), 'mayday-search-'))
  const requests = noRequests()
  const files = await openTableFiles({
    stores,
    cacheDir: join(dir, 'rows'),
    duckdbMemory: '256MB',
    threads: 1,
  })
  const open: CountedStore = {
    url: 'memory:',
    stores: countingStores(stores, requests),
    cacheDir: join(dir, 'cache'),
    config: { ...readConfig(), duckdbMemory: '256MB' },
    requests,
  }
  return {
    open,
    stores,
    lake: stores.lake,
    async putDay(date, rows, { shard = '0of1', without = new Set() } = {}) {
      const columns = crashesTable.columns.filter(({ name }) => !without.has(name))
      const bytes = await encodeRows(files, { ...crashesTable, columns }, rowsOfColumns(columns, rows))
      await stores.lake.put(tableKey(crashesTable.name, date, shard, 0), bytes)
    },
    async [Symbol.asyncDispose]() {
      await files.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** A crash ID of a day with this number in its first digits. */
const idOn = (date: string, n: number) =>
  `${n.toString(16).padStart(8, '0')}-0000-8000-8000-000000${date.slice(2).replaceAll('-', '')}`

/** The simplest row. */
export const rowOn = (date: string, n: number, more: Row = {}): Row => ({
  crash_id: idOn(date, n),
  date,
  product: 'Firefox',
  submitted_at: `${date}T01:02:03.000004+00:00`,
  processed_at: `${date}T02:02:03.000004+00:00`,
  ...more,
})

/** Reads search files from a storage. */
export const sourceOf = (lake: Storage): SearchSource => ({
  async manifest() {
    return parseManifest(await (await lake.get(searchManifestKey))!.bytes())
  },
  async read(key, range) {
    const object = await lake.get(key, { range })
    if (!object) throw new CrashError('missing', `${key} does not exist`)
    return Uint8Array.from(await object.bytes())
  },
})

/** The value of a row; null without one. */
export function valueAt(column: SegmentColumn | undefined, row: number): unknown {
  if (!column) return null
  if (column.kind === 'rows') return column.at(row)
  if (column.kind === 'numbers') return Number.isNaN(column.values[row]) ? null : column.values[row]!
  const code = column.codes[row]!
  return code === 0 ? null : column.dictionary[code - 1]
}
