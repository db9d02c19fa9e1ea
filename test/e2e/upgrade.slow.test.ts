// Stores of older versions in this one, as docs/upgrading.md describes.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { aggregatesRoot, homeKey } from '../../shared/keys.ts'
import { openStores } from '../../shared/storage/open.node.ts'
import { createTestEdge } from '../edge/edge.support.ts'
import { oldCrashes, oldVersions, unpackStore } from '../support/old-stores.ts'
import { callMayday } from '../support/run-mayday.ts'

vi.setConfig({ testTimeout: 120_000 })

const scratch = mkdtempSync(join(tmpdir(), 'mayday-upgrade-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe.each(oldVersions)('a store of $day', ({ day, aggregates }) => {
  const store = join(scratch, day)
  const mayday = async (...args: string[]) => {
    const { code, stdout, stderr } = await callMayday(args, {
      MAYDAY_STORE: `file:${store}`,
      MAYDAY_CACHE: join(scratch, `cache-${day}`),
      MAYDAY_WORKERS: '1',
    })
    return { code, stdout, stderr }
  }
  const all = oldCrashes.processed + oldCrashes.waiting
  const keysBelow = async (prefix: string) => {
    const open = await openStores(`file:${store}`, {})
    return (await Array.fromAsync(open.stores.lake.list(prefix))).map(({ key }) => key)
  }

  test('is read: only what was not processed is missing', async () => {
    unpackStore(day, store)
    const { code, stdout } = await mayday('verify', '--json')
    const lines = stdout.trim().split('\n')
    expect(code).toBe(1)
    const ids = new Set([...stdout.matchAll(/"crash_id":"([^"]+)"/g)].map(([, id]) => id))
    expect(lines.join()).not.toMatch(/orphan|double|unreadable/)
    expect(ids.size).toBe(oldCrashes.waiting)
  })

  test('is processed, aggregated and verified: rows of both versions are one table', async () => {
    expect(await mayday('process')).toMatchObject({ code: 0, stderr: '' })
    expect(await mayday('aggregate')).toMatchObject({ code: 0, stderr: '' })
    expect(await mayday('verify', '--deep')).toMatchObject({
      code: 0,
      stdout: `All consistent: ${all} reports of 2 days.\n`,
    })
    const { stdout } = await mayday(
      'sql',
      '--format',
      'json',
      'select signature, count(*) n, count(duplicate_of) duplicates from crashes group by all order by n desc, signature',
    )
    const rows = JSON.parse(stdout) as { signature: string; n: number; duplicates: number }[]
    expect(rows.reduce((sum, { n }) => sum + n, 0)).toBe(all)
    expect(rows[0]).toEqual({ signature: 'app::Ledger::read_balance', n: 2, duplicates: 1 })
  })

  test('has aggregates of this version only', async () => {
    const keys = await keysBelow(aggregatesRoot)
    expect(keys).toContain(homeKey)
    const versions = new Set(keys.filter((key) => key.endsWith('.json')).map((key) => key.split('/')[1]))
    expect([...versions]).toEqual([homeKey.split('/')[1]])
    expect(keys.some((key) => key.startsWith(aggregates))).toBe(homeKey.startsWith(aggregates))
  })

  test('is served: the reports and the refusals of the older edge', async () => {
    const open = await openStores(`file:${store}`, {})
    const edge = createTestEdge({}, undefined, open.stores.crashes)
    for await (const { key } of open.stores.crashes.list('raw/')) {
      const { status, text } = await edge.ask(
        new Request(`https://crash.example/api/report/${key.split('/').at(-1)}`),
      )
      expect([status, JSON.parse(text).signature]).toEqual([200, expect.stringMatching(/.+/)])
    }
    const { stdout } = await mayday(
      'sql',
      '--format',
      'csv',
      'select rule, sum(count) from refusals group by all',
    )
    expect(stdout).toContain('old_version,1')
  })
})
