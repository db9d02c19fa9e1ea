// The tools of the server for language models, over a source that a test makes up: what they ask, and how they shorten.
import { describe, expect, test } from 'vitest'
import { signatureId } from '../../../batch/aggregates/run.ts'
import { type CrashSource, firstRows } from '../../../batch/mcp/source.ts'
import { reportSummary, signatureSummary } from '../../../batch/mcp/summaries.ts'
import { tools } from '../../../batch/mcp/tools.ts'
import { topCrashers, unknownValues } from '../../../batch/mcp/top-crashers.ts'
import type { SignatureAggregate, TopCrashersAggregate } from '../../../shared/aggregates/documents.ts'
import { homeKey, signatureKey } from '../../../shared/keys.ts'

const crashId = '0b34f1a2-6c1d-8a7e-9f00-5c2d1e261122'
const signal = new AbortController().signal

/** A source that records what it is asked. */
function sourceWith(given: Partial<CrashSource> = {}) {
  const asked: unknown[] = []
  const answers: CrashSource = {
    async document(key) {
      asked.push(key)
      return null
    },
    async report(id) {
      asked.push(id)
      return null
    },
    search: async (parameters) => {
      asked.push(String(parameters))
      return { total: 1 }
    },
    sql: async (...args) => {
      asked.push(args.slice(0, 2))
      return { rows: [{ n: 1 }], isCut: false }
    },
    symbolicate: () => Promise.reject(new Error('not asked')),
    dashboard: 'https://d',
    ...given,
  }
  return { source: answers, asked }
}

function run(name: string, input: object, source: CrashSource) {
  const tool = tools.find((one) => one.name === name)!
  return tool.run(tool.input.parse(input), source, signal)
}

test('every tool has a name, a title, and descriptions', () => {
  expect(tools.map(({ name, title }) => `${name}: ${title}`)).toEqual([
    'search: Search reports',
    'top_crashers: Top crashers',
    'signature: One signature',
    'report: One crash report',
    'symbolicate: Symbolicate a stack',
    'sql: SQL over the tables',
  ])
  for (const { description } of tools) expect(description).toMatch(/^[A-Z].{40,}\.$/s)
  const described = tools.flatMap(({ input }) =>
    Object.entries(input.shape).flatMap(([name, { description }]) =>
      description ? [`${name}: ${description}`] : [],
    ),
  )
  expect(described).toEqual([
    'filters: such as {"product": "Ledger", "signature": "~read"}',
    'from: processed at this time or later, ISO; default: 7 days before the end',
    'to: processed before this time, ISO; default: now',
    'facets: fields whose most frequent values are counted',
    'sort: fields, - before one: descending',
    'limit: reports to show',
    'product: name of the product',
    'platform: such as Windows NT, Mac OS X, Linux, Android',
    'signature: the whole signature',
    'crash_id: the crash ID, with or without bp-',
    'fields: further fields, by name: see other_fields of an answer',
    'modules: symbols by the name of a module in the text, where it has no debug ID',
    'limit: rows to show',
  ])
})

describe('search', () => {
  test('asks with the parameters of a search, and links it', async () => {
    const { source, asked } = sourceWith()
    const input = {
      filters: { product: 'Ledger', signature: ['~a', '~b'] },
      ...{ from: '2026-10-01', to: '2026-10-02', facets: ['version'], facet_size: 3, columns: ['uuid'] },
      ...{ sort: ['-date', 'uuid'], limit: 5 },
    }
    const query =
      'product=Ledger&signature=%7Ea&signature=%7Eb&date=%3E%3D2026-10-01&date=%3C2026-10-02&_facets=version&_columns=uuid&_sort=-date&_sort=uuid&_results_number=5&_facets_size=3'
    expect(await run('search', input, source)).toEqual({
      ...{ total: 1, page: `https://d/search/?${query}`, report_page: 'https://d/report/index/<uuid>' },
    })
    expect(asked).toEqual([query])
  })

  test('without input has defaults', async () => {
    const { source, asked } = sourceWith()
    await run('search', {}, source)
    expect(asked).toEqual([
      `${['uuid', 'date', 'signature', 'product', 'version', 'platform', 'reason'].map((name) => `_columns=${name}`).join('&')}&_sort=-date&_results_number=10&_facets_size=0`,
    ])
  })
})

test('sql states when it shows only the first rows', async () => {
  const { source, asked } = sourceWith()
  expect(await run('sql', { sql: 'select 1' }, source)).toEqual({ rows: [{ n: 1 }] })
  const cut = sourceWith({ sql: async () => ({ rows: [], isCut: true }) })
  expect(await run('sql', { sql: 'x', limit: 3 }, cut.source)).toEqual({
    ...{ rows: [], note: 'Only the first 3 rows are shown' },
  })
  expect(asked).toEqual([['select 1', 50]])
})

