// The statement that turns sampled crashes into rows of one attribute and value each.
import { identifier } from '../../lake/duckdb.ts'
import { attributes } from './attributes.ts'

const named = (kind: string) => attributes.filter((one) => one.kind === kind)
const columns = (kinds: readonly string[], type: string) =>
  kinds.flatMap(named).map(({ column }) => `${identifier(column)}::${type} AS ${identifier(column)}`)

/** Longer values are cut: they are shown, and compared as text. */
const longest = 200

const unpivoted = (selected: readonly string[]) =>
  `(UNPIVOT (SELECT number, ${selected.join(', ')} FROM sampled) ON COLUMNS(* EXCLUDE number) INTO NAME name VALUE value)`

const lists = named('item').map(
  ({ column }) =>
    `SELECT number, '${column}' AS name, unnest(list_distinct(${identifier(column)})) AS value FROM sampled`,
)

/**
 * Creates the table `correlation_items` (number, name, value) of the table `correlation_sample`, and first
 * `correlation_bins` (name, bounds): quartiles of each number. The value of a number is how many of them it exceeds.
 */
export const itemStatements = [
  `CREATE OR REPLACE TEMP TABLE sampled AS
   SELECT number, ${attributes.map(({ column }) => identifier(column)).join(', ')}
   FROM unique_crashes JOIN correlation_sample USING (crash_id, date)
   WHERE date BETWEEN $from::DATE AND $to::DATE AND (product = $product OR $product IN ('Unknown', 'Other'))`,
  `CREATE OR REPLACE TEMP TABLE correlation_numbers AS
   SELECT number, name, value FROM ${unpivoted(columns(['number'], 'DOUBLE'))}`,
  `CREATE OR REPLACE TEMP TABLE correlation_bins AS
   SELECT name, list_sort(list_distinct(quantile_disc(value, [0.25, 0.5, 0.75]))) AS bounds
   FROM correlation_numbers JOIN correlation_sample USING (number) WHERE in_reference GROUP BY name`,
  `CREATE OR REPLACE TEMP TABLE correlation_items AS
   SELECT number, name, left(value, ${longest}) AS value
   FROM (
     SELECT number, name, value FROM ${unpivoted(columns(['value', 'flag'], 'VARCHAR'))}
     UNION ALL
     ${lists.join('\n     UNION ALL\n     ')}
     UNION ALL
     SELECT number, name, len(list_filter(bounds, lambda bound: value > bound))::VARCHAR
     FROM correlation_numbers JOIN correlation_bins USING (name)
     UNION ALL
     SELECT DISTINCT number, 'modules', filename
     FROM modules JOIN correlation_sample USING (crash_id, date)
     WHERE modules.date BETWEEN $from::DATE AND $to::DATE
   )
   WHERE value <> ''`,
] as const
