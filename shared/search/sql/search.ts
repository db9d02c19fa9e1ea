// Answers a query with SQL.
import { CrashError } from '../../errors.ts'
import { hasSeveral, searchFieldOf } from '../fields.ts'
import { exactInteger } from '../order.ts'
import { effectiveSort } from '../parameters/controls.ts'
import type { Bucket, Facet, FacetResult, HitValue, Query, Result, Scalar } from '../query.ts'
import type { Statement } from './bindings.ts'
import { facetStatement, hitsStatement, type Relations, totalStatement } from './statements.ts'

/**
 * Where statements run.
 *
 * `relation` is SQL that follows FROM: the view `crashes`; where the query has protected fields, it joined with
 * `protected`. `distinctFrom` is SQL for the view alone, null if it is slow to read twice. `run` returns the rows of a statement as objects: integers as number or bigint, lists as arrays. Statements
 * run at the same time. Results do not depend on the session's time zone.
 */
export interface SqlBackend extends Relations {
  run(statement: Statement): Promise<readonly Row[]>
  /** Buckets of one level of facets. Default: 500,000. */
  readonly maxBuckets?: number
}

export type Row = Readonly<Record<string, unknown>>

/** @throws CrashError 'limit' for facets with too many buckets; errors of `run` */
export async function searchSql(query: Query, backend: SqlBackend): Promise<Result> {
  const { run } = backend
  const [totals, rows, facets] = await Promise.all([
    run(totalStatement(query, backend)),
    query.limit > 0 ? run(hitsStatement(query, backend)) : [],
    Promise.all(
      query.facets.map((facet) => facetResults(query, { above: [], facet, parents: [[]] }, backend)),
    ),
  ])
  const last = rows.length === query.limit ? rows.at(-1) : undefined
  return {
    hits: rows.map((row) => query.columns.map((name, i) => hitValue(name, valueIn(row, `c${i}`)))),
    total: Number(valueIn(totals[0]!, 'n')),
    weighted: Number(valueIn(totals[0]!, 'w')),
    facets: facets.map((byParent) => byParent[0]!),
    next: last ? positionOf(query, last) : null,
  }
}

const valueIn = (row: Row, key: string): unknown => new Map(Object.entries(row)).get(key) ?? null

function positionOf(query: Query, row: Row): (Scalar | null)[] {
  const keys = effectiveSort(query.sort).map((_, i) => scalarOf(valueIn(row, `s${i}`)))
  return [...keys, String(valueIn(row, 'id'))]
}

const scalarOf = (value: unknown): Scalar | null =>
  typeof value === 'bigint' ? exactInteger(value) : (value as Scalar | null)

function hitValue(name: string, value: unknown): HitValue {
  if (searchFieldOf(name).matching === 'items' || !hasSeveral(searchFieldOf(name))) return scalarOf(value)
  return listValue((value ?? []) as readonly string[])
}

/** A list of one value is this value; an empty list is null. */
const listValue = (list: readonly string[]): HitValue => (list.length > 1 ? list : (list[0] ?? null))

interface Place {
  readonly above: readonly Facet[]
  readonly facet: Facet
  readonly parents: readonly (readonly Scalar[])[]
}

/** The results of a facet in each of its parents, with those of the facets below it. */
async function facetResults(query: Query, place: Place, backend: SqlBackend): Promise<FacetResult[]> {
  const { above, facet, parents } = place
  const { maxBuckets = 500_000 } = backend
  if (parents.length === 0) return []
  const rows = await backend.run(facetStatement(query, place, { relations: backend, maxRows: maxBuckets }))
  if (rows.length > maxBuckets) {
    throw new CrashError(
      'limit',
      `the facet ${facet.field} has more than ${maxBuckets} buckets: narrow the search`,
    )
  }
  const byParent = Map.groupBy(rows, (row) => keyText(above.map((_, i) => scalarOf(valueIn(row, `k${i}`))!)))
  const rowsOf = (parent: readonly Scalar[]) => byParent.get(keyText(parent)) ?? []
  if (facet.kind === 'cardinality') {
    return parents.map((parent) => {
      const [row] = rowsOf(parent)
      return { facet, distinct: row ? Number(valueIn(row, 'n')) : 0 }
    })
  }
  const terms = parents.map((parent) => rowsOf(parent).map((row) => termOf(row, above.length)))
  const children = parents.flatMap((parent, i) => terms[i]!.map(({ term }) => [...parent, term]))
  const below = await Promise.all(
    (facet.sub ?? []).map((sub) =>
      facetResults(query, { above: [...above, facet], facet: sub, parents: children }, backend),
    ),
  )
  let child = 0
  return terms.map((buckets) => ({
    facet,
    buckets: buckets.map((bucket): Bucket => {
      const facets = below.map((results) => results[child]!)
      child++
      return { ...bucket, facets }
    }),
  }))
}

const termOf = (row: Row, depth: number) => ({
  term: scalarOf(valueIn(row, `k${depth}`))!,
  count: Number(valueIn(row, 'n')),
  weighted: Number(valueIn(row, 'w')),
})

/** Distinct for distinct keys. */
const keyText = (keys: readonly Scalar[]): string =>
  JSON.stringify(keys.map((key) => (typeof key === 'string' ? key : [String(key)])))
