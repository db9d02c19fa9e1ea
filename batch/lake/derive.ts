// Tables that follow from `crashes`, day by day: made again for the days whose crashes changed.
import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tableKey, tablePrefix } from '../../shared/keys.ts'
import type { IsoDate } from '../../shared/units.ts'
import { readRollup } from '../aggregates/run.ts'
import { identifier, quote, quoteList } from './duckdb.ts'
import { openFiles } from './views.ts'
import { gatherRefusals } from './refusals.ts'
import type { OpenStore } from '../cli/store-option.ts'
import { listTableFiles, localCopy, type TableFile, type TableFiles } from './table-files.ts'
import { buildsTable, crashesTable, signaturesTable, type Table } from './tables.ts'

/** Raised when a derived table is computed otherwise: all days are then made again. */
const derivationVersion = 1
const derived = [
  { table: signaturesTable, rollup: 'derive-signatures' },
  { table: buildsTable, rollup: 'derive-builds' },
] as const
/** The shard in the name of derived files: there is one writer's worth of work, whoever does it. */
export const derivedShard = 'all'

/**
 * Brings `signatures`, `builds` and `refusals` up to date. A day whose crashes are gone (retention) keeps what was derived from
 * them. Two at once do the same work twice, and agree.
 * @returns files written
 */
export async function deriveTables(open: OpenStore): Promise<number> {
  const files = await openFiles(open)
  try {
    return (await deriveDays(files)) + (await gatherRefusals(open.stores))
  } finally {
    await files.close()
  }
}

/** As `deriveTables`, with files that are open. */
export async function deriveDays(files: TableFiles): Promise<number> {
  const { lake } = files.stores
  const byDate = Map.groupBy(await listTableFiles(lake, crashesTable.name), (file) => file.date)
  let written = 0
  for (const { table, rollup } of derived) {
    const sources = await readSources(files, table)
    for (const [date, crashes] of byDate) {
      const source = sourceOf(crashes)
      if (sources.get(date) === source) continue
      if (await deriveDay(files, { table, rollup, date, crashes, source })) written++
    }
  }
  return written
}

/** What each day's file was derived from. */
async function readSources(files: TableFiles, table: Table): Promise<Map<IsoDate, string | undefined>> {
  const sources = new Map<IsoDate, string | undefined>()
  for await (const { key, metadata } of files.stores.lake.list(tablePrefix(table.name), {
    withMetadata: true,
  })) {
    const date = /date=(\d{4}-\d\d-\d\d)\/all-0\.parquet$/.exec(key)?.[1]
    if (date) sources.set(date, metadata.source)
  }
  return sources
}

/**
 * Keeps what was derived from a day as it is, though its crashes have changed: what age removed is still counted.
 * Call it when the day was up to date before.
 */
export async function keepDerived(files: TableFiles, date: IsoDate): Promise<void> {
  const { lake } = files.stores
  const source = sourceOf(await listTableFiles(lake, crashesTable.name, date))
  for (const { table } of derived) {
    const object = await lake.get(tableKey(table.name, date, derivedShard, 0))
    if (!object) continue
    await lake.put(object.key, await object.bytes(), {
      contentType: 'application/vnd.apache.parquet',
      metadata: { source },
      ifMatch: object.etag,
    })
  }
}

/**
 * Writes a derived file anew with those of its rows for which a condition holds. Nothing is written when another run has
 * changed it meanwhile.
 */
export async function rewriteDerived(
  files: TableFiles,
  table: Table,
  { key, etag }: TableFile,
  condition: string,
): Promise<void> {
  const { lake } = files.stores
  const object = await lake.get(key)
  if (object?.etag !== etag) return
  const out = join(files.dir, `derive-${process.pid}-${Math.random().toString(36).slice(2)}`)
  try {
    await writeFile(`${out}-before`, await object.bytes())
    const order = table.sort.map(identifier).join(', ')
    await files.database.connection.run(
      `COPY (SELECT * FROM read_parquet(${quote(`${out}-before`)}) WHERE ${condition} ORDER BY ${order})
       TO ${quote(out)} (FORMAT parquet, COMPRESSION zstd)`,
    )
    const { contentType, metadata } = object
    await lake.put(key, await readFile(out), { ...(contentType && { contentType }), metadata, ifMatch: etag })
  } finally {
    for (const path of [out, `${out}-before`]) await rm(path, { force: true })
  }
}

function sourceOf(crashes: readonly TableFile[]): string {
  const text = [derivationVersion, ...crashes.map((file) => `${file.key}@${file.etag}`)].join('\n')
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

interface Day {
  table: Table
  rollup: string
  date: IsoDate
  crashes: readonly TableFile[]
  source: string
}

/** False when a file changed meanwhile: the run after this one will see to it. */
async function deriveDay(files: TableFiles, { table, rollup, date, crashes, source }: Day): Promise<boolean> {
  const { lake } = files.stores
  const paths: string[] = []
  for (const file of crashes) {
    const path = await localCopy(files, lake, file)
    if (path === null) return false
    paths.push(path)
  }
  await mkdir(files.dir, { recursive: true })
  const out = join(files.dir, `derive-${process.pid}-${Math.random().toString(36).slice(2)}.parquet`)
  const rows = `read_parquet(${quoteList(paths)}, union_by_name = true, hive_partitioning = false)`
  const sql = readRollup(rollup).replace('FROM $crashes', `FROM ${rows}`)
  try {
    await files.database.connection.run(`COPY (${sql}) TO ${quote(out)} (FORMAT parquet, COMPRESSION zstd)`)
    await lake.put(tableKey(table.name, date, derivedShard, 0), await readFile(out), {
      contentType: 'application/vnd.apache.parquet',
      metadata: { source },
    })
    return true
  } finally {
    await rm(out, { force: true })
  }
}
