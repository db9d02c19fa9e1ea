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
