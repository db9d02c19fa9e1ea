// A week against the week before.
import { describe, expect, test } from 'vitest'
import { isWeekDifferent } from '../../../dashboard/model/week.ts'

describe('isWeekDifferent', () => {
  const week = (values: number[]) => values.map((weighted) => ({ count: weighted, weighted }))
  const usual = [1000, 1100, 1050, 980, 1020, 700, 680]

  test('not for the usual difference between days', () => {
    expect(isWeekDifferent(week([1050, 1060, 990, 1040, 1010, 690, 715]), week(usual))).toBe(false)
  })

  test('for a rise on every day', () => {
    expect(isWeekDifferent(week(usual.map((value) => value * 1.3)), week(usual))).toBe(true)
  })

  test('not for a few crashes, nor for days without any', () => {
    expect(isWeekDifferent(week([1, 1, 1, 1, 1, 1, 1]), week([0, 0, 0, 0, 0, 0, 0]))).toBe(false)
    expect(isWeekDifferent(week([0, 0, 0, 0, 0, 0, 0]), week([0, 0, 0, 0, 0, 0, 0]))).toBe(false)
  })
})
