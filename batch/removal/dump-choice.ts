// Which crashes lose their minidumps: one query over the tables.
import { daysCovered, reportsListed } from '../../shared/aggregates.ts'
import { addDays, dateAt, dayMs } from '../../shared/time/dates.ts'
import type { IsoDate } from '../../shared/units.ts'
import { execute, rowsOf } from '../lake/duckdb.ts'
import { localCopies } from '../lake/files/local-copies.ts'
import { listTableFiles, retryOnConflict, storageOf, type TableFiles } from '../lake/files/table-files.ts'
import { crashesTable, modulesTable, type Table } from '../lake/tables.ts'
import { defaultRetention, type Product } from '../products/product-file.ts'

/** Crashes processed at most this many days ago keep their dumps: someone may still be looking at them. */
export const recentDays = 7

export interface DumpChoiceOptions {
  products: ReadonlyMap<string, Product>
  now: Date
  /** How many dumps products keep that do not state it; null: all. */
  usual: number | null
}

/** Why a crash beyond the number kept keeps its dumps: see `choose`. */
export type KeptFor = 'recent' | 'symbols' | 'listed'

/** The choice, in the temporary table `dump_choice` of the files' database. */
export interface DumpChoice {
  /** Days with crashes to drop, in order. */
  dates: IsoDate[]
  /** Number of crashes beyond the number kept that keep their dumps, by reason. */
  kept: Record<KeptFor, number>
}

/**
 * Ranks the crashes with dumps of each product, signature, version and platform, and chooses those beyond the number
 * that the product keeps. First those that are never chosen: `recent`, processed in the last `recentDays` days;
 * `symbols`, a module lacks symbols; `listed`, among the newest reports that the dashboard may list of a signature. Then
 * the newest of every distinct stack, the second newest of every stack, and so on. All days whose reports have not
 * expired count. Null: no product limits its dumps.
 */
export async function chooseDumps(files: TableFiles, options: DumpChoiceOptions): Promise<DumpChoice | null> {
  const limits = limitsOf(options)
  if (limits.every(({ keep }) => keep === null)) return null
  const since = limits.map((limit) => limit.since).sort()[0]!
  const crashes = await pathsSince(files, crashesTable, since)
  if (crashes.paths.length === 0) return { dates: [], kept: { recent: 0, symbols: 0, listed: 0 } }
  const modules = await pathsSince(files, modulesTable, since)
  const { connection } = files.database
  await execute(connection, choiceSql(modules.paths.length > 0), {
    limits: JSON.stringify(limits),
    crashes: crashes.paths,
    ...(modules.paths.length > 0 && { modules: modules.paths }),
    recent: new Date(options.now.getTime() - recentDays * dayMs).toISOString(),
    listedFrom: addDays(crashes.newest, 1 - daysCovered),
    listed: reportsListed,
  })
  const dates = await rowsOf<{ date: IsoDate }>(
    connection,
    'SELECT DISTINCT date::VARCHAR AS date FROM dump_choice WHERE kept_for IS NULL ORDER BY 1',
  )
  const [kept] = await rowsOf<DumpChoice['kept']>(
    connection,
    `SELECT (count(*) FILTER (kept_for = 'recent'))::DOUBLE AS recent,
       (count(*) FILTER (kept_for = 'symbols'))::DOUBLE AS symbols,
       (count(*) FILTER (kept_for = 'listed'))::DOUBLE AS listed FROM dump_choice`,
  )
  return { dates: dates.map(({ date }) => date), kept: kept! }
}

/** The chosen crashes of a day, in order. */
export async function chosenOn({ database }: TableFiles, date: IsoDate): Promise<string[]> {
  const rows = await rowsOf<{ crash_id: string }>(
    database.connection,
    'SELECT crash_id FROM dump_choice WHERE date = $date::DATE AND kept_for IS NULL ORDER BY 1',
    { date },
  )
  return rows.map((row) => row.crash_id)
}

