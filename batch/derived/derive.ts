// Tables derived from `crashes`, day by day: rewritten for the days whose crashes changed.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { madeFromKey, parseTableKey, tableKey } from '../../shared/keys.ts'
import type { ObjectInfo, Storage } from '../../shared/storage/storage.ts'
import type { IsoDate } from '../../shared/units.ts'
import type { DamagedFile } from '../lake/files/damage.ts'
import { execute, identifier, readSql } from '../lake/duckdb.ts'
import { openFiles, type OpenStore } from '../lake/open-store.ts'
import { gatherRefusals } from './refusals.ts'
import { type MadeFrom, openMadeFrom } from '../lake/made-from.ts'
import { localCopies, localCopy } from '../lake/files/local-copies.ts'
import { moveToQuarantine } from '../lake/files/quarantine.ts'
import {
  listTableFiles,
  putTableFile,
  storageOf,
  type TableFile,
  type TableFiles,
} from '../lake/files/table-files.ts'
import { buildsTable, crashesTable, refusalsTable, signaturesTable, type Table } from '../lake/tables.ts'
import { temporaryFile } from '../lake/files/temporary.ts'

/** Increase it when the derivation changes: all days are then derived again. */
const derivationVersion = 1
const derived = [
  { table: signaturesTable, sql: readSql(import.meta.dirname, 'derive-signatures') },
  { table: buildsTable, sql: readSql(import.meta.dirname, 'derive-builds') },
] as const
/** The shard in the names of derived files: independent of the job that writes them. */
export const derivedShard = 'all'

/**
 * Updates `signatures`, `builds` and `refusals`. A day whose crashes have expired keeps its derived rows. Concurrent runs
 * write the same files.
 * @returns files written
 */
export async function deriveTables(open: OpenStore): Promise<number> {
  await using files = await openFiles(open)
  return (await deriveDays(files)) + (await gatherRefusals(files))
}

/** Moves damaged files of the derived tables to quarantine, and writes those whose crashes are stored again. */
export async function repairDerived(open: OpenStore, damage: readonly DamagedFile[]): Promise<DamagedFile[]> {
  const repaired: DamagedFile[] = []
  await using files = await openFiles(open)
  for (const { key, why } of damage) {
    const parsed = parseTableKey(key)!
    const table = [signaturesTable, buildsTable, refusalsTable].find(({ name }) => name === parsed.table)
    if (!table) continue
    const found = await listTableFiles(storageOf(files, table), table.name, parsed.date)
    const file = found.find((candidate) => candidate.key === key)
    const moved_to = file && (await moveToQuarantine(files, table, file))
    if (moved_to) repaired.push({ key, why, moved_to })
  }
  await deriveDays(files)
  await gatherRefusals(files)
  return repaired
}

/** Like `deriveTables`, with open files. */
export async function deriveDays(files: TableFiles): Promise<number> {
  const { lake } = files.stores
  const byDate = Map.groupBy(await listTableFiles(lake, crashesTable.name), (file) => file.date)
  const madeFrom = await openMadeFrom(lake, madeFromKey('derived'))
  let written = 0
  for (const { table, sql } of derived) {
    const made = (await listTableFiles(lake, table.name)).filter(({ shard }) => shard === derivedShard)
    const fileOf = new Map(made.map((file) => [file.date, file]))
    for (const [date, crashes] of byDate) {
      const source = sourceOf(crashes)
      if (await isMadeFrom(lake, { madeFrom, file: fileOf.get(date), source })) continue
      const info = await deriveDay(files, { table, sql, date, crashes, source })
      if (!info) continue
      madeFrom.set(info, source)
      written++
    }
  }
  await madeFrom.save()
  return written
}

/**
 * True when a derived file is made from this source. The index only confirms that: `keepDerived` changes the metadata
 * of a file and not its etag.
 */
async function isMadeFrom(
  lake: Storage,
  { madeFrom, file, source }: { madeFrom: MadeFrom; file: TableFile | undefined; source: string },
): Promise<boolean> {
  if (!file) return false
  if (madeFrom.sourceOf(file) === source) return true
  if ((await lake.head(file.key))?.metadata.source !== source) return false
  madeFrom.set(file, source)
  return true
}

/**
 * Marks the derived files of a day as current, although its crashes have changed: expired crashes are still counted.
 * The files must have been current before.
 */
export async function keepDerived(files: TableFiles, date: IsoDate): Promise<void> {
  const { lake } = files.stores
  const source = sourceOf(await listTableFiles(lake, crashesTable.name, date))
  for (const { table } of derived) {
    const object = await lake.get(tableKey(table.name, date, derivedShard, 0))
    if (!object) continue
    const bytes = await object.bytes()
    await putTableFile(lake, object.key, bytes, { metadata: { source }, ifMatch: object.etag })
  }
}

/** Removes the rows of products from a derived file, unless another run has changed the file. */
export async function removeProducts(
  files: TableFiles,
  table: Table,
  file: TableFile,
  products: readonly string[],
): Promise<void> {
  const { lake } = files.stores
  const info = await lake.head(file.key)
  const copy = info?.etag === file.etag ? await localCopy(files, table, file) : 'changed'
  if (!info || typeof copy !== 'object') return
  await using out = await temporaryFile(files.dir)
  await execute(
    files.database.connection,
    `COPY (SELECT * FROM read_parquet($path) WHERE NOT list_contains($products, coalesce(product, ''))
           ORDER BY ${table.sort.map(identifier).join(', ')})
     TO $out (FORMAT parquet, COMPRESSION zstd)`,
    { path: copy.path, products, out: out.path },
  )
  const { metadata } = info
  await putTableFile(lake, file.key, await readFile(out.path), { metadata, ifMatch: file.etag })
}

function sourceOf(crashes: readonly TableFile[]): string {
  const text = [derivationVersion, ...crashes.map((file) => `${file.key}@${file.etag}`)].join('\n')
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

interface Day {
  table: Table
  sql: string
  date: IsoDate
  crashes: readonly TableFile[]
  source: string
}

/**
 * Returns null if a file changed in the meantime, or is damaged: a later run derives the day. Until then its counts
 * stay.
 */
async function deriveDay(
  files: TableFiles,
  { table, sql, date, crashes, source }: Day,
): Promise<ObjectInfo | null> {
  const paths = await localCopies(files, crashesTable, crashes)
  if (!paths || paths.length < crashes.length) return null
  await using out = await temporaryFile(files.dir)
  await execute(files.database.connection, `COPY (${sql}) TO $out (FORMAT parquet, COMPRESSION zstd)`, {
    paths,
    out: out.path,
  })
  const key = tableKey(table.name, date, derivedShard, 0)
  return putTableFile(files.stores.lake, key, await readFile(out.path), { metadata: { source } })
}
