// Differences, what explains them, and sets of crashes.
import { describe, expect, test } from 'vitest'
import { attributes, modulesAttribute } from '../../../../batch/aggregates/correlations/attributes.ts'
import { bitsOf, layersOf, weightOf } from '../../../../batch/aggregates/correlations/bits.ts'
import {
  type Crashes,
  differencesOf,
  explain,
  testValues,
  type ValueCount,
} from '../../../../batch/aggregates/correlations/correlate.ts'
import { columnsOf } from '../../../../shared/fields/columns.ts'

const totals = {
  count: 100,
  weighted: 100,
  squares: 100,
  installs: 0,
  reference_weighted: 1000,
  reference_squares: 1000,
}
const value = (name: string, text: string, weighted: number, reference_weighted: number): ValueCount => ({
  name,
  value: text,
  weighted,
  reference_weighted,
})

const found = (values: ValueCount[], of = totals, limit = 0.001) =>
  differencesOf(testValues(values, of), of, limit).map((one) => one.value)

describe('attributes', () => {
  test('are public columns only', () => {
    const known = new Set(columnsOf('crashes').map(({ name }) => name))
    expect(attributes.length).toBeGreaterThan(60)
    for (const { column } of attributes) expect(known.has(column)).toBe(true)
    for (const { column } of attributes)
      expect(['app_notes', 'signature', 'crash_id', 'weight', 'moz_crash_reason']).not.toContain(column)
  })

  test('are ordered: system, program, modules, crash', () => {
    const order = (column: string) => attributes.find((one) => one.column === column)!.order
    const orders = [order('platform'), order('safe_mode'), modulesAttribute.order, order('reason')]
    expect(orders).toEqual([...orders].sort((a, b) => a - b))
    expect(order('process_type')).toBeLessThan(modulesAttribute.order)
  })
})

describe('differences', () => {
  test('need 15 points and an unlikely chance', () => {
    expect(
      found([
        value('cpu_arch', 'amd64', 90, 600),
        value('platform', 'Linux', 34, 200),
        value('process_type', 'gpu', 60, 440),
      ]),
    ).toEqual(['amd64'])
  })

  test('reports of one installation are one observation', () => {
    const one = value('modules', 'hook.dll', 90, 40)
    expect(found([one])).toEqual(['hook.dll'])
    expect(found([one], { ...totals, installs: 2 })).toEqual([])
  })

  test('heavy reports count as fewer observations', () => {
    const one = value('modules', 'hook.dll', 60, 300)
    expect(found([one])).toEqual(['hook.dll'])
    expect(found([one], { ...totals, squares: 5000, reference_squares: 50_000 })).toEqual([])
  })

  test('where one value is more frequent, the less frequent ones of the attribute are omitted', () => {
    expect(found([value('platform', 'Linux', 95, 300), value('platform', 'Windows NT', 5, 700)])).toEqual([
      'Linux',
    ])
    expect(found([value('platform', 'Windows NT', 5, 700)])).toEqual(['Windows NT'])
  })
})

/** Crashes 0 to 99 have the signature, 100 to 299 are others; sets of crashes by value. */
function crashesOf(sets: Record<string, (crash: number) => boolean>): Crashes {
  const all = Array.from({ length: 300 }, (_, number) => number)
  const layer = (test: (crash: number) => boolean) =>
    layersOf(
      300,
      all.filter(test).map((number) => ({ number, weight: number % 2 ? 10 : 1 })),
    )
  return {
    group: layer((crash) => crash < 100),
    reference: layer((crash) => crash >= 100),
    of: ({ value: name }) =>
      bitsOf(
        300,
        all.filter((crash) => sets[name]!(crash)),
      ),
  }
}

const describeValue = ({ name, value: text }: ValueCount) => ({
  kind: 'value' as const,
  column: name,
  value: text,
  range: null,
})
const explained = (values: ValueCount[], crashes: Crashes) =>
  explain(differencesOf(testValues(values, totals), totals, 0.001), crashes, describeValue)

describe('explanations', () => {
  const isWindows = (crash: number) => crash < 100 || crash % 3 > 0

  test('a difference that vanishes where another value holds is listed with that one', () => {
    const crashes = crashesOf({ Windows: isWindows, '10.0': isWindows })
    const results = explained(
      [value('platform_version', '10.0', 100, 660), value('platform', 'Windows', 100, 660)],
      crashes,
    )
    expect(results.map((one) => [one.value, one.explains.map((other) => other.value)])).toEqual([
      ['Windows', ['10.0']],
    ])
  })

  test('a difference that remains is listed by itself, and a cause is never explained by its effect', () => {
    const crashes = crashesOf({ Windows: isWindows, 'hook.dll': (crash) => crash < 85 || crash % 50 === 0 })
    const results = explained(
      [value('modules', 'hook.dll', 85, 20), value('platform', 'Windows', 100, 660)],
      crashes,
    )
    expect(results.map((one) => [one.value, one.prior?.of.value, one.explains.length])).toEqual([
      ['hook.dll', undefined, 0],
      ['Windows', undefined, 0],
    ])
  })

  test('shares where a value holds are by weight; what explains a part of a difference is its prior', () => {
    const crashes = crashesOf({
      Windows: isWindows,
      'v.dll': (crash) => crash < 95 || (crash % 3 > 0 && crash % 2 > 0),
    })
    const results = explained(
      [value('modules', 'v.dll', 95, 330), value('platform', 'Windows', 100, 660)],
      crashes,
    )
    // Half of the others on Windows, but ten of eleven by weight.
    expect(results.map((one) => one.value)).toEqual(['Windows'])
    const half = crashesOf({
      Windows: isWindows,
      'v.dll': (crash) => crash < 95 || (crash % 3 > 0 && crash % 4 > 1),
    })
    const [part] = explained(
      [value('modules', 'v.dll', 95, 330), value('platform', 'Windows', 100, 660)],
      half,
    )
    expect(part!.prior!.of.value).toBe('Windows')
    expect(part!.prior!.reference).toBeGreaterThan(0.4)
  })
})

test('sets count crashes and weights; many different weights are rounded to powers of two', () => {
  const size = 1000
  const odd = bitsOf(
    size,
    Array.from({ length: 500 }, (_, n) => 2 * n + 1),
  )
  const some = layersOf(
    size,
    Array.from({ length: size }, (_, number) => ({ number, weight: number < 600 ? 1 : 2.5 })),
  )
  expect(weightOf(some, odd)).toEqual({ count: 500, weight: 300 + 200 * 2.5 })
  const many = layersOf(
    size,
    Array.from({ length: size }, (_, number) => ({ number, weight: 1 + (number % 100) })),
  )
  expect(many.length).toBeLessThanOrEqual(8)
  const { count, weight } = weightOf(many, odd)
  expect(count).toBe(500)
  expect(weight / (500 * 51)).toBeGreaterThan(0.8)
  expect(weight / (500 * 51)).toBeLessThan(1.25)
})
