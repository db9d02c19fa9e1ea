// Parameters of searches: what they mean and what is refused, after Socorro's tests and code.
import { describe, expect, test } from 'vitest'
import { groupedFields } from './field-groups.ts'
import { findSearchField, searchFields } from '../../../shared/search/fields.ts'
import { printInstant } from '../../../shared/search/parameters/instants.ts'
import { openOptions, problemsOf, publicOptions, queryOf, testText, permittedOptions } from './parsed.ts'

describe('fields', () => {
  test('every field of Super Search has its kind of values, operators and access', () => {
    const wrong = groupedFields.filter(({ name, matching, validation, isPublic }) => {
      const field = findSearchField(name)
      return field?.matching !== matching || field.validation !== validation || field.public !== isPublic
    })
    expect(wrong).toEqual([])
    expect(groupedFields).toHaveLength(156)
  })

  test('Mayday adds fields, and names none twice', () => {
    const known = new Set(groupedFields.map(({ name }) => name))
    const added = searchFields.map(({ name }) => name).filter((name) => !known.has(name))
    expect(added).toEqual(expect.arrayContaining(['stack_key', 'duplicate_of', 'weight', 'user_agent']))
    expect(new Set(searchFields.map(({ name }) => name)).size).toBe(searchFields.length)
    expect(findSearchField('__proto__')).toBeUndefined()
  })

  test('the date of searches is the processed time, and the uuid is the crash ID', () => {
    expect(findSearchField('date')?.column).toBe('processed_at')
    expect(findSearchField('uuid')?.column).toBe('crash_id')
  })
})

describe('values', () => {
  test.each([
    ['signature=~Mark&signature=$js', 'signature', '(contains string Mark OR ends string js)'],
    ['platform=A&platform=B', 'platform', 'any [string A, string B]'],
    [
      'build_id=>20000101000000&build_id=<20150101000000',
      'build_id',
      '(> number 20000101000000 AND < number 20150101000000)',
    ],
    ['uptime_ts=>1690300278.0', 'uptime_ts', '> number 1690300278'],
    ['signature=!~mysig', 'signature', 'NOT contains string mysig'],
    ['app_notes=!__null__', 'app_notes', 'NOT null'],
    ['version=38.0b', 'version', 'starts string 38.0b'],
    ['version=!38.0b', 'version', 'NOT starts string 38.0b'],
    [
      'version=1.9b2&version=1.9b&version=!2.9b&version=$.0b2',
      'version',
      '(any [string 1.9b2, string $.0b2] OR NOT starts string 2.9b OR starts string 1.9b)',
    ],
    [
      'is_garbage_collecting=T&is_garbage_collecting=1&is_garbage_collecting=14',
      'is_garbage_collecting',
      'any [boolean true, boolean true, boolean false]',
    ],
    ['product==X', 'product', 'any [string =X]'],
    ['product=!!X', 'product', 'NOT any [string !X]'],
    ['signature==', 'signature', 'equals string'],
    ['signature=!', 'signature', 'NOT any [string ]'],
    ['reason=!a&reason=!b', 'reason', 'NOT any [string a, string b]'],
    ['reason=a&reason=!b', 'reason', '(NOT any [string b] OR any [string a])'],
    ['reason=a&reason=~b&reason=c', 'reason', '(contains string b OR any [string a, string c])'],
    ['uptime=__null__&uptime=>5', 'uptime', '(null AND > number 5)'],
    ['uptime=>5&uptime=__null__', 'uptime', '(> number 5 OR null)'],
    ['uptime=>5&uptime=__null__&uptime=<9', 'uptime', '((> number 5 OR null) AND < number 9)'],
    ['uptime= 1_000 ', 'uptime', 'any [number 1000]'],
    ['uptime=%2B7', 'uptime', 'any [number 7]'],
    ['total_page_file=>=18446744073709551615', 'total_page_file', '>= bigint 18446744073709551615'],
    ['uptime=9007199254740993', 'uptime', 'any [bigint 9007199254740993]'],
    ['submitted_at=>2026-01-02', 'submitted_at', '> number 1767312000000000'],
    ['signature=&signature=', 'signature', 'none'],
    ['signature=@a"b.c"d', 'signature', 'regexp a"b.c"d'],
    ['startup_crash=__true__', 'startup_crash', 'true'],
    ['startup_crash=!__true__', 'startup_crash', 'NOT true'],
    ['release_channel=__null__', 'release_channel', 'null'],
  ])('%s', (parameters, field, expected) => {
    expect(testText(parameters, field)).toBe(expected)
  })

  test('lone surrogates are replaced', () => {
    expect(queryOf(new URLSearchParams([['signature', '~\ud83d']])).where[0]?.test).toEqual({
      not: false,
      op: 'contains',
      value: '\ufffd',
    })
  })
})

