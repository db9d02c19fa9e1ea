// Which of many address ranges holds an address: sorted once, first come first kept, binary search.

/** A lookup over ranges. Ranges that start inside one kept before are not addressable (they stay in their list). */
export interface RangeMap {
  /** How many ranges can be found. */
  readonly length: number
  /** Index (into the ranges given) of the range that holds `address`, or -1. */
  find(address: bigint): number
  /** The same for an address as two u32 halves, which allocates nothing. */
  findPair(high: number, low: number): number
  /** Indexes of the addressable ranges, lowest address first. */
  readonly order: Uint32Array
}

const max64 = 0xffff_ffff_ffff_ffffn

/**
 * Sorts by (start, last) and keeps a range only when it starts after the one kept before it ends.
 * Empty ranges and ranges that would pass 2^64 are left out.
 * @param start first address of range i
 * @param size bytes of range i
 */
export function createRangeMap(
  count: number,
  start: (i: number) => bigint,
  size: (i: number) => bigint,
): RangeMap {
  const starts = new BigUint64Array(count)
  const lasts = new BigUint64Array(count)
  const usable: number[] = []
  for (let i = 0; i < count; i++) {
    const length = size(i)
    const first = start(i)
    if (length === 0n || length - 1n > max64 - first) continue
    starts[i] = first
    lasts[i] = first + length - 1n
    usable.push(i)
  }
  const order = keepFirst(sorted(usable, starts, lasts), starts, lasts)
  return lookup(order, starts, lasts)
}

function sorted(usable: number[], starts: BigUint64Array, lasts: BigUint64Array): number[] {
  return usable.sort((a, b) => {
    if (starts[a]! !== starts[b]!) return starts[a]! < starts[b]! ? -1 : 1
    if (lasts[a]! !== lasts[b]!) return lasts[a]! < lasts[b]! ? -1 : 1
    return a - b
  })
}

function keepFirst(order: number[], starts: BigUint64Array, lasts: BigUint64Array): Uint32Array {
  const kept: number[] = []
  let end = -1n
  for (const i of order) {
    if (starts[i]! <= end) continue
    kept.push(i)
    end = lasts[i]!
  }
  return Uint32Array.from(kept)
}

function lookup(order: Uint32Array, starts: BigUint64Array, lasts: BigUint64Array): RangeMap {
  const startHigh = halves(order, starts, 32n)
  const startLow = halves(order, starts, 0n)
  const lastHigh = halves(order, lasts, 32n)
  const lastLow = halves(order, lasts, 0n)
  const findPair = (high: number, low: number): number => {
    let from = 0
    let to = order.length
    while (from < to) {
      const middle = (from + to) >>> 1
      const h = startHigh[middle]!
      if (h < high || (h === high && startLow[middle]! <= low)) from = middle + 1
      else to = middle
    }
    if (from === 0) return -1
    const h = lastHigh[from - 1]!
    return high < h || (high === h && low <= lastLow[from - 1]!) ? order[from - 1]! : -1
  }
  const find = (address: bigint) => findPair(Number(address >> 32n), Number(address & 0xffff_ffffn))
  return { length: order.length, find, findPair, order }
}

function halves(order: Uint32Array, values: BigUint64Array, shift: bigint): Uint32Array {
  return Uint32Array.from(order, (i) => Number((values[i]! >> shift) & 0xffff_ffffn))
}
