// Known intervals, and random samples that they cover.
import { expect, test } from 'vitest'
import { shareInterval } from '../../../shared/statistics/interval.ts'
import { createRandom } from '../../support/mutate.ts'

// statsmodels.stats.proportion.proportion_confint(…, method='wilson').
test.each([
  [0, 10, 0, 0.2775],
  [0.1, 100, 0.0552, 0.1744],
  [0.5, 20, 0.2993, 0.7007],
  [1, 10, 0.7225, 1],
])('of a share of %d in %d observations: %d to %d', (share, observations, low, high) => {
  const interval = shareInterval(share, observations)
  expect(interval.low).toBeCloseTo(low, 3)
  expect(interval.high).toBeCloseTo(high, 3)
})

test('without observations, everything is possible', () => {
  expect(shareInterval(0, 0)).toEqual({ low: 0, high: 1 })
})

test('covers the true share in about 95 % of samples, also of rare events', () => {
  const random = createRandom(3)
  for (const share of [0.02, 0.3]) {
    let covered = 0
    for (let sample = 0; sample < 1000; sample++) {
      let hits = 0
      for (let i = 0; i < 100; i++) if (random() < share) hits++
      const { low, high } = shareInterval(hits / 100, 100)
      if (low <= share && share <= high) covered++
    }
    expect(covered).toBeGreaterThan(920)
  }
})
