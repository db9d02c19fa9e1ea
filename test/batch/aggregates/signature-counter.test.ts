// Counting the reports of a signature: every facet, every field of a listed report, every limit.
import { describe, expect, test } from 'vitest'
import { SignatureCounter, type SourceRow } from '../../../batch/aggregates/signature-counter.ts'
import { isoOfMicros } from '../../../shared/time/iso-time.ts'

const dates = ['2026-10-20', '2026-10-21', '2026-10-22']
const row = (more: Partial<SourceRow> = {}): SourceRow => ({
  ...{
    number: 1,
    crash_id: 'id',
    submitted_us: 1_792_540_800_000_000n,
    day: 0,
    product: 'P',
    version: '1.0',
  },
  ...{ release_channel: 'beta', build_id: '7', platform: 'Linux', platform_pretty_version: 'Linux 6' },
  ...{ cpu_arch: 'amd64', process_type: 'main', reason: 'SIGSEGV', address: '0x0', uptime: 5 },
  ...{ install_time: 1000, duplicate_of: null, stack_key: 'key', report_type: 'crash' },
  ...{ moz_crash_reason: 'because', adapter_vendor_id: '0x8086', android_model: 'Pixel', weight: 1 },
  ...more,
})

function count(rows: readonly SourceRow[]) {
  const counter = new SignatureCounter(dates)
  for (const one of rows) counter.add(one)
  return { ...counter.finish(), products: [...counter.products] }
}

const valuesOf = (rows: readonly SourceRow[], column: string) =>
  count(rows).facets.find((one) => one.column === column)?.values

test('every facet has the value of its column, in the order of pages', () => {
  const facets = count([row()]).facets.map(({ column, title, values }) => [column, title, values])
  const one = { total: { count: 1, weighted: 1 } }
  expect(facets).toEqual(
    [
      ['platform_pretty_version', 'Operating system', 'Linux 6'],
      ['product', 'Product', 'P'],
      ['version', 'Version', '1.0'],
      ['release_channel', 'Channel', 'beta'],
      ['build_id', 'Build ID', '7'],
      ['process_type', 'Process type', 'main'],
      ['uptime', 'Uptime', '< 1 min'],
      ['cpu_arch', 'Architecture', 'amd64'],
      ['reason', 'Reason', 'SIGSEGV'],
      ['address', 'Address', '0x0'],
      ['stack_key', 'Stack key', 'key'],
      ['report_type', 'Report type', 'crash'],
      ['moz_crash_reason', 'Assertion', 'because'],
      ['platform', 'Platform', 'Linux'],
      ['adapter_vendor_id', 'Graphics vendor', '0x8086'],
      ['android_model', 'Device model', 'Pixel'],
      ['install_time', 'Install time', '1000'],
    ].map(([column, title, value]) => [column, title, [{ value, ...one }]]),
  )
})

test('values that are missing or empty are not counted', () => {
  const empty = { uptime: null, install_time: null, reason: null, address: '', stack_key: null }
  const columns = count([row(empty)]).facets.map(({ column }) => column)
  for (const column of Object.keys(empty)) expect(columns).not.toContain(column)
  expect(columns).toHaveLength(12)
})

test.each([
  [0, '< 1 min'],
  [59, '< 1 min'],
  [60, '1-5 min'],
  [299, '1-5 min'],
  [300, '5-15 min'],
  [899, '5-15 min'],
  [900, '15-60 min'],
  [3599, '15-60 min'],
  [3600, '> 1 hour'],
  [1e9, '> 1 hour'],
])('an uptime of %i s is in the range %s', (uptime, range) => {
  expect(valuesOf([row({ uptime })], 'uptime')!.map(({ value }) => value)).toEqual([range])
})

test('a listed report has every field; names that are not known are null', () => {
  const { number, day, stack_key, report_type, weight, ...fields } = row()
  const { submitted_us, moz_crash_reason, adapter_vendor_id, android_model, ...shown } = fields
  const submitted_at = isoOfMicros(submitted_us)
  const unknown = { version: 'Unknown', release_channel: 'Unknown', platform: 'Unknown' }
  const none = { version: null, release_channel: null, platform: null }
  expect(count([row(), row({ ...unknown, process_type: 'Unknown' })]).reports).toEqual([
    { ...shown, submitted_at },
    { ...shown, submitted_at, ...none, process_type: 'Unknown' },
  ])
})

