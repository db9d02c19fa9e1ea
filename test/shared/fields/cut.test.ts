// Truncating public data: bounded, marked, and idempotent.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ProcessedCrash } from '../../../shared/crash.ts'
import { cutJson, cutMark, maxPublicBytes } from '../../../shared/fields/cut.ts'
import { publicView } from '../../../shared/fields/public-view.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text).length

describe('cutJson', () => {
  test.each(['x'.repeat(100), 'é'.repeat(50), '漢'.repeat(33), '😀'.repeat(25), '\ud800'.repeat(33)])(
    'returns a short text unchanged: %.4s',
    (text) => {
      expect(cutJson(text, 100)).toBe(text)
    },
  )

  test.each(['x', 'é', '漢', '😀', 'a漢', 'é😀', '\ud800'])(
    'truncates a text between characters: %s',
    (character) => {
      const cut = cutJson(character.repeat(200), 100) as string
      expect(cut.endsWith(cutMark)).toBe(true)
      const kept = cut.slice(0, -cutMark.length)
      expect(character.repeat(200).startsWith(kept)).toBe(true)
      expect(bytesOf(cut)).toBeLessThanOrEqual(100)
      expect(bytesOf(kept)).toBeGreaterThan(100 - 16 - 4)
      expect(kept.isWellFormed()).toBe(character !== '\ud800')
    },
  )

  test('truncates lists and objects after their first parts, and marks the text where it stops', () => {
    const list = Array.from({ length: 50 }, (_, i) => `item ${i}`)
    const cut = cutJson(list, 100) as string[]
    expect(cut.slice(0, 5)).toEqual(list.slice(0, 5))
    expect(cut.at(-1)).toMatch(/ \[cut\]$/)
    expect(cutJson({ a: 1, b: 'x'.repeat(200), c: 2 }, 100)).toEqual({
      a: 1,
      b: expect.stringMatching(/^x{50,80}… \[cut\]$/),
    })
  })

  test('bounds values of any form, and is idempotent', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.integer({ min: 40, max: 400 }), (value, max) => {
        const cut = cutJson(value, max)
        expect(cutJson(cut, max)).toBe(cut)
        expect(bytesOf(JSON.stringify(cut))).toBeLessThanOrEqual(6 * max + 16)
      }),
      { numRuns: 500 },
    )
  })

  test('treats __proto__ as a key', () => {
    const cut = cutJson(JSON.parse(`{"__proto__":"${'x'.repeat(200)}"}`), 100) as object
    expect(Object.keys(cut)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(cut)).toBe(Object.prototype)
  })
})

describe('a size', () => {
  const isCut = (value: unknown, max: number) => cutJson(value, max) !== value
  test.each<[unknown, number]>([
    ['x'.repeat(100), 100],
    ['é'.repeat(100), 200],
    ['漢'.repeat(40), 120],
    ['😀'.repeat(30), 120],
    // Halves of pairs that are not pairs have three bytes each.
    ['\ud800'.repeat(40), 120],
    ['\udc00\ud800'.repeat(20), 3 + 19 * 4 + 3],
    ['\ud800x'.repeat(30), 120],
    ['x\udc00'.repeat(30), 120],
    ['\u07ff\u0800\u007f\u0080'.repeat(20), 160],
    [Array.from({ length: 10 }, (_, i) => i), 120],
    [['x'.repeat(96)], 100],
    [{ kéy: 'x'.repeat(92) }, 100],
    [{ a: [true, null], b: {} }, 34],
  ])('of %j is %i', (value, size) => {
    expect([isCut(value, size), isCut(value, size - 1)]).toEqual([false, true])
  })

  test.each<[unknown, unknown]>([
    [Array.from({ length: 11 }, (_, i) => i), [0, 1, 2, 3, 4, 5, 6, 7]],
    [
      { a: 1, b: 'x'.repeat(200), c: 2 },
      { a: 1, b: `${'x'.repeat(82)}… [cut]` },
    ],
    [
      ['x'.repeat(60), 'y'.repeat(60)],
      ['x'.repeat(60), `${'y'.repeat(32)}… [cut]`],
    ],
    [['x'.repeat(100), 'y'.repeat(100)], [`${'x'.repeat(96)}… [cut]`]],
    [{ ['k'.repeat(200)]: 1 }, {}],
    ['é'.repeat(100), `${'é'.repeat(50)}… [cut]`],
  ])('beyond the limit leaves the first parts: %#', (value, kept) => {
    expect(cutJson(value, 116)).toEqual(kept)
  })
})

describe('the public view of long annotations', () => {
  const base = { crash_id: 'de1bb258-cbbf-4589-a673-34f800160918', signature: 'f' }

  test('is truncated to 64 KiB per field, with the names of truncated fields', () => {
    const long = 'y'.repeat(1_000_000)
    const addons = Array.from({ length: 10_000 }, (_, i) => `addon-${i}@example.org:1.0`)
    const crash = { ...base, product: 'App', app_notes: long, addons, user_comments: long }
    const view = publicView(crash as unknown as ProcessedCrash)
    expect(view).toMatchObject({ ...base, product: 'App', cut_fields: ['addons', 'app_notes'] })
    expect(view.app_notes).toMatch(/^y{65000,}… \[cut\]$/)
    expect(view.addons!.length).toBeGreaterThan(1000)
    expect(bytesOf(JSON.stringify(view))).toBeLessThan(3 * maxPublicBytes)
    expect(publicView(view)).toEqual(view)
  })

  test('does not mention truncation where nothing is truncated', () => {
    expect(publicView({ ...base, app_notes: 'y'.repeat(maxPublicBytes) })).not.toHaveProperty('cut_fields')
  })
})
