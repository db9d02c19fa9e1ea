// The modules whose symbols crashes lacked, read from the table `missing_modules` instead of the tables of crashes.

import type { IsoDate, Millis } from '../../shared/units.ts'
import { deriveDays } from '../derived/derive.ts'
import { type Database, execute, literalList, rowsOf, type SqlValues, streamText } from '../lake/duckdb.ts'
import { localPaths } from '../lake/files/local-copies.ts'
import type { TableFiles } from '../lake/files/table-files.ts'
import { crashesTable, missingModulesTable, modulesTable } from '../lake/tables.ts'

/** Identifies a module; texts are empty where unknown. */
export interface MissingModule {
  filename: string
  debug_file: string
  debug_id: string
  code_id: string
}

/** A module with the crashes that lacked its symbols, without duplicates. */
export interface MissingSymbols extends MissingModule {
  count: number
  /** Estimated number of crashes. */
  weighted: number
  /** In order of name; at most 100. */
  products: string[]
  /** Days of submission. */
  first_seen: string
  last_seen: string
}

const identity = ['filename', 'debug_file', 'debug_id', 'code_id'] as const

/** Updates the table for the days whose crashes changed, and creates the view `missing` over its current files. */
export async function openMissingModules(files: TableFiles): Promise<void> {
  await deriveDays(files, missingModulesTable.name)
  const paths = await localPaths(files, missingModulesTable)
  const texts = identity.map((name) => `coalesce(${name}, '') AS ${name}`).join(', ')
  const rows = `SELECT date, ${texts}, coalesce(product, '') AS product, count, weighted`
  const source =
    paths.length > 0
      ? `read_parquet(${literalList(paths)}, union_by_name = true, hive_partitioning = false)`
      : `(SELECT NULL::DATE AS date, NULL::VARCHAR AS filename, NULL::VARCHAR AS debug_file,
           NULL::VARCHAR AS debug_id, NULL::VARCHAR AS code_id, NULL::VARCHAR AS product, 0::BIGINT AS count,
           0::DOUBLE AS weighted WHERE false)`
  await execute(files.database.connection, `CREATE OR REPLACE VIEW missing AS ${rows} FROM ${source}`)
}

export interface MissingQuery {
  product?: string
  /** Only crashes of this day and later ones. */
  since?: IsoDate
}

/** The modules that most crashes lacked, most first, in constant memory. The view must be open. */
export async function* listMissingSymbols(
  { database }: TableFiles,
  { product, since }: MissingQuery,
): AsyncGenerator<MissingSymbols> {
  const conditions = [
    product !== undefined && 'product = $product',
    since !== undefined && 'date >= $since::DATE',
  ]
  const values: SqlValues = {
    ...(product !== undefined && { product }),
    ...(since !== undefined && { since }),
  }
  const where = ['count > 0', ...conditions.filter((condition) => condition !== false)].join(' AND ')
  const order = `weighted DESC, count DESC, ${identity.join(', ')}`
  const sql = `SELECT to_json(found)::VARCHAR FROM (
      SELECT ${identity.join(', ')}, sum(count)::BIGINT AS count, sum(weighted) AS weighted,
        list_sort(list(DISTINCT product))[:100] AS products,
        min(date)::VARCHAR AS first_seen, max(date)::VARCHAR AS last_seen
      FROM missing WHERE ${where} GROUP BY ${identity.join(', ')}
    ) AS found ORDER BY ${order}`
  yield* parsedLines<MissingSymbols>(database, sql, values)
}

const identityFields = identity.map((name) => `${name}: ${name}`).join(', ')
/** The last part of a path of any system, in lower case. */
const nameOf = (column: string) => `lower(regexp_extract(${column}, '[^/\\\\]*$'))`

export interface LackingQuery {
  /** Only modules that crashes of these products lacked; null: of all. */
  products?: readonly string[] | null
  /** Only modules whose debug file or code file has one of these names, which are in lower case; null: all. */
  names?: readonly string[] | null
}

