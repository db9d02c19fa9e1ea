// Backup, restore and lost data, as docs/backup.md and docs/stored-data.md describe them: the prefixes and commands are read
// from these pages.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { aggregatesRoot } from '../../shared/keys.ts'
import { bucketNames } from '../../shared/storage/storage.ts'
import { oldCrashes, unpackStore } from '../support/old-stores.ts'
import { callMayday } from '../support/run-mayday.ts'
import { type Loss, readLosses, readStoredPrefixes } from '../support/stored-data-page.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const fixtures = resolve(import.meta.dirname, '../fixtures')
const scratch = mkdtempSync(join(tmpdir(), 'mayday-lost-'))
const products = join(scratch, 'products')
/** A store with everything that operators put into one. */
const whole = join(scratch, 'whole')
let content: Map<string, unknown>
const views = 'crashes protected modules signature_days build_days refusals usage bugs audit'.split(' ')

const mayday = async (store: string, ...args: string[]) => {
  const outcome = await callMayday(args, {
    MAYDAY_STORE: `file:${store}`,
    MAYDAY_CACHE: `${store}-cache`,
    MAYDAY_PRODUCTS: products,
    MAYDAY_WORKERS: '1',
  })
  expect(`${outcome.code} ${outcome.stderr}`, args.join(' ')).toBe('0 ')
  return outcome.stdout
}

/** What no report has. */
async function importFiles(store: string): Promise<void> {
  await mayday(store, 'import', '--usage', join(scratch, 'usage.csv'))
  await mayday(store, 'import', '--builds', join(scratch, 'builds.json'))
  await mayday(store, 'bugs', 'import', join(scratch, 'bugs.json'))
}

const madeAt = new Map([
  ['crashes', 'processed_at'],
  ['bugs', 'synced_at'],
])

/** Rows of all tables by view, and all aggregates, without the times at which they were made. */
async function contentOf(store: string): Promise<Map<string, unknown>> {
  const selects = views.map((view) => {
    const times = madeAt.has(view) ? `exclude (${madeAt.get(view)})` : ''
    return `select '${view}' as view, to_json(r)::varchar as row from (select * ${times} from ${view}) r`
  })
  const sql = `${selects.join(' union all ')} order by all`
  const rows: { view: string; row: string }[] = JSON.parse(
    await mayday(store, 'sql', '--format', 'json', sql),
  )
  const content = new Map<string, unknown>(Map.groupBy(rows, ({ view }) => view))
  const folder = join(store, 'lake', aggregatesRoot)
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    if (file.endsWith('.json')) content.set(file, withoutTimes(readFileSync(join(folder, file))))
  return content
}

/** A document, compressed or not. */
function withoutTimes(bytes: Buffer): unknown {
  const text = bytes[0] === 0x1f ? gunzipSync(bytes) : bytes
  return JSON.parse(text.toString(), (key, value) =>
    /^(generated|processed)_at$/.test(key) ? undefined : value,
  )
}

beforeAll(async () => {
  mkdirSync(products)
  unpackStore('2026-11-29', whole)
  const files = {
    'usage.csv': 'date,product,version,users\n2026-11-20,Ledger,1.0,1000\n2026-11-21,Ledger,1.0,1200\n',
    'builds.json': '{"product":"Ledger","version":"1.0","channel":"release","build_id":"20261101000000"}\n',
    'bugs.json': '[{"id":7,"signatures":["app::Ledger::read_balance"],"summary":"Crash on start"}]',
    'products/ledger.json': '{"name":"Ledger"}',
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(scratch, name), text)
  const modules = ['basics_O0', 'rs_generics_release']
  await mayday(whole, 'symbols', 'add', ...modules.map((name) => join(fixtures, 'symbols', name)))
  await mayday(whole, 'process')
  await mayday(whole, 'reprocess', '--where', 'true')
  await importFiles(whole)
  for (const command of ['aggregate', 'publish', 'verify']) await mayday(whole, command)
  content = await contentOf(whole)
})
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

