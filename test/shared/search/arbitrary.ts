// Random parameters and reports, made of values that engines disagree about.
import * as fc from 'fast-check'
import { searchFields, type SearchField } from '../../../shared/search/fields.ts'
import type { Crash } from './crashes.ts'
import { now } from './parsed.ts'

const pieces = [
  'a',
  'b',
  'ab',
  'A',
  'B',
  'js::',
  'x|y',
  '"',
  "'",
  '\\',
  '\n',
  '%',
  '*',
  '?',
  ' ',
  ';',
  '_',
  '.',
  '=',
  '!',
  '~',
  '__null__',
  'İ',
  'Σ',
  'ſ',
  '\u212a',
  'é',
  '\ufffd',
  '\u{1f600}',
  '\u{10ffff}',
  '0',
  '12',
]

export const anyText = fc.array(fc.constantFrom(...pieces), { maxLength: 4 }).map((parts) => parts.join(''))

const integers = [
  -61,
  -1,
  0,
  1,
  5,
  59,
  60,
  61,
  2 ** 31,
  9007199254740992,
  9007199254740993n,
  9223372036854775807n,
]
const floats = [-1.5, -0, 0, 0.1, 1, 2.5, 1e21, 5e-324, Number.NaN, Number.POSITIVE_INFINITY]
const dayMicros = 86_400_000_000
const anyTime = fc
  .tuple(fc.integer({ min: 0, max: 9 }), fc.constantFrom(0, 1, 3_600_000_000, dayMicros / 2))
  .map(([days, micros]) => now - days * dayMicros - micros)

/** The fields of random searches: each kind of values, and each type of column that it has. */
const testedFields: readonly SearchField[] = [
  'signature',
  'product',
  'release_channel',
  'address',
  'version',
  'topmost_filenames',
  'useragent_locale',
  'addons',
  'startup_crash',
  'uptime',
  'build_id',
  'total_page_file',
  'thread_count',
  'uptime_ts',
  'date',
  'submitted_at',
  'uuid',
].map((name) => searchFields.find((field) => field.name === name)!)

/** A cell of the column, mostly from a small set. */
function anyCell(field: SearchField): fc.Arbitrary<Crash[string]> {
  if (field.type === 'list<string>') return fc.array(anyText, { maxLength: 3 })
  switch (field.matching) {
    case 'bool':
      return fc.boolean()
    case 'int':
      return anyIntegerCell(field)
    case 'float':
      return fc.constantFrom(...floats)
    case 'date':
      return anyTime
    default:
      return fc.oneof(fc.constantFrom('a', 'ab b', '131.0b2b0', 'A;b'), anyText)
  }
}

function anyIntegerCell(field: SearchField): fc.Arbitrary<Crash[string]> {
  if (field.type === 'string')
    return fc.constantFrom('1', '20240101000000', '-5', '007', 'x', '', '1.5', '9'.repeat(30))
  if (field.type === 'size') return fc.constantFrom(0, 1, 9007199254740993n, 18446744073709551615n)
  return fc.constantFrom(
    ...integers.filter((one) => field.type !== 'int32' || Math.abs(Number(one)) < 2 ** 31),
  )
}

export const anyCrashes: fc.Arbitrary<Crash[]> = fc
  .array(
    fc.record({
      ...Object.fromEntries(
        testedFields
          .filter(({ name }) => name !== 'uuid' && name !== 'date')
          .map((field) => [field.column, fc.option(anyCell(field), { freq: 3 })]),
      ),
      processed_at: anyTime,
      weight: fc.constantFrom(null, 0.5, 1, 4, Number.NaN, Number.POSITIVE_INFINITY),
      duplicate_of: fc.constantFrom(null, null, null, 'x'),
    }),
    { maxLength: 25 },
  )
  .map((rows) => rows.map((row, i) => ({ ...row, crash_id: `id${(i * 7) % 26}` })) as Crash[])