/** The missing modules, those that affect most crashes first, in constant memory. */
export function modulesLacking(
  { database }: TableFiles,
  { products = null, names = null }: LackingQuery,
): AsyncGenerator<MissingModule> {
  const conditions = [
    products && 'product IN (SELECT unnest($products))',
    names &&
      `(${nameOf('debug_file')} IN (SELECT unnest($names)) OR ${nameOf('filename')} IN (SELECT unnest($names)))`,
  ].filter((condition) => condition !== null)
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''
  return parsedLines(
    database,
    `SELECT to_json({${identityFields}})::VARCHAR FROM (
       SELECT ${identity.join(', ')}, sum(weighted) AS weighted FROM missing ${where} GROUP BY ALL
     ) ORDER BY weighted DESC, ${identity.join(', ')}`,
    { ...(products && { products }), ...(names && { names }) },
  )
}

const noDebugId = '0'.repeat(33)

/**
 * The missing modules that the table `arrived` names, with the time in milliseconds before which crashes can have missed
 * them. A module without a debug ID may have a symbol file with an ID of zeros.
 */
export const modulesArrived = ({
  database,
}: TableFiles): AsyncGenerator<MissingModule & { before: Millis }> =>
  parsedLines(
    database,
    `WITH named AS (
       SELECT DISTINCT ${identity.join(', ')}, unnest([${nameOf('debug_file')}, ${nameOf('filename')}]) AS name
       FROM missing
     ), identified AS (
       SELECT *, unnest([upper(debug_id), upper(code_id),
         CASE WHEN regexp_full_match(debug_id, '0*') THEN '${noDebugId}' END]) AS id
       FROM named
     )
     SELECT to_json({${identityFields}, before: max(before)})::VARCHAR
     FROM identified JOIN arrived USING (name, id) GROUP BY ${identity.join(', ')} ORDER BY ${identity.join(', ')}`,
  )

async function* parsedLines<T>(database: Database, sql: string, values: SqlValues = {}): AsyncGenerator<T> {
  for await (const line of streamText(database, sql, values)) yield JSON.parse(line) as T
}

/** A module whose symbols are available. */
export interface ArrivedFor {
  module: MissingModule
  /** To crashes of these products; null: to all. */
  products: readonly string[] | null
  /** Only crashes that were processed before can have missed them; null: not known. */
  before: Date | null
}

/** The crashes that lacked the symbols of these modules, in order. Reads the tables of their days only. */
export async function crashesLacking(files: TableFiles, found: readonly ArrivedFor[]): Promise<string[]> {
  const { connection } = files.database
  const rows = found.flatMap(({ module, products, before }) =>
    (products ?? [null]).map((product) => ({ ...module, product, before: before?.toISOString() ?? null })),
  )
  const shape = Object.fromEntries([...identity, 'product', 'before'].map((name) => [name, 'VARCHAR']))
  await execute(
    connection,
    `CREATE OR REPLACE TABLE found AS
     SELECT * REPLACE (before::TIMESTAMPTZ AS before)
     FROM (SELECT unnest(from_json($rows, '${JSON.stringify([shape])}'), recursive := true))`,
    { rows: JSON.stringify(rows) },
  )
  const days = await rowsOf<{ date: IsoDate }>(
    connection,
    `SELECT DISTINCT date::VARCHAR AS date FROM missing JOIN found USING (${identity.join(', ')})
     WHERE found.product IS NULL OR found.product = missing.product ORDER BY 1`,
  )
  const crashIds: string[] = []
  for (const { date } of days) {
    const [modules, crashes] = await Promise.all(
      [modulesTable, crashesTable].map((table) => localPaths(files, table, [date])),
    )
    if (!modules?.length || !crashes?.length) continue
    const lacking = await rowsOf<{ crash_id: string }>(connection, lackingSql, { modules, crashes })
    crashIds.push(...lacking.map((row) => row.crash_id))
  }
  return crashIds
}

const lackingSql = `
  SELECT DISTINCT crash_id
  FROM read_parquet($modules, union_by_name = true, hive_partitioning = false) AS m
  JOIN read_parquet($crashes, union_by_name = true, hive_partitioning = false) AS c USING (crash_id)
  JOIN found AS f ON ${identity.map((name) => `f.${name} = coalesce(m.${name}, '')`).join(' AND ')}
  WHERE m.missing_symbols AND (f.product IS NULL OR f.product = coalesce(c.product, ''))
    AND (f.before IS NULL OR c.processed_at IS NULL OR c.processed_at < f.before)
  ORDER BY crash_id`
