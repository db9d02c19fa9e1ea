// SuperSearch over tables: permissions, errors in the words of Crash Stats, what is audited.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../../batch/config.ts'
import { type OpenStore, openFiles } from '../../../batch/lake/open-store.ts'
import { encodeRows } from '../../../batch/lake/parquet.ts'
import { rowsOfColumns } from '../../../batch/lake/rows.ts'
import { crashesTable, protectedTable } from '../../../batch/lake/tables.ts'
import { createKnownProducts } from '../../../batch/serve/known-products.ts'
import { openLiveTables } from '../../../batch/serve/live-tables.ts'
import { createTablesApi } from '../../../batch/serve/tables-api.ts'
import { createQueryRunner } from '../../../batch/sql/sandbox/query-runner.ts'
import type { AuditEvent } from '../../../shared/access/audit.ts'
import type { Caller, TablesApi } from '../../../shared/api/calls.ts'
import { ApiProblem } from '../../../shared/api/problems.ts'
import { tableKey } from '../../../shared/keys.ts'
import { memoryStores, putRows } from '../support/rows.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-search-'))
const resources = new AsyncDisposableStack()
let api: TablesApi
const date = '2026-10-02'
const id = (n: number) => `0000000${n}-0000-0000-0000-000000261002`

const rows = [
  { product: 'Ledger', signature: 'alpha', url: 'https://a.example/' },
  { product: 'Ledger', signature: 'beta', url: null },
  { product: 'Quill', signature: 'alpha', url: 'https://b.example/' },
].map((row, i) => ({
  ...row,
  crash_id: id(i),
  date,
  processed_at: `${date}T0${i}:00:00.000000+00:00`,
  weight: 2,
}))

beforeAll(async () => {
  const stores = memoryStores()
  const open: OpenStore = { url: 'memory:', stores, cacheDir: dir, config: readConfig({}) }
  await using files = await openFiles(open)
  await putRows(files, crashesTable, date, rows)
  const bytes = await encodeRows(files, protectedTable, rowsOfColumns(protectedTable.columns, rows))
  await stores.crashes.put(tableKey('protected', date, '0of1', 0), bytes)
  const tables = resources.use(await openLiveTables({ open, onFailure: () => {} }))
  const products = createKnownProducts(async () => ['Declared'])
  const now = () => new Date('2026-10-03T00:00:00Z')
  const queries = createQueryRunner('memory:')
  api = createTablesApi({ tables, crashes: stores.crashes, queries, products, now })
})
afterAll(async () => {
  await resources.disposeAsync()
  rmSync(dir, { recursive: true, force: true })
})

const anonymous: Caller = { label: null, permissions: new Set(), products: null }
const holder: Caller = { label: 'ann', permissions: new Set(['view_pii']), products: null }
const ofQuill: Caller = { ...holder, products: new Set(['Quill']) }

interface Answer {
  hits: Record<string, unknown>[]
  total: number
  facets: Record<string, unknown>
  ignored: unknown[]
}

async function search(
  query: string,
  {
    caller = anonymous,
    name = 'SuperSearch',
  }: { caller?: Caller; name?: 'SuperSearch' | 'SuperSearchUnredacted' } = {},
) {
  const audit: AuditEvent[] = []
  const answer = (await (api[name] as (call: object) => Promise<unknown>)({
    parameters: new URLSearchParams(query),
    caller,
    signal: new AbortController().signal,
    audit: (event: AuditEvent) => void audit.push(event),
  })) as Answer
  return { ...answer, audit }
}

const ids = ({ hits }: Answer) => hits.map(({ uuid }) => uuid)

test('finds crashes, newest first, with their columns', async () => {
  const { hits, total, facets, audit } = await search('_columns=uuid&_columns=product&_columns=date')
  expect(hits).toEqual([
    { uuid: id(2), product: 'Quill', date: '2026-10-02T02:00:00+00:00' },
    { uuid: id(1), product: 'Ledger', date: '2026-10-02T01:00:00+00:00' },
    { uuid: id(0), product: 'Ledger', date: '2026-10-02T00:00:00+00:00' },
  ])
  expect([total, facets, audit]).toEqual([
    3,
    {
      signature: [
        { term: 'alpha', count: 2, weighted: 4 },
        { term: 'beta', count: 1, weighted: 2 },
      ],
    },
    [],
  ])
})

