// Limits of correlations at their exact values: differences, explanations, layers of weight, statements.
import { describe, expect, test } from 'vitest'
import {
  type Attribute,
  attributeOf,
  attributes,
  modulesAttribute,
} from '../../../../batch/aggregates/correlations/attributes.ts'
import { bitsOf, layersOf, layersWithout, weightOf } from '../../../../batch/aggregates/correlations/bits.ts'
import {
  type Crashes,
  differencesOf,
  explain,
  type ValueCount,
} from '../../../../batch/aggregates/correlations/correlate.ts'
import { itemStatements } from '../../../../batch/aggregates/correlations/items.ts'

const totals = {
  ...{ count: 100, weighted: 100, squares: 100, installs: 0 },
  ...{ reference_weighted: 100, reference_squares: 100 },
}
const value = (name: string, text: string, weighted: number, reference_weighted: number): ValueCount => ({
  ...{ name, value: text, weighted, reference_weighted },
})

describe('a difference', () => {
  test.each([
    ['of 15 points', 0.01, 75, 60, true],
    ['of less', 0.01, 74.9, 60, false],
    ['of 15 points in the other direction', 0.01, 60, 75, true],
    ['with the greatest chance', 0.05, 75, 60, true],
    ['with a greater chance', 0.0501, 75, 60, false],
  ])('%s', (_, chance, weighted, reference, isFound) => {
    const row = value('platform', 'Linux', weighted, reference)
    const found = differencesOf([{ row, chance }], totals, 0.05)
    const { order } = attributeOf('platform')
    expect(found).toEqual(
      isFound ? [{ ...row, group: weighted / 100, reference: reference / 100, order }] : [],
    )
  })

  test('of equal shares is not more frequent', () => {
    const rows = [value('platform', 'a', 20, 80), value('platform', 'b', 10, 70)]
    const found = differencesOf(
      rows.map((row) => ({ row, chance: 0 })),
      totals,
      1,
    )
    expect(found.map((one) => one.value)).toEqual(['a', 'b'])
  })
})

