// Queries as parameters.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseQuery } from '../../../shared/search/parameters/parse.ts'
import { printQuery } from '../../../shared/search/parameters/print.ts'
import { anyParameters, anyText } from './arbitrary.ts'
import { openOptions, permittedOptions, publicOptions, queryOf } from './parsed.ts'

describe('printing a query and parsing it again', () => {
  test('gives the same query', () => {
    fc.assert(
      fc.property(anyParameters, (parameters) => {
        const parsed = parseQuery(parameters, openOptions)
        fc.pre('query' in parsed)
        const query = { ...parsed.query, ignored: [] }
        expect(queryOf(printQuery(query), openOptions)).toEqual(query)
      }),
      { numRuns: 2000 },
    )
  })

  test('keeps protected fields, and the position of a page', () => {
    const position = '_sort=-uptime&_sort=is_garbage_collecting&_results_after=["9007199254740993",null,"id"]'
    const query = queryOf(`url=~x&_aggs.url=signature&${position}`, permittedOptions)
    expect(query.after).toEqual([9007199254740993n, null, 'id'])
    expect(queryOf(printQuery(query), permittedOptions)).toEqual(query)
  })
})

describe('parsing any parameters', () => {
  const name = fc.oneof(
    anyText,
    fc.constantFrom(
      '__proto__',
      'constructor',
      '_aggs.',
      '_aggs.__proto__',
      '_histogram.',
      '_histogram._histogram',
    ),
    fc.constantFrom(
      '_facets',
      '_sort',
      '_columns',
      'signature',
      'uptime',
      'date',
      '_results_after',
      '_aggs..',
    ),
  )
  const value = fc.oneof(
    anyText,
    fc.string({ unit: 'binary' }),
    fc.constantFrom('__proto__', '-', '>', '@(', '["'),
  )

  test('gives a query or problems, and no protected field', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 5 }), (entries) => {
        const parsed = parseQuery(new URLSearchParams(entries), publicOptions)
        if ('problems' in parsed) expect(parsed.problems.length).toBeGreaterThan(0)
        else expect(printQuery(parsed.query).size).toBeGreaterThan(1)
      }),
      { numRuns: 3000 },
    )
  })
})
