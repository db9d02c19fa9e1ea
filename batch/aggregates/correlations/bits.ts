// Sets of sampled crashes as bits, to count what two values have in common.

/** One bit per crash. */
export type Bits = Uint32Array

/** @param size number of crashes */
export function bitsOf(size: number, numbers: Iterable<number>): Bits {
  const bits = new Uint32Array(Math.ceil(size / 32))
  for (const number of numbers) bits[number >>> 5]! |= 1 << (number & 31)
  return bits
}

/** Crashes of one weight. */
export interface Layer {
  weight: number
  bits: Bits
}

/** More different weights are rounded to powers of two: each is one more set to count. */
const mostLayers = 8

/** Crashes by weight. @param size number of all crashes */
export function layersOf(size: number, crashes: readonly { number: number; weight: number }[]): Layer[] {
  const weights = new Set(crashes.map(({ weight }) => weight))
  const round = (weight: number) =>
    weights.size <= mostLayers || weight <= 0 ? weight : 2 ** Math.round(Math.log2(weight))
  return [...Map.groupBy(crashes, ({ weight }) => round(weight))].map(([weight, own]) => ({
    weight,
    bits: bitsOf(
      size,
      own.map(({ number }) => number),
    ),
  }))
}

/** The crashes of the layers that are not in a set. */
export const layersWithout = (layers: readonly Layer[], excluded: Bits): Layer[] =>
  layers.map(({ weight, bits }) => ({ weight, bits: bits.map((word, place) => word & ~excluded[place]!) }))

/** The crashes of all layers that are in all of the sets: how many, and their weight. */
export function weightOf(
  layers: readonly Layer[],
  ...sets: readonly Bits[]
): { count: number; weight: number } {
  const counts = layers.map(({ bits }) => countCommon(bits, ...sets))
  return {
    count: counts.reduce((sum, count) => sum + count, 0),
    weight: layers.reduce((sum, { weight }, place) => sum + weight * counts[place]!, 0),
  }
}

/** The number of crashes in all of the sets, which have equal sizes; at least one. */
function countCommon(first: Bits, ...others: readonly Bits[]): number {
  let count = 0
  for (let word = 0; word < first.length; word++) {
    let bits = first[word]!
    for (const other of others) bits &= other[word]!
    count += onesIn(bits)
  }
  return count
}

/** The number of ones of a 32-bit integer (Hacker's Delight, 5-2). */
function onesIn(bits: number): number {
  let sum = bits - ((bits >>> 1) & 0x5555_5555)
  sum = (sum & 0x3333_3333) + ((sum >>> 2) & 0x3333_3333)
  return Math.imul((sum + (sum >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24
}