describe('an explanation', () => {
  const describeValue = ({ name, value }: ValueCount) => ({
    ...{ kind: 'value' as const, column: name, value, range: null },
  })
  const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n)

  /** 100 crashes of the signature, then 100 others; each value has the first ones of both, from an offset. */
  function explained(...given: [name: string, own: [number, number], others: [number, number]][]) {
    const size = 200
    const bits = new Map(
      given.map(([name, [from, to], [first, last]]) => [
        name,
        bitsOf(size, [...numbers(from, to), ...numbers(100 + first, 100 + last)]),
      ]),
    )
    const layer = (from: number) =>
      layersOf(
        size,
        numbers(from, from + 100).map((number) => ({ number, weight: 1 })),
      )
    const crashes: Crashes = { group: layer(0), reference: layer(100), of: ({ name }) => bits.get(name)! }
    const found = given.map(([name, [from, to], [first, last]]) => ({
      ...value(name, 'x', to - from, last - first),
      ...{ group: (to - from) / 100, reference: (last - first) / 100, order: attributeOf(name).order },
    }))
    return explain(found, crashes, describeValue).map(({ column, prior, explains }) => [
      column,
      prior && [prior.of.column, prior.group, prior.reference],
      explains.map((one) => one.column),
    ])
  }

  test.each<[string, [number, number], [number, number], unknown[]]>([
    // Within the platform, 90 of 90 and 9 of 10 have the reason: ten points.
    ['of the whole difference', [0, 90], [1, 10], [['platform', null, ['reason']]]],
    [
      'of nothing, where within the other the difference is 15 points',
      [0, 45],
      [0, 3],
      [
        ['platform', null, []],
        ['reason', ['platform', 0.5, 0.3], []],
      ],
    ],
  ])('%s', (_, own, others, expected) => {
    expect(explained(['platform', [0, 90], [0, 10]], ['reason', own, others])).toEqual(expected)
  })

  test('needs ten reports with the other value', () => {
    const ten = explained(['platform', [0, 90], [0, 10]], ['reason', [0, 90], [0, 10]])
    expect(ten).toEqual([['platform', null, ['reason']]])
    const nine = explained(['platform', [0, 90], [0, 9]], ['reason', [0, 90], [0, 9]])
    expect(nine).toEqual([
      ['platform', null, []],
      ['reason', null, []],
    ])
  })

  test('of a part must take away five points', () => {
    // Where the platform is, the reason is in all crashes of the signature and in some of the others.
    const of = (reference: number) =>
      explained(['platform', [0, 60], [0, 20]], ['reason', [0, 60], [0, reference]])
    expect(of(0)).toEqual([
      ['reason', null, []],
      ['platform', null, []],
    ])
    const part = (all: number) => explained(['platform', [0, 50], [0, 20]], ['reason', [0, all], [10, 20]])
    expect(part(60)).toEqual([
      ['reason', null, []],
      ['platform', null, []],
    ])
    expect(part(65)).toEqual([
      ['reason', ['platform', 1, 0.5], []],
      ['platform', null, []],
    ])
  })

  test('of the whole leaves less than 15 points', () => {
    const of = (size: number) => explained(['platform', [0, 100], [0, 50]], ['reason', [0, size], [0, 0]])
    expect(of(15)).toEqual([
      ['platform', null, []],
      ['reason', null, []],
    ])
    expect(of(14)).toEqual([['platform', null, ['reason']]])
  })

  test('of exactly five points is one', () => {
    expect(explained(['platform', [0, 50], [0, 20]], ['reason', [40, 65], [0, 0]])).toEqual([
      ['platform', null, []],
      ['reason', ['platform', 0.2, 0], []],
    ])
  })

  test('is an attribute of an earlier kind, never the same attribute', () => {
    const same = explained(['reason', [0, 90], [0, 10]], ['platform', [0, 90], [0, 10]])
    expect(same).toEqual([['platform', null, ['reason']]])
  })

  test('twelve are listed', () => {
    const names = attributes.slice(0, 13).map(({ column }) => column)
    // Too few others to tell: nothing explains another.
    const found = explained(...names.map((name, n) => [name, [0, 50 + n], [0, 5]] as never))
    expect(found.map(([name]) => name)).toEqual(names.toReversed().slice(0, 12))
  })
})

