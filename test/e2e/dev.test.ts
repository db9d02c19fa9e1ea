// `mayday dev`, which is `npm start`: starts the whole system; a second start adds nothing.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import type { HomeAggregate, SignatureAggregate } from '../../shared/aggregates/documents.ts'
import { runMayday } from '../support/run-mayday.ts'
import { startSystem } from '../support/running-system.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 })

const scratch = mkdtempSync(join(tmpdir(), 'mayday-dev-'))
const storeDir = join(scratch, 'state')
// This key is too short for other commands.
const secrets = { CRASH_ID_KEY: 'short-secret', READ_TOKEN: 'the-secret-of-readers' }
const env = { MAYDAY_CACHE: join(scratch, 'cache'), ...secrets }

afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const start = () => runMayday(['dev', '--once', '--no-history', '--port', '0', '--store-dir', storeDir], env)
const count = async () => {
  const query =
    "select count(*) n, count(distinct crash_id) ids from crashes where vendor is distinct from 'simulated'"
  const { stdout } = await runMayday(['sql', query, '--format', 'json', '--store', `r2:${storeDir}`], env)
  return JSON.parse(stdout)[0] as { n: number; ids: number }
}

describe('mayday dev', () => {
  let rows = 0

  test('submits samples, some of which are refused, and processes the others', async () => {
    const { code, stdout, stderr } = await start()
    expect(`${code} ${stderr}`).toBe('0 ')
    const stored = Number(/sent, (\d+) stored/.exec(stdout)?.[1])
    expect(stored).toBeGreaterThan(100)
    expect(stdout).toMatch(/\d+ rule_heron_release, 1 rule_unsupported_version, 1 malformed_/)
    expect(stdout).toContain(`${stored} crashes on`)
    expect(stdout).not.toContain('FAILED')
    expect(stdout).toContain('CRASH_ID_KEY has fewer than 16 characters')
    expect(Object.values(secrets).filter((secret) => stdout.includes(secret))).toEqual([])
    rows = Number((await count()).n)
    expect(rows).toBe(stored)
  })

  test('gives the result of the README for the query of the README', async () => {
    const readme = readFileSync(resolve(import.meta.dirname, '../../README.md'), 'utf8')
    const [, query, shown] = /-- sql --store r2:local "([^"]+)"\n```\n\n```\n([^`]+)\n```/.exec(readme)!
    const { stdout } = await runMayday(['sql', query!, '--store', `r2:${storeDir}`], env)
    expect(stdout.trimEnd()).toBe(shown)
  })

  test('when started again adds no report, makes up the days before, and serves until it is interrupted', async () => {
    const { url, text, stop } = await startSystem(scratch, env, { history: true })
    expect(text).toMatch(/(\d+) sent, 0 stored, \1 already stored\n|stored since/)
    expect(text).toContain('nothing new')
    expect(await count()).toEqual({ n: rows, ids: rows })
    const home = (await (await fetch(`${url}/aggregates/v4/home.json`)).json()) as HomeAggregate
    const names = home.products.map(({ name }) => name).sort()
    expect(names).toEqual(['Almanac', 'Forge', 'Heron', 'Ledger', 'Quill', 'Tern'])
    const heron = home.products.find(({ name }) => name === 'Heron')!
    expect(heron.total.weighted).toBeGreaterThan(heron.total.count)
    const refused = (home.refused?.by_rule ?? []).map(({ rule }) => rule)
    expect(refused.sort()).toEqual([
      'heron_release',
      'malformed_invalid_payload_structure',
      'unsupported_version',
    ])
    expect(home.dates.length).toBe(28)
    expect(home.simulated).toBeGreaterThan(1500)
    const [leading] = heron.top_signatures
    const signature = (await (
      await fetch(`${url}/aggregates/v4/signatures/${leading!.id}.json`)
    ).json()) as SignatureAggregate
    for (const crashId of [signature.reports[0]!.crash_id, signature.reports.at(-1)!.crash_id])
      expect((await fetch(`${url}/api/report/${crashId}`)).status).toBe(200)
    const report = /One report +(\S+)/.exec(text)![1]!.replace('/report/index/', '/api/report/')
    expect((await fetch(report)).status).toBe(200)
    expect(await stop()).toBe(0)
    await expect(fetch(url)).rejects.toThrow()
  })
})
