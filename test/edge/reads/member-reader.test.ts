// Reads members of a JSON object that is larger than memory: whole, or truncated to valid JSON.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MemberReader } from '../../../edge/reads/member-reader.ts'

function read(json: string, limitOf: (name: string) => number, chunkSize: number) {
  const reader = new MemberReader(limitOf)
  const bytes = new TextEncoder().encode(json)
  for (let at = 0; at < bytes.length; at += chunkSize) reader.write(bytes.subarray(at, at + chunkSize))
  return reader.members
}

const objects = fc.dictionary(
  fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('__proto__', 'constructor')),
  fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary', maxLength: 50 })),
)

describe('MemberReader', () => {
  test('returns every member of any object, read in pieces of any size', () => {
    fc.assert(
      fc.property(objects, fc.integer({ min: 1, max: 30 }), fc.constantFrom(0, 2), (object, size, indent) => {
        const members = read(JSON.stringify(object, null, indent), () => 1_000_000, size)
        const expected = Object.entries(JSON.parse(JSON.stringify(object)))
        expect([...members].map(([name, { value, isCut }]) => [name, value, isCut])).toEqual(
          expected.map(([name, value]) => [name, value, false]),
        )
      }),
      { numRuns: 300 },
    )
  })

  test('returns the beginning of a value that is too long, as valid JSON', () => {
    fc.assert(
      fc.property(
        objects,
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 40 }),
        (object, size, limit) => {
          for (const [name, { value, isCut }] of read(JSON.stringify(object), () => limit, size)) {
            const whole = JSON.parse(JSON.stringify(object))[name]
            const bytes = new TextEncoder().encode(JSON.stringify(whole)).length
            expect([isCut, name]).toEqual([bytes > limit, name])
            if (!isCut) expect(value).toEqual(whole)
            else if (value !== undefined) expectBeginning(value, whole)
          }
        },
      ),
      { numRuns: 500 },
    )
  })

  test('keeps nothing of members that are not requested', () => {
    const reader = new MemberReader((name) => (name === 'a' ? 10 : 0))
    const long = new TextEncoder().encode(
      JSON.stringify({ b: 'x'.repeat(1_000_000), a: 1, c: [[1], { d: 2 }] }),
    )
    for (let at = 0; at < long.length; at += 1000) {
      reader.write(long.subarray(at, at + 1000))
      expect(reader.keptBytes).toBeLessThan(20)
    }
    expect([...reader.members]).toEqual([['a', { value: 1, isCut: false }]])
  })
})

/** A truncated text is a prefix; truncated lists and objects have the first items and keys, the last possibly truncated. */
function expectBeginning(part: unknown, whole: unknown): void {
  if (typeof part === 'string') expect((whole as string).startsWith(part)).toBe(true)
  else if (Array.isArray(part)) {
    const list = whole as unknown[]
    expect(part.length).toBeLessThanOrEqual(list.length)
    expect(part.slice(0, -1)).toEqual(list.slice(0, Math.max(0, part.length - 1)))
    if (part.length > 0) expectBeginning(part.at(-1), list[part.length - 1])
  } else if (typeof part === 'object' && part !== null) {
    const names = Object.keys(part)
    expect(Object.keys(whole as object)).toEqual(expect.arrayContaining(names))
    for (const name of names.slice(0, -1)) {
      expect(Object.entries(part).find(([key]) => key === name)?.[1]).toEqual(
        Object.entries(whole as object).find(([key]) => key === name)?.[1],
      )
    }
  } else expect(part).toEqual(whole)
}
