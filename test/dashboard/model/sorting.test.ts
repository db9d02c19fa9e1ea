// Sorting rows.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nextSort, parseSort, sortRows, sortText } from '../../../dashboard/model/sorting.ts'

describe('sortRows', () => {
  test('sorts versions numerically, null last in both directions', () => {
    const rows = ['10.0', null, '9.0', '9.0b2', '9.0b10']
    expect(sortRows(rows, (row) => row, false)).toEqual(['9.0', '9.0b2', '9.0b10', '10.0', null])
    expect(sortRows(rows, (row) => row, true)).toEqual(['10.0', '9.0b10', '9.0b2', '9.0', null])
  })

  test('is stable and loses nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 5 }))), fc.boolean(), (values, descending) => {
        const rows = values.map((value, place) => ({ value, place }))
        const sorted = sortRows(rows, (row) => row.value, descending)
        expect(new Set(sorted)).toEqual(new Set(rows))
        for (let i = 1; i < sorted.length; i++) {
          const [a, b] = [sorted[i - 1]!, sorted[i]!]
          if (a.value === b.value) expect(a.place).toBeLessThan(b.place)
          else if (a.value === null) expect(b.value).toBeNull()
          else if (b.value !== null) expect(descending ? a.value > b.value : a.value < b.value).toBe(true)
        }
      }),
    )
  })
})

describe('sort in the URL', () => {
  test('reads back what it writes', () => {
    for (const text of ['count', '-count']) expect(sortText(parseSort(text)!)).toBe(text)
    expect(parseSort(undefined)).toBeNull()
  })

  test('a second click reverses the order', () => {
    const first = nextSort(null, 'count', true)
    expect(first).toEqual({ key: 'count', descending: true })
    expect(nextSort(first, 'count', true)).toEqual({ key: 'count', descending: false })
    expect(nextSort(first, 'signature', false)).toEqual({ key: 'signature', descending: false })
  })
})
