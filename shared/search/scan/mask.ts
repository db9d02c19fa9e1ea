// Which rows of a segment match a query.
import { type SearchField, searchFieldOf } from '../fields.ts'
import type { Query, Test } from '../query.ts'
import type { Codes, Segment } from '../segment.ts'
import { compileTest } from './tests.ts'
import { valuesOf } from './values.ts'

/** Numbers of the matching rows, ascending. */
export function matchingRows(query: Query, segment: Segment): Uint32Array {
  const filters = query.where.map(({ field, test }) => filterOf(segment, searchFieldOf(field), test))
  if (query.duplicates === 'exclude') {
    filters.push(filterOf(segment, searchFieldOf('duplicate_of'), { not: false, op: 'null' }))
  }
  filters.push(timeFilter(query, segment))
  const mask = new Uint8Array(segment.rows).fill(1)
  // A filter over codes costs a look-up a row, regardless of what it tests; those over rows run on the rest.
  for (const filter of filters) if ('table' in filter) applyTable(mask, filter.table, filter.codes)
  for (const filter of filters) if ('from' in filter) applyRange(mask, filter)
  for (const filter of filters) if ('test' in filter) applyRows(mask, filter.test)
  return rowsOf(mask)
}

interface RangeFilter {
  readonly values: Float64Array
  /** Inclusive. */
  readonly from: number
  /** Exclusive. */
  readonly to: number
}

type Filter =
  | RangeFilter
  | { readonly table: Uint8Array; readonly codes: Codes }
  | { readonly test: (row: number) => boolean }

function timeFilter({ from, to }: Query, segment: Segment): Filter {
  const field = searchFieldOf('date')
  const column = segment.columns.get(field.column)
  if (column?.kind === 'numbers') return { values: column.values, from, to }
  const range = [
    { not: false, op: '>=', value: from },
    { not: false, op: '<', value: to },
  ] as const
  return filterOf(segment, field, { and: range })
}

function filterOf(segment: Segment, field: SearchField, test: Test): Filter {
  const values = valuesOf(segment, field)
  const matches = compileTest(field, test)
  if (!('codes' in values)) return { test: (row) => matches(values.at(row)) }
  const table = new Uint8Array(values.values.length)
  for (let code = 0; code < table.length; code++) table[code] = matches(values.values[code]!) ? 1 : 0
  return { table, codes: values.codes }
}

function applyTable(mask: Uint8Array, table: Uint8Array, codes: Codes): void {
  if (!table.includes(0)) return
  if (!table.includes(1)) mask.fill(0)
  else for (let row = 0; row < mask.length; row++) mask[row]! &= table[codes[row]!]!
}

function applyRange(mask: Uint8Array, { values, from, to }: RangeFilter): void {
  for (let row = 0; row < mask.length; row++) {
    const value = values[row]!
    if (!(value >= from && value < to)) mask[row] = 0
  }
}

function applyRows(mask: Uint8Array, test: (row: number) => boolean): void {
  for (let row = 0; row < mask.length; row++) if (mask[row] === 1 && !test(row)) mask[row] = 0
}

function rowsOf(mask: Uint8Array): Uint32Array {
  let count = 0
  for (let row = 0; row < mask.length; row++) count += mask[row]!
  const rows = new Uint32Array(count)
  for (let row = 0, at = 0; at < count; row++) if (mask[row] === 1) rows[at++] = row
  return rows
}

/** The weight of each row by code. */
export interface Weights {
  readonly codes: Codes
  readonly table: Float64Array
}

/** A missing or infinite weight is 1. */
export function weightsOf(segment: Segment): Weights {
  const values = valuesOf(segment, searchFieldOf('weight'))
  if ('codes' in values) {
    const table = Float64Array.from(values.values, (value) => (value as number | null) ?? 1)
    return { codes: values.codes, table }
  }
  const codes = new Uint32Array(segment.rows)
  const table = new Float64Array(segment.rows)
  for (let row = 0; row < segment.rows; row++) {
    codes[row] = row
    table[row] = (values.at(row) as number | null) ?? 1
  }
  return { codes, table }
}
