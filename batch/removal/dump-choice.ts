// Which crashes lose their minidumps: one query over the table `held_dumps`.
import { daysCovered, reportsListed } from '../../shared/aggregates/documents.ts'
import { addDays, dateAt, dayMs } from '../../shared/time/dates.ts'
import type { IsoDate } from '../../shared/units.ts'
import { deriveDays } from '../derived/derive.ts'
import { execute, rowsOf } from '../lake/duckdb.ts'
import { localCopies } from '../lake/files/local-copies.ts'
import { listTableFiles, retryOnConflict, type TableFiles } from '../lake/files/table-files.ts'
import { heldDumpsTable } from '../lake/tables.ts'
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
 * expired count; of those that changed since the last call, also in a dry run, `held_dumps` is derived first. Null: no
 * product limits its dumps.
 */
export async function chooseDumps(files: TableFiles, options: DumpChoiceOptions): Promise<DumpChoice | null> {
  const limits = limitsOf(options)
  if (limits.every(({ keep }) => keep === null)) return null
  const since = limits.map((limit) => limit.since).sort()[0]!
  await deriveDays(files, heldDumpsTable.name)
  const { paths, newest } = await heldSince(files, since)
  if (paths.length === 0) return { dates: [], kept: { recent: 0, symbols: 0, listed: 0 } }
  const { connection } = files.database
  await execute(connection, choiceSql, {
    limits: JSON.stringify(limits),
    held_dumps: paths,
    recent: new Date(options.now.getTime() - recentDays * dayMs).toISOString(),
    listedFrom: addDays(newest, 1 - daysCovered),
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

/** Local copies of the files of `held_dumps` from a day on, and the newest day of the table. */
async function heldSince(files: TableFiles, since: IsoDate): Promise<{ paths: string[]; newest: IsoDate }> {
  const { name } = heldDumpsTable
  let newest = since
  const paths = await retryOnConflict(files, name, async () => {
    const all = await listTableFiles(files.stores.lake, name)
    newest = all.reduce((latest, { date }) => (date > latest ? date : latest), since)
    const wanted = all.filter(({ date }) => date >= since)
    return localCopies(files, heldDumpsTable, wanted)
  })
  return { paths, newest }
}

const choiceSql = `
  CREATE OR REPLACE TEMP TABLE dump_choice AS
  WITH limits AS (
    SELECT unnest(from_json($limits, '[{"product":"VARCHAR","keep":"BIGINT","since":"VARCHAR"}]'), recursive := true)
  ), held AS (
    SELECT stored.*, coalesce(own.keep, usual.keep) AS keep
    FROM read_parquet($held_dumps, hive_partitioning = false) AS stored
    LEFT JOIN limits own USING (product)
    JOIN limits usual ON usual.product IS NULL
    WHERE date >= coalesce(own.since, usual.since)::DATE AND coalesce(own.keep, usual.keep) IS NOT NULL
  ), listed AS (
    SELECT crash_id FROM held WHERE date >= $listedFrom::DATE AND duplicate_of IS NULL
    QUALIFY row_number() OVER (PARTITION BY signature ORDER BY submitted_at DESC, crash_id) <= $listed
  ), protected AS (
    SELECT held.*, CASE
      WHEN processed_at IS NULL OR processed_at >= $recent::TIMESTAMP THEN 'recent'
      WHEN lacks_symbols THEN 'symbols'
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
