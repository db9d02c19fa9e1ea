// Queries in words.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { explainQuery } from '../../../shared/search/explain.ts'
import { parseQuery } from '../../../shared/search/parameters/parse.ts'
import { anyParameters } from './arbitrary.ts'
import { openOptions, permittedOptions, queryOf } from './parsed.ts'

describe('an explanation', () => {
  test('contains the range of dates, the order and duplicates', () => {
    expect(explainQuery(queryOf('date=>=2026-08-01&date=<2026-08-02&_sort=-uptime&_sort=product'))).toEqual({
      conditions: [
        'processed from 2026-08-01T00:00:00+00:00 to before 2026-08-02T00:00:00+00:00',
        'not a duplicate of an earlier report',
      ],
      order: 'uptime descending, product ascending',
      dropped: [],
      warnings: [],
    })
  })

  test.each([
    ['signature=~js&signature=$x', 'signature contains "js" or ends with "x"'],
    ['product=Firefox&product=Fenix', 'product has the word "firefox" or "fenix" (in any case)'],
    ['release_channel=beta', 'release_channel is "beta"'],
    ['topmost_filenames=a.cpp', 'topmost_filenames has the item "a.cpp" (in any case)'],
    ['uptime=>5&uptime=<=9', 'uptime is above 5 and is at most 9'],
    ['uptime=>5&uptime=__null__&uptime=<9', 'uptime (is above 5 or is missing) and is below 9'],
    ['startup_crash=!__true__', 'startup_crash is false or missing'],
    ['reason=!__null__', 'reason has a value'],
    ['reason=!^E', 'reason is missing or not: starts with "E"'],
    ['signature=@a.*', 'signature matches the expression "a.*" as a whole'],
    ['submitted_at=>=2026-08-01', 'submitted_at is at least 2026-08-01T00:00:00+00:00'],
    ['signature==', 'signature is exactly ""'],
  ])('of %s contains: %s', (parameters, words) => {
    expect(explainQuery(queryOf(parameters)).conditions.at(-1)).toBe(words)
  })

  test.each([
    ['reason=!~a&reason=!~b', 'reason: negated conditions are alternatives, so nearly every report matches'],
    ['reason=~a&reason=!~b', 'reason: a negated condition is an alternative to the others'],
    [
      'release_channel==beta',
      'release_channel: this field has no operator =; it is compared with the text "=beta"',
    ],
    ['app_notes=that I used', 'app_notes: one of the words of "that I used" is enough'],
    ['app_notes=---', 'app_notes: "---" contains no word and matches nothing'],
    ['signature=~a*b', 'signature: * and ? in "a*b" are wildcards'],
    ['version=131.0b', 'version: "131.0b" is the start of all its betas'],
    ['uptime=>9&uptime=<5', 'uptime: no value is in all of these ranges'],
    ['uptime=>9&uptime=<=9', 'uptime: no value is in all of these ranges'],
    ['date=>=2026-08-02&date=<2026-08-02', 'the range of dates is empty: nothing matches'],
    ['date=>=2026-08-02&date=<2026-08-01', 'the range of dates is empty: nothing matches'],
    ['url=x', 'not applied: url. The search may be wider than intended'],
  ])('of %s warns: %s', (parameters, warning) => {
    const { warnings } = explainQuery(queryOf(parameters))
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain(warning)
  })

  test.each([
    'date=>=2026-08-02&date=<=2026-08-02',
    'uptime=>=9&uptime=<=9',
    'reason=!a&reason=!b',
    'reason=~a&reason=~b',
    'product=My App',
  ])('of %s does not warn', (parameters) => expect(explainQuery(queryOf(parameters)).warnings).toEqual([]))

  test('names what was dropped, and why', () => {
    const { dropped } = explainQuery(queryOf('url=x&nothing=y&_facets=z'))
    expect(dropped).toEqual(['url is protected', 'nothing is unknown', '_facets=z is unknown'])
    expect(explainQuery(queryOf('url=x', permittedOptions)).dropped).toEqual([])
  })

  test('exists for every query', () => {
    fc.assert(
      fc.property(anyParameters, (parameters) => {
        const parsed = parseQuery(parameters, openOptions)
        fc.pre('query' in parsed)
        expect(explainQuery(parsed.query).conditions.length).toBeGreaterThan(parsed.query.where.length)
      }),
      { numRuns: 500 },
    )
  })
})
