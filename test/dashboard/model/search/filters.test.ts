// Filters of the search page: rows of the form, links of values, and the URL.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nextSort, valuesOfTerm, withValues } from '../../../../dashboard/model/search/changes.ts'
import { operatorsOf, readRows, withRows } from '../../../../dashboard/model/search/filter-rows.ts'
import { columnNames, facetNames, readPageSearch } from '../../../../dashboard/model/search/page-search.ts'
import { searchParameter } from '../../../../dashboard/model/search/links.ts'
import { isLast, lastDays, readDays, writeDays } from '../../../../dashboard/model/search/period.ts'
import { compileTest } from '../../../../shared/search/scan/tests.ts'
import { searchFieldOf, searchFields } from '../../../../shared/search/fields.ts'

const now = Date.parse('2026-11-22T14:05:00Z') * 1000
const read = (text: string) => readPageSearch(new URLSearchParams(text), { now, protected: 'drop' })
const publicNames = searchFields
  .filter((field) => field.public && field.name !== 'date')
  .map(({ name }) => name)

describe('rows of the form', () => {
  test.each([
    ['signature=~a', { field: 'signature', operator: '~', value: 'a' }],
    ['signature=!=a', { field: 'signature', operator: '!=', value: 'a' }],
    ['signature=a b', { field: 'signature', operator: '', value: 'a b' }],
    ['product==X', { field: 'product', operator: '', value: '=X' }],
    ['product=!X', { field: 'product', operator: '!', value: 'X' }],
    ['uptime=>=5', { field: 'uptime', operator: '>=', value: '5' }],
    ['startup_crash=__true__', { field: 'startup_crash', operator: '__true__', value: '' }],
    ['reason=!__null__', { field: 'reason', operator: '!__null__', value: '' }],
  ])('%s is a row, and is written the same', (text, row) => {
    const parameters = new URLSearchParams(text.replaceAll('>', '%3E'))
    expect(readRows(parameters)).toEqual([row])
    expect([...withRows(parameters, readRows(parameters))]).toEqual([...parameters])
  })

  test('any filter is read and written without a change of its meaning', () => {
    const filters = fc.array(fc.tuple(fc.constantFrom(...publicNames), fc.string({ minLength: 1 })), {
      maxLength: 4,
    })
    fc.assert(
      fc.property(filters, (given) => {
        const parameters = new URLSearchParams([...given, ['_facets', 'version']])
        const complete = readRows(parameters).every(
          ({ operator, value }) => value !== '' || /__|=$/.test(operator),
        )
        fc.pre(complete)
        const [before, after] = [parameters, withRows(parameters, readRows(parameters))].map((text) =>
          readPageSearch(text, { now, protected: 'drop' }),
        )
        expect(after!.query).toEqual(before!.query)
      }),
    )
  })

  test('period, facets and names that search ignores are not rows', () => {
    expect(readRows(new URLSearchParams('date=>1&_facets=x&url=a&nothing=b&_aggs.product=version'))).toEqual(
      [],
    )
  })

  test('facets and columns are those of the URL, or the default', () => {
    const [none, some] = ['', '_facets=version&_facets=reason&_columns=uptime'].map(
      (text) => new URLSearchParams(text),
    )
    expect([facetNames(none!), facetNames(some!)]).toEqual([['signature'], ['version', 'reason']])
    expect([columnNames(none!), columnNames(some!)]).toEqual([
      ['date', 'signature', 'product', 'version', 'build_id', 'platform'],
      ['uptime'],
    ])
  })

  test('every public field has operators', () => {
    for (const name of publicNames) expect(operatorsOf(name).length).toBeGreaterThan(2)
  })
})

