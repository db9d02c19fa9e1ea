// The SDK's client asks `mayday mcp`, started as an assistant starts it.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeProcessedCrash } from '../../../batch/processing/processed-crash.ts'
import type { ProcessedCrash } from '../../../shared/crash.ts'
import { processedKey } from '../../../shared/keys.ts'
import { openStores } from '../../../shared/storage/open.node.ts'
import { runMayday } from '../../support/run-mayday.ts'

const root = resolve(import.meta.dirname, '../../..')
const dir = mkdtempSync(join(tmpdir(), 'mayday-mcp-'))
const store = `file:${join(dir, 'store')}`
const crashId = '0bba929f-8721-460c-8e70-a43c95d04261'.replace(/......$/, '261021')
const env = { MAYDAY_CACHE: join(dir, 'cache') }

const crash = {
  crash_id: crashId,
  signature: 'app::Ledger::read_balance',
  product: 'Ledger',
  version: '1.2',
  reason: 'SIGSEGV / SEGV_MAPERR',
  url: 'https://secret.example/',
  crashing_thread: 0,
  json_dump: {
    threads: [
      {
        frame_count: 1,
        frames: [
          {
            ...{
              frame: 0,
              module: 'ledger',
              function: 'app::Ledger::read_balance',
              file: 'ledger.cpp',
              line: 12,
            },
            ...{
              trust: 'context',
              offset: '0x1234',
              function_offset: null,
              inlines: null,
              missing_symbols: false,
            },
            ...{ module_offset: '0x1234', unloaded_modules: null },
          },
        ],
      },
    ],
  },
} as unknown as ProcessedCrash

beforeAll(async () => {
  await runMayday(['simulate', '--store', store, '--crashes', '400', '--to', '2026-10-21'], env)
  await runMayday(['aggregate', '--store', store], env)
  const { stores, close } = await openStores(store, {}, { missing: 'refuse' })
  await stores.crashes.put(processedKey(crashId), encodeProcessedCrash(crash))
  await close()
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

interface Answer {
  content: { type: string; text: string }[]
  isError?: boolean
}

/** A client of `mayday mcp` with these arguments. */
async function connect(args: readonly string[], more: Record<string, string> = {}) {
  const client = new Client({ name: 'test', version: '1' })
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [join(root, 'batch/mayday.js'), 'mcp', ...args],
    env: { PATH: process.env.PATH!, ...env, ...more },
    stderr: 'inherit',
  })
  await client.connect(transport)
  const call = async (name: string, input: object = {}) => {
    const { content, isError = false } = (await client.callTool({ name, arguments: { ...input } })) as Answer
    return { text: content[0]!.text, isError }
  }
  const json = async (name: string, input: object = {}) => JSON.parse((await call(name, input)).text)
  return { client, call, json, [Symbol.asyncDispose]: () => client.close() }
}

