// Tables derived from those of crashes, day by day: rewritten for the days whose crashes changed.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import pMap from 'p-map'
import { checkVendor } from '../../shared/fields/simulated.ts'
import { madeFromKey, parseTableKey, tableKey } from '../../shared/keys.ts'
import type { ObjectInfo, Storage } from '../../shared/storage/storage.ts'
import type { IsoDate } from '../../shared/units.ts'
import { execute, readSql } from '../lake/duckdb.ts'
import type { DamagedFile } from '../lake/files/damage.ts'
import { localCopies, localCopy } from '../lake/files/local-copies.ts'
import { moveToQuarantine } from '../lake/files/quarantine.ts'
import {
  listTableFiles,
  putTableFile,
  storageOf,
  type TableFile,
  type TableFiles,
} from '../lake/files/table-files.ts'
import { temporaryFile } from '../lake/files/temporary.ts'
import { type MadeFrom, openMadeFrom } from '../lake/made-from.ts'
import { type OpenStore, openFiles } from '../lake/open-store.ts'
import { copyStatement, writeRows } from '../lake/parquet.ts'
import {
  auditTable,
  buildsTable,
  type CrashTable,
  crashesTable,
  heldDumpsTable,
  missingModulesTable,
  modulesTable,
  refusalsTable,
  signaturesTable,
  type Table,
} from '../lake/tables.ts'
import { gatherAudit } from './audit.ts'
import { gatherRefusals } from './refusals.ts'

/** Increase it when the derivation changes: all days are then derived again. */
const derivationVersion = 1

interface Derivation {
  table: Table
  sql: string
  /** The tables that the query reads: parameters with the names of the tables. */
  from: readonly CrashTable[]
  /** Those of them without which a day is derived too. */
  optional: readonly CrashTable[]
  /** Keep the rows of a day when its crashes expire. */
  outlives: boolean
  /** Derive only when a caller of `deriveDays` names the table. */
  onRequest: boolean
}

const derivation = (
  table: Table,
  from: readonly CrashTable[],
  { optional = [], outlives = false, onRequest = false }: Partial<Derivation> = {},
): Derivation => ({
  table,
  sql: readSql(import.meta.dirname, `derive-${table.name.replaceAll('_', '-')}`),
  from,
  optional,
  outlives,
  onRequest,
})

const derivations: readonly Derivation[] = [
  derivation(signaturesTable, [crashesTable], { outlives: true }),
  derivation(buildsTable, [crashesTable], { outlives: true }),
  derivation(missingModulesTable, [crashesTable, modulesTable]),
  derivation(heldDumpsTable, [crashesTable, modulesTable], { optional: [modulesTable], onRequest: true }),
]
/** The shard in the names of derived files: independent of the job that writes them. */
export const derivedShard = 'all'

/**
 * Updates the derived tables, `refusals` and `audit`. A day whose crashes have expired keeps its rows in `signatures` and
 * `builds`. Concurrent runs write the same files.
 * @returns files written
 */
export async function deriveTables(open: OpenStore): Promise<number> {
  await using files = await openFiles(open)
  return (await deriveDays(files)) + (await gatherRefusals(files)) + (await gatherAudit(files))
}

/** Moves damaged files of the derived tables to quarantine, and writes those whose crashes are stored again. */
export async function repairDerived(open: OpenStore, damage: readonly DamagedFile[]): Promise<DamagedFile[]> {
  const repaired: DamagedFile[] = []
  await using files = await openFiles(open)
  for (const { key, why } of damage) {
    const parsed = parseTableKey(key)!
    const table = [...derivations.map((made) => made.table), refusalsTable, auditTable].find(
      ({ name }) => name === parsed.table,
    )
    if (!table) continue
    const found = await listTableFiles(storageOf(files, table), table.name, parsed.date)
    const file = found.find((candidate) => candidate.key === key)
    const moved_to = file && (await moveToQuarantine(files, table, file))
    if (moved_to) repaired.push({ key, why, moved_to })
  }
  await deriveDays(files)
  await gatherRefusals(files)
  await gatherAudit(files)
  return repaired
}

/**
 * Like `deriveTables`, with open files, without `refusals`.
 * @param only the name of one table: the others stay unchanged
 */
