// The statement that turns sampled crashes into rows of one attribute and value each.
import { identifier } from '../../lake/duckdb.ts'
import type { Attribute } from './attributes.ts'

/** Longer values are cut: they are shown, and compared as text. */
const longest = 200

/** A query for the values of columns; null without columns. */
function unpivoted(columns: readonly Attribute[], type: string): string | null {
  if (columns.length === 0) return null
  const selected = columns.map(({ column }) => `${identifier(column)}::${type} AS ${identifier(column)}`)
  return `SELECT number, name, value FROM (
    UNPIVOT (SELECT number, ${selected.join(', ')} FROM sampled) ON COLUMNS(* EXCLUDE number) INTO NAME name VALUE value)`
}

/**
 * Creates the table `correlation_items` (number, name, value) of the table `correlation_sample`, and first
 * `correlation_bins` (name, bounds): quartiles of each number. The value of a number is how many of them it exceeds.
 * @param attributes those that have values: a query takes as long for an empty column as for another
 */
export function itemStatements(attributes: readonly Attribute[]): string[] {
  const of = (...kinds: Attribute['kind'][]) => attributes.filter(({ kind }) => kinds.includes(kind))
  const sources = [
    unpivoted(of('value', 'flag'), 'VARCHAR'),
    ...of('item').map(
      ({ column }) =>
        `SELECT number, '${column}' AS name, unnest(list_distinct(${identifier(column)})) AS value FROM sampled`,
    ),
    `SELECT number, name, len(list_filter(bounds, lambda bound: value > bound))::VARCHAR
     FROM correlation_numbers JOIN correlation_bins USING (name)`,
    `SELECT DISTINCT number, 'modules', filename
     FROM modules JOIN correlation_sample USING (crash_id, date)
     WHERE modules.date BETWEEN $from::DATE AND $to::DATE`,
  ]
  const noNumbers = 'SELECT 0::BIGINT AS number, NULL::VARCHAR AS name, NULL::DOUBLE AS value WHERE false'
  return [
    `CREATE OR REPLACE TEMP TABLE sampled AS
     SELECT ${['number', ...attributes.map(({ column }) => identifier(column))].join(', ')}
     FROM unique_crashes JOIN correlation_sample USING (crash_id, date)
     WHERE date BETWEEN $from::DATE AND $to::DATE AND (product = $product OR $product IN ('Unknown', 'Other'))`,
    `CREATE OR REPLACE TEMP TABLE correlation_numbers AS ${unpivoted(of('number'), 'DOUBLE') ?? noNumbers}`,
    `CREATE OR REPLACE TEMP TABLE correlation_bins AS
     SELECT name, list_sort(list_distinct(quantile_disc(value, [0.25, 0.5, 0.75]))) AS bounds
     FROM correlation_numbers JOIN correlation_sample USING (number) WHERE in_reference GROUP BY name`,
    `CREATE OR REPLACE TEMP TABLE correlation_items AS
     SELECT number, name, left(value, ${longest}) AS value
     FROM (${sources.filter((source) => source !== null).join(' UNION ALL ')})
     WHERE value <> ''`,
    'DROP TABLE sampled',
    'DROP TABLE correlation_numbers',
  ]
}