/** The text of a parameter's value for a field, mostly valid. */
function anyValue(field: SearchField): fc.Arbitrary<string> {
  const not = fc.constantFrom('', '', '!')
  return fc.tuple(not, anyCondition(field)).map(([sign, text]) => sign + text)
}

function anyCondition(field: SearchField): fc.Arbitrary<string> {
  const range = (value: fc.Arbitrary<unknown>) =>
    fc
      .tuple(fc.constantFrom('', '>', '>=', '<', '<='), value)
      .map(([operator, one]) => `${operator}${String(one)}`)
  switch (field.validation) {
    case 'bool':
      return fc.constantFrom('__true__', '__null__', 'true', 'no')
    case 'int':
      return fc.oneof(
        range(fc.constantFrom(...integers, 20240101000000, -5, 10n ** 25n)),
        fc.constant('__null__'),
      )
    case 'float':
      return fc.oneof(range(fc.constantFrom(...floats.filter(Number.isFinite))), fc.constant('__null__'))
    case 'datetime':
      return fc
        .tuple(fc.constantFrom('>', '>=', '<', '<='), anyTime)
        .map(([operator, time]) => `${operator}${new Date(time / 1000).toISOString()}`)
    case 'enum':
      return fc.oneof(anyText, fc.constantFrom('__null__', 'a', '131.0b', 'B'))
    default:
      return fc.oneof(
        fc.tuple(fc.constantFrom('', '=', '~', '^', '$'), anyText).map((parts) => parts.join('')),
        fc.constantFrom('__null__', '@a.*', '@(a|A)+b?', '@[^a]{1,3}', '@"js::"@', 'ab b'),
      )
  }
}

const anyFilter = fc
  .constantFrom(...testedFields)
  .chain((field) =>
    fc
      .array(anyValue(field), { minLength: 1, maxLength: 4 })
      .map((values) => values.map((value): [string, string] => [field.name, value])),
  )

const names = testedFields.map(({ name }) => name)
const numeric = ['uptime', 'build_id', 'total_page_file', 'uptime_ts', 'date', 'submitted_at']
const anyFacetName = fc.oneof(
  fc.constantFrom(...names),
  fc.constantFrom(...names).map((name) => `_cardinality.${name}`),
  fc.constantFrom(...numeric).map((name) => `_histogram.${name}`),
)
const anyAggregation = fc
  .tuple(
    fc.oneof(
      fc.constantFrom(...names).map((name) => `_aggs.${name}`),
      fc.constantFrom(...numeric).map((name) => `_histogram.${name}`),
    ),
    fc.array(fc.constantFrom(...names), { maxLength: 1 }),
    anyFacetName,
  )
  .map(([start, path, value]): [string, string] => [[start, ...path].join('.'), value])

const one = (name: string, values: readonly string[]) =>
  fc.constantFrom(...values).map((value): [string, string] => [name, value])

const anyControl = fc.oneof(
  anyFacetName.map((name): [string, string] => ['_facets', name]),
  anyAggregation,
  fc.constantFrom(...names).map((name): [string, string] => ['_sort', name]),
  fc.constantFrom(...names).map((name): [string, string] => ['_sort', `-${name}`]),
  fc.constantFrom(...names).map((name): [string, string] => ['_columns', name]),
  one('_facets_size', ['0', '1', '2', '3', '100']),
  one('_results_number', ['0', '1', '2', '5', '100']),
  one('_results_offset', ['0', '1', '7']),
  one('_duplicates', ['include']),
  one('_measure', ['weight']),
  one('_histogram_interval.date', ['minute', 'hour', 'day', 'week', '1M', 'quarter', 'year']),
  one('_histogram_interval.uptime', ['1', '60', '9007199254740991']),
  one('_histogram_interval.uptime_ts', ['0.5', '3', '1e300']),
)

/** The parameters of a search. */
export const anyParameters: fc.Arbitrary<URLSearchParams> = fc
  .tuple(fc.array(anyFilter, { maxLength: 3 }), fc.array(anyControl, { maxLength: 6 }))
  .map(([filters, controls]) => new URLSearchParams([...filters.flat(), ...controls]))