test('values are ranked by weight, then by name; 50 are listed', () => {
  const rows = ['b', 'a', 'c'].map((reason) => row({ reason, weight: reason === 'c' ? 10 : 1.005 }))
  expect(valuesOf([...rows, row({ reason: 'b', weight: 0 })], 'reason')).toEqual([
    { value: 'c', total: { count: 1, weighted: 10 } },
    { value: 'a', total: { count: 1, weighted: 1 } },
    { value: 'b', total: { count: 2, weighted: 1 } },
  ])
  const many = Array.from({ length: 51 }, (_, n) => row({ reason: String(n), weight: 100 - n }))
  expect(valuesOf(many, 'reason')!.map(({ value }) => value)).toEqual(many.slice(0, 50).map((r) => r.reason))
})

test('totals, installations and products', () => {
  const counted = count([
    row({ weight: 2.5, install_time: 1 }),
    row({ weight: 1, install_time: 1, product: 'Q' }),
    row({ weight: 1, install_time: null }),
    row({ weight: 1, install_time: 2 }),
  ])
  expect(counted).toMatchObject({ total: { count: 4, weighted: 5.5 }, installs: 2 })
  expect(counted.products).toEqual([
    ['P', { count: 3, weighted: 4.5 }],
    ['Q', { count: 1, weighted: 1 }],
  ])
})

test('the trend is by product, version and day: versions the newest first', () => {
  const counted = count([
    row({ day: 2, product: 'Q', version: '1.0' }),
    row({ day: 2, version: '1.0', weight: 1.5 }),
    row({ day: 0, version: '1.0' }),
    row({ day: 2, version: '1.0' }),
    row({ day: 1, version: '10.0' }),
    row({ day: 1, version: '9.0' }),
  ])
  expect(counted.trend).toEqual([
    { product: 'P', version: '10.0', days: [[dates[1], 1, 1]] },
    { product: 'P', version: '9.0', days: [[dates[1], 1, 1]] },
    {
      product: 'P',
      version: '1.0',
      days: [
        [dates[0], 1, 1],
        [dates[2], 2, 2.5],
      ],
    },
    { product: 'Q', version: '1.0', days: [[dates[2], 1, 1]] },
  ])
})

describe('versions', () => {
  test('are the twelve with the most crashes; values are counted in each', () => {
    const rows = Array.from({ length: 13 }, (_, n) => row({ version: `${n}`, weight: 20 - n, reason: 'r' }))
    const { versions } = count(rows)
    expect(versions).toEqual(rows.slice(0, 12).map(({ version }) => version))
    const [value] = valuesOf([...rows, row({ version: '1', weight: 0.004, reason: 'r' })], 'reason')!
    expect(value!.by_version!.slice(0, 9)).toEqual([0, 1, 20, 1, 2, 19, 2, 1, 18])
    expect(value!.by_version).toHaveLength(36)
  })

  test('of one version alone need no counts of their own; a value without crashes of a version has none', () => {
    expect(valuesOf([row(), row()], 'reason')![0]).not.toHaveProperty('by_version')
    const two = [row({ weight: 3 }), row({ version: '2.0', reason: 'other' })]
    expect(valuesOf(two, 'reason')!.map(({ by_version }) => by_version)).toEqual([
      [0, 1, 3],
      [1, 1, 1],
    ])
  })
})

describe('listed reports', () => {
  const listed = (rows: SourceRow[]) => {
    const { reports } = count(rows.map((one, n) => ({ ...one, crash_id: String(n) })))
    return reports.map(({ crash_id }) => Number(crash_id))
  }
  const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n)

  test('are the 100 newest', () => {
    expect(listed(Array.from({ length: 101 }, () => row()))).toEqual(numbers(0, 100))
  })

  test('and further ones of a leading version, until it has 20', () => {
    const newest = Array.from({ length: 100 }, (_, n) => row({ version: n < 5 ? '2.0' : '1.0' }))
    const more = Array.from({ length: 20 }, () => row({ version: '2.0' }))
    expect(listed([...newest, ...more])).toEqual(numbers(0, 115))
  })

  test('but not of other versions', () => {
    const newest = Array.from({ length: 120 }, (_, n) => row({ version: `${n % 12}`, weight: 10 }))
    expect(listed([...newest, row({ version: '99' })])).toEqual(numbers(0, 120))
    const early = [row({ version: '99' }), ...newest]
    expect(listed(early)).toContain(0)
  })
})
