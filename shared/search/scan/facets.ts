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
  const pairs = pairsOf(grouped, keys)
  const counts = countSlots(pairs, source.weights)
  const next = { rows: pairs.rows, groups: pairs.slots, groupCount: pairs.list.length }
  const below = sub.map((one) => countFacet(one, next, source))
  const groups = Array.from({ length: grouped.groupCount }, () => new Map<Term, PartialBucket>())
  for (const [slot, pair] of pairs.list.entries()) {
    const key = pair % pairs.stride
    groups[(pair - key) / pairs.stride]!.set(keys.terms[key]!, {
      count: counts.counts[slot]!,
      weighted: counts.weights[slot]!,
      facets: below.map((results) => results[slot]!),
    })
  }
  return groups.map((buckets) =>
    facet.kind === 'cardinality' ? { distinct: new Set(buckets.keys()) } : { buckets },
  )
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
  // Keys of columns without a dictionary appear while rows are read.
  const known = keys.terms.length
  const isDense = known > 0 && known * grouped.groupCount <= maxDense
  const stride = isDense ? known : maxKeys
  const slotsOf = isDense ? new DenseSlots(known * grouped.groupCount) : new SparseSlots()
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
