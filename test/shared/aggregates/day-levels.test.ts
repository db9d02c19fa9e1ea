import { expect, test } from 'vitest'
import { levelsOf, valuesOfLevels } from '../../../shared/aggregates/day-levels.ts'

test.each([
  [[], ''],
  [[0, 0], '00'],
  [[0, 1, 50, 100], '0159'],
  [[0.001, 1e9], '19'],
])('%j as levels is %j', (values, levels) => {
  expect(levelsOf(values)).toBe(levels)
})

test('text that is not a digit is drawn as nothing', () => {
  expect(valuesOfLevels('09x<')).toEqual([0, 9, 0, 0])
})