describe('over a store', () => {
  let mcp: Awaited<ReturnType<typeof connect>>
  beforeAll(async () => {
    mcp = await connect(['--store', store, '--dashboard', 'https://crashes.example.org/'])
  })
  afterAll(() => mcp[Symbol.asyncDispose]())

  test('names its tools, all of which only read', async () => {
    const { tools } = await mcp.client.listTools()
    const names = ['report', 'search', 'signature', 'sql', 'symbolicate', 'top_crashers']
    expect(tools.map(({ name }) => name).sort()).toEqual(names)
    for (const { annotations, inputSchema } of tools) {
      expect(annotations?.readOnlyHint).toBe(true)
      expect(inputSchema.type).toBe('object')
    }
  })

  test('top crashers, then one of their signatures', async () => {
    const { products } = await mcp.json('top_crashers')
    const [{ product }] = products
    const top = await mcp.json('top_crashers', { product, days: 28, limit: 3 })
    expect(top.signatures).toHaveLength(3)
    expect(top.signatures[0]).toMatchObject({ rank: 1, signature: expect.any(String) })
    expect(top.page).toMatch(/^https:\/\/crashes\.example\.org\/topcrashers\/\?product=/)
    const { signature, reports } = top.signatures[0]
    const one = await mcp.json('signature', { signature })
    expect(one).toMatchObject({ signature, page: expect.stringContaining('/signature/?signature=') })
    expect(one.reports).toBeGreaterThanOrEqual(reports)
    expect(one.newest_reports[0].crash_id).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('one report, without protected fields', async () => {
    const { text } = await mcp.call('report', { crash_id: `bp-${crashId}`, fields: ['url'] })
    expect(text).not.toContain('secret')
    expect(JSON.parse(text)).toMatchObject({
      fields: { crash_id: crashId, signature: 'app::Ledger::read_balance', reason: 'SIGSEGV / SEGV_MAPERR' },
      crashing_thread: ['0 ledger app::Ledger::read_balance (ledger.cpp:12) context'],
      page: `https://crashes.example.org/report/index/${crashId}`,
    })
  })

  test('a search with facets', async () => {
    const input = {
      from: '2026-09-01',
      to: '2026-11-01',
      facets: ['product'],
      limit: 2,
      filters: { signature: '~sim::' },
    }
    const answer = await mcp.json('search', input)
    expect(answer.total).toBeGreaterThan(100)
    expect(answer.hits).toHaveLength(2)
    expect(answer.facets.product[0]).toMatchObject({ term: expect.any(String), count: expect.any(Number) })
    expect(answer.report_page).toBe('https://crashes.example.org/report/index/<uuid>')
    const page = new URL(answer.page)
    expect([page.origin, page.pathname]).toEqual(['https://crashes.example.org', '/search/'])
    expect(page.searchParams.getAll('signature')).toEqual(['~sim::'])
  })

  test('SQL, of which only the first rows are shown', async () => {
    const answer = await mcp.json('sql', { sql: 'SELECT crash_id FROM crashes', limit: 5 })
    expect(answer).toEqual({ rows: expect.any(Array), note: 'Only the first 5 rows are shown' })
    expect(answer.rows).toHaveLength(5)
  })

  test('a pasted stack', async () => {
    const { text } = await mcp.call('symbolicate', {
      text: '0  app  0x100001234 0x100000000 + 4660\nnonsense',
    })
    expect(text).toContain('nonsense')
  })

  test.each([
    ['top_crashers', { product: 'x', days: 5 }, /days/],
    ['signature', { signature: 'never seen' }, /no such signature/],
    ['report', { crash_id: '../../etc/passwd' }, /crash ID/i],
    ['report', { crash_id: crashId.replace('0bba', 'ffff') }, /no processed report/],
    ['search', { filters: { user_comments: 'x' } }, /user_comments/],
    ['search', { filters: { uptime: 'x' } }, /not a valid int/],
    ['symbolicate', { text: 'hello' }, /No line/],
    ['sql', { sql: 'FROM protected' }, /protected/],
    ['sql', { sql: "SELECT * FROM read_text('/etc/passwd')" }, /not allowed/],
    ['sql', {}, /sql/],
  ])('%s of %j is an error that a model can read', async (name, input, message) => {
    const { text, isError } = await mcp.call(name, input)
    expect(isError).toBe(true)
    expect(text).toMatch(message)
  })

  test('an unknown product is answered with the known ones', async () => {
    expect(await mcp.json('top_crashers', { product: '__proto__' })).toMatchObject({
      unknown_product: '__proto__',
      products: [{ product: expect.any(String) }, {}, {}],
    })
  })
})

describe('over a server', () => {
  const requests: { url: string; token: string | undefined }[] = []
  let server: Server
  let url: string
  beforeAll(async () => {
    server = createServer((request, response) => {
      requests.push({ url: request.url!, token: request.headers['auth-token'] as string | undefined })
      const send = (status: number, body: string | Buffer) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(body)
      if (request.url!.startsWith('/aggregates/')) {
        const path = join(dir, 'store/lake', decodeURIComponent(request.url!))
        return send(200, readFileSync(path))
      }
      if (request.url === `/api/report/${crashId}`) return send(200, JSON.stringify(crash))
      if (request.url!.startsWith('/api/SuperSearch/'))
        return send(200, JSON.stringify({ hits: [], total: 0, facets: {} }))
      if (request.url === '/api/sql') return send(200, '{"a":1}\n{"a":2}\n{"a":3}\n')
      if (request.url === '/symbols/symbolicate/v5')
        return send(400, JSON.stringify({ error: 'the job has no modules' }))
      return send(404, '{}')
    }).listen(0, '127.0.0.1')
    await new Promise((resume) => server.once('listening', resume))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => void server.close())

  test('the tools ask the server, with the token', async () => {
    await using mcp = await connect(['--server', url], { MAYDAY_TOKEN: 'secret-token' })
    const { products } = await mcp.json('top_crashers')
    const top = await mcp.json('top_crashers', { product: products[0].product })
    expect(top.page).toContain(`${url}/topcrashers/`)
    const report = await mcp.json('report', { crash_id: crashId, fields: ['url'] })
    expect(report.fields.url).toBe('https://secret.example/')
    expect(await mcp.json('search', { filters: { product: 'Ledger' } })).toMatchObject({ total: 0 })
    expect(await mcp.json('sql', { sql: 'SELECT 1', limit: 2 })).toMatchObject({ rows: [{ a: 1 }, { a: 2 }] })
    const { isError, text } = await mcp.call('symbolicate', {
      text: '0  app  0x100001234 0x100000000 + 4660',
    })
    expect([isError, text]).toEqual([true, expect.stringContaining('the job has no modules')])
    expect(text).not.toContain('secret-token')
    expect(new Set(requests.map(({ token }) => token))).toEqual(new Set(['secret-token']))
  })

  test('a server that does not answer is an error that a model can read', async () => {
    await using mcp = await connect(['--server', 'http://127.0.0.1:9'])
    expect(await mcp.call('top_crashers')).toMatchObject({
      isError: true,
      text: expect.stringContaining('did not respond'),
    })
  })
})