/** `product` null: of every product without a limit of its own. `since`: the first day with reports. */
interface DumpLimit {
  product: string | null
  keep: number | null
  since: IsoDate
}

function limitsOf({ products, now, usual }: DumpChoiceOptions): DumpLimit[] {
  const sinceOf = (days: number | null) =>
    days === null ? '0001-01-01' : dateAt(now.getTime() - days * dayMs)
  const own = [...products.values()].map(({ name, dumps_per_signature, retention }) => ({
    product: name,
    keep: dumps_per_signature ?? usual,
    since: sinceOf(retention.reports),
  }))
  return [...own, { product: null, keep: usual, since: sinceOf(defaultRetention.reports) }]
}

/** Local copies of the table files from a day on, and the newest day of the table. */
async function pathsSince(
  files: TableFiles,
  table: Table,
  since: IsoDate,
): Promise<{ paths: string[]; newest: IsoDate }> {
  let newest = since
  const paths = await retryOnConflict(files, table.name, async () => {
    const all = await listTableFiles(storageOf(files, table), table.name)
    newest = all.reduce((latest, { date }) => (date > latest ? date : latest), since)
    return localCopies(
      files,
      table,
      all.filter(({ date }) => date >= since),
    )
  })
  return { paths, newest }
}

const source = (name: string) => `read_parquet($${name}, union_by_name = true, hive_partitioning = false)`

/** Files written by older versions do not have the column `dumps_dropped_at`. */
const choiceSql = (withModules: boolean) => `
  CREATE OR REPLACE TEMP TABLE dump_choice AS
  WITH limits AS (
    SELECT unnest(from_json($limits, '[{"product":"VARCHAR","keep":"BIGINT","since":"VARCHAR"}]'), recursive := true)
  ), stored AS (
    SELECT NULL::TIMESTAMP AS dumps_dropped_at WHERE false UNION ALL BY NAME SELECT * FROM ${source('crashes')}
  ), held AS (
    SELECT DISTINCT ON (crash_id) crash_id, date, coalesce(stored.product, '') AS product,
      coalesce(version, '') AS version, coalesce(platform, '') AS platform, coalesce(signature, '') AS signature,
      coalesce(proto_signature, '') AS stack, submitted_at, processed_at, duplicate_of,
      coalesce(own.keep, usual.keep) AS keep
    FROM stored
    LEFT JOIN limits own ON own.product = coalesce(stored.product, '')
    JOIN limits usual ON usual.product IS NULL
    WHERE dumps_dropped_at IS NULL AND minidump_sha256_hash <> ''
      AND date >= coalesce(own.since, usual.since)::DATE AND coalesce(own.keep, usual.keep) IS NOT NULL
  ), lacking AS (
    ${withModules ? `SELECT DISTINCT crash_id FROM ${source('modules')} WHERE missing_symbols` : 'SELECT NULL::VARCHAR AS crash_id WHERE false'}
  ), listed AS (
    SELECT crash_id FROM held WHERE date >= $listedFrom::DATE AND duplicate_of IS NULL
    QUALIFY row_number() OVER (PARTITION BY signature ORDER BY submitted_at DESC, crash_id) <= $listed
  ), protected AS (
    SELECT held.*, CASE
      WHEN processed_at IS NULL OR processed_at >= $recent::TIMESTAMP THEN 'recent'
      WHEN crash_id IN (SELECT crash_id FROM lacking) THEN 'symbols'
      WHEN crash_id IN (SELECT crash_id FROM listed) THEN 'listed'
    END AS kept_for
    FROM held
  ), varied AS (
    SELECT *, row_number() OVER (
      PARTITION BY product, signature, version, platform, kept_for IS NULL, stack ORDER BY submitted_at DESC, crash_id
    ) AS of_stack
    FROM protected
  )
  SELECT crash_id, date, kept_for FROM varied
  QUALIFY row_number() OVER (
    PARTITION BY product, signature, version, platform ORDER BY kept_for IS NULL, of_stack, submitted_at DESC, crash_id
  ) > keep`
