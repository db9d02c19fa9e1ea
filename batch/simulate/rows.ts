// Synthetic rows at scale, for benchmarks and demonstrations, written directly to the table `crashes`.
import { readFile } from 'node:fs/promises'
import { CrashError } from '../../shared/errors.ts'
import { tableKey } from '../../shared/keys.ts'
import { daysUpTo } from '../../shared/time/dates.ts'
import type { IsoDate } from '../../shared/units.ts'
import { execute } from '../lake/duckdb.ts'
import { listTableFiles, putTableFile, type TableFiles } from '../lake/files/table-files.ts'
import { temporaryFile } from '../lake/files/temporary.ts'
import { copyStatement, crashRowGroup } from '../lake/parquet.ts'
import { crashesTable, modulesTable } from '../lake/tables.ts'
import { type RowOptions, type RowRange, selectModules, selectRows } from './row-sql.ts'

export interface SimulateOptions extends RowOptions {
  crashes: number
  /** Last day. */
  to: IsoDate
  /** Also rows of `modules`, up to four per crash. */
  modules?: boolean
  onDay?: (date: IsoDate) => void
}

/** Part of the file names; no other writer uses it. */
export const simulatedShard = 'simulated'
/** Rows of one file. */
const rowsPerFile = 400_000

/**
 * Writes the rows of every day; rows of an earlier simulation are replaced.
 * @throws CrashError 'bad-usage' when the store contains real crashes: they must not be mixed
 */
export async function simulateCrashes(
  files: TableFiles,
  options: SimulateOptions,
): Promise<{ rows: number }> {
  const { lake } = files.stores
  const existing = [
    ...(await listTableFiles(lake, crashesTable.name)),
    ...(await listTableFiles(lake, modulesTable.name)),
  ]
  if (existing.some((file) => file.shard !== simulatedShard)) {
    throw new CrashError(
      'bad-usage',
      'The store contains real crashes; simulate into a separate one, for example --store file:./simulated',
    )
  }
  await lake.delete(existing.map((file) => file.key))
  const dates = daysUpTo(options.to, options.days)
  let rows = 0
  for (const [day, date] of dates.entries()) {
    const until = Math.round((options.crashes * (day + 1)) / options.days)
    for (let part = 0; rows < until; part++) {
      const count = Math.min(rowsPerFile, until - rows)
      await writePart(files, { date, day, part, first: rows, count }, options)
      rows += count
    }
    options.onDay?.(date)
  }
  return { rows }
}

interface Part extends RowRange {
  part: number
}

async function writePart(files: TableFiles, part: Part, rows: SimulateOptions): Promise<void> {
  const { connection } = files.database
  await using crashes = await temporaryFile(files.dir)
  const options = { rowGroupSize: crashRowGroup }
  await execute(connection, copyStatement(crashesTable, selectRows(part, rows), options), {
    out: crashes.path,
  })
  if (rows.modules) {
    await using modules = await temporaryFile(files.dir)
    await execute(connection, copyStatement(modulesTable, selectModules, options), {
      crashes: crashes.path,
      out: modules.path,
    })
    await putPart(files, modulesTable.name, part, await readFile(modules.path))
  }
  await putPart(files, crashesTable.name, part, await readFile(crashes.path))
}

const putPart = (files: TableFiles, table: string, { date, part, count }: Part, bytes: Uint8Array) =>
  putTableFile(files.stores.lake, tableKey(table, date, simulatedShard, part), bytes, {
    metadata: { crashes: String(count) },
  })
