// Collects the rows of one day: first in memory, then in files, which are merged into the tables in the background.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { IsoDate, Millis } from '../../shared/units.ts'
import { own, setOwn } from '../../shared/own.ts'
import { mergeRows } from './merge.ts'
import { writeRows } from './parquet.ts'
import type { ColumnarRows } from './rows.ts'
import type { TableFiles } from './files/table-files.ts'
import type { CrashTable } from './tables.ts'

/** Rows of several crashes, by table. */
export interface CrashRows {
  crashIds: readonly string[]
  rows: Readonly<Record<string, ColumnarRows>>
}

/** Accepts rows and merges them into the day's tables in the background, one merge at a time. */
export interface RowSink {
  add(rows: CrashRows): void
  /** Waits while too many rows are held in memory. Throws the error of a failed merge. */
  room(): Promise<void>
  /** Merges the remaining rows. */
  finish(): Promise<void>
}

/** Number of crashes whose rows are kept in memory before they are written to a temporary file. */
const spillEvery = 128

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
  const pending = createPending(options)
  let inFile = 0
  let work: Promise<void> = Promise.resolve()
  let busy = false
  let failure: unknown = null

  // Every merge rewrites the file. Merging more rows at once as the file grows keeps the total cost linear.
  const isDue = () => pending.crashes() >= Math.max(options.mergeEvery, inFile / 4)
  const merge = async () => {
    const spills = await pending.take()
    if (spills.length) inFile = await mergeSpills(options, spills)
  }
  const start = async (step: () => Promise<void>) => {
    busy = true
    try {
      await step()
    } catch (error) {
      failure ??= error
    }
    busy = false
  }
  return {
    add(rows) {
      pending.add(rows)
      if (busy || failure !== null) return
      if (isDue()) work = start(merge)
      else if (pending.inMemory() >= spillEvery) work = start(pending.spill)
    },
    async room() {
      if (pending.inMemory() >= 4 * spillEvery) await work
      if (failure !== null) throw failure
    },
    async finish() {
      await work
      if (failure !== null) throw failure
      await merge()
    },
  }
}

/** Rows that have not been merged: in memory and in files. */
function createPending(options: RowSinkOptions) {
  let rows: CrashRows[] = []
  let spills: Spill[] = []
  const countOf = (list: readonly { crashIds: readonly string[] }[]) =>
    list.reduce((sum, { crashIds }) => sum + crashIds.length, 0)
  const spill = async () => {
    const taken = rows
    rows = []
    if (taken.length) spills.push(await writeSpill(options, taken))
  }
  return {
    add: (more: CrashRows) => void rows.push(more),
    /** Number of crashes whose rows are in memory. */
    inMemory: () => countOf(rows),
    crashes: () => countOf(rows) + countOf(spills),
    /** Writes the rows in memory to files. */
    spill,
    /** Returns and forgets all rows, as files. */
    async take(): Promise<Spill[]> {
      await spill()
      const taken = spills
      spills = []
      return taken
    },
  }
}

/** Unmerged rows: one Parquet file per table. */
interface Spill {
  crashIds: string[]
  paths: Record<string, string>
}

let spillCount = 0

async function writeSpill(
  { files, tables, addTime }: RowSinkOptions,
  results: readonly CrashRows[],
): Promise<Spill> {
  const began = performance.now()
  const paths: Record<string, string> = {}
  for (const table of tables) {
    const path = join(files.dir, `${table.name}-${spillCount++}.parquet`)
    const rows = results.map((result) => own(result.rows, table.name)!)
    await writeRows(files, table, rows, path)
    setOwn(paths, table.name, path)
  }
  addTime('spill', performance.now() - began)
  return { crashIds: results.flatMap((result) => result.crashIds), paths }
}

/** Merges table by table. Returns the number of crashes in the newest file of the last table. */
async function mergeSpills(options: RowSinkOptions, spills: readonly Spill[]): Promise<number> {
  const { files, date, shard, tables, addTime } = options
  const began = performance.now()
  const crashIds = spills.flatMap((spill) => spill.crashIds)
  let inFile = 0
  for (const table of tables) {
    const paths = spills.map((spill) => own(spill.paths, table.name)!)
    inFile = (await mergeRows(files, table, { date, shard }, { paths, crashIds })).crashes
  }
  for (const spill of spills) for (const path of Object.values(spill.paths)) await rm(path, { force: true })
  addTime('merge', performance.now() - began)
  return inFile
}
