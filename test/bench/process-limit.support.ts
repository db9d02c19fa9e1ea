// The limit of processing: reads, inflates, serializes, compresses and writes the same data, and nothing else.
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { DuckDBDataChunk, type DuckDBType, type DuckDBValue } from '@duckdb/node-api'
import { decodeProcessedCrash, processedCrashOptions } from '../../batch/processing/processed-crash.ts'
import { sqlType } from '../../batch/lake/column-types.ts'
import { execute, identifier } from '../../batch/lake/duckdb.ts'
import { openTableFiles, type TableFiles } from '../../batch/lake/files/table-files.ts'
import { copyStatement, writeRows } from '../../batch/lake/parquet.ts'
import { rowsOfColumns } from '../../batch/lake/rows.ts'
import { type CrashTable, crashTables } from '../../batch/lake/tables.ts'
import { nodeCodecs } from '../../shared/codecs/codecs.node.ts'
import type { ProcessedCrash } from '../../shared/crash.ts'
import { processedPrefix, rawKey } from '../../shared/keys.ts'
import { readStoredReport } from '../../shared/report/stored.ts'
import { createFolderStorage } from '../../shared/storage/folder/folder.node.ts'
import type { Stores } from '../../shared/storage/storage.ts'
import type { Millis } from '../../shared/units.ts'

/** Rows of a chunk of DuckDB. */
const chunkRows = 2048

/** Processor time per crash. */
export interface Limit {
  read: Millis
  documents: Millis
  write: Millis
  rows: Millis
  all: Millis
}

/** Measures the limit with up to `most` crashes of a store in which all have been processed. */
export async function measureLimit(stores: Stores, dir: string, most: number): Promise<Limit> {
  const crashes = await readCrashes(stores, most)
  const written = createFolderStorage(join(dir, 'limit'))
  const documents: Uint8Array[] = []
  const times = {
    read: await processorTime(async () => {
      for (const { crash_id } of crashes)
        readStoredReport(await (await stores.crashes.get(rawKey(crash_id)))!.bytes(), nodeCodecs)
    }),
    documents: await processorTime(() => {
      for (const crash of crashes) documents.push(nodeCodecs.compressZstd(Buffer.from(JSON.stringify(crash))))
    }),
    write: await processorTime(async () => {
      await Promise.all(
        documents.map((bytes) =>
          written.put(createHash('sha256').update(bytes).digest('hex'), bytes, processedCrashOptions('')),
        ),
      )
    }),
    rows: await measureRows(stores, join(dir, 'limit-rows'), crashes),
  }
  const all = times.read + times.documents + times.write + times.rows
  const perCrash = (ms: Millis) => Math.round((ms / crashes.length) * 100) / 100
  return {
    read: perCrash(times.read),
    documents: perCrash(times.documents),
    write: perCrash(times.write),
    rows: perCrash(times.rows),
    all: perCrash(all),
  }
}

async function readCrashes({ crashes }: Stores, most: number): Promise<ProcessedCrash[]> {
  const read: ProcessedCrash[] = []
  for await (const { key } of crashes.list(processedPrefix())) {
    if (read.length === most) break
    read.push(decodeProcessedCrash(await (await crashes.get(key))!.bytes()))
  }
  return read
}

/** Appends finished values to DuckDB, and writes its tables to Parquet. */
async function measureRows(
  stores: Stores,
  cacheDir: string,
  crashes: readonly ProcessedCrash[],
): Promise<Millis> {
  await using files = await openTableFiles({ stores, cacheDir, duckdbMemory: '512MB', threads: 2 })
  let time: Millis = 0
  for (const table of crashTables) {
    const path = join(files.dir, `${table.name}.parquet`)
    const rows = crashes.flatMap((crash) => table.rowsOf(crash, {}))
    await writeRows(files, table, [rowsOfColumns(table.columns, rows)], path)
    const reader = await files.database.connection.runAndReadAll('FROM read_parquet($path)', { path })
    const values = reader.getColumns()
    time += await processorTime(() =>
      appendAndCopy(files, table, { types: reader.columnTypes(), values, path }),
    )
  }
  return time
}

interface FinishedRows {
  types: readonly DuckDBType[]
  /** By column. */
  values: readonly (readonly DuckDBValue[])[]
  path: string
}

async function appendAndCopy(
  { database }: TableFiles,
  table: CrashTable,
  { types, values, path }: FinishedRows,
): Promise<void> {
  const connection = await database.connect()
  using _ = { [Symbol.dispose]: () => connection.closeSync() }
  const columns = table.columns.map((column) => `${identifier(column.name)} ${sqlType(column)}`)
  await execute(connection, `CREATE TEMP TABLE rows (${columns.join(', ')})`)
  const appender = await connection.createAppender('rows', 'main', 'temp')
  for (let at = 0; at < values[0]!.length; at += chunkRows) {
    const chunk = DuckDBDataChunk.create([...types], Math.min(chunkRows, values[0]!.length - at))
    for (const [i, column] of values.entries()) chunk.setColumnValues(i, column.slice(at, at + chunkRows))
    appender.appendDataChunk(chunk)
  }
  appender.closeSync()
  await execute(connection, copyStatement(table, 'FROM rows'), { out: path })
}

/** Of all threads, with the work of the kernel. */
async function processorTime(work: () => void | Promise<void>): Promise<Millis> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
