// Statements of clients in processes of their own: results, limits, and what ends them.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tableFromIPC } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../../../batch/config.ts'
import { openFiles } from '../../../../batch/lake/open-store.ts'
import { crashesTable } from '../../../../batch/lake/tables.ts'
import type { QueryRequest } from '../../../../batch/sql/sandbox/query-protocol.ts'
import {
  createQueryRunner,
  defaultQueryLimits,
  ProtectedTables,
  type QueryLimits,
  type QueryRunner,
  TooManyQueries,
} from '../../../../batch/sql/sandbox/query-runner.ts'
import { openStores } from '../../../../shared/storage/open.node.ts'
import { putRows } from '../../support/rows.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-queries-'))
const url = `file:${join(dir, 'store')}`
let runner: QueryRunner
const before = process.env.MAYDAY_CACHE

beforeAll(async () => {
  process.env.MAYDAY_CACHE = join(dir, 'cache')
  process.env.CRASH_ID_KEY = 'a secret of the edge'
  const { stores, close } = await openStores(url, {}, { missing: 'create' })
  const open = { url, stores, cacheDir: join(dir, 'cache'), config: readConfig({}) }
  {
    await using files = await openFiles(open)
    const date = '2026-10-21'
    await putRows(files, crashesTable, date, [
      { crash_id: 'a', date, product: 'Tern' },
      { crash_id: 'b', date, product: 'Ledger' },
    ])
  }
  await close()
  runner = createQueryRunner(url, { warm: true })
})
afterAll(() => {
  runner[Symbol.dispose]()
  delete process.env.CRASH_ID_KEY
  if (before === undefined) delete process.env.MAYDAY_CACHE
  else process.env.MAYDAY_CACHE = before
  rmSync(dir, { recursive: true, force: true })
})

const requestOf = (sql: string, changes: Partial<QueryRequest> = {}): QueryRequest => ({
  sql,
  values: {},
  format: 'json',
  tableRows: 10,
  includeProtected: false,
  ...changes,
})

const never = new AbortController().signal
const limited = (limits: Partial<QueryLimits>) =>
  createQueryRunner(url, { limits: { ...defaultQueryLimits, ...limits } })

async function textOf(sql: string, changes: Partial<QueryRequest> = {}, by = runner): Promise<string> {
  const { body } = await by.run(requestOf(sql, changes), never)
  return new Response(body).text()
}

describe('results', () => {
  test.each([
    [
      'json',
      'application/json; charset=UTF-8',
      '[\n{"product":"Ledger","n":1},\n{"product":"Tern","n":1}\n]\n',
    ],
    ['jsonl', 'application/jsonl; charset=UTF-8', '{"product":"Ledger","n":1}\n{"product":"Tern","n":1}\n'],
    ['csv', 'text/csv; charset=UTF-8; header=present', 'product,n\r\nLedger,1\r\nTern,1\r\n'],
    ['table', 'text/plain; charset=UTF-8', 'product  n\n───────  ─\nLedger   1\nTern     1\n(2 rows)\n'],
  ] as const)('as %s', async (format, contentType, text) => {
    const sql = 'SELECT product, count(*) AS n FROM crashes GROUP BY 1 ORDER BY 1'
    const result = await runner.run(requestOf(sql, { format }), never)
    expect(result.contentType).toBe(contentType)
    expect(await new Response(result.body).text()).toBe(text)
  })

  test('as Arrow and Parquet', async () => {
    const bytesOf = async (format: 'arrow' | 'parquet') =>
      new Response(
        (await runner.run(requestOf('SELECT crash_id FROM crashes', { format }), never)).body,
      ).bytes()
    expect(tableFromIPC(await bytesOf('arrow')).numRows).toBe(2)
    const parquet = await bytesOf('parquet')
    expect(new TextDecoder().decode(parquet.subarray(0, 4))).toBe('PAR1')
    expect(new TextDecoder().decode(parquet.subarray(-4))).toBe('PAR1')
  })

  test('values are bound', async () => {
    const sql = 'SELECT crash_id FROM crashes WHERE product = $product'
    expect(await textOf(sql, { values: { product: "x' OR 1 = 1 --" } })).toBe('[\n]\n')
    expect(await textOf(sql, { values: { product: 'Tern' } })).toBe('[\n{"crash_id":"a"}\n]\n')
  })

  test('a plan is text in any format', async () => {
    const { contentType } = await runner.run(requestOf('EXPLAIN SELECT 1'), never)
    expect(contentType).toBe('text/plain; charset=UTF-8')
  })
})

describe('limits', () => {
  test('protected tables need the permission, which the request states', async () => {
    await expect(textOf('FROM protected')).rejects.toThrow(ProtectedTables)
    const read: string[] = []
    const request = requestOf('SELECT count(*) AS n FROM protected', { includeProtected: true })
    const { body } = await runner.run(request, never, (tables) => read.push(...tables))
    expect(await new Response(body).text()).toBe('[\n{"n":0}\n]\n')
    expect(read).toEqual(['protected'])
  })

  test.each([
    ['SELECT nonsense FROM crashes', /SQL: Binder Error/],
    ["SELECT * FROM read_text('/etc/passwd')", /not allowed in FROM/],
    ['SELECT * FROM range(50)', /more than 40 rows/],
    ["SELECT repeat('x', 1000000) FROM range(100000)", /too much memory|more than 40 rows/],
  ])('%s is an error before the first byte', async (sql, message) => {
    await expect(textOf(sql, {}, limited({ maxRows: 40 }))).rejects.toThrow(message)
  })

  test('Parquet has the limit of rows, too', async () => {
    const changes = { format: 'parquet' as const }
    await expect(textOf('SELECT * FROM range(50)', changes, limited({ maxRows: 40 }))).rejects.toThrow(
      /40 rows/,
    )
  })

  test('a result that fails after its first bytes does not end well', async () => {
    const result = textOf(
      'SELECT range, repeat(range::TEXT, 20) FROM range(100000)',
      {},
      limited({ maxRows: 90_000 }),
    )
    await expect(result).rejects.toThrow()
  })

  test('a statement that takes too long ends', async () => {
    const slow = textOf('SELECT count(*) FROM range(1000000000000)', {}, limited({ timeout: 3000 }))
    await expect(slow).rejects.toThrow(/took too long/)
  })

  test('a client that leaves ends its statement, and the next one in the queue runs', async () => {
    const one = limited({ running: 1, waiting: 1 })
    const leaving = new AbortController()
    const slow = one.run(requestOf('SELECT count(*) FROM range(1000000000000)'), leaving.signal)
    const next = textOf('SELECT 1 AS n', {}, one)
    await expect(textOf('SELECT 2', {}, one)).rejects.toThrow(TooManyQueries)
    leaving.abort()
    await expect(slow).rejects.toThrow(/client left/)
    expect(await next).toBe('[\n{"n":1}\n]\n')
  })

  test('a result that is cancelled frees its place', async () => {
    const one = limited({ running: 1, waiting: 1 })
    const { body } = await one.run(requestOf('SELECT repeat(range::TEXT, 20) FROM range(900000)'), never)
    const reader = body.getReader()
    await reader.read()
    await reader.cancel()
    expect(await textOf('SELECT 1 AS n', {}, one)).toBe('[\n{"n":1}\n]\n')
  })
})
