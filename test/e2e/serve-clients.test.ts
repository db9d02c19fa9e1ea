// Programs that ask `mayday serve`: `mayday sql --server`, `mayday mcp --server` and clients of the bug endpoints.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { runMayday } from '../support/run-mayday.ts'
import { type RunningEdge, startServing } from '../support/running-edge.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const root = resolve(import.meta.dirname, '../..')
const dir = mkdtempSync(join(tmpdir(), 'mayday-clients-'))
const env = { MAYDAY_STORE: `file:${join(dir, 'store')}`, MAYDAY_CACHE: join(dir, 'cache') }
let edge: RunningEdge
let token: string

const mayday = async (args: readonly string[], more: Record<string, string> = {}) => {
  const { code, stdout, stderr } = await runMayday(args, { ...env, ...more })
  return { code, stdout, stderr }
}

beforeAll(async () => {
  await mayday(['simulate', '--crashes', '300', '--to', '2026-10-21'])
  await mayday(['aggregate'])
  const file = join(dir, 'bugs.csv')
  writeFileSync(file, 'id,signatures\n999999,[@ OOM | small]\n')
  await mayday(['bugs', 'import', file])
  const given = ['--label', 'analyst', '--permissions', 'run_custom_queries']
  token = (await mayday(['tokens', 'add', ...given])).stdout.trim()
  edge = await startServing(join(dir, 'store'), { MAYDAY_CACHE: join(dir, 'served'), SQL_MAX_ROWS: '250' })
})
afterAll(async () => {
  await edge?.stop()
  rmSync(dir, { recursive: true, force: true })
})

test('mayday sql --server prints what the server answers', async () => {
  const sql = (text: string, ...more: string[]) =>
    mayday(['sql', '--server', edge.url, text, ...more], { MAYDAY_TOKEN: token })
  const one = await sql('SELECT $name AS name, count(*) AS n FROM bugs', '-p', 'name=a b', '--format', 'csv')
  expect(one).toEqual({ code: 0, stdout: 'name,n\r\na b,1\r\n', stderr: '' })
  const table = await sql("SELECT 'a\u001b[31m' AS a; SELECT 2 AS b")
  expect(table.stdout).toContain('a\n')
  expect(table.stdout).toContain('(1 row)')
  expect(await sql('SELECT 1', '--format', 'parquet')).toMatchObject({ code: 0, stderr: '' })
  expect(await sql('FROM protected')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('View Personal Identifiable Information'),
  })
  expect(await sql('SELECT * FROM range(300)')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('more than 250 rows'),
  })
  const anonymous = await mayday(['sql', '--server', edge.url, 'SELECT 1'])
  expect(anonymous).toMatchObject({ code: 2, stderr: expect.stringContaining('MAYDAY_TOKEN is not set') })
})

test('bugs of a signature, by GET and POST', async () => {
  const expected = { hits: [{ id: 999999, signature: 'OOM | small' }], total: 1 }
  const form = new URLSearchParams({ signatures: 'OOM | small' })
  const get = await fetch(`${edge.url}/api/Bugs/?${form}`)
  expect(get.headers.get('cache-control')).toBe('private, max-age=300')
  expect(await get.json()).toEqual(expected)
  expect(await (await fetch(`${edge.url}/api/Bugs/`, { method: 'POST', body: form })).json()).toEqual(
    expected,
  )
  const byBug = `${edge.url}/api/SignaturesByBugs/?bug_ids=`
  expect(await (await fetch(`${byBug}999999`)).json()).toEqual(expected)
  const bad = await fetch(`${byBug}OOM`)
  expect([bad.status, await bad.json()]).toEqual([
    400,
    { error: "Bad request: BadArgumentError: Bad value for parameter(s) 'bug_ids'" },
  ])
  expect((await fetch(`${edge.url}/api/SignaturesByBugs/`, { method: 'POST', body: form })).status).toBe(405)
})

test('mayday mcp --server searches and queries with the token', async () => {
  const client = new Client({ name: 'test', version: '1' })
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [join(root, 'batch/mayday.js'), 'mcp', '--server', edge.url],
      env: { PATH: process.env.PATH!, MAYDAY_TOKEN: token },
    }),
  )
  const ask = async (name: string, input: Record<string, unknown>) => {
    const { content } = (await client.callTool({ name, arguments: input })) as { content: { text: string }[] }
    return JSON.parse(content[0]!.text)
  }
  try {
    const range = { from: '2026-09-20', to: '2026-10-23' }
    const found = await ask('search', {
      ...range,
      facets: ['product'],
      filters: { signature: '~sim' },
      limit: 1,
    })
    expect(found).toMatchObject({ total: expect.any(Number), hits: [{ product: expect.any(String) }] })
    expect(found.total).toBeGreaterThan(100)
    const { rows } = await ask('sql', { sql: 'SELECT count(*) AS n FROM crashes' })
    expect(rows).toEqual([{ n: 300 }])
    const { products } = await ask('top_crashers', {})
    expect(await ask('top_crashers', { product: products[0].product, days: 28 })).toMatchObject({
      page: expect.stringContaining(`${edge.url}/topcrashers/`),
    })
  } finally {
    await client.close()
  }
})
