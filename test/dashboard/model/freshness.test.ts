// The age of the data, by the clock of the reader.
import { describe, expect, test } from 'vitest'
import {
  ageText,
  freshnessOf,
  type Home,
  homeWith,
  isToday,
  partialDate,
} from '../../../dashboard/model/freshness.ts'
import type { HomeAggregate, StatusAggregate } from '../../../shared/aggregates/documents.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

test.each([
  [0, 'less than a minute'],
  [minute - 1, 'less than a minute'],
  [minute, '1 minute'],
  [119 * minute, '119 minutes'],
  [2 * hour, '2 hours'],
  [47 * hour, '47 hours'],
  [2 * day, '2 days'],
  [18.9 * day, '18 days'],
])('%d ms are %s', (age, text) => {
  expect(ageText(age)).toBe(text)
})

const stored = {
  generated_at: '2026-11-10T12:00:00+00:00',
  dates: ['2026-11-09', '2026-11-10'],
} as HomeAggregate
const statusAt = (generated_at: string, stale_after: number | null) =>
  ({ generated_at, stale_after }) as StatusAggregate

describe('homeWith', () => {
  test('takes the time of the last check from the status, and from itself without one', () => {
    expect(homeWith(stored, null).checked_at).toBe(stored.generated_at)
    expect(homeWith(stored, statusAt('2026-11-10T13:00:00+00:00', 60)).checked_at).toContain('T13:00')
    expect(homeWith(stored, statusAt('2026-11-10T11:00:00+00:00', 60)).checked_at).toContain('T12:00')
  })
})

describe('freshnessOf', () => {
  const home = homeWith(stored, statusAt('2026-11-10T12:00:00+00:00', 3600))
  const at = (time: string) => freshnessOf(home, new Date(time))

  test('warns only beyond the age that the writer states', () => {
    expect(at('2026-11-10T13:00:00Z')).toEqual({ age: hour, isLate: false })
    expect(at('2026-11-10T13:00:01Z')).toEqual({ age: hour + 1000, isLate: true })
  })

  test('is never negative when the clock of the reader is behind', () => {
    expect(at('2026-11-10T11:00:00Z')).toEqual({ age: 0, isLate: false })
  })

  test('without a stated age, warns after a night without a round', () => {
    const unknown = homeWith(stored, null)
    expect(freshnessOf(unknown, new Date('2026-11-11T13:00:00Z')).isLate).toBe(false)
    expect(freshnessOf(unknown, new Date('2026-11-11T15:00:00Z')).isLate).toBe(true)
  })
})

test('the last day is partial until a check on a later day', () => {
  const home: Home = homeWith(stored, null)
  expect(partialDate(home)).toBe('2026-11-10')
  expect(partialDate(homeWith(stored, statusAt('2026-11-11T00:05:00+00:00', null)))).toBeUndefined()
})

test('a date is today only on that day, in UTC', () => {
  expect(isToday('2026-11-10', new Date('2026-11-10T23:59:59Z'))).toBe(true)
  expect(isToday('2026-11-10', new Date('2026-11-11T00:00:00Z'))).toBe(false)
})
