import { describe, expect, test } from 'vitest'
import { rateOf, ratesByDay, rateText } from '../../../dashboard/model/rate.ts'

const day = { amount: 2000, count: 40, weighted: 50, variance: 100 }

describe('rateOf', () => {
  test('divides the crashes of the days whose use is known by that use', () => {
    const rate = rateOf([day, null, { ...day, amount: 6000 }])!
    expect(rate).toEqual({ value: 12.5, margin: expect.closeTo((1.96 * Math.sqrt(200)) / 8, 10), days: 2 })
    expect(rateText(rate)).toBe('12.5 ± 3.46')
  })

  test.each([
    [[], '–'],
    [[null], '–'],
    [[{ ...day, amount: 0 }], '–'],
    [[{ amount: 1e9, count: 9, weighted: 9, variance: 9 }], '0.000009'],
    [[{ amount: 1000, count: 10, weighted: 10, variance: 0 }], '10 ± 0'],
    [[{ amount: 1000, count: 0, weighted: 0, variance: 0 }], '0'],
    [[{ ...day, amount: 3 }], '16,700 ± 6,530'],
  ])('%j as text is %s', (days, text) => {
    expect(rateText(rateOf(days))).toBe(text)
  })
})

test('ratesByDay names the measure', () => {
  expect(ratesByDay({ measure: 'hours', days: [day, null] })).toEqual({
    title: 'Per 1,000 hours of use',
    cells: ['25 ± 9.8', '–'],
  })
  expect(ratesByDay(undefined)).toBeNull()
})