describe('layers', () => {
  const weightsOf = (...weights: number[]) =>
    layersOf(
      40,
      weights.map((weight, number) => ({ weight, number })),
    ).map(({ weight }) => weight)

  test('are the weights, up to eight; then powers of two', () => {
    expect(weightsOf(1, 2, 3, 4, 5, 6, 7, 8, 8)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(weightsOf(1, 2, 3, 4, 5, 6, 7, 8, 0)).toEqual([1, 2, 4, 8, 0])
  })

  test('have the crashes of their weight, of any number', () => {
    const crashes = [0, 31, 32, 33, 39].map((number) => ({ number, weight: number < 32 ? 2 : 3 }))
    const layers = layersOf(40, crashes)
    expect(layers.map(({ bits }) => [...bits])).toEqual([
      [2 ** 31 + 1, 0],
      [0, 1 + 2 + 128],
    ])
    expect(weightOf(layers)).toEqual({ count: 5, weight: 2 * 2 + 3 * 3 })
    const even = bitsOf(40, [0, 32, 38])
    expect(weightOf(layers, even)).toEqual({ count: 2, weight: 5 })
    expect(weightOf(layers, even, bitsOf(40, [32]))).toEqual({ count: 1, weight: 3 })
    expect(weightOf(layersWithout(layers, even))).toEqual({ count: 3, weight: 2 + 3 + 3 })
    expect(bitsOf(64, []).length).toBe(2)
    expect(bitsOf(65, []).length).toBe(3)
  })
})

describe('attributes', () => {
  test('of each kind', () => {
    const of = (kind: Attribute['kind']) =>
      attributes.filter((one) => one.kind === kind).map(({ column }) => column)
    expect(of('item')).toContain('addons')
    expect(of('flag')).toContain('startup_crash')
    expect(of('number')).toContain('uptime')
    expect(of('value')).toEqual(
      expect.arrayContaining([
        ...['reason', 'platform_version', 'platform_pretty_version', 'cpu_info', 'adapter_subsys_id'],
        ...['adapter_driver_version', 'android_model', 'ipc_channel_error', 'platform', 'process_type'],
      ]),
    )
  })

  test.each([
    ...['crash_id', 'product', 'vendor', 'build_id', 'duplicate_of', 'stack_key', 'throttle_rule', 'weight'],
    ...['crash_time', 'startup_time', 'install_time', 'crash_report_keys', 'signature', 'proto_signature'],
    ...['stackwalk_version', 'submitted_from', 'address', 'crashing_thread', 'submitted_at'],
  ])('do not include %s', (column) => {
    expect(attributes.map((one) => one.column)).not.toContain(column)
    expect(() => attributeOf(column)).toThrow(`The column ${column} is not compared`)
  })

  test('have the tier of their kind', () => {
    const tier = (column: string) => Math.floor(attributeOf(column).order / 1000)
    expect(['platform', 'cpu_arch', 'process_type', 'version', 'reason'].map(tier)).toEqual([0, 0, 1, 1, 3])
    expect([modulesAttribute, attributeOf('modules')]).toEqual([
      { column: 'modules', kind: 'module', order: 2000 },
      modulesAttribute,
    ])
  })
})

describe('statements of items', () => {
  const of = (column: string, kind: Attribute['kind']): Attribute => ({ column, kind, order: 0 })
  const statements = (...given: Attribute[]) => itemStatements(given).map((sql) => sql.replace(/\s+/g, ' '))

  test('have each attribute where its kind belongs', () => {
    const [sampled, numbers, bins, items] = statements(
      ...[of('a', 'value'), of('b', 'flag'), of('c', 'item'), of('d', 'number')],
    )
    expect(sampled).toBe(
      `CREATE OR REPLACE TEMP TABLE sampled AS SELECT "number", "a", "b", "c", "d" FROM unique_crashes JOIN correlation_sample USING (crash_id, date) WHERE date BETWEEN $from::DATE AND $to::DATE AND (product = $product OR product IN ('Unknown', 'Other'))`
        .replace('"number"', 'number')
        .replace('$product OR product', '$product OR $product'),
    )
    expect(numbers).toBe(
      'CREATE OR REPLACE TEMP TABLE correlation_numbers AS SELECT number, name, value FROM ( UNPIVOT (SELECT number, "d"::DOUBLE AS "d" FROM sampled) ON COLUMNS(* EXCLUDE number) INTO NAME name VALUE value)',
    )
    expect(bins).toContain('CREATE OR REPLACE TEMP TABLE correlation_bins AS')
    expect(items).toContain('(SELECT number, "a"::VARCHAR AS "a", "b"::VARCHAR AS "b" FROM sampled)')
    expect(items).toContain(`SELECT number, 'c' AS name, unnest(list_distinct("c")) AS value FROM sampled`)
    expect(items).toContain('left(value, 200)')
    expect(items!.split(' UNION ALL ')).toHaveLength(4)
  })

  test('without attributes have numbers and modules alone', () => {
    const [, numbers, , items] = statements()
    expect(numbers).toContain(
      'SELECT 0::BIGINT AS number, NULL::VARCHAR AS name, NULL::DOUBLE AS value WHERE false',
    )
    expect(items!.split(' UNION ALL ')).toHaveLength(2)
    expect(items).toContain("SELECT DISTINCT number, 'modules', filename FROM modules")
  })
})