describe('bad values', () => {
  test.each([
    ['date=2016-01-01', 'date must have a prefix operator'],
    ['date=>1999-01-01', 'Date range is bigger than 365 days'],
    ['date=>2000-01-01&date=<2001-01-10', 'Date range is bigger than 365 days'],
    ['date=>2013-02-32', 'Bad value for parameter date: not a valid datetime'],
    ['uptime=abds', 'Bad value for parameter uptime: not a valid int'],
    ['uptime=>1.5', 'Bad value for parameter uptime: not a valid int'],
    ['uptime_ts=x', 'Bad value for parameter uptime_ts: not a valid float'],
    ['uptime_ts=nan', 'Bad value for parameter uptime_ts: not a valid float'],
    ['uptime_ts=>inf', 'Bad value for parameter uptime_ts: not a valid float'],
    ['submitted_at=yesterday', 'Bad value for parameter submitted_at: not a valid datetime'],
    ['_columns=x', "Unknown field 'x'"],
    ["_columns=it's", `Unknown field "it's"`],
    ['_results_number=1001', '_results_number cannot be greater than 1,000'],
    ['_results_number=-1', '_results_number cannot be negative'],
    [
      '_results_offset=10000&_results_number=50',
      '_results_offset + _results_number cannot be greater than 10,000',
    ],
    ['_facets_size=999999', "Bad value for parameter(s) '_facets_size greater than 10,000'"],
    ['product=X', "Bad value for parameter(s) 'Not valid products: X'"],
    ['product=!Firefox', "Bad value for parameter(s) 'Not valid products: !Firefox'"],
    ['product=firefox', "Bad value for parameter(s) 'Not valid products: firefox'"],
    [
      '_histogram.date=product&_histogram_interval.date=xdays',
      "Bad value for parameter(s) '_histogram_interval.date'",
    ],
    [
      'signature=@"',
      `Bad value for parameter(s) 'Malformed supersearch query: signature: unclosed " at position 0'`,
    ],
    ['_results_after=x', "Bad value for parameter(s) '_results_after'"],
    ['_duplicates=x', "Bad value for parameter(s) '_duplicates'"],
  ])('%s: %s', (parameters, message) => {
    const options = { ...publicOptions, products: new Set(['Firefox']) }
    expect(problemsOf(parameters, options).map((problem) => problem.message)).toEqual([message])
  })

  test.each([
    ['_results_number=ten', '_results_number', 'Enter a whole number.'],
    ['_facets_size=1.5', '_facets_size', 'Enter a whole number.'],
    ['_histogram_interval.uptime=x', '_histogram_interval.uptime', 'Enter a whole number.'],
    ['_histogram_interval.uptime_ts=x', '_histogram_interval.uptime_ts', 'Enter a number.'],
    ['signature=a%00b', 'signature', 'Null characters are not allowed.'],
  ])('%s belongs to the form', (parameters, parameter, message) => {
    expect(problemsOf(parameters)).toEqual([{ kind: 'form', parameter, message }])
  })

  test.each(['_results_offset=9950&_results_number=50', '_facets_size=10000', '_results_number= 10.0 '])(
    '%s is accepted',
    (parameters) => expect(problemsOf(parameters)).toEqual([]),
  )

  test.each([
    ['conditions', 'signature', Array.from({ length: 1001 }, (_, i) => `~x${i}`)],
    ['values', 'address', Array.from({ length: 10_001 }, (_, i) => `x${i}`)],
    ['levels', 'uptime', Array.from({ length: 102 }, (_, i) => (i % 2 ? '>1' : '__null__'))],
    ['wildcards', 'signature', [`~${'a*'.repeat(2000)}`]],
  ])('too many %s are refused', (_, name, values) => {
    const parameters = new URLSearchParams(values.map((value) => [name, value]))
    const messages = problemsOf(String(parameters)).map((problem) => problem.message)
    expect(messages).toEqual([`Bad value for parameter(s) '${name}'`])
  })

  test('an option lifts the limits of Socorro', () => {
    const parameters = '_results_offset=1000000&_results_number=5000&_facets_size=50000&date=>1999-01-01'
    expect(problemsOf(parameters, openOptions)).toEqual([])
  })

  test('problems of the form come before those of arguments', () => {
    const kinds = problemsOf('uptime=x&_results_number=y').map((problem) => problem.kind)
    expect(kinds).toEqual(['form', 'argument'])
  })
})

