// Counts the rows of each bucket of facets.
import { CrashError } from '../../errors.ts'
import type { Facet, Term } from '../query.ts'
import type { Segment } from '../segment.ts'
import { type Keys, keysOf, type SingleKeys } from './keys.ts'
import type { Weights } from './mask.ts'
import type { PartialBucket, PartialFacet } from './partial.ts'

/** Buckets of one facet, and rows times buckets of a level; more would not fit in memory. */
const maxBuckets = 2_000_000
const maxEntries = 50_000_000
/** Pairs of group and key that are counted in an array instead of a map. */
const maxDense = 1 << 21
/** Keys of one facet; its product with the number of groups is a safe integer. */
const maxKeys = 2 ** 31

/** Rows, each in one group; a row may occur in several groups. */
interface Grouped {
  readonly rows: ArrayLike<number>
  readonly groups: ArrayLike<number>
  readonly groupCount: number
}

interface Source {
  readonly segment: Segment
  readonly weights: Weights
}

/** @throws CrashError 'limit' for facets with too many buckets */
export function countFacets(
  facets: readonly Facet[],
  rows: Uint32Array,
  source: Source,
): readonly PartialFacet[] {
  const all: Grouped = { rows, groups: new Uint8Array(rows.length), groupCount: 1 }
  return facets.map((facet) => countFacet(facet, all, source)[0]!)
}

/** The facet in each group. */
function countFacet(facet: Facet, grouped: Grouped, source: Source): PartialFacet[] {
  const keys = keysOf(source.segment, facet, grouped.rows)
  const sub = facet.kind === 'cardinality' ? [] : (facet.sub ?? [])
  const isLeaf = sub.length === 0 && 'codes' in keys && isDense(grouped, keys)
  const counted = isLeaf
    ? countDense(grouped, keys, source.weights)
    : countPairs(grouped, keys, source.weights)
  const { pairs, stride, next } = counted
  const below = next ? sub.map((one) => countFacet(one, next, source)) : []
  const groups = Array.from({ length: grouped.groupCount }, () => new Map<Term, PartialBucket>())
  for (let slot = 0; slot < pairs.length; slot++) {
    const pair = pairs[slot]!
    const key = pair % stride
    groups[(pair - key) / stride]!.set(keys.terms[key]!, {
      count: counted.counts[slot]!,
      weighted: counted.weights[slot]!,
      facets: below.length > 0 ? below.map((results) => results[slot]!) : none,
    })
  }
  return groups.map((buckets) =>
    facet.kind === 'cardinality' ? { distinct: new Set(buckets.keys()) } : { buckets },
  )
}

const none: readonly PartialFacet[] = []

/** The pairs of group and key that occur. */
interface Counted {
  /** A pair is group times stride plus key; its index is its slot. */
  readonly pairs: ArrayLike<number>
  readonly stride: number
  /** By slot. */
  readonly counts: ArrayLike<number>
  readonly weights: ArrayLike<number>
  /** Rows grouped by slot. */
  readonly next?: Grouped
}

const isDense = ({ groupCount }: Grouped, { terms }: Keys) =>
  terms.length > 0 && terms.length * groupCount <= maxDense

/** For the last level: no row has to be remembered. */
function countDense(
  { rows, groups, groupCount }: Grouped,
  { terms, codes, table }: Keys & SingleKeys,
  weights: Weights,
): Counted {
  const stride = terms.length
  const counts = new Uint32Array(stride * groupCount)
  const sums = new Float64Array(stride * groupCount)
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    const key = table[codes[row]!]!
    if (key < 0) continue
    const pair = groups[i]! * stride + key
    counts[pair]!++
    sums[pair]! += weights.table[weights.codes[row]!]!
  }
  const pairs: number[] = []
  for (let pair = 0; pair < counts.length; pair++) if (counts[pair]! > 0) pairs.push(pair)
  return {
    pairs,
    stride,
    counts: pairs.map((pair) => counts[pair]!),
    weights: pairs.map((pair) => sums[pair]!),
  }
}

