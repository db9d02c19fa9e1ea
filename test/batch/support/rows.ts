// Tables on an in-memory store, and rows for them, without processing.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { literal, literalList } from '../../../batch/lake/duckdb.ts'
import { localPaths } from '../../../batch/lake/files/local-copies.ts'
import {
  type OpenTableFiles,
  openTableFiles,
  type TableFiles,
} from '../../../batch/lake/files/table-files.ts'
import type { NewRows } from '../../../batch/lake/merge.ts'
import { encodeRows, writeRows } from '../../../batch/lake/parquet.ts'
import { type Row, rowsOfColumns } from '../../../batch/lake/rows.ts'
import type { CrashTable, Table } from '../../../batch/lake/tables.ts'
import { tableKey } from '../../../shared/keys.ts'
import { createMemoryStorage } from '../../../shared/storage/memory.ts'
import { bucketNames, type Stores } from '../../../shared/storage/storage.ts'

export const memoryStores = (): Stores => ({
  crashes: createMemoryStorage(),
  lake: createMemoryStorage(),
  symbols: createMemoryStorage(),
})

/** The same objects in other stores. */
export async function copyStores(stores: Stores): Promise<Stores> {
  const copies = memoryStores()
  for (const name of bucketNames) {
    for await (const { key, metadata } of stores[name].list('', { withMetadata: true }))
      await copies[name].put(key, await (await stores[name].get(key))!.bytes(), { metadata })
  }
  return copies
}

export interface Bench {
  files: OpenTableFiles
  dir: string
  close(): Promise<void>
}

/** A separate process on the stores: database, directory. */
export async function openBench(stores: Stores, partBytes = 1 << 27): Promise<Bench> {
  const dir = mkdtempSync(join(tmpdir(), 'mayday-rows-'))
  const files = await openTableFiles({ stores, cacheDir: dir, duckdbMemory: '256MB', threads: 1, partBytes })
  return {
    files,
    dir,
    async close() {
      await files.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** A crash ID of 21 October 2026 with this number in its first digits. */
export const idOf = (n: number) => `${n.toString(16).padStart(8, '0')}-0000-8000-8000-000000261021`

let written = 0

/** Puts rows into the first file of a table's day, like the merge of a run. */
export async function putRows(
  files: TableFiles,
  table: Table,
  date: string,
  rows: readonly Row[],
): Promise<void> {
  const bytes = await encodeRows(files, table, rowsOfColumns(table.columns, rows))
  await files.stores.lake.put(tableKey(table.name, date, '0of1', 0), bytes)
}

/** Rows of crashes as a worker returns them: one per crash, with the given text as `signature`. */
export async function rowsFor(
  bench: Bench,
  table: CrashTable,
  ids: readonly number[],
  signature = 's',
): Promise<NewRows> {
  const crashIds = ids.map(idOf)
  const rows = crashIds.flatMap((crash_id) => table.rowsOf({ crash_id, signature }, {}))
  const path = join(bench.dir, `new-${written++}.parquet`)
  await writeRows(bench.files, table, [rowsOfColumns(table.columns, rows)], path)
  return { query: `FROM read_parquet(${literal(path)})`, crashIds }
}

/** Crash IDs and signatures of a table's day as seen by a reader, in order. */
export async function readRows(
  bench: Bench,
  table: CrashTable,
): Promise<{ crash_id: string; signature: string }[]> {
  const paths = await localPaths(bench.files, table, ['2026-10-21'])
  if (paths.length === 0) return []
  const reader = await bench.files.database.connection.runAndReadAll(
    `SELECT crash_id, signature FROM read_parquet(${literalList(paths)}, union_by_name = true) ORDER BY ALL`,
  )
  return reader.getRowObjectsJS() as { crash_id: string; signature: string }[]
}
