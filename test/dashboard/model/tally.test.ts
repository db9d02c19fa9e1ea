// Arithmetic of estimates.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addTallies, isSampled, marginOf, noTally, shareOf } from '../../../dashboard/model/tally.ts'
import { createRandom } from '../../support/mutate.ts'

describe('tally', () => {
  test('adds tallies; the sum of none is zero', () => {
    expect(addTallies([])).toEqual(noTally)
    expect(
      addTallies([
        { count: 1, weighted: 10 },
        { count: 2, weighted: 2 },
      ]),
    ).toEqual({ count: 3, weighted: 12 })
  })

  test('is sampled when the estimate is larger than the number of reports', () => {
    expect(isSampled({ count: 5, weighted: 5.0000001 })).toBe(false)
    expect(isSampled({ count: 5, weighted: 5.5 })).toBe(false)
    expect(isSampled({ count: 5, weighted: 50 })).toBe(true)
  })

  test('shareOf nothing is 0', () => expect(shareOf(3, 0)).toBe(0))
})

describe('marginOf', () => {
  test('is 0 when every report was kept, and unknown for a few', () => {
    expect(marginOf([{ count: 100, weighted: 100 }])).toBe(0)
    expect(marginOf([{ count: 9, weighted: 90 }])).toBeNull()
    expect(marginOf([{ count: 10, weighted: 10 }, noTally])).toBe(0)
    expect(marginOf([])).toBeNull()
  })

  test('is 1.96 standard deviations of a binomial draw', () => {
    expect(marginOf([{ count: 100, weighted: 1000 }])).toBeCloseTo(1.96 * Math.sqrt(100 * 10 * 9), 6)
  })

  test('covers the true value in about 95 of 100 draws', () => {
    const random = createRandom(7)
    const truth = 3000
    let covered = 0
    for (let draw = 0; draw < 400; draw++) {
      let count = 0
      for (let crash = 0; crash < truth; crash++) if (random() < 0.1) count++
      const margin = marginOf([{ count, weighted: count * 10 }])!
      if (Math.abs(count * 10 - truth) <= margin) covered++
    }
    expect(covered).toBeGreaterThan(365)
    expect(covered).toBeLessThan(395)
  })

  test('never shrinks when a group is added', () => {
    const tally = fc
      .tuple(fc.integer({ min: 10, max: 1e6 }), fc.integer({ min: 1, max: 100 }))
      .map(([count, weight]) => ({ count, weighted: count * weight }))
    fc.assert(
      fc.property(tally, tally, (a, b) => {
        expect(marginOf([a, b])!).toBeGreaterThanOrEqual(marginOf([a])!)
      }),
    )
  })
})
