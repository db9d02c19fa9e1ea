// Values of filters at their limits, and each operator in words.
import { describe, expect, test } from 'vitest'
import { explainQuery } from '../../../shared/search/explain.ts'
import { compareScalars, compareText, exactInteger } from '../../../shared/search/order.ts'
import { convertTo } from '../../../shared/search/parameters/clauses.ts'
import { problemsOf, queryOf } from './parsed.ts'

describe('values', () => {
  test.each<[Parameters<typeof convertTo>[0], string, unknown]>([
    ['int', '5', 5],
    ['int', ' +5 ', 5],
    ['int', '-1_000', -1000],
    ['int', '9007199254740993', 9007199254740993n],
    ['int', '9'.repeat(38), 10n ** 38n - 1n],
    ['int', `1${'0'.repeat(38)}`, null],
    ['int', `-${'9'.repeat(38)}`, -(10n ** 38n) + 1n],
    ['int', `-1${'0'.repeat(38)}`, null],
    ['int', '0'.repeat(76), 0],
    ['int', '0'.repeat(77), null],
    ['int', '', null],
    ['int', '1__0', null],
    ['int', '_1', null],
    ['int', '1.0', null],
    ['int', '--1', null],
    ['float', '5', 5],
    ['float', ' 1_0.2_5 ', 10.25],
    ['float', '.5', 0.5],
    ['float', '5.', 5],
    ['float', '-1e3', -1000],
    ['float', '1E-2', 0.01],
    ['float', '1e999', null],
    ['float', 'nan', null],
    ['float', '.', null],
    ['float', '1._5', null],
    ['bool', 'true', true],
    ['bool', 'T', true],
    ['bool', '1', true],
    ['bool', 'y', true],
    ['bool', 'Yes', true],
    ['bool', 'no', false],
    ['str', ' x ', ' x '],
    ['enum', 'x', 'x'],
    ['datetime', 'x', null],
  ])('of type %s: %j is %s', (validation, text, value) => {
    expect(convertTo(validation, text)).toBe(value)
  })

  const signatures = (count: number, value: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => `signature=${encodeURIComponent(value(i))}`).join('&')
  const ranges = (changes: number) =>
    Array.from({ length: changes + 1 }, (_, i) => `uptime=${i % 2 === 0 ? '>=' : ''}${i}`).join('&')
  test.each<[string, string, string]>([
    ['10,000 values', signatures(10_000, (i) => `v${i}`), signatures(10_001, (i) => `v${i}`)],
    ['1,000 clauses', signatures(1000, (i) => `~v${i}`), signatures(1001, (i) => `~v${i}`)],
    [
      '2,000 characters with wildcards',
      signatures(1, () => `~${'a'.repeat(1999)}*`),
      signatures(1, () => `~${'a'.repeat(2000)}?`),
    ],
  ])('may be %s, and no more', (_, within, beyond) => {
    expect(problemsOf(within)).toEqual([])
    expect(problemsOf(beyond)).toHaveLength(1)
  })

  test('without wildcards may be longer', () => {
    expect(problemsOf(signatures(1, () => `~${'a'.repeat(3000)}`))).toEqual([])
    expect(problemsOf(ranges(1))).toEqual([])
  })

  test('that are not of the type name it', () => {
    expect(problemsOf('uptime=x')).toEqual([
      expect.objectContaining({ message: 'Bad value for parameter uptime: not a valid int' }),
    ])
  })
})

describe('the words of an operator', () => {
  const words = (parameters: string) => explainQuery(queryOf(parameters)).conditions.at(-1)
  test.each([
    ['uptime=>5', 'uptime is above 5'],
    ['uptime=>=5', 'uptime is at least 5'],
    ['uptime=<5', 'uptime is below 5'],
    ['uptime=<=5', 'uptime is at most 5'],
    ['submitted_at=>2026-08-01', 'submitted_at is after 2026-08-01T00:00:00+00:00'],
    ['submitted_at=<2026-08-01', 'submitted_at is before 2026-08-01T00:00:00+00:00'],
    ['submitted_at=<=2026-08-01', 'submitted_at is at most 2026-08-01T00:00:00+00:00'],
    ['uptime=5', 'uptime is 5'],
    ['uptime=__null__', 'uptime is missing'],
    ['startup_crash=__true__', 'startup_crash is true'],
    ['startup_crash=true', 'startup_crash is true'],
    ['reason=^E', 'reason starts with "E"'],
    ['reason=$E', 'reason ends with "E"'],
    ['reason=~E', 'reason contains "E"'],
    ['reason==E', 'reason is exactly "E"'],
    ['app_notes=---', 'app_notes matches nothing'],
    ['release_channel=a&release_channel=b', 'release_channel is "a" or "b"'],
  ])('%s', (parameters, expected) => {
    expect(words(parameters)).toBe(expected)
  })

  test.each([
    [
      'reason=!~a&reason=!~b',
      'reason: negated conditions are alternatives, so nearly every report matches. Values without an operator exclude all of them: !a and !b',
    ],
    [
      'reason=~a&reason=!~b',
      'reason: a negated condition is an alternative to the others, not a restriction of them',
    ],
    [
      'app_notes=that I used',
      'app_notes: one of the words of "that I used" is enough; =that I used compares the whole, ~that I used a part',
    ],
    [
      'signature=$a*b',
      'signature: * and ? in "a*b" are wildcards; a backslash before them makes them literal',
    ],
    ['uptime=>9&uptime=<5', 'uptime: no value is in all of these ranges'],
    ['uptime=>=9&uptime=>=2&uptime=<=8&uptime=<=20', 'uptime: no value is in all of these ranges'],
    ['uptime=>=9&uptime=<9', 'uptime: no value is in all of these ranges'],
  ])('of %s warn with whole sentences', (parameters, warning) => {
    expect(explainQuery(queryOf(parameters)).warnings).toEqual([warning])
  })

  test.each([
    'uptime=>5&uptime=<6',
    'uptime=>5',
    'uptime=<5',
    'uptime=!>9&uptime=<5',
    'release_channel=a',
    'version=131.0',
  ])('of %s do not warn', (parameters) => expect(explainQuery(queryOf(parameters)).warnings).toEqual([]))
})

describe('the order of values', () => {
  test('is that of code points', () => {
    const texts = ['', 'a', 'a\ud7ff', 'a\ue000', 'a\uffff', 'a\u{10000}', 'a\u{10ffff}', 'b']
    expect(texts.toReversed().sort(compareText)).toEqual(texts)
    expect(compareText('a', 'a')).toBe(0)
  })

  test('of numbers is by value, and false before true', () => {
    expect([
      compareScalars(9, 10),
      compareScalars(10n, 9),
      compareScalars(false, true),
      compareScalars(5, 5n),
    ]).toEqual([-1, 1, -1, 0])
    expect(compareScalars('\uffff', '\u{10000}')).toBeLessThan(0)
    expect([exactInteger(5n), exactInteger(2n ** 53n - 1n), exactInteger(2n ** 53n)]).toEqual([
      5,
      2 ** 53 - 1,
      2n ** 53n,
    ])
  })
})
