// Damaged table files: every command names them with their cure, other days and tables continue, process repairs them.
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { writeAggregates } from '../../../../batch/aggregates/aggregate.ts'
import { readConfig } from '../../../../batch/config.ts'
import { rowsOf } from '../../../../batch/lake/duckdb.ts'
import { damageIn, describeDamage, expectedFailure } from '../../../../batch/lake/files/damage.ts'
import { type OpenStore, openFiles } from '../../../../batch/lake/open-store.ts'
import { openLake } from '../../../../batch/lake/views.ts'
import { verifyStore } from '../../../../batch/planning/verify.ts'
import { type ProcessOptions, processCrashes } from '../../../../batch/processing/process-run.ts'
import { expungeCrashes } from '../../../../batch/removal/expunge.ts'
import { homeKey, processedKey, quarantinePrefix, tableKey } from '../../../../shared/keys.ts'
import { createFolderStorage } from '../../../../shared/storage/folder/folder.node.ts'
import type { Stores } from '../../../../shared/storage/storage.ts'
import { runMayday } from '../../../support/run-mayday.ts'
import { fixtureDump, storeReport } from '../../../support/stored-reports.ts'
import { memoryStores } from '../../support/rows.ts'

const root = mkdtempSync(join(tmpdir(), 'mayday-damage-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const dump = fixtureDump('cpp-basics-O2-trap')
const [first, second] = ['2026-10-20', '2026-10-21'] as const
const keyOf = (table: string, date: string) => tableKey(table, date, '0of1', 0)

/** A store as others see it, whose objects can be damaged behind its back. */
interface Damageable {
  open: OpenStore
  damage(bucket: keyof Stores, key: string, how: (bytes: Uint8Array) => Uint8Array): Promise<void>
}

function folder(): Damageable {
  const dir = mkdtempSync(join(root, 'store-'))
  const stores = {
    crashes: createFolderStorage(join(dir, 'crashes')),
    lake: createFolderStorage(join(dir, 'lake')),
    symbols: createFolderStorage(join(dir, 'symbols')),
  }
  const damage: Damageable['damage'] = async (bucket, key, how) => {
    const path = join(dir, bucket, key)
    writeFileSync(path, how(readFileSync(path)))
  }
  return {
    open: { url: `file:${dir}`, stores, cacheDir: join(dir, 'cache'), config: readConfig({}) },
    damage,
  }
}

/** Like a bucket: metadata stays when the content rots. */
function bucket(): Damageable {
  const stores = memoryStores()
  const cacheDir = mkdtempSync(join(root, 'cache-'))
  const damage: Damageable['damage'] = async (name, key, how) => {
    const object = (await stores[name].get(key))!
    await stores[name].put(key, how(await object.bytes()), { metadata: object.metadata })
  }
  return { open: { url: 'memory:', stores, cacheDir, config: readConfig({}) }, damage }
}

const flip = (at: (length: number) => number) => (bytes: Uint8Array) => {
  const copy = bytes.slice()
  copy.fill(0xa5, at(copy.length), at(copy.length) + 24)
  return copy
}
const damages = {
  empty: () => new Uint8Array(),
  truncated: (bytes) => bytes.slice(0, bytes.length / 2),
  'flipped in a page': flip(() => 40),
  'flipped in the footer': flip((length) => length - 300),
} satisfies Record<string, (bytes: Uint8Array) => Uint8Array>

let store: Damageable
const run = (options: Partial<ProcessOptions> = {}) =>
  processCrashes({
    stores: store.open.stores,
    dir: store.open.cacheDir,
    duckdbMemory: '256MB',
    workers: 1,
    ...options,
  })

async function fill(): Promise<string[]> {
  const ids: string[] = []
  for (const day of [first, second]) {
    for (let n = 0; n < 2; n++) {
      ids.push(
        await storeReport(store.open.stores.crashes, {
          annotations: { ProductName: 'P', Version: '1', BuildID: '1', n: `${day} ${n}` },
          dumps: [{ name: 'upload_file_minidump', bytes: dump }],
          now: new Date(`${day}T12:00:00Z`),
        }),
      )
    }
  }
  await run()
  return ids
}

async function verify(thorough = false) {
  await using files = await openFiles(store.open, { thorough })
  return await verifyStore(files)
}

async function query<T>(sql: string): Promise<{ rows: T[]; damaged: string[] }> {
  await using lake = await openLake(store.open)
  return { rows: await rowsOf<T>(lake.database.connection, sql), damaged: [...lake.files.damaged.keys()] }
}

async function quarantined(name: 'crashes' | 'lake'): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.open.stores[name].list(quarantinePrefix())) keys.push(key)
  return keys
}