describe('values of facets', () => {
  test('a link means exactly its value, also when it looks like an operator', () => {
    const names = [
      'signature',
      'product',
      'reason',
      'version',
      'address',
      'process_type',
      'uptime',
      'build_id',
    ]
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom('', '!a', '=a', '~a', '__null__', '>5', 'a*', '@(', '!', '132.0b'),
    )
    fc.assert(
      fc.property(fc.constantFrom(...names), text, fc.integer(), (name, words, number) => {
        const field = searchFieldOf(name)
        const term = field.matching === 'int' ? number : words.replaceAll('\0', '').toWellFormed()
        const values = valuesOfTerm({ kind: 'terms', field: name }, term)
        if (!values) return
        const query = read(new URLSearchParams(values.map((value) => [name, value])).toString()).query
        if (values[0] === '') return
        const matches = compileTest(field, query!.where[0]!.test)
        // A text without words has none in common with itself.
        if (field.matching !== 'text' || field.validation === 'str') expect(matches(term)).toBe(true)
      }),
    )
  })

  test.each([
    [{ kind: 'terms', field: 'signature' }, '!a', ['=!a']],
    [{ kind: 'terms', field: 'product' }, '!a', null],
    [{ kind: 'terms', field: 'release_channel' }, '__null__', null],
    [{ kind: 'terms', field: 'startup_crash' }, 'T', ['T']],
    [{ kind: 'histogram', field: 'uptime', interval: 60 }, 120, ['>=120', '<180']],
    [
      { kind: 'histogram', field: 'date', interval: 'day' },
      '2026-11-01T00:00:00+00:00',
      ['>=2026-11-01T00:00:00+00:00', '<2026-11-02T00:00:00+00:00'],
    ],
    [{ kind: 'histogram', field: 'date', interval: 'month' }, '2026-11-01T00:00:00+00:00', null],
  ] as const)('of %j, %j is %j', (facet, term, values) => {
    expect(valuesOfTerm(facet, term)).toEqual(values)
  })

  test.each([
    ['signature', '!a', ['signature', '=!a']],
    ['platform', 'Mac OS X', ['platform', 'Mac OS X']],
    ['version', '', ['version', '__null__']],
    ['release_channel', '!a', null],
    ['startup_crash', 'true', ['startup_crash', 'true']],
    ['install_time', '-1', ['install_time', '-1']],
    ['nothing', 'a', null],
    ['processed_at', 'a', null],
  ])('of other pages: %s is %j: %j', (column, value, parameter) => {
    expect(searchParameter(column, value)).toEqual(parameter)
  })

  test('a link replaces the values of its name', () => {
    const changed = withValues(new URLSearchParams('product=A&version=1&product=B'), 'product', ['C'])
    expect(`${changed}`).toBe('version=1&product=C')
  })

  test('a header sorts numbers and times downwards first, texts upwards', () => {
    const by = { field: 'date', descending: true }
    expect([nextSort(by, 'uptime'), nextSort(by, 'signature'), nextSort(by, 'date')]).toEqual([
      '-uptime',
      'signature',
      'date',
    ])
  })
})

describe('the URL', () => {
  test.each([
    ['', 1, true, 0],
    ['page=3', 3, true, 100],
    ['page=-2&_dont_run=1', 1, false, 0],
    ['page=x&_dont_run=0', 1, true, 0],
    ['page=2&_results_number=10', 2, true, 10],
  ])('%j is page %d', (text, page, runs, offset) => {
    const search = read(text)
    expect([search.page, search.runs, search.query?.offset]).toEqual([page, runs, offset])
  })

  test('problems leave the form with its parameters', () => {
    const search = read('uptime=long&_columns=nothing')
    expect(search.query).toBeNull()
    expect(search.problems.map(({ message }) => message)).toEqual([
      'Bad value for parameter uptime: not a valid int',
      "Unknown field 'nothing'",
    ])
    expect(`${search.parameters}`).toBe('uptime=long&_columns=nothing')
  })

  test('a period is read as days and written as such', () => {
    expect(readDays(read('date=>=2026-11-01&date=<2026-11-04'.replaceAll('>', '%3E')).query)).toEqual({
      from: '2026-11-01',
      to: '2026-11-03',
    })
    expect(writeDays({ from: '2026-11-01', to: '2026-11-03' })).toEqual(['>=2026-11-01', '<2026-11-04'])
    expect(writeDays({ from: '', to: '' })).toEqual([])
    const month = read(new URLSearchParams([['date', lastDays(28, now)[0]!]]).toString()).query!
    expect([isLast(month, { days: 28, now }), isLast(month, { days: 14, now })]).toEqual([true, false])
    const shifted = (from: number, to: number) =>
      isLast({ ...month, from: now - 28 * 86_400e6 + from, to: now + to }, { days: 28, now })
    expect([shifted(0, 119_999_999), shifted(-119_999_999, 0), shifted(0, -119_999_999)]).toEqual(
      Array(3).fill(true),
    )
    expect([shifted(120_000_000, 120_000_000), shifted(120_000_000, 0)]).toEqual([false, false])
  })
})