function countPairs(grouped: Grouped, keys: Keys, weights: Weights): Counted {
  const pairs = pairsOf(grouped, keys)
  const next = { rows: pairs.rows, groups: pairs.slots, groupCount: pairs.list.length }
  return { pairs: pairs.list, stride: pairs.stride, ...countSlots(pairs, weights), next }
}

/** The pairs of group and key that occur, and the pair of each row. */
interface Pairs {
  /** A pair is group times stride plus key. */
  readonly list: readonly number[]
  readonly stride: number
  readonly rows: ArrayLike<number>
  /** The index in `list` for each of `rows`. */
  readonly slots: ArrayLike<number>
}

function pairsOf(grouped: Grouped, keys: Keys): Pairs {
  const inArray = isDense(grouped, keys)
  // Keys of columns without a dictionary appear while rows are read.
  const stride = inArray ? keys.terms.length : maxKeys
  const slotsOf = inArray ? new DenseSlots(stride * grouped.groupCount) : new SparseSlots()
  if ('of' in keys) {
    const entries = expand(grouped, keys.of)
    const slots = Uint32Array.from(entries.keys, (key, i) => slotsOf.of(entries.groups[i]! * stride + key))
    return { list: slotsOf.pairs, stride, rows: entries.rows, slots }
  }
  return { ...singlePairs(grouped, keys, { slotsOf, stride }), list: slotsOf.pairs, stride }
}

/** Rows without a key are not in the result. */
function singlePairs(
  { rows, groups }: Grouped,
  { codes, table }: SingleKeys,
  { slotsOf, stride }: { slotsOf: DenseSlots | SparseSlots; stride: number },
): { rows: Uint32Array; slots: Uint32Array } {
  const kept = new Uint32Array(rows.length)
  const slots = new Uint32Array(rows.length)
  let count = 0
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    const key = table[codes[row]!]!
    if (key < 0) continue
    kept[count] = row
    slots[count++] = slotsOf.of(groups[i]! * stride + key)
  }
  return { rows: kept.subarray(0, count), slots: slots.subarray(0, count) }
}

/** One entry for each key of a row. */
function expand(
  { rows, groups }: Grouped,
  keysOfRow: (row: number) => readonly number[],
): { rows: number[]; groups: number[]; keys: number[] } {
  const result = { rows: [] as number[], groups: [] as number[], keys: [] as number[] }
  for (let i = 0; i < rows.length; i++) {
    for (const key of keysOfRow(rows[i]!)) {
      result.rows.push(rows[i]!)
      result.groups.push(groups[i]!)
      result.keys.push(key)
    }
    if (result.rows.length > maxEntries) throw tooMany(maxEntries)
  }
  return result
}

const tooMany = (count: number) => new CrashError('limit', `more than ${count} buckets: narrow the search`)

class DenseSlots {
  readonly pairs: number[] = []
  /** Slot plus 1 by pair. */
  private readonly slots: Uint32Array

  constructor(pairs: number) {
    this.slots = new Uint32Array(pairs)
  }

  of(pair: number): number {
    const known = this.slots[pair]!
    if (known > 0) return known - 1
    this.slots[pair] = this.pairs.push(pair)
    if (this.pairs.length > maxBuckets) throw tooMany(maxBuckets)
    return this.pairs.length - 1
  }
}

class SparseSlots {
  readonly pairs: number[] = []
  private readonly slots = new Map<number, number>()

  of(pair: number): number {
    const known = this.slots.get(pair)
    if (known !== undefined) return known
    const slot = this.pairs.push(pair) - 1
    this.slots.set(pair, slot)
    if (slot >= maxBuckets) throw tooMany(maxBuckets)
    return slot
  }
}

function countSlots(
  { list, rows, slots }: Pairs,
  { codes, table }: Weights,
): { counts: Uint32Array; weights: Float64Array } {
  const counts = new Uint32Array(list.length)
  const weights = new Float64Array(list.length)
  for (let i = 0; i < rows.length; i++) {
    const slot = slots[i]!
    counts[slot]!++
    weights[slot]! += table[codes[rows[i]!]!]!
  }
  return { counts, weights }
}
