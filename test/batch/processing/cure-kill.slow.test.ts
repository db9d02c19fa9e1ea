// Kills each cure with SIGKILL after some writes to the store: the same command then completes it.
import { cpSync, mkdtempSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { processedKey, rawKey, tableKey } from '../../../shared/keys.ts'
import { createFolderStorage } from '../../../shared/storage/folder/folder.node.ts'
import { callMayday } from '../../support/run-mayday.ts'
import { fixtureDump, storeReport } from '../../support/stored-reports.ts'
import { killAfter } from '../support/kill-after.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-cure-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
const env = { MAYDAY_CACHE: join(dir, 'cache') }
const date = '2026-10-21'
const crashes = 6
const timeout = 5 * 60_000
let ids: string[]

const mayday = (store: string, ...args: string[]) => callMayday([...args, '--store', `file:${store}`], env)

/** A consistent store, which the tests copy. */
beforeAll(async () => {
  const storage = createFolderStorage(join(dir, 'sound', 'crashes'))
  const dumps = [{ name: 'upload_file_minidump', bytes: fixtureDump('cpp-basics-O2-trap') }]
  ids = []
  for (let n = 0; n < crashes; n++)
    ids.push(await storeReport(storage, { annotations: { ProductName: 'P', n: String(n) }, dumps }))
  for (const command of ['process', 'aggregate'])
    expect(await mayday(join(dir, 'sound'), command)).toMatchObject({ code: 0 })
}, timeout)

const program = resolve(import.meta.dirname, '../../../batch/mayday.ts')

const cures = [
  {
    name: 'process, which moves damaged table files to quarantine',
    damage: (store: string) => {
      truncateSync(join(store, 'lake', tableKey('crashes', date, '0of1', 0)), 100)
      truncateSync(join(store, 'crashes', tableKey('protected', date, '0of1', 0)), 100)
    },
    cure: () => ['process', '--date', date],
    writes: 5,
    left: crashes,
  },
  {
    name: 'process, which writes rows of a crash whose report cannot be read',
    damage: (store: string) => {
      truncateSync(join(store, 'crashes', rawKey(ids[0]!)), 100)
      truncateSync(join(store, 'lake', tableKey('crashes', date, '0of1', 0)), 100)
    },
    cure: () => ['process', '--date', date],
    writes: 3,
    left: crashes,
  },
  {
    name: 'process --crash-id, which replaces a processed crash that cannot be read',
    damage: (store: string) => truncateSync(join(store, 'crashes', processedKey(ids[0]!)), 10),
    cure: () => ['process', '--crash-id', ids[0]!],
    writes: 1,
    left: crashes,
  },
  {
    name: 'expunge',
    damage: () => {},
    cure: () => ['expunge', ids[0]!, ids[1]!],
    writes: 3,
    left: crashes - 2,
  },
] as const

test.each(cures)(
  '$name, killed after $writes writes',
  { timeout },
  async ({ damage, cure, left, writes }) => {
    const store = mkdtempSync(join(dir, 'store-'))
    cpSync(join(dir, 'sound'), store, { recursive: true, preserveTimestamps: true })
    damage(store)
    expect(await killAfter(writes, store, [program, ...cure(), '--store', `file:${store}`], env)).toBe(true)
    await mayday(store, ...cure())
    const deep = JSON.parse((await mayday(store, 'verify', '--deep', '--json')).stdout)
    const findings = deep.findings.filter(({ kind }: { kind: string }) => kind !== 'unreadable_report')
    expect({ findings, damaged: deep.damaged }).toEqual({ findings: [], damaged: [] })
    const sql = 'select count(*) n, count(distinct crash_id) ids from crashes'
    const count = await mayday(store, 'sql', sql, '--format', 'csv')
    expect(count).toMatchObject({ code: 0, stdout: `n,ids\r\n${left},${left}\r\n` })
  },
)

test('aggregate, which writes damaged derived tables and aggregates again', { timeout }, async () => {
  const store = mkdtempSync(join(dir, 'store-'))
  cpSync(join(dir, 'sound'), store, { recursive: true, preserveTimestamps: true })
  truncateSync(join(store, 'lake', tableKey('signatures', date, 'all', 0)), 100)
  truncateSync(join(store, 'lake', 'aggregates/v4/home.json'), 10)
  expect(await killAfter(1, store, [program, 'aggregate', '--store', `file:${store}`], env)).toBe(true)
  expect(await mayday(store, 'aggregate')).toMatchObject({ code: 0 })
  expect(await mayday(store, 'verify', '--deep')).toMatchObject({ code: 0 })
  const count = await mayday(store, 'sql', 'select sum(count)::int n from signature_days', '--format', 'csv')
  expect(count.stdout).toBe(`n\r\n${crashes}\r\n`)
})
