// The sums of the home page.
import { describe, expect, test } from 'vitest'
import type { HomeAggregate } from '../../../shared/aggregates/documents.ts'
import { homeKey } from '../../../shared/keys.ts'
import { leadingVersions, overviewOf } from '../../../dashboard/model/overview.ts'
import { homeWith } from '../../../dashboard/model/freshness.ts'
import { sampleAggregates } from '../../support/sample-aggregates.ts'

const stored = sampleAggregates('2026-11-22T14:05:00+00:00', 60).get(homeKey) as HomeAggregate
const home = homeWith(stored, null)

describe('leadingVersions', () => {
  const version = (name: string, weighted: number, featured?: true) => ({
    version: name,
    channels: [],
    total: { count: weighted, weighted },
    ...(featured && { featured }),
  })
  const product = {
    ...home.products[0]!,
    versions: [version('4', 1), version('3', 2, true), version('2', 9), version('1', 5)],
  }

  test('puts featured versions first, then the largest, newest first', () => {
    const names = (most: number) => leadingVersions(product, most).map((found) => found.version)
    expect(names(3)).toEqual(['3', '2', '1'])
    expect(names(4)).toEqual(['3', '4', '2', '1'])
    expect(names(1)).toEqual(['3'])
  })
})

describe('overviewOf', () => {
  test('adds up: totals, days, channels', () => {
    const { total, perDay, groups } = overviewOf(home, home.products, 10)
    expect(perDay.reduce((sum, day) => sum + day.count, 0)).toBe(total.count)
    expect(groups.reduce((sum, group) => sum + group.weighted, 0)).toBe(total.weighted)
  })

  test('excludes the current day from the week', () => {
    const { perDay, partial, week } = overviewOf(home, home.products, 10)
    expect(partial).toEqual({ date: '2026-11-22', total: perDay.at(-1) })
    expect(week!.to).toBe('2026-11-21')
    expect(week!.current.count).toBe(perDay.slice(-8, -1).reduce((sum, day) => sum + day.count, 0))
    const later = { ...home, checked_at: '2026-11-23T00:10:00+00:00' }
    expect(overviewOf(later, home.products, 10).partial).toBeNull()
  })

  test('compares weeks only when both have data', () => {
    const short = { ...home, dates: home.dates.slice(-9) }
    expect(overviewOf(short, home.products, 10).week).toBeNull()
    // The last day is not over.
    const weekOf = (days: number) =>
      overviewOf({ ...home, dates: home.dates.slice(-days) }, home.products, 10).week
    expect(weekOf(14)).toBeNull()
    expect(weekOf(15)).not.toBeNull()
  })

  test('merges the top signatures of products', () => {
    const { top } = overviewOf(home, home.products, 10)
    expect(top).toHaveLength(10)
    const counts = top.map(({ total }) => total.weighted)
    expect(counts).toEqual([...counts].sort((a, b) => b - a))
  })

  test('leadingVersions keeps the order of versions', () => {
    const product = home.products[0]!
    const leading = leadingVersions(product, 3)
    expect(leading).toHaveLength(3)
    expect(leading).toEqual(product.versions.filter((version) => leading.includes(version)))
  })
})