test('what does not exist is an error that states what to do', async () => {
  const { source, asked } = sourceWith()
  await expect(run('report', { crash_id: `bp-${crashId}` }, source)).rejects.toThrow(
    `There is no processed report ${crashId}`,
  )
  await expect(run('signature', { signature: 'f' }, source)).rejects.toThrow(
    'There is no such signature in the last 28 days; find it with search, as signature: ["~part of it"]',
  )
  await expect(run('top_crashers', {}, source)).rejects.toThrow(
    'There is no data yet: mayday aggregate has not run',
  )
  expect(asked).toEqual([crashId, signatureKey(signatureId('f')), homeKey])
  await expect(run('symbolicate', { text: 'nothing' }, source)).rejects.toThrow(
    'No line of the text shows a frame',
  )
})

describe('top crashers', () => {
  const home = {
    products: [
      {
        ...{ name: 'Lumen', slug: 'lumen', total: { count: 7, weighted: 70 } },
        versions: Array.from({ length: 11 }, (_, i) => ({ version: `${i}` })),
      },
    ],
  }

  test('without a known product are the products', async () => {
    const { source } = sourceWith({ document: async () => home })
    const product = {
      product: 'Lumen',
      reports_28_days: 7,
      versions: Array.from({ length: 10 }, (_, i) => `${i}`),
    }
    expect(await run('top_crashers', {}, source)).toEqual({ products: [product] })
    expect(await run('top_crashers', { product: 'x' }, source)).toEqual({
      ...{ unknown_product: 'x', products: [product] },
    })
    await expect(run('top_crashers', { product: 'lumen' }, source)).rejects.toThrow(
      'There are no top crashers of this period',
    )
  })

  const document = {
    ...{ product: 'Lumen', from: '2026-10-15', to: '2026-10-21' },
    ...{
      versions: ['1', '2'],
      channels: ['release'],
      platforms: ['Linux', 'Windows NT'],
      process_types: ['main'],
    },
    all: {
      current: [
        [0, 0, 0, 0, 10, 100, 0],
        [1, 0, 1, 0, 10, 100, 0],
      ],
      previous: [[0, 0, 0, 0, 5, 50, 0]],
    },
    signatures: [
      {
        signature: 'b',
        current: [[0, 0, 0, 0, 1, 20, 0]],
        previous: [[0, 0, 0, 0, 1, 5, 0]],
        installs: 1,
        first_seen: 'x',
      },
      {
        signature: 'a',
        current: [[0, 0, 0, 0, 1, 20, 0]],
        previous: [],
        installs: 2,
        first_seen: 'y',
        bugs: [1],
      },
      { signature: 'c', current: [[1, 0, 1, 0, 2, 33.3, 0]], previous: [], installs: 3, first_seen: 'z' },
      { signature: 'd', current: [], previous: [[0, 0, 0, 0, 1, 5, 0]], installs: 0, first_seen: 'z' },
    ],
  } as unknown as TopCrashersAggregate

  test('are ranked by estimated crashes, with their share now and before', () => {
    expect(topCrashers(document, {}, 2)).toEqual({
      ...{ product: 'Lumen', from: '2026-10-15', to: '2026-10-21', all_crashes: 200, more_signatures: 1 },
      signatures: [
        {
          ...{ rank: 1, signature: 'c', reports: 2, crashes: 33, percent: 16.7, percent_before: 0 },
          ...{ platforms: { 'Windows NT': 33 }, installs: 3, first_seen: 'z' },
        },
        {
          ...{ rank: 2, signature: 'a', reports: 1, crashes: 20, percent: 10, percent_before: 0 },
          ...{ platforms: { Linux: 20 }, installs: 2, first_seen: 'y', bugs: [1] },
        },
      ],
    })
  })

  test('of a filter count only its crashes', () => {
    const { all_crashes, signatures, more_signatures } = topCrashers(
      document,
      { version: '1', platform: 'Linux' },
      9,
    )
    expect([all_crashes, more_signatures]).toEqual([100, 0])
    expect(
      signatures.map(({ signature, percent, percent_before }) => [signature, percent, percent_before]),
    ).toEqual([
      ['a', 20, 0],
      ['b', 20, 10],
    ])
    const none = { ...document, all: { current: [], previous: [] } }
    expect(topCrashers(none, {}, 1).signatures[0]).toMatchObject({ percent: 0, percent_before: 0 })
  })

  test('of unknown values are refused', () => {
    expect(unknownValues(document, { version: '1', platform: 'Mac', channel: 'x' })).toEqual([
      ...['channel "x" is not one of release', 'platform "Mac" is not one of Linux, Windows NT'],
    ])
    expect(unknownValues(document, {})).toEqual([])
  })
})

