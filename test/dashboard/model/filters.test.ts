// Filters, written to the URL and read back.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  countFilters,
  filterParameters,
  parseFilters,
  periods,
} from '../../../dashboard/model/crashers/filters.ts'
import { topCrashersHref } from '../../../dashboard/route.ts'

const read = (query: string) => parseFilters(new URLSearchParams(query))

describe('filters', () => {
  test('default to seven days and everything', () => {
    expect(read('')).toEqual({ days: 7 })
    expect(topCrashersHref(filterParameters(read('')))).toBe('/topcrashers/')
  })

  test.each([
    ['days=28', 28],
    ['days=5', 7],
    ['days=xxxxxx', 7],
  ])('read %s as %d days', (query, days) => expect(read(query).days).toBe(days))

  test('distinguish reports without a value from no filter', () => {
    expect(read('version=__null__').versions).toEqual(['Unknown'])
    expect(read('version=').versions).toBeUndefined()
    expect(countFilters(read('version=__null__&platform=Linux'))).toBe(2)
  })

  test.each([
    ['release_channel=beta', { channel: 'beta' }],
    ['process_type=any', { processType: undefined }],
    ['version=102.0&version=101.0.1&version=102.0', { versions: ['102.0', '101.0.1'] }],
  ])('read %s from links of Crash Stats', (query, filters) => expect(read(query)).toMatchObject(filters))

  test('are the same after writing and reading a link', () => {
    const value = fc.option(
      fc.string({ minLength: 1 }).filter((text) => text !== '__null__'),
      { nil: undefined },
    )
    fc.assert(
      fc.property(value, value, value, fc.constantFrom(...periods), (product, version, platform, days) => {
        const versions = version === undefined ? undefined : [version, `${version}.1`]
        const filters = { product, versions, channel: 'Unknown', platform, processType: undefined, days }
        const url = new URL(topCrashersHref(filterParameters(filters)), 'http://localhost')
        expect(parseFilters(url.searchParams)).toEqual({ ...filters, text: undefined, sort: undefined })
      }),
    )
  })
})
