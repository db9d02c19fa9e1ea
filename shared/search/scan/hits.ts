// The first hits of a segment in the order of a query.
import { ascending } from '../../text/ascending.ts'
import { hasSeveral, type SearchField, searchFieldOf } from '../fields.ts'
import { compareScalars, compareText } from '../order.ts'
import { effectiveSort } from '../parameters/controls.ts'
import type { HitValue, Query, Scalar, SortKey } from '../query.ts'
import type { Segment, SegmentColumn } from '../segment.ts'
import type { PartialHit } from './partial.ts'
import { type Value, valuesOf } from './values.ts'

/** Rows that are kept between two sorts, beside those that are wanted. */
const bufferRows = 4096

/** Compares two positions: values of the sort keys. Missing values are last. */
export function comparePositions(
  keys: readonly SortKey[],
  a: readonly (Scalar | null)[],
  b: readonly (Scalar | null)[],
): number {
  for (const [i, { descending }] of keys.entries()) {
    const order = compareKeys(a[i] ?? null, b[i] ?? null, descending)
    if (order !== 0) return order
  }
  return 0
}

function compareKeys(a: Scalar | null, b: Scalar | null, descending: boolean): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1
  return descending ? compareScalars(b, a) : compareScalars(a, b)
}

/** The hits up to the end of the query's page. */
export function firstHits(query: Query, rows: Uint32Array, segment: Segment): PartialHit[] {
  const wanted = query.offset + query.limit
  if (query.limit === 0 || rows.length === 0) return []
  const keys = effectiveSort(query.sort).map((key) => rowKey(segment, rows, key))
  const ids = segment.columns.has('crash_id') ? valuesOf(segment, searchFieldOf('uuid')) : null
  const idOf = (row: number) => (ids ? (valueAt(ids, row) as string | null) : null)
  const compare = (a: number, b: number): number => {
    for (const { orderOf } of keys) {
      const order = ascending(orderOf(a), orderOf(b))
      if (order !== 0) return order
    }
    return compareText(idOf(a) ?? '', idOf(b) ?? '') || a - b
  }
  const isAfter = positionFilter(query, { keys, idOf })
  const first = keys[0]!.orderOf
  let kept: number[] = []
  let worst = Number.POSITIVE_INFINITY
  for (const row of rows) {
    if (first(row) > worst || !isAfter(row)) continue
    kept.push(row)
    if (kept.length < wanted + bufferRows) continue
    kept = kept.sort(compare).slice(0, wanted)
    worst = first(kept.at(-1)!)
  }
  const columns = query.columns.map((name) => hitColumn(segment, searchFieldOf(name)))
  return kept
    .sort(compare)
    .slice(0, wanted)
    .map((row) => ({
      keys: keys.map((key) => key.keyOf(row)),
      id: idOf(row),
      row,
      values: columns.map((column) => column(row)),
    }))
}

interface RowKey {
  /** A number by row that orders rows as the key does. */
  orderOf(row: number): number
  keyOf(row: number): Scalar | null
}

function rowKey(segment: Segment, rows: Uint32Array, { field: name, descending }: SortKey): RowKey {
  const field = searchFieldOf(name)
  const values = valuesOf(segment, field)
  const toKey = (value: Value) =>
    (hasSeveral(field) ? edgeOf(value as readonly string[], descending) : value) as Scalar | null
  if ('codes' in values) {
    const { codes } = values
    const byCode = values.values.map(toKey)
    const ranks = Float64Array.from(ranksOf(byCode, descending))
    return { orderOf: (row) => ranks[codes[row]!]!, keyOf: (row) => byCode[codes[row]!]! }
  }
  const keyOf = (row: number) => toKey(values.at(row))
  if (values.numbers) return { orderOf: numberOrder(values.numbers, descending), keyOf }
  const ranks = new Float64Array(segment.rows)
  const ordered = ranksOf(Array.from(rows, keyOf), descending)
  for (const [i, row] of rows.entries()) ranks[row] = ordered[i]!
  return { orderOf: (row) => ranks[row]!, keyOf }
}

/** Infinite numbers count as missing. */
function numberOrder(numbers: Float64Array, descending: boolean): (row: number) => number {
  const sign = descending ? -1 : 1
  return (row) => {
    const value = numbers[row]!
    return Number.isFinite(value) ? sign * value : Number.POSITIVE_INFINITY
  }
}

/** The value of a list by which it is sorted: the lowest, or the highest. */
function edgeOf(list: readonly string[], descending: boolean): string | null {
  let edge: string | null = null
  for (const item of list) {
    if (edge === null || compareText(item, edge) < 0 !== descending) edge = item
  }
  return edge
}

/** A number for each value, in their order; equal for equal values. Numbers are their own order. */
function ranksOf(values: readonly (Scalar | null)[], descending: boolean): readonly number[] {
  const sign = descending ? -1 : 1
  const last = Number.POSITIVE_INFINITY
  if (values.every((value) => value === null || typeof value === 'number')) {
    return values.map((value) => (value === null ? last : sign * (value as number)))
  }
  const distinct = [...new Set(values)].filter((value) => value !== null).sort(compareScalars)
  const ranks = new Map<Scalar, number>(distinct.map((value, i) => [value, sign * i]))
  return values.map((value) => (value === null ? last : ranks.get(value)!))
}

/** True for rows behind the position of the query. */
function positionFilter(
  { after, sort }: Query,
  { keys, idOf }: { keys: readonly RowKey[]; idOf: (row: number) => string | null },
): (row: number) => boolean {
  if (!after) return () => true
  const id = String(after.at(-1))
  return (row) => {
    const position = keys.map((key) => key.keyOf(row))
    const order = comparePositions(effectiveSort(sort), position, after)
    return order > 0 || (order === 0 && compareText(idOf(row) ?? '', id) > 0)
  }
}

function hitColumn(segment: Segment, field: SearchField): (row: number) => HitValue {
  const column = segment.columns.get(field.column)
  if (!column) return () => null
  if (field.matching === 'items') {
    const stored = storedTexts(column)
    return stored
  }
  const values = valuesOf(segment, field)
  return (row) => {
    const value = valueAt(values, row)
    return value !== null && typeof value === 'object' && value.length < 2 ? (value[0] ?? null) : value
  }
}

/** Items are shown as stored. */
function storedTexts(column: SegmentColumn): (row: number) => string | null {
  if (column.kind === 'rows') return (row) => column.at(row)
  if (column.kind === 'numbers') return () => null
  const { codes, dictionary } = column
  return (row) => (codes[row] === 0 ? null : (dictionary[codes[row]! - 1] as string))
}

const valueAt = (values: ReturnType<typeof valuesOf>, row: number): Value =>
  'codes' in values ? values.values[values.codes[row]!]! : values.at(row)
