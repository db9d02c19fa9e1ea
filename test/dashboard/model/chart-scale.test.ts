import { expect, test } from 'vitest'
import { chartMargins, dayAt, placesOf } from '../../../dashboard/parts/chart/chart-scale.ts'

const size = { width: 364, days: 30 }

test('the middle of each day is on that day; places outside are on the first or last one', () => {
  for (let day = 0; day < size.days; day++) {
    const [left, right] = placesOf(day, size)
    expect(dayAt((left + right) / 2, size)).toBe(day)
  }
  expect(dayAt(-100, size)).toBe(0)
  expect(dayAt(10_000, size)).toBe(29)
  expect(placesOf(0, size)[0]).toBe(chartMargins.left)
  expect(placesOf(29, size)[1]).toBe(size.width - chartMargins.right)
})