describe('protected fields', () => {
  const query = 'url=~a.example&_columns=url&_columns=uuid&_facets=url&_sort=-url&_aggs.url=signature'

  test('have no effect for everyone, and are listed', async () => {
    const answer = await search(query)
    expect(answer.hits).toEqual([{ uuid: id(2) }, { uuid: id(1) }, { uuid: id(0) }])
    expect(Object.keys(answer.facets)).toEqual(['signature'])
    expect(JSON.stringify(answer)).not.toContain('example/')
    expect(answer.ignored).toContainEqual({ name: 'url', why: 'protected' })
    expect(answer.audit).toEqual([])
  })

  test('are searched for holders of view_pii, which is audited', async () => {
    const answer = await search(query, { caller: holder })
    expect(answer.hits).toEqual([{ url: 'https://a.example/', uuid: id(0) }])
    expect(answer.audit).toEqual([
      { action: 'search_protected', subject: expect.stringContaining('url=%7Ea.example') },
    ])
  })

  test('of other products are not shown to holders of a token for some products', async () => {
    const all = await search('_columns=uuid&_columns=url', { caller: ofQuill })
    expect(all.hits).toEqual([{ uuid: id(2), url: 'https://b.example/' }])
    expect(ids(await search('_columns=uuid&_columns=url&product=Ledger', { caller: ofQuill }))).toEqual([])
    expect((await search('url=~a.example', { caller: ofQuill })).total).toBe(0)
    expect((await search('_columns=uuid', { caller: ofQuill })).total).toBe(3)
  })
})

test('SuperSearchUnredacted is always audited', async () => {
  const { audit, total } = await search('product=Quill', { caller: holder, name: 'SuperSearchUnredacted' })
  expect([total, audit.length]).toEqual([1, 1])
})

const bad = (text: string) => ({ error: `Bad request: BadArgumentError: ${text}` })
test.each<[string, object]>([
  ['date=2016-01-01', bad('date must have a prefix operator')],
  ['date=>1999-01-01', bad('Date range is bigger than 365 days')],
  ['uptime=abc', bad('Bad value for parameter uptime: not a valid int')],
  ['_columns=foo', bad("Unknown field 'foo'")],
  ['_results_number=1001', bad('_results_number cannot be greater than 1,000')],
  ['_results_number=-1', bad('_results_number cannot be negative')],
  ['_facets_size=10001', bad("Bad value for parameter(s) '_facets_size greater than 10,000'")],
  ['product=SnowLion', bad("Bad value for parameter(s) 'Not valid products: SnowLion'")],
  ['product=!Ledger', bad("Bad value for parameter(s) 'Not valid products: !Ledger'")],
  ['_results_number=x', { errors: { _results_number: ['Enter a whole number.'] } }],
])('the parameters %s are refused', async (query, content) => {
  await expect(search(query)).rejects.toEqual(new ApiProblem(400, content))
})

test.each(['product=Declared', '_results_offset=10000&_results_number=1000', '_facets=foo&_sort=foo'])(
  'the parameters %s are accepted',
  async (query) => void expect(await search(query)).toHaveProperty('total'),
)

test('SuperSearchUnredacted refuses unknown names of facets', async () => {
  await expect(search('_facets=foo', { caller: holder, name: 'SuperSearchUnredacted' })).rejects.toEqual(
    new ApiProblem(400, bad("Unknown field 'foo'")),
  )
})

test('_return_query shows the search instead of running it', async () => {
  expect(await search('product=Quill&_return_query=1')).toMatchObject({
    query: { parameters: expect.stringMatching(/^product=Quill&date=/), statements: [{}, {}] },
    indices: ['crashes'],
  })
})

test('_results_after continues without a limit', async () => {
  const first = (await search('_results_number=2&_columns=uuid')) as unknown as Answer & { next: string }
  expect(ids(first)).toEqual([id(2), id(1)])
  const after = encodeURIComponent(first.next)
  expect(ids(await search(`_results_number=2&_columns=uuid&_results_after=${after}`))).toEqual([id(0)])
})
