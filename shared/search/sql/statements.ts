// The statements of a query.

import { hasSeveral, searchFieldOf } from '../fields.ts'
import { effectiveSort } from '../parameters/controls.ts'
import type { Facet, Query, Scalar, SortKey } from '../query.ts'
import { Bindings, identifier, type Statement } from './bindings.ts'
import { whereSql } from './leaves.ts'
import { hitSql, keySql, keyType, sortSql, weightSql } from './values.ts'

/** What statements read. */
export interface Relations {
  /** SQL that follows FROM. */
  readonly relation: string
  /** The same for the distinct values of columns. */
  readonly distinctFrom: string | null
}

/** One row: `n`, the number of matching reports, and `w`, the sum of their weights. */
export function totalStatement(query: Query, { relation, distinctFrom }: Relations): Statement {
  const bindings = new Bindings()
  const where = whereSql(query, { bindings, distinctFrom })
  return bindings.statement(
    `SELECT count(*) AS n, coalesce(sum(${weightSql}), 0) AS w FROM ${relation} WHERE ${where}`,
  )
}

/** A row a hit: columns `c0`… of the query, `s0`… of its sort keys, `id`. Times are microseconds. */
export function hitsStatement(query: Query, { relation, distinctFrom }: Relations): Statement {
  const bindings = new Bindings()
  const keys = effectiveSort(query.sort)
  const columns = query.columns.map((name, i) => `${hitSql(searchFieldOf(name))} AS c${i}`)
  const cursor = keys.map((key, i) => `${keyOf(key)} AS s${i}`)
  const where = [whereSql(query, { bindings, distinctFrom })]
  if (query.after) where.push(afterSql(keys, query.after, bindings))
  const order = keys.map((key) => `${sortOf(key)} ${key.descending ? 'DESC' : 'ASC'} NULLS LAST`)
  return bindings.statement(
    `SELECT ${[...columns, ...cursor, 'crash_id AS id'].join(', ')} FROM ${relation}
WHERE ${where.join(' AND ')}
ORDER BY ${[...order, 'crash_id'].join(', ')} LIMIT ${query.limit} OFFSET ${query.offset}`,
  )
}

const sortOf = ({ field, descending }: SortKey) => sortSql(searchFieldOf(field), descending)

/** The sort key as a value that results have. */
function keyOf(key: SortKey): string {
  const field = searchFieldOf(key.field)
  return field.matching === 'date' ? `epoch_us(${sortOf(key)})` : `CAST(${sortOf(key)} AS ${keyType(field)})`
}

/** Reports behind a position: larger in the first key that differs. Null is behind every value. */
function afterSql(keys: readonly SortKey[], after: readonly (Scalar | null)[], bindings: Bindings): string {
  let condition = `crash_id > ${bindings.add(String(after.at(-1)))}`
  for (const [i, key] of [...keys.entries()].reverse()) {
    const value = after[i] ?? null
    const sql = keyOf(key)
    if (value === null) {
      condition = `(${sql} IS NULL AND ${condition})`
      continue
    }
    const bound = `CAST(${bindings.add(String(value))} AS ${keyType(searchFieldOf(key.field))})`
    const beyond = `coalesce(${sql} ${key.descending ? '<' : '>'} ${bound}, true)`
    condition = `(${beyond} OR (coalesce(${sql} = ${bound}, false) AND ${condition}))`
  }
  return condition
}

/** A facet below others, outermost first, and the buckets of those in which it is wanted. */
export interface FacetPlace {
  readonly above: readonly Facet[]
  readonly facet: Facet
  /** Keys of `above`. */
  readonly parents: readonly (readonly Scalar[])[]
}

/**
 * Rows: `k0`… the keys of the facets above, then for terms and histograms the key of the facet, `n` and `w`; for a
 * cardinality `n`, the number of distinct values. Sorted by keys above, then in the order of results.
 * @param options `maxRows`: one more row may come, which shows that there are more
 */
