// Collects the rows of one day in files, which are merged into the tables in the background.
import { appendFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { IsoDate, Millis } from '../../shared/units.ts'
import { own } from '../../shared/own.ts'
import { mergeRows } from './merge.ts'
import { type RowFile, rowsQuery } from './parquet.ts'
import type { EncodedRows } from './rows.ts'
import type { TableFiles } from './files/table-files.ts'
import type { CrashTable } from './tables.ts'

/** Rows of several crashes, by table. */
export interface CrashRows {
  crashIds: readonly string[]
  rows: Readonly<Record<string, EncodedRows>>
}

/** Accepts rows and merges them into the day's tables in the background, one merge at a time. */
export interface RowSink {
  add(rows: CrashRows): void
  /** Throws the error of a failed merge. */
  check(): void
  /** Merges the remaining rows. */
  finish(): Promise<void>
}

export interface RowSinkOptions {
  files: TableFiles
  date: IsoDate
  /** Part of file names (`shardName`). */
  shard: string
  /** In the order of writing: `crashes` last, because its rows mark crashes as complete. */
  tables: readonly CrashTable[]
  /** Minimum number of crashes to collect before a merge. */
  mergeEvery: number
  addTime: (stage: string, ms: Millis) => void
}

export function createRowSink(options: RowSinkOptions): RowSink {
  let waiting = collectRows(options)
  let inFile = 0
  let work: Promise<void> = Promise.resolve()
  let busy = false
  let failure: unknown = null

  // Every merge rewrites the file. Merging more rows at once as the file grows keeps the total cost linear.
  const isDue = () => waiting.crashIds.length >= Math.max(options.mergeEvery, inFile / 2)
  const merge = async () => {
    const taken = waiting
    waiting = collectRows(options)
    if (taken.crashIds.length > 0) inFile = await mergeCollected(options, taken)
  }
  const mergeInBackground = async () => {
    busy = true
    try {
      await merge()
    } catch (error) {
      failure ??= error
    }
    busy = false
  }
  const check = () => {
    if (failure !== null) throw failure
  }
  return {
    add(rows) {
      waiting.add(rows)
      if (!busy && failure === null && isDue()) work = mergeInBackground()
    },
    check,
    async finish() {
      await work
      check()
      await merge()
    },
  }
}

/** Rows that have not been merged: a file for each table that has any. */
interface CollectedRows {
  crashIds: string[]
  files: Map<CrashTable, RowFile>
  add(rows: CrashRows): void
}

let collections = 0

function collectRows({ files: { dir }, tables }: RowSinkOptions): CollectedRows {
  const number = collections++
  const crashIds: string[] = []
  const files: CollectedRows['files'] = new Map()
  return {
    crashIds,
    files,
    add(more) {
      for (const table of tables) {
        const { bytes, count, longest } = own(more.rows, table.name)!
        if (count === 0) continue
        const file = files.get(table) ?? { path: join(dir, `${table.name}-${number}.json.zst`), longest: 0 }
        files.set(table, { ...file, longest: Math.max(file.longest, longest) })
        appendFileSync(file.path, bytes)
      }
      crashIds.push(...more.crashIds)
    },
  }
}

/** Merges table by table. Returns the number of crashes in the newest file of the last table. */
async function mergeCollected(
  { files, date, shard, tables, addTime }: RowSinkOptions,
  { crashIds, files: rowFiles }: CollectedRows,
): Promise<number> {
  const began = performance.now()
  let inFile = 0
  for (const table of tables) {
    const file = rowFiles.get(table)
    const query = file ? rowsQuery(table.columns, file) : null
    inFile = (await mergeRows(files, table, { date, shard }, { query, crashIds })).crashes
  }
  for (const { path } of rowFiles.values()) await rm(path, { force: true })
  addTime('merge', performance.now() - began)
  return inFile
}
