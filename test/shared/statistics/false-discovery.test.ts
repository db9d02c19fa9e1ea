// Which of many results are discoveries.
import { expect, test } from 'vitest'
import { discoveryLimit } from '../../../shared/statistics/false-discovery.ts'
import { createRandom } from '../../support/mutate.ts'

test.each([
  [[], 10, -1],
  [[0.5, 0.04], 2, -1],
  // The second of 100 may be at most 0.0002.
  [[0.0001, 0.00019, 0.5], 100, 0.00019],
  [[0.0001, 0.00021, 0.5], 100, 0.0001],
  // As much as it may be: 0.01 of 1, and of 2 in 4.
  [[0.01], 1, 0.01],
  [[0.005, 0.005], 4, 0.005],
  // A later result carries an earlier one that alone would not count.
  [[0.006, 0.007, 0.008], 3, 0.008],
])('of %j among %d tests, those up to %d', (chances, tests, limit) => {
  expect(discoveryLimit(chances, tests)).toBe(limit)
})

test('about 1 % of the discoveries among noise and effects are noise', () => {
  const random = createRandom(9)
  let [noise, effects] = [0, 0]
  for (let round = 0; round < 300; round++) {
    const noises = Array.from({ length: 900 }, random)
    const found = Array.from({ length: 100 }, () => random() * 1e-5)
    const limit = discoveryLimit([...noises, ...found], 1000)
    noise += noises.filter((chance) => chance <= limit).length
    effects += found.filter((chance) => chance <= limit).length
  }
  expect(effects).toBe(30_000)
  expect(noise / (noise + effects)).toBeLessThan(0.015)
})
