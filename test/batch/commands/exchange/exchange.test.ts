// The commands that take data in and out: bugs, import, export, simulate.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { trackersOf } from '../../../../batch/commands/exchange/bugs.ts'
import { rawKey } from '../../../../shared/keys.ts'
import { createFolderStorage } from '../../../../shared/storage/folder/folder.node.ts'
import { startTrackers } from '../../../support/bug-trackers.ts'
import { callMayday } from '../../../support/run-mayday.ts'
import { storeReport } from '../../../support/stored-reports.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-exchange-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
const crashes = createFolderStorage(join(dir, 'store', 'crashes'))
const call = (...args: string[]) =>
  callMayday([...args, '--store', `file:${join(dir, 'store')}`], { MAYDAY_CACHE: join(dir, 'cache') })
const file = (name: string, text: string) => {
  writeFileSync(join(dir, name), text)
  return join(dir, name)
}
let id: string
beforeAll(async () => {
  id = await storeReport(crashes, { annotations: { ProductName: 'Lumen', Version: '1.0' } })
})

describe('bugs', () => {
  test('are imported, counted, and removed by their tracker', async () => {
    const bugs = file('bugs.csv', 'id,signatures,is_private\n1,[@ a] [@ b],\n2,[@ c],\n3,[@ d],true\n')
    const added = 'Imported 2 bugs with 3 signatures: 2 new or changed, 0 removed.'
    expect(await call('bugs', 'import', bugs, '--tracker', 't')).toEqual({
      ...{ code: 0, stderr: '' },
      stdout: `${added} Skipped 1 private bugs.\n`,
    })
    const all = await call('bugs', 'import', bugs, '--tracker', 't', '--private', '--json')
    expect(JSON.parse(all.stdout)).toMatchObject({
      bugs: 3,
      signatures: 4,
      stored: 1,
      removed: 0,
      private: 0,
    })
    expect(await call('bugs', 'remove', 't')).toEqual({ code: 0, stdout: 'Removed 3 bugs.\n', stderr: '' })
    expect(await call('bugs', 'remove', 't')).toMatchObject({
      ...{ code: 1, stdout: '' },
      stderr: 'mayday: The table has no bugs of t\n',
    })
  })

  test('are read from a tracker that is named', async () => {
    expect(await call('bugs', 'sync')).toEqual({
      ...{ code: 2, stdout: '' },
      stderr:
        'mayday: Name a tracker with --bugzilla, --github or --gitlab, or in the bug_trackers of a product file\n',
    })
    const url = (kind: 'bugzilla' | 'github' | 'gitlab', text: string) =>
      trackersOf({ [kind]: text }).map((tracker) => [tracker.kind, tracker.url, tracker.private_bugs])
    expect(url('github', 'example/ledger')).toEqual([['github', 'https://github.com/example/ledger', 'omit']])
    expect(url('github', 'https://git.example.org/a/b')).toEqual([
      ['github', 'https://git.example.org/a/b', 'omit'],
    ])
    expect(url('bugzilla', 'https://b.example.org')).toEqual([['bugzilla', 'https://b.example.org', 'omit']])
    expect(url('gitlab', 'https://gitlab.com/a/b')).toEqual([['gitlab', 'https://gitlab.com/a/b', 'omit']])
    expect(trackersOf({ gitlab: 'https://gitlab.com/a/b', private: true })).toMatchObject([
      { private_bugs: 'include' },
    ])
    expect(trackersOf({})).toEqual([])
  })

  test('are read from the trackers of product files, of a store that exists', async () => {
    await using trackers = await startTrackers()
    const changed = Date.UTC(2026, 9, 21)
    trackers.bugs = [{ id: 1, title: 'a', text: '[@ f]', open: true, created: changed, changed }]
    const products = join(dir, 'products')
    mkdirSync(products)
    const bug_trackers = [{ kind: 'bugzilla', url: `${trackers.url}/bugzilla` }]
    writeFileSync(join(products, 'lumen.json'), JSON.stringify({ name: 'Lumen', bug_trackers }))
    const { code, stdout } = await call('bugs', 'sync', '--products', products)
    expect([code, stdout]).toEqual([0, expect.stringContaining(`${trackers.url}/bugzilla: `)])
    const none = join(dir, 'none')
    const refused = await callMayday(['bugs', 'sync', '--products', products, '--store', `file:${none}`])
    expect([refused.code, refused.stdout, existsSync(none)]).toEqual([1, '', false])
  })
})