const tables = [
  ['crashes', 'lake'],
  ['modules', 'lake'],
  ['protected', 'crashes'],
] as const

describe('in a folder', () => {
  beforeEach(() => {
    store = folder()
  })

  test.each(Object.entries(damages))(
    'files that are %s are named by verify and repaired by process',
    async (_kind, how) => {
      await fill()
      const keys = tables.map(([table]) => keyOf(table, first))
      for (const [table, name] of tables) await store.damage(name, keyOf(table, first), how)

      const found = await verify()
      expect(found.damaged.map((file) => file.key).sort()).toEqual(keys.sort())
      expect(found.findings).toEqual([])
      for (const file of found.damaged) {
        const line = new RegExp(`^${file.key} is damaged \\([^/\\n]+\\): run mayday process --date ${first}$`)
        expect(describeDamage(file)).toMatch(line)
      }
      const { processed, damaged } = await run()
      expect({ processed, keys: damaged.map(({ key }) => key).sort() }).toEqual({ processed: 2, keys })
      const kept = [...(await quarantined('crashes')), ...(await quarantined('lake'))]
      expect(kept.sort()).toEqual(damaged.map(({ moved_to }) => moved_to).sort())
      expect(await verify(true)).toMatchObject({ crashes: 4, findings: [], damaged: [] })
      expect(await run()).toMatchObject({ planned: 0, damaged: [] })
    },
  )

  test('other days are queried, and processed, while a file of one day is damaged', async () => {
    await fill()
    await store.damage('lake', keyOf('crashes', first), damages.truncated)
    const answer = await query('SELECT date::VARCHAR AS date, count(*)::INT AS n FROM crashes GROUP BY ALL')
    expect(answer).toEqual({ rows: [{ date: second, n: 2 }], damaged: [keyOf('crashes', first)] })
    expect(await run({ dates: [second] })).toMatchObject({ planned: 0 })
  })

  test.each([
    ['truncated', damages.truncated],
    ['flipped in a page', damages['flipped in a page']],
  ])('aggregates are built from the other files, and repaired: %s', async (_kind, how) => {
    await fill()
    const { open } = store
    await writeAggregates(open)
    await store.damage('lake', keyOf('crashes', first), how)
    await store.damage('lake', tableKey('signatures', second, 'all', 0), how)
    await store.damage('lake', homeKey, damages.empty)
    const { damaged } = await writeAggregates(open)
    expect(damaged.map(({ key }) => key)).toEqual([keyOf('crashes', first)])
    // Counts of the day whose crashes cannot be read stay unchanged.
    const days = await query('SELECT date::VARCHAR AS date, count::INT AS n FROM signature_days ORDER BY 1')
    expect(days.rows).toEqual([
      { date: first, n: 2 },
      { date: second, n: 2 },
    ])
    const home = JSON.parse(new TextDecoder().decode(await (await open.stores.lake.get(homeKey))!.bytes()))
    expect(home.products[0].total.count).toBe(2)
  })

  test('commands print one line with the key and the cure, and fail', async () => {
    await fill()
    await store.damage('lake', keyOf('crashes', first), damages.truncated)
    const env = { MAYDAY_STORE: store.open.url, MAYDAY_CACHE: store.open.cacheDir }
    const line = `${keyOf('crashes', first)} is damaged (No magic bytes found): run mayday process --date ${first}`
    const sql = await runMayday(['sql', 'select count(*) n from crashes', '--format', 'csv'], env)
    expect(sql).toEqual({ code: 1, stdout: 'n\r\n2\r\n', stderr: `mayday: skipped: ${line}\n` })
    const verified = await runMayday(['verify'], env)
    expect(verified).toEqual({ code: 1, stdout: `${line}\n1 finding in 4 reports of 2 days.\n`, stderr: '' })
    const processed = await runMayday(['process', '--date', first], env)
    expect(processed).toMatchObject({ code: 0, stderr: '' })
    expect(processed.stdout).toContain(`${keyOf('crashes', first)} was damaged`)
    expect(await runMayday(['verify'], env)).toMatchObject({ code: 0 })
  })

  test('expunging a crash deletes damaged files that may hold its rows', async () => {
    const [id] = await fill()
    await store.damage('crashes', keyOf('protected', first), damages.truncated)
    await run()
    expect(await quarantined('crashes')).toHaveLength(1)
    await using files = await openFiles(store.open)
    await expungeCrashes(files, [id!])
    expect(await quarantined('crashes')).toEqual([])
    expect(await store.open.stores.crashes.head(processedKey(id!))).toBeNull()
  })
})

