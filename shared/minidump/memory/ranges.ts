// Finds the address range that contains an address: sorted once, earlier ranges win, binary search.

/** A lookup over ranges. A range that starts inside an earlier kept one is not addressable; it stays in its list. */
export interface RangeMap {
  /** Number of addressable ranges. */
  readonly length: number
  /** Index into the given ranges of the one that contains `address`, or -1. */
  find(address: bigint): number
  /** The same for an address as two u32 halves, which allocates nothing. */
  findPair(high: number, low: number): number
  /** Indexes of the addressable ranges, lowest address first. */
  readonly order: Uint32Array
}

const max64 = 0xffff_ffff_ffff_ffffn

/**
 * Sorts by (start, last) and keeps a range only when it starts after the end of the previously kept one.
 * Empty ranges and ranges that pass 2^64 are skipped.
 * @param start first address of range i
 * @param size bytes of range i
 */
export function createRangeMap(
  count: number,
  start: (i: number) => bigint,
  size: (i: number) => bigint,
): RangeMap {
  const starts = createHalves(count)
  const lasts = createHalves(count)
  const usable: number[] = []
  for (let i = 0; i < count; i++) {
    const length = size(i)
    const first = start(i)
    if (length === 0n || length - 1n > max64 - first) continue
    setHalves(starts, i, first)
    setHalves(lasts, i, first + length - 1n)
    usable.push(i)
  }
  const order = keepFirst(sorted(usable, starts, lasts), starts, lasts)
  return lookup(order, starts, lasts)
}

/** 64-bit numbers as two u32 halves, because comparing bigints allocates. */
interface Halves {
  high: Uint32Array
  low: Uint32Array
}

const createHalves = (count: number): Halves => ({
  high: new Uint32Array(count),
  low: new Uint32Array(count),
})

function setHalves({ high, low }: Halves, i: number, value: bigint): void {
  high[i] = Number(value >> 32n)
  low[i] = Number(value & 0xffff_ffffn)
}

const compare = (a: Halves, i: number, b: Halves, j: number) =>
  a.high[i]! - b.high[j]! || a.low[i]! - b.low[j]!

/** Most lists are sorted already. */
function sorted(usable: number[], starts: Halves, lasts: Halves): number[] {
  const order = (a: number, b: number) =>
    compare(starts, a, starts, b) || compare(lasts, a, lasts, b) || a - b
  for (let i = 1; i < usable.length; i++) if (order(usable[i - 1]!, usable[i]!) > 0) return usable.sort(order)
  return usable
}

function keepFirst(order: number[], starts: Halves, lasts: Halves): Uint32Array {
  const kept: number[] = []
  for (const i of order) {
    const before = kept[kept.length - 1]
    if (before === undefined || compare(starts, i, lasts, before) > 0) kept.push(i)
  }
  return Uint32Array.from(kept)
}

function lookup(order: Uint32Array, starts: Halves, lasts: Halves): RangeMap {
  const startHigh = order.map((i) => starts.high[i]!)
  const startLow = order.map((i) => starts.low[i]!)
  const lastHigh = order.map((i) => lasts.high[i]!)
  const lastLow = order.map((i) => lasts.low[i]!)
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
