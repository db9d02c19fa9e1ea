// The keys that a facet gives each row.
import { hasSeveral, type SearchField, searchFieldOf } from '../fields.ts'
import type { CalendarUnit, Facet, Scalar, Term } from '../query.ts'
import type { Codes, Segment } from '../segment.ts'
import { type CodedValues, valuesOf } from './values.ts'

/** Keys are numbers from 0; `terms` has their values, and may grow while rows are read. */
export type Keys = { readonly terms: readonly Term[] } & (
  | SingleKeys
  /** Several keys of a row, distinct. */
  | { readonly of: (row: number) => readonly number[] }
)

/** One key a row: `table[codes[row]]`, -1 for none. */
export interface SingleKeys {
  readonly codes: Codes
  readonly table: Int32Array
}

/** @param rows the rows whose keys are needed */
export function keysOf(segment: Segment, facet: Facet, rows: ArrayLike<number>): Keys {
  const field = searchFieldOf(facet.field)
  const values = valuesOf(segment, field)
  if ('codes' in values && isText(field)) return textKeys(values)
  const terms = new Terms(bucketOf(field, facet))
  if ('codes' in values) {
    const { codes } = values
    if (!hasSeveral(field)) {
      const table = Int32Array.from(values.values, (value) => terms.keyOf(value as Scalar | null))
      return { terms: terms.list, codes, table }
    }
    const byCode = values.values.map((value) => terms.keysOf(value as readonly string[]))
    return { terms: terms.list, of: (row) => byCode[codes[row]!]! }
  }
  if (hasSeveral(field))
    return { terms: terms.list, of: (row) => terms.keysOf(values.at(row) as readonly string[]) }
  const codes = new Uint32Array(segment.rows)
  const grain = facet.kind === 'histogram' ? grainOf(facet.interval) : undefined
  if (values.numbers && grain) fillGrains(codes, { rows, times: values.numbers, grain }, terms)
  else {
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!
      codes[row] = terms.keyOf(values.at(row) as Scalar | null) + 1
    }
  }
  // Codes are keys plus 1.
  const table = Int32Array.from({ length: terms.list.length + 1 }, (_, code) => code - 1)
  return { terms: terms.list, codes, table }
}

const isText = (field: SearchField) =>
  (field.matching === 'text' || field.matching === 'keyword') && !hasSeveral(field)

/** The values of a text column's dictionary are distinct: its codes are keys. */
function textKeys({ codes, values }: CodedValues): Keys {
  const table = new Int32Array(values.length)
  for (let code = 0; code < table.length; code++) table[code] = code - 1
  return { terms: values.slice(1) as Term[], codes, table }
}

/** Gives each distinct term a key. */
class Terms {
  readonly list: Term[] = []
  private readonly known = new Map<Term, number>()
  private readonly bucket: (value: Scalar) => Term | null

  constructor(bucket: (value: Scalar) => Term | null) {
    this.bucket = bucket
  }

  keyOf(value: Scalar | null): number {
    const term = value === null ? null : this.bucket(value)
    if (term === null) return -1
    let key = this.known.get(term)
    if (key === undefined) {
      key = this.list.push(term) - 1
      this.known.set(term, key)
    }
    return key
  }

  keysOf(values: readonly string[]): number[] {
    return [...new Set(values)].map((value) => this.keyOf(value))
  }
}

/** A time within which all times are in the same bucket; undefined without one. */
const grainOf = (interval: number | CalendarUnit): number | undefined =>
  typeof interval === 'number'
    ? undefined
    : interval === 'minute' || interval === 'hour'
      ? lengths[interval]
      : day

/** The codes of times: one conversion for each grain that occurs. */
function fillGrains(
  codes: Uint32Array,
  { rows, times, grain }: { rows: ArrayLike<number>; times: Float64Array; grain: number },
  terms: Terms,
): void {
  const known = new Map<number, number>()
  let last = Number.NaN
  let code = 0
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    const index = Math.floor(times[row]! / grain)
    if (index !== last) {
      last = index
      const found = known.get(index)
      code = found ?? (!Number.isFinite(index) ? 0 : terms.keyOf(index * grain) + 1)
      if (found === undefined) known.set(index, code)
    }
    codes[row] = code
  }
}

/** The bucket of a value; null for none. */
function bucketOf(field: SearchField, facet: Facet): (value: Scalar) => Term | null {
  if (facet.kind !== 'histogram') return (value) => value
  const { interval } = facet
  if (typeof interval === 'string') return (time) => startOf(interval, time as number)
  if (field.matching === 'float') {
    return (value) => {
      const bucket = Math.floor((value as number) / interval) * interval
      return Number.isFinite(bucket) ? bucket + 0 : null
    }
  }
  return (value) => integerBucket(value as number | bigint, interval)
}

function integerBucket(value: number | bigint, interval: number): number | bigint {
  if (typeof value === 'number') {
    const bucket = value - (((value % interval) + interval) % interval)
    if (Number.isSafeInteger(bucket) && interval <= Number.MAX_SAFE_INTEGER / 2) return bucket
  }
  const [wide, step] = [BigInt(value), BigInt(interval)]
  const bucket = wide - (((wide % step) + step) % step)
  const number = Number(bucket)
  return Number.isSafeInteger(number) ? number : bucket
}

const minute = 60_000_000
const day = 24 * 60 * minute
/** 1970-01-01 was a Thursday; weeks start on Monday. */
const mondayOffset = 3 * day

const lengths = { minute, hour: 60 * minute, day, week: 7 * day } as const

/** The start of the unit that contains a time, UTC. */
function startOf(unit: CalendarUnit, time: number): number {
  switch (unit) {
    case 'week':
      return floor(time + mondayOffset, lengths.week) - mondayOffset
    case 'month':
    case 'quarter':
    case 'year': {
      const date = new Date(Math.floor(time / 1000))
      const month = date.getUTCMonth()
      const first = unit === 'month' ? month : unit === 'quarter' ? month - (month % 3) : 0
      return Date.UTC(date.getUTCFullYear(), first) * 1000
    }
    default:
      return floor(time, lengths[unit])
  }
}

const floor = (value: number, length: number) => value - (((value % length) + length) % length)
