import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByteSearch } from '../../../shared/bytes/byte-search.ts'

const few = fc.constantFrom(0x2d, 0x61, 0x62)
const bytes = (maxLength: number, minLength = 0) =>
  fc.array(few, { minLength, maxLength }).map((list) => Uint8Array.from(list))

/** The ends of all non-overlapping matches, found piece by piece. */
function searchAll(text: Uint8Array, needle: Uint8Array, size: number): number[] {
  const search = new ByteSearch(needle)
  const ends: number[] = []
  for (let at = 0; at < text.length; at += size) {
    const piece = text.subarray(at, at + size)
    for (let from = 0; ; ) {
      const end = search.feed(piece, from)
      if (end < 0) break
      ends.push(at + end)
      from = end
    }
  }
  return ends
}

function naive(text: Uint8Array, needle: Uint8Array): number[] {
  const [hay, pin] = [text, needle].map((part) => Buffer.from(part).toString('latin1'))
  const ends: number[] = []
  for (let at = hay!.indexOf(pin!); at >= 0; at = hay!.indexOf(pin!, at + pin!.length))
    ends.push(at + pin!.length)
  return ends
}

test('finds the same matches as a plain search, in pieces of any size', () => {
  fc.assert(
    fc.property(bytes(200), bytes(6, 1), fc.integer({ min: 1, max: 210 }), (text, needle, size) => {
      expect(searchAll(text, needle, size)).toEqual(naive(text, needle))
    }),
    { seed: 1, numRuns: 5000 },
  )
})

test('reports the longest prefix of the needle at the end', () => {
  fc.assert(
    fc.property(bytes(60), bytes(8, 1), (text, needle) => {
      const search = new ByteSearch(needle)
      fc.pre(search.feed(text) < 0)
      const [hay, pin] = [text, needle].map((part) => Buffer.from(part).toString('latin1'))
      const longest = Array.from({ length: pin!.length }, (_, n) => n).findLast((n) =>
        hay!.endsWith(pin!.slice(0, n)),
      )
      expect(search.matched).toBe(longest)
    }),
    { seed: 2, numRuns: 2000 },
  )
})

test('reads each byte a bounded number of times, even for hostile input', () => {
  const needle = new Uint8Array(70).fill(0x2d)
  needle[0] = 0x61
  let reads = 0
  const text = new Proxy(new Uint8Array(20_000).fill(0x2d), {
    get(target, key) {
      if (typeof key === 'string' && /^\d+$/.test(key)) reads++
      const value = Reflect.get(target, key, target) as unknown
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const hostile = new Uint8Array(70).fill(0x2d)
  hostile[69] = 0x62
  for (const pin of [needle, hostile, new Uint8Array(70).fill(0x2d).with(35, 0x61)]) {
    reads = 0
    expect(new ByteSearch(pin).feed(text)).toBe(-1)
    expect(reads).toBeLessThan(20_000 * 4)
  }
})
