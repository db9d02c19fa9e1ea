// Sets of characters.

/** A set of code points; equal `key`s are equal sets. `beyond` tests code points above U+007F. */
export interface CharSet {
  key: string
  beyond: 'all' | 'none' | 'some'
  has: (code: number) => boolean
}

export const single = (code: number): CharSet => ({
  key: `=${code}`,
  beyond: code < 128 ? 'none' : 'some',
  has: (c) => c === code,
})
const named = (key: string, source: RegExp): CharSet => ({
  key,
  beyond: 'some',
  has: (c) => source.test(String.fromCodePoint(c)),
})
export const digitSet = named('\\d', /^\p{Nd}$/u)
export const wordSet = named('\\w', /^[\p{L}\p{N}_]$/u)
export const spaceSet = named(
  '\\s',
  /^[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$/,
)
const opposite = { all: 'none', none: 'all', some: 'some' } as const
export const negated = (set: CharSet): CharSet => ({
  key: `^${set.key}`,
  beyond: opposite[set.beyond],
  has: (c) => !set.has(c),
})
export const anySet: CharSet = { key: '.', beyond: 'all', has: (c) => c !== 10 }

/** All code points from `low` through `high`. */
export const between = (low: number, high: number): CharSet => ({
  key: `${low}-${high}`,
  beyond: high < 128 ? 'none' : 'some',
  has: (c) => c >= low && c <= high,
})