export function facetStatement(
  query: Query,
  { above, facet, parents }: FacetPlace,
  { relations, maxRows }: { relations: Relations; maxRows: number },
): Statement {
  const bindings = new Bindings()
  const facets = [...above, facet]
  const rows = rowsSql(query, facets, { ...relations, bindings })
  const outer = above.map((_, i) => `k${i}`)
  const key = `k${above.length}`
  const conditions = above.length > 0 ? [parentsSql(above, parents, bindings)] : []
  if (facet.kind === 'cardinality') {
    const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''
    const columns = [...outer, `count(DISTINCT ${key}) AS n`].join(', ')
    const group = outer.length > 0 ? `GROUP BY ${outer.join(', ')}` : ''
    return bindings.statement(`SELECT ${columns} FROM (${rows}) ${where} ${group} LIMIT ${maxRows + 1}`)
  }
  const all = [...outer, key].join(', ')
  const order = facet.kind === 'terms' ? `${query.measure === 'count' ? 'n' : 'w'} DESC, ${key}` : key
  const partition = outer.length > 0 ? `PARTITION BY ${outer.join(', ')} ` : ''
  const rank =
    facet.kind === 'terms'
      ? `QUALIFY row_number() OVER (${partition}ORDER BY ${order}) <= ${query.facetSize}`
      : ''
  return bindings.statement(
    `SELECT ${all}, count(*) AS n, sum(r) AS w FROM (${rows})
WHERE ${[...conditions, `${key} IS NOT NULL`].join(' AND ')}
GROUP BY ${all} ${rank}
ORDER BY ${[...outer, order].join(', ')} LIMIT ${maxRows + 1}`,
  )
}

/** Matching reports with the keys of facets, once for each of several values. */
function rowsSql(
  query: Query,
  facets: readonly Facet[],
  { relation, distinctFrom, bindings }: Relations & { bindings: Bindings },
): string {
  const keys = facets.map((facet, i) => `${facetKey(facet, bindings)} AS k${i}`)
  const where = whereSql(query, { bindings, distinctFrom })
  const base = `SELECT ${keys.join(', ')}, ${weightSql} AS r FROM ${relation} WHERE ${where}`
  return facets.reduce(
    (rows, { field }, i) =>
      hasSeveral(searchFieldOf(field)) ? `SELECT * REPLACE (unnest(k${i}) AS k${i}) FROM (${rows})` : rows,
    base,
  )
}

function facetKey(facet: Facet, bindings: Bindings): string {
  const field = searchFieldOf(facet.field)
  const key = keySql(field)
  if (facet.kind !== 'histogram') return key
  if (typeof facet.interval === 'string') {
    // Without a time zone: with one, DuckDB needs ten times as long.
    return `epoch_us(date_trunc('${facet.interval}', make_timestamp(epoch_us(${identifier(field.column)}))))`
  }
  const interval = bindings.add(String(facet.interval))
  if (field.matching === 'float') {
    const bucket = `floor(${key} / CAST(${interval} AS DOUBLE)) * CAST(${interval} AS DOUBLE)`
    return `CASE WHEN isfinite(${bucket}) THEN ${bucket} + 0 END`
  }
  const [wide, step] = [`CAST(${key} AS HUGEINT)`, `CAST(${interval} AS HUGEINT)`]
  return `${wide} - ((${wide} % ${step}) + ${step}) % ${step}`
}

function parentsSql(
  above: readonly Facet[],
  parents: readonly (readonly Scalar[])[],
  bindings: Bindings,
): string {
  const lists = above.map((facet, i) => {
    const type =
      facet.kind === 'histogram' && isWhole(facet) ? 'HUGEINT' : keyType(searchFieldOf(facet.field))
    return `unnest(CAST(${bindings.add(parents.map((keys) => String(keys[i])))} AS ${type}[]))`
  })
  return `(${above.map((_, i) => `k${i}`).join(', ')}) IN (SELECT ${lists.join(', ')})`
}

const isWhole = (facet: Facet) => searchFieldOf(facet.field).matching === 'int'