describe('in a bucket that keeps the metadata', () => {
  beforeEach(() => {
    store = bucket()
  })

  test('damaged files are found by their checksum, and repaired', async () => {
    await fill()
    const [key, how] = [keyOf('crashes', first), damages['flipped in a page']]
    await store.damage('lake', key, how)
    expect((await verify(true)).damaged.map((file) => file.key)).toEqual([key])
    // The sums of crash IDs in the metadata still agree: only a run over the day reads its files.
    expect(await run()).toMatchObject({ planned: 0 })
    expect(await run({ dates: [first] })).toMatchObject({ processed: 2, damaged: [{ key }] })
    expect(await verify(true)).toMatchObject({ findings: [], damaged: [] })
  })

  test('damaged files of derived tables are written again by aggregate', async () => {
    await fill()
    await writeAggregates(store.open)
    const key = tableKey('signatures', second, 'all', 0)
    await store.damage('lake', key, damages.truncated)
    const { damaged } = await writeAggregates(store.open)
    expect(damaged).toMatchObject([{ key, moved_to: expect.stringContaining(`quarantine/${key}/`) }])
    expect(await query('SELECT count::INT AS n FROM signature_days')).toEqual({
      rows: [{ n: 2 }, { n: 2 }],
      damaged: [],
    })
  })

  test('a damaged copy in the cache is fetched again', async () => {
    await fill()
    await store.damage('lake', keyOf('crashes', first), (bytes) => bytes)
    await verify()
    const { cacheDir } = store.open
    const [copy] = globSync(join(cacheDir, 'tables', `*crashes*${first}*`, 'v-*'))
    writeFileSync(copy!, 'short')
    expect(await verify()).toMatchObject({ findings: [], damaged: [] })
    expect(await run({ dates: [first] })).toMatchObject({ planned: 0, damaged: [] })
  })
})

describe('errors', () => {
  const failure = (error: unknown) => expectedFailure(error, '/var/cache/mayday')

  test.each([
    [
      'a table file in the cache',
      new Error(
        'Invalid Input Error: Failed to read file "/c/tables/tables~crashes~date~2026-10-21~0of1-0.parquet/v-1": ZSTD Decompression failure',
      ),
      'tables/crashes/date=2026-10-21/0of1-0.parquet is damaged (Failed to read: ZSTD Decompression failure): run mayday process --date 2026-10-21',
    ],
    [
      'a file without a name',
      new Error('Invalid Error: TProtocolException: Invalid data'),
      'A table file is damaged (TProtocolException: Invalid data): mayday verify --deep names it',
    ],
    [
      'memory',
      new Error('Out of Memory Error: failed to pin block (1 GB used)'),
      'DuckDB needs more memory: set MAYDAY_DUCKDB_MEMORY higher (Out of Memory Error: failed to pin block (1 GB used))',
    ],
    [
      'a full cache',
      Object.assign(new Error('ENOSPC: no space left on device, write'), {
        syscall: 'write',
        code: 'ENOSPC',
      }),
      'The cache /var/cache/mayday cannot be used (ENOSPC: no space left on device, write): free space or allow writing there, or set MAYDAY_CACHE to another folder',
    ],
    [
      'a full cache, found by DuckDB',
      new Error('IO Error: Could not write file "/var/cache/mayday/work/spill/x": No space left on device'),
      'The cache /var/cache/mayday cannot be used (IO Error: Could not write file "/var/cache/mayday/work/spill/x": No space left on device): free space or allow writing there, or set MAYDAY_CACHE to another folder',
    ],
  ])('of %s become one line with the cure', (_what, error, line) => {
    expect(failure(error)?.message).toBe(line)
  })

  test('that are bugs or wrong SQL are not translated', () => {
    const missing = Object.assign(new Error('ENOENT: /etc/x'), { syscall: 'open', path: '/etc/x' })
    for (const error of [
      new Error('Binder Error: column "x" not found'),
      new TypeError('x is not a function'),
      missing,
      'text',
    ])
      expect(failure(error)).toBeNull()
    expect(damageIn('Out of Memory Error: …')).toBeNull()
  })

  test('a cache that cannot be written stops a command with one line, also in /proc', async () => {
    const store = mkdtempSync(join(root, 'store-'))
    mkdirSync(join(store, 'crashes'))
    const env = { MAYDAY_STORE: `file:${store}`, MAYDAY_CACHE: '/proc/nope' }
    const { code, stderr } = await runMayday(['process'], env)
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^mayday: The cache \/proc\/nope cannot be used \(ENOENT.*set MAYDAY_CACHE to another folder\n$/,
    )
  })
})