describe('the range of dates', () => {
  const day = 86_400_000_000
  const rangeOf = (parameters: string) => {
    const { from, to } = queryOf(parameters)
    return [printInstant(from), printInstant(to)]
  }

  test.each([
    ['', '2026-08-13T12:00:00+00:00', '2026-08-20T12:00:00.000001+00:00'],
    ['date=<2026-08-20', '2026-08-13T00:00:00+00:00', '2026-08-20T00:00:00+00:00'],
    ['date=<=2026-08-20', '2026-08-13T00:00:00+00:00', '2026-08-20T00:00:00.000001+00:00'],
    ['date=>=2026-08-10', '2026-08-10T00:00:00+00:00', '2026-08-20T12:00:00.000001+00:00'],
    ['date=>2026-08-10', '2026-08-10T00:00:00.000001+00:00', '2026-08-20T12:00:00.000001+00:00'],
    [
      'date=>2010-03-01T12:12:12&date=>2009-01-01T12:12:12&date=<2010-03-11&date=<=2010-03-10',
      '2010-03-01T12:12:12.000001+00:00',
      '2010-03-10T00:00:00.000001+00:00',
    ],
    ['date=>=2026-08-01 01:02:03&date=<2026-08-02', '2026-08-01T01:02:03+00:00', '2026-08-02T00:00:00+00:00'],
    [
      'date=>=2026-08-01T02:00:00%2B02:00&date=<2026-08-02',
      '2026-08-01T00:00:00+00:00',
      '2026-08-02T00:00:00+00:00',
    ],
    [
      'date=>=2026-08-01T02:00:00+02:00&date=<2026-08-02',
      '2026-08-01T00:00:00+00:00',
      '2026-08-02T00:00:00+00:00',
    ],
    [
      'date=>=2026-08-01T02:00:00.25Z&date=<2026-08-02',
      '2026-08-01T02:00:00.250000+00:00',
      '2026-08-02T00:00:00+00:00',
    ],
    ['date=!<2026-08-10', '2026-08-10T00:00:00+00:00', '2026-08-20T12:00:00.000001+00:00'],
    ['date=__null__', '2026-08-13T12:00:00+00:00', '2026-08-20T12:00:00.000001+00:00'],
  ])('of %s', (parameters, from, to) => {
    expect(rangeOf(parameters)).toEqual([from, to])
  })

  test('may be 365 days long', () => {
    const { from, to } = queryOf('date=>=2025-01-01&date=<2026-01-01')
    expect(to - from).toBe(365 * day)
  })
})

