// From submission to rows, processed crashes and aggregates: the real edge, the real commands, real crashes.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { HomeAggregate } from '../../shared/aggregates/documents.ts'
import { processedKey } from '../../shared/keys.ts'
import { openStores } from '../../shared/storage/open.node.ts'
import { type Outcome, runMayday } from '../support/run-mayday.ts'
import { type RunningEdge, startDenoEdge, startWorkerdEdge } from '../support/running-edge.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 })

const fixtures = resolve(import.meta.dirname, '../fixtures')
const dumps = ['dumps', 'synthetic'].flatMap((folder) =>
  readdirSync(join(fixtures, folder))
    .filter((file) => /\.dmp(\.gz)?$/.test(file))
    .map((file) => join(fixtures, folder, file)),
)
const email = 'reporter@example.org'

describe.each([
  { runtime: 'workerd with R2', start: startWorkerdEdge },
  { runtime: 'Deno with a folder', start: startDenoEdge },
])('the pipeline: $runtime', ({ start }) => {
  const scratch = mkdtempSync(join(tmpdir(), 'mayday-e2e-'))
  let edge: RunningEdge
  let ids: string[]

  const mayday = (...args: string[]) =>
    runMayday(args, { MAYDAY_STORE: edge.store, MAYDAY_CACHE: join(scratch, 'cache') })
  const fine = async (outcome: Promise<Outcome>): Promise<string> => {
    const { code, stdout, stderr } = await outcome
    expect(`${code} ${stderr}`).toBe('0 ')
    return stdout
  }
  const query = async (sql: string) =>
    JSON.parse(await fine(mayday('sql', sql, '--format', 'json'))) as Record<string, unknown>[]
  const submitAll = async () => {
    const annotations = ['ProductName=Fixture', 'Version=1.0', 'ReleaseChannel=beta', `Email=${email}`]
    const args = [
      ...dumps,
      ...annotations.flatMap((pair) => ['-a', pair]),
      '-a',
      'URL=https://secret.example/',
    ]
    const lines = (await fine(mayday('submit', ...args, '--url', `${edge.url}/submit`, '--json'))).trim()
    return lines.split('\n').map((line) => (JSON.parse(line) as { crashId: string }).crashId)
  }

  beforeAll(async () => {
    edge = await start(join(scratch, 'state'))
  })
  afterAll(async () => {
    await edge?.stop()
    rmSync(scratch, { recursive: true, force: true })
  })

  test('every dump is accepted and gets its own crash ID', async () => {
    ids = await submitAll()
    expect(new Set(ids).size).toBe(dumps.length)
  })

  test('every report is processed', async () => {
    const report = JSON.parse(
      await fine(mayday('process', '--json', '--symbols', join(fixtures, 'symbols'))),
    ) as Record<string, unknown>
    expect(report).toMatchObject({ planned: dumps.length, processed: dumps.length, lost_threads: [] })
  })

  test('every row has product, platform, reason, address, modules and a crashing thread', async () => {
    const rows = await query(
      'select crash_id, product, version, platform, reason, address, crashing_thread, len(frames) frames from crashes',
    )
    expect(rows.map((row) => row.crash_id).sort()).toEqual([...ids].sort())
    const bad = rows.filter(
      (row) =>
        row.product !== 'Fixture' ||
        row.version !== '1.0' ||
        !row.platform ||
        !row.reason ||
        !row.address ||
        row.crashing_thread === null ||
        !(Number(row.frames) > 0),
    )
    expect(bad).toEqual([])
    const [modules] = await query('select count(distinct crash_id) n from modules')
    expect(Number(modules!.n)).toBe(dumps.length)
    const platforms = await query('select distinct platform from crashes order by 1')
    expect(platforms.map((row) => row.platform)).toEqual(['Linux', 'Mac OS X', 'Windows NT'])
  })

  test('signatures name the functions that crashed', async () => {
    const signatures = (await query('select signature from crashes')).map((row) => String(row.signature))
    for (const name of ['app::Ledger::read_balance', 'Parser::fail', 'ledger::Report::total'])
      expect(signatures.join('\n')).toContain(name)
  })

  test('aggregates are served with an ETag, and 304 to clients that have them', async () => {
    await fine(mayday('aggregate'))
    const url = `${edge.url}/aggregates/v4/home.json`
    const response = await fetch(url)
    const home = (await response.json()) as HomeAggregate
    expect(home.products.map(({ name, total }) => [name, total.count])).toEqual([['Fixture', dumps.length]])
    const etag = response.headers.get('etag')
    expect(etag).toBeTruthy()
    expect((await fetch(url, { headers: { 'if-none-match': etag! } })).status).toBe(304)
  })

  test('the public view of a report has no protected fields', async () => {
    for (const id of [ids[0]!, `bp-${ids.at(-1)}`]) {
      const response = await fetch(`${edge.url}/api/report/${id}`)
      expect(response.status).toBe(200)
      const text = await response.text()
      expect(JSON.parse(text)).toMatchObject({ product: 'Fixture', version: '1.0' })
      expect(text).not.toContain(email)
      expect(text).not.toContain('secret.example')
    }
  })

  test('the dashboard is served by the same edge', async () => {
    for (const path of ['/', '/topcrashers/?product=Fixture', `/report/index/${ids[0]}`]) {
      const response = await fetch(`${edge.url}${path}`)
      expect(response.status).toBe(200)
      expect(await response.text()).toContain('<title>')
    }
  })

  test('submitting all dumps again adds nothing', async () => {
    expect(await submitAll()).toEqual(ids)
    expect(JSON.parse(await fine(mayday('process', '--json')))).toMatchObject({ planned: 0 })
    const [row] = await query('select count(*) n from crashes')
    expect(Number(row!.n)).toBe(dumps.length)
  })

  test('verify finds a missing processed crash, and process recreates it', async () => {
    await fine(mayday('verify'))
    const { stores, close } = await openStores(edge.store, process.env)
    await stores.crashes.delete(processedKey(ids[3]!))
    await close()
    const found = await mayday('verify')
    expect(found.code).toBe(1)
    expect(found.stdout).toContain(ids[3])
    expect(JSON.parse(await fine(mayday('process', '--json')))).toMatchObject({ planned: 1, processed: 1 })
    await fine(mayday('verify'))
    expect((await fetch(`${edge.url}/api/report/${ids[3]}`)).status).toBe(200)
  })
})
