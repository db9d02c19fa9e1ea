// The modules whose symbols crashes lacked, read from the table `missing_modules` instead of the tables of crashes.
import { deriveDays } from '../derived/derive.ts'
import { execute, literalList, streamText, type SqlValues } from '../lake/duckdb.ts'
import { localPaths } from '../lake/files/local-copies.ts'
import type { TableFiles } from '../lake/files/table-files.ts'
import type { IsoDate } from '../../shared/units.ts'
import { missingModulesTable } from '../lake/tables.ts'

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
  for await (const line of streamText(database, sql, values)) yield JSON.parse(line) as MissingSymbols
}