describe('controls', () => {
  test('have defaults', () => {
    expect(queryOf('')).toMatchObject({
      columns: ['uuid', 'date', 'signature', 'product', 'version'],
      facets: [{ kind: 'terms', field: 'signature' }],
      facetSize: 50,
      limit: 100,
      offset: 0,
      sort: [],
      duplicates: 'exclude',
      measure: 'count',
      ignored: [],
    })
  })

  test('a filter on the crash ID includes duplicates', () => {
    expect(queryOf('uuid=abc').duplicates).toBe('include')
  })

  test.each([
    ['_facets_size=0', []],
    ['_facets=', [{ kind: 'terms', field: 'signature' }]],
    ['_facets=_cardinality.platform', [{ kind: 'cardinality', field: 'platform' }]],
    [
      '_facets=product&_facets=signature&_aggs.signature=product&_aggs.signature=_cardinality.platform',
      [
        { kind: 'terms', field: 'product' },
        {
          kind: 'terms',
          field: 'signature',
          sub: [
            { kind: 'terms', field: 'product' },
            { kind: 'cardinality', field: 'platform' },
          ],
        },
      ],
    ],
    [
      '_facets=product&_aggs.product.version._histogram.uptime=platform&_histogram_interval.uptime=60',
      [
        {
          kind: 'terms',
          field: 'product',
          sub: [
            {
              kind: 'terms',
              field: 'version',
              sub: [
                {
                  kind: 'histogram',
                  field: 'uptime',
                  interval: 60,
                  sub: [{ kind: 'terms', field: 'platform' }],
                },
              ],
            },
          ],
        },
      ],
    ],
    [
      '_facets=_histogram.date&_histogram.date=product&_histogram_interval.date=1w',
      [
        {
          kind: 'histogram',
          field: 'date',
          interval: 'week',
          sub: [{ kind: 'terms', field: 'product' }],
        },
      ],
    ],
  ])('facets of %s', (parameters, facets) => {
    expect(queryOf(parameters).facets).toEqual(facets)
  })
})

describe('names', () => {
  test.each([
    ['Signature=x& signature=x&%2573ignature=x', 'unknown', ['Signature', ' signature', '%73ignature']],
    [
      '_facets=x&_sort=-x&_facets=_histogram.product',
      'unknown',
      ['_facets=_histogram.product', '_facets=x', '_sort=-x'],
    ],
    [
      '_aggs.product.x=version&_histogram.product=version&_x=1',
      'unknown',
      ['_aggs.product.x', '_histogram.product', '_x'],
    ],
    [
      'url=example.com&_aggs.url=signature&_columns=url&_columns=signature',
      'protected',
      ['_aggs.url', '_columns=url', 'url'],
    ],
    ['_sort=-signature&_sort=-user_comments', 'protected', ['_sort=-user_comments']],
    [
      '_aggs.product.url=version&_facets=_cardinality.url&_histogram_interval.phc_usable_size=5',
      'protected',
      ['_aggs.product.url', '_facets=_cardinality.url', '_histogram_interval.phc_usable_size'],
    ],
    [
      '_histogram.phc_usable_size=product&_aggs.product=url',
      'protected',
      ['_aggs.product=url', '_histogram.phc_usable_size'],
    ],
  ])('%s are dropped and listed: %s', (parameters, why, names) => {
    const { ignored, ...query } = queryOf(parameters)
    expect(ignored.map(({ name }) => name).sort()).toEqual([...names].sort())
    expect(new Set(ignored.map((one) => one.why))).toEqual(new Set([why]))
    expect(JSON.stringify(query)).not.toMatch(/url|user_comments|phc/)
  })

  test('unknown names in values are refused without redaction', () => {
    for (const name of ['_facets', '_sort', '_columns', '_aggs.product']) {
      const [problem] = problemsOf(`${name}=x`, permittedOptions)
      expect(problem).toMatchObject({ kind: 'argument', message: "Unknown field 'x'" })
    }
    expect(queryOf('x=1', permittedOptions).ignored).toEqual([{ name: 'x', why: 'unknown' }])
  })

  test('protected fields are allowed with the permission', () => {
    const query = queryOf('url=example.com&_aggs.url=signature&_columns=url&_sort=url', permittedOptions)
    expect(query.where[0]?.field).toBe('url')
    expect(query).toMatchObject({ columns: ['url'], sort: [{ field: 'url' }], ignored: [] })
  })

  test('protected fields are refused by name, in every place', () => {
    const refusing = { ...publicOptions, protected: 'refuse' } as const
    const places = ['url=x', '_facets=url', '_facets=_cardinality.url', '_sort=-url', '_columns=url']
    places.push('_aggs.url=product', '_aggs.product=url', '_aggs.product.url=version')
    for (const parameters of places) {
      expect(problemsOf(parameters, refusing)).toMatchObject([{ kind: 'protected', names: ['url'] }])
    }
  })
})