describe('import', () => {
  test.each([
    [['--builds', '/nope.json'], 'mayday: /nope.json cannot be read\n'],
    [[], 'mayday: Select what to import with --socorro, --builds or --usage\n'],
    [
      ['--builds', 'a', '--usage', 'b'],
      'mayday: Select what to import with --socorro, --builds or --usage\n',
    ],
  ])('%j fails', async (args, stderr) => {
    expect(await call('import', ...args)).toEqual({ code: 2, stdout: '', stderr })
  })

  test('takes builds and usage, and counts them', async () => {
    const build = { product: 'Lumen', version: '1.0', channel: 'release', build_id: '20261021000000' }
    const builds = file('builds.json', JSON.stringify([build, { ...build, version: '2.0' }]))
    expect((await call('import', '--builds', builds)).stdout).toBe('Took 2 builds.\n')
    expect((await call('import', '--builds', builds, '--json')).stdout).toBe('{"builds":2}\n')
    const usage = file('usage.csv', 'date,product,users\n2026-10-21,Lumen,5\n')
    expect((await call('import', '--usage', usage)).stdout).toBe('Imported 1 rows of usage.\n')
    expect((await call('import', '--usage', usage, '--json')).stdout).toBe('{"rows":1}\n')
  })

  test('takes what export wrote, and reports what it cannot read', async () => {
    const out = join(dir, 'out')
    expect(await call('export', '--socorro', out, '--date', '2026-10-21', '--date', '2026-10-22')).toEqual({
      ...{ code: 0, stderr: '' },
      stdout: `Wrote 1 raw and 0 processed crashes to ${out}.\n`,
    })
    expect(readdirSync(join(out, 'v1')).sort()).toContain('raw_crash')
    const again = await call('import', '--socorro', out)
    expect(again).toEqual({ code: 0, stderr: '', stdout: 'Stored 0 reports; 1 were already stored.\n' })
    await crashes.delete(rawKey(id))
    expect(JSON.parse((await call('import', '--socorro', out, '--json')).stdout)).toEqual({
      ...{ imported: 1, present: 0, failed: [] },
    })
    await crashes.put(rawKey(id), new Uint8Array([1]))
    const failed = await call('export', '--socorro', out, '--date', '2026-10-21', '--json')
    expect(failed.code).toBe(1)
    expect(JSON.parse(failed.stdout)).toMatchObject({ raw: 0, processed: 0, failed: [{ crash_id: id }] })
    expect(failed.stderr).toMatch(new RegExp(`^mayday: ${id}: .+\n$`))
  })
})

describe('simulate', () => {
  const simulate = (name: string, ...args: string[]) =>
    callMayday(
      ['simulate', '--store', `file:${join(dir, name)}`, '--to', '2026-10-21', '--days', '2', ...args],
      { MAYDAY_CACHE: join(dir, 'cache') },
    )

  test('writes rows, or reports', async () => {
    const rows = await simulate('rows', '--crashes', '20')
    expect(rows.stdout).toMatch(/^Wrote \d+ made-up crashes of 2 days up to 2026-10-21\.\n$/)
    const reports = await simulate('reports', '--crashes', '4', '--reports')
    expect(reports.stdout).toBe('Stored 4 made-up reports of 2 days up to 2026-10-21.\n')
    expect(readdirSync(join(dir, 'reports', 'crashes', 'raw')).sort()).toEqual(['20261020', '20261021'])
  })
})