test('a signature is shortened to what is not asked for otherwise', async () => {
  const report = (i: number) => ({
    ...{ crash_id: `${i}`, submitted_at: 's', product: 'p', version: 'v', platform_pretty_version: 'os' },
    ...{ reason: 'r', address: 'a', uptime: 1 },
  })
  const many = <T>(make: (i: number) => T) => Array.from({ length: 12 }, (_, i) => make(i))
  const document = {
    ...{
      signature: 'f',
      total: { count: 3, weighted: 30.4 },
      first_seen: 'a',
      last_seen: 'b',
      first_build: 'c',
    },
    ...{
      installs: 2,
      reports: many(report),
      bugs: many((i) => ({ id: i })),
      proto_signature: 'x'.repeat(2001),
    },
    facets: [
      { column: 'version', values: many((i) => ({ value: `${i}`, total: { count: 1, weighted: i + 0.6 } })) },
    ],
    trend: [
      {
        days: [
          ['2026-10-21', 1, 2.4],
          ['2026-10-20', 1, 1],
        ],
      },
      { days: [['2026-10-21', 1, 3.4]] },
    ],
  } as unknown as SignatureAggregate
  const { newest_reports, bugs, proto_signature, ...rest } = signatureSummary(document)
  expect(rest).toEqual({
    ...{
      signature: 'f',
      reports: 3,
      crashes: 30,
      first_seen: 'a',
      last_seen: 'b',
      first_build: 'c',
      installs: 2,
    },
    crashes_by_day: { '2026-10-20': 1, '2026-10-21': 6 },
    facets: {
      version: [
        ['0', 1],
        ['1', 2],
        ['2', 3],
        ['3', 4],
        ['4', 5],
      ],
    },
  })
  expect(Object.keys(rest.crashes_by_day)).toEqual(['2026-10-20', '2026-10-21'])
  expect([newest_reports.length, bugs.length]).toEqual([10, 10])
  expect(newest_reports[0]).toEqual({
    ...{ crash_id: '0', submitted_at: 's', product: 'p', version: 'v', os: 'os', reason: 'r', address: 'a' },
  })
  expect(proto_signature).toBe(`${'x'.repeat(2000)}…`)
  const short = signatureSummary({ ...document, proto_signature: 'x'.repeat(2000) })
  expect(short.proto_signature).toBe('x'.repeat(2000))
  const { source } = sourceWith({ document: async () => document })
  expect(await run('signature', { signature: 'f g' }, source)).toMatchObject({
    ...{ signature: 'f', page: 'https://d/signature/?signature=f+g' },
  })
})

test('a report has the fields that matter, the stack, and the names of others', async () => {
  const frame = (i: number) => ({ frame: i, module: 'm', function: `f${i}`, trust: 'cfi' })
  const inlines = [
    { function: 'inner', file: 'i.c', line: 3 },
    { function: 'other', file: null, line: null },
  ]
  const frames = [
    { ...frame(0), file: 'a.c', line: 7, inlines },
    { frame: 1, module: null, function: null, offset: '0x10', file: 'b.c', line: null, trust: 'scan' },
    ...Array.from({ length: 39 }, (_, i) => frame(i + 2)),
  ]
  const modules = [
    { filename: 'x.so', missing_symbols: true },
    { filename: 'y.so', missing_symbols: false },
    { filename: null, missing_symbols: true },
  ]
  const crash = {
    ...{
      crash_id: crashId,
      signature: 'f',
      version: '',
      reason: null,
      app_notes: 'n'.repeat(2001),
      weight: 10,
    },
    ...{ addons: ['a:1'], url: 'u', json_dump: { crashing_thread: { frames, threads_index: 0 }, modules } },
  }
  const summary = reportSummary(crash as never, ['addons', 'json_dump'])
  expect(summary.fields).toEqual({
    ...{
      crash_id: crashId,
      signature: 'f',
      weight: 10,
      app_notes: `${'n'.repeat(2000)}…`,
      addons: '["a:1"]',
    },
  })
  expect(summary.other_fields).toEqual(['url'])
  expect(summary.crashing_thread.slice(0, 4)).toEqual([
    '0 m inner (i.c:3) inlined',
    '0 m other inlined',
    '0 m f0 (a.c:7) cfi',
    '1  @0x10 (b.c) scan',
  ])
  expect([summary.crashing_thread.length, summary.more_frames]).toEqual([42, 1])
  expect(summary.modules_without_symbols).toEqual(['x.so'])
  const { source } = sourceWith({ report: async () => crash as never })
  expect(await run('report', { crash_id: crashId }, source)).toMatchObject({
    ...{ other_fields: ['addons', 'url'], page: `https://d/report/index/${crashId}` },
  })
})

describe('rows', () => {
  const stream = (...chunks: string[]) =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk))
        controller.close()
      },
    })

  test.each<[string[], number, number[], boolean]>([
    [['1\n2', '3\n'], 5, [1, 23], false],
    [['1\n', '2\n'], 2, [1, 2], false],
    [['1\n2\n3\n'], 2, [1, 2], true],
    [[], 1, [], false],
  ])('of %j, at most %d', async (chunks, most, rows, isCut) => {
    expect(await firstRows(stream(...chunks), most)).toEqual({ rows, isCut })
  })

  test('of more than a million characters are not read', async () => {
    const row = `"${'x'.repeat(999_998)}"`
    expect((await firstRows(stream(row, '\n'), 2)).rows).toHaveLength(1)
    expect(await firstRows(stream(`${row} `, '\n'), 2)).toEqual({ rows: [], isCut: true })
  })
})
