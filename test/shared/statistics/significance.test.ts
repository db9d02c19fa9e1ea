// Differences beyond noise: known values, and random data without a difference.
import { describe, expect, test } from 'vitest'
import {
  type Comparison,
  chanceOf,
  chanceOfRates,
  isSignificant,
  scaleOf,
} from '../../../shared/statistics/significance.ts'
import { createRandom } from '../../support/mutate.ts'

const portion = (part: number, whole: number) => ({ part, whole })

describe('chanceOf', () => {
  // G-tests of 2×2 tables, computed independently: scipy.stats.chi2_contingency(…, correction=False, lambda_='log-likelihood').
  test.each([
    [portion(30, 100), portion(5, 100), 1.5e-6],
    [portion(10, 100), portion(10, 100), 1],
    [portion(8, 100), portion(0, 100), 8.5e-4],
  ])('of %o against %o is about %d', (a, b, chance) => {
    expect(Math.log10(chanceOf(a, b, 1))).toBeCloseTo(Math.log10(chance), 0)
  })

  test('grows with the crashes that each observation represents', () => {
    const of = (scale: number) => chanceOf(portion(300, 1000), portion(200, 1000), scale)
    expect(of(1)).toBeLessThan(1e-6)
    expect(of(10)).toBeGreaterThan(0.05)
  })

  test('is 1 where nothing can be compared', () => {
    for (const [a, b] of [
      [portion(0, 10), portion(0, 10)],
      [portion(5, 5), portion(7, 7)],
      [portion(5, 10), portion(0, 0)],
      [portion(0, 0), portion(5, 10)],
      [portion(0, 0), portion(0, 0)],
    ] as const)
      expect(chanceOf(a, b, 1)).toBe(1)
  })
})

describe('chanceOfRates', () => {
  // Twice the difference of the log-likelihoods of Poisson counts, as a chi-squared variable of one degree of freedom.
  test.each([
    [portion(30, 1000), portion(5, 1000), 8.54e-6],
    [portion(10, 1000), portion(20, 2000), 1],
    [portion(8, 1000), portion(0, 1000), 8.68e-4],
    [portion(40, 2000), portion(8, 1000), 9.32e-3],
  ])('of %o against %o is about %d', (a, b, chance) => {
    expect(Math.log10(chanceOfRates(a, b, 1))).toBeCloseTo(Math.log10(chance), 2)
  })

  test('is 1 without use or crashes', () => {
    expect(chanceOfRates(portion(5, 0), portion(5, 10), 1)).toBe(1)
    expect(chanceOfRates(portion(5, 10), portion(5, 0), 1)).toBe(1)
    expect(chanceOfRates(portion(0, 10), portion(0, 10), 1)).toBe(1)
  })
})

test('an observation represents its weight, and for the crashes of its installation', () => {
  const tallies = [
    { count: 10, weighted: 100 },
    { count: 90, weighted: 90 },
  ]
  expect(scaleOf({ tallies, installs: 0, reports: 100 })).toBeCloseTo((100 * 10 + 90) / 190, 9)
  expect(scaleOf({ tallies: [{ count: 50, weighted: 50 }], installs: 10, reports: 50 })).toBe(5)
  expect(scaleOf({ tallies: [], installs: 0, reports: 0 })).toBe(1)
  const none = { count: 0, weighted: 0 }
  expect(scaleOf({ tallies: [{ count: 2, weighted: 8 }, none], installs: 0, reports: 2 })).toBe(4)
})

/** Counts that differ by chance alone: each crash goes to one of two periods. */
function noise(random: () => number, crashes: number): Comparison {
  let now = 0
  for (let i = 0; i < crashes; i++) if (random() < 0.5) now++
  const before = crashes - now
  return {
    now: portion(now, 50_000),
    before: portion(before, 50_000),
    sample: { tallies: [{ count: crashes, weighted: crashes }], installs: 0, reports: crashes },
  }
}

test('noise marks anything in one list out of twenty at most', () => {
  const random = createRandom(5)
  let marked = 0
  for (let list = 0; list < 200; list++) {
    const rows = Array.from({ length: 100 }, (_, row) => noise(random, 10 + 2 * row))
    if (rows.some((row) => isSignificant(row, rows.length))) marked++
  }
  expect(marked).toBeLessThanOrEqual(14)
})

test('few reports and small changes are never significant', () => {
  const of = (now: number, before: number, whole: number) =>
    isSignificant(
      {
        now: portion(now, whole),
        before: portion(before, whole),
        sample: {
          tallies: [{ count: now + before, weighted: now + before }],
          installs: 0,
          reports: now,
        },
      },
      1,
    )
  expect(of(9, 0, 1000)).toBe(false)
  expect(of(10, 0, 1000)).toBe(true)
  expect(of(40, 10, 1000)).toBe(true)
  expect(of(1_050_000, 1_000_000, 10_000_000)).toBe(false)
  // Changes by exactly a tenth of the larger share, and by less.
  expect(of(6_250_000, 5_625_000, 10_000_000)).toBe(true)
  expect(of(5_625_000, 6_250_000, 10_000_000)).toBe(true)
  expect(of(6_250_000, 5_625_001, 10_000_000)).toBe(false)
})