test('the store has rows in every view', () => {
  expect([...content.keys()]).toEqual(expect.arrayContaining(views))
  expect(content.get('crashes')).toHaveLength(oldCrashes.processed + oldCrashes.waiting)
})

test.each(bucketNames)('the bucket %s has only what the page lists', (bucket) => {
  const prefixes = readStoredPrefixes().filter((one) => one.bucket === bucket)
  const unlisted = keysOf(whole, bucket).filter((key) => !prefixes.some(({ prefix }) => isBelow(key, prefix)))
  expect(unlisted).toEqual([])
})

describe('what was lost', () => {
  const losses = readLosses()
  // All that is not the whole bucket is lost at once, which takes less time.
  const isWhole = ({ lost }: Loss) => lost.prefixes.includes('tables/')
  const cases = [losses.filter(isWhole), losses.filter((loss) => !isWhole(loss))]
  const nameOf = ({ lost: { bucket, prefixes } }: Loss) => `${bucket}: ${prefixes.join(' ')}`

  test.each(cases.map((list) => [list.map(nameOf).join('; '), list] as const))(
    '%s is rebuilt',
    async (_name, list) => {
      const store = join(scratch, 'damaged')
      rmSync(store, { recursive: true, force: true })
      cpSync(whole, store, { recursive: true })
      for (const { lost } of list) lose(store, lost)
      if (list.some(isWhole)) await importFiles(store)
      const lines = new Set(list.flatMap(({ commands }) => commands.map((words) => words.join(' '))))
      for (const line of lines) await mayday(store, ...line.split(' '))
      expect(await mayday(store, 'verify', '--deep')).toMatch(/^All consistent/)
      expect(await contentOf(store)).toEqual(content)
    },
  )

  test('is found in the page', () => {
    expect(losses.length).toBeGreaterThan(3)
  })
})

test('a backup of the listed prefixes restores everything, also rows that outlive their reports', async () => {
  const store = join(scratch, 'running')
  const restored = join(scratch, 'restored')
  cpSync(whole, store, { recursive: true })
  const short = { reports: 1, documents: 1, protected: 1 }
  writeFileSync(join(products, 'groesse.json'), JSON.stringify({ name: 'Größe', retention: short }))
  await mayday(store, 'expire')
  await mayday(store, 'aggregate')
  const wanted = await contentOf(store)
  for (const { bucket, prefix } of readStoredPrefixes().filter(({ isBackedUp }) => isBackedUp))
    for (const key of keysOf(store, bucket).filter((one) => isBelow(one, prefix)))
      for (const file of [key, `.mayday/meta/${key}.json`])
        if (existsSync(join(store, bucket, file)))
          cpSync(join(store, bucket, file), join(restored, bucket, file), { recursive: true })
  for (const command of ['process', 'aggregate']) await mayday(restored, command)
  expect(await mayday(restored, 'verify', '--deep')).toMatch(/^All consistent/)
  expect(keysOf(restored, 'crashes').filter((key) => key.startsWith('raw/'))).toHaveLength(5)
  expect(wanted.get('crashes')).toHaveLength(oldCrashes.processed + oldCrashes.waiting)
  expect(await contentOf(restored)).toEqual(wanted)
})

function lose(store: string, { bucket, prefixes }: Loss['lost']): void {
  for (const prefix of prefixes)
    for (const folder of [prefix, join('.mayday/meta', prefix)])
      rmSync(join(store, bucket, folder), { recursive: true, force: true })
}

const isBelow = (key: string, prefix: string) =>
  prefix === 'FILE/ID/' ? /^[^/]+\/[0-9A-F]{9,}\/[^/]+$/.test(key) : key.startsWith(prefix)

/** Keys of a folder store. */
function keysOf(store: string, bucket: string): string[] {
  const entries = readdirSync(join(store, bucket), { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(store, bucket).length + 1))
    .filter((key) => !key.startsWith('.mayday'))
}