export async function deriveDays(files: TableFiles, only?: string): Promise<number> {
  const chosen = derivations.filter(({ table, onRequest }) =>
    only === undefined ? !onRequest : table.name === only,
  )
  const madeFrom = await openMadeFrom(files.stores.lake, madeFromKey('derived'))
  const listings = new Map<string, Promise<TableFile[]>>()
  const list = (table: Table) => {
    const listing = listings.get(table.name) ?? listTableFiles(storageOf(files, table), table.name)
    listings.set(table.name, listing)
    return listing
  }
  let written = 0
  const removed: string[] = []
  for (const made of chosen) {
    const days = await completeDays(made, list)
    const there = (await list(made.table)).filter(({ shard }) => shard === derivedShard)
    written += await deriveTable(files, made, { days, there, madeFrom })
    if (!made.outlives) removed.push(...there.filter(({ date }) => !days.has(date)).map(({ key }) => key))
  }
  if (removed.length > 0) await files.stores.lake.delete(removed)
  await madeFrom.save(removed)
  return written
}

/** The source files by day, of the days for which all required tables have some. */
async function completeDays(
  { from, optional }: Derivation,
  list: (table: Table) => Promise<TableFile[]>,
): Promise<Map<IsoDate, TableFile[]>> {
  const listings = await Promise.all(from.map(list))
  const required = listings.filter((_listing, i) => !optional.includes(from[i]!))
  const dates = required.map((listing) => new Set(listing.map(({ date }) => date)))
  const byDate = Map.groupBy(listings.flat(), (file) => file.date)
  return new Map([...byDate].filter(([date]) => dates.every((known) => known.has(date))))
}

/** Most of the time of a small day is spent on requests. */
const daysAtOnce = 4

interface Listed {
  /** Files of the source tables by day. */
  days: ReadonlyMap<IsoDate, readonly TableFile[]>
  /** Derived files. */
  there: readonly TableFile[]
  madeFrom: MadeFrom
}

async function deriveTable(
  files: TableFiles,
  made: Derivation,
  { days, there, madeFrom }: Listed,
): Promise<number> {
  const fileOf = new Map(there.map((file) => [file.date, file]))
  const update = async ([date, sources]: readonly [IsoDate, readonly TableFile[]]) => {
    const source = sourceOf(sources)
    if (await isMadeFrom(files.stores.lake, { madeFrom, file: fileOf.get(date), source })) return 0
    const info = await deriveDay(files, made, { date, sources, source })
    if (!info) return 0
    madeFrom.set(info, source)
    return 1
  }
  const written = await pMap(days, update, { concurrency: daysAtOnce })
  return written.reduce<number>((sum, one) => sum + one, 0)
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
  for (const { table, from, outlives } of derivations) {
    if (!outlives) continue
    const listed = await Promise.all(from.map((one) => listTableFiles(storageOf(files, one), one.name, date)))
    const source = sourceOf(listed.flat())
    const object = await lake.get(tableKey(table.name, date, derivedShard, 0))
    if (!object) continue
    const bytes = await object.bytes()
    await putTableFile(lake, object.key, bytes, { metadata: { source }, ifMatch: object.etag })
  }
}

/** Deletes the derived files of a day that have rows of single crashes: they are derived again when they are needed. */
export async function removeCrashCopies({ stores: { lake } }: TableFiles, date: IsoDate): Promise<void> {
  const copies = derivations.filter(({ onRequest }) => onRequest)
  await lake.delete(copies.map(({ table }) => tableKey(table.name, date, derivedShard, 0)))
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
    copyStatement(
      table,
      `FROM read_parquet($path) WHERE NOT list_contains($products, coalesce(product, ''))`,
    ),
    { path: copy.path, products, out: out.path },
  )
  const { metadata } = info
  await putTableFile(lake, file.key, await readFile(out.path), { metadata, ifMatch: file.etag })
}

function sourceOf(sources: readonly TableFile[]): string {
  const text = [derivationVersion, ...sources.map((file) => `${file.key}@${file.etag}`)].join('\n')
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

/**
 * Returns null if a file changed in the meantime, or is damaged: a later run derives the day. Until then its counts
 * stay.
 */
async function deriveDay(
  files: TableFiles,
  { table, sql, from }: Derivation,
  { date, sources, source }: { date: IsoDate; sources: readonly TableFile[]; source: string },
): Promise<ObjectInfo | null> {
  const paths = new Map<string, string[]>()
  await using empty = await temporaryFile(files.dir)
  for (const one of from) {
    const found = sources.filter(({ key }) => parseTableKey(key)?.table === one.name)
    const copies = await localCopies(files, one, found)
    if (!copies || copies.length < found.length) return null
    if (found.length === 0) await writeRows(files, one, [], empty.path)
    paths.set(one.name, found.length === 0 ? [empty.path] : copies)
  }
  await using out = await temporaryFile(files.dir)
  await execute(files.database.connection, copyStatement(table, sql), {
    ...Object.fromEntries(paths),
    check_vendor: checkVendor,
    out: out.path,
  })
  const key = tableKey(table.name, date, derivedShard, 0)
  return putTableFile(files.stores.lake, key, await readFile(out.path), { metadata: { source } })
}
