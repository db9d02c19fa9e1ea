// Tables that stay open: new files, files of a time, replaced files, limits of statements.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../../batch/config.ts'
import { openDatabase } from '../../../batch/lake/duckdb.ts'
import { type OpenStore, openFiles } from '../../../batch/lake/open-store.ts'
import { crashesTable } from '../../../batch/lake/tables.ts'
import { type LiveTables, openLiveTables, type TimeRange } from '../../../batch/serve/live-tables.ts'
import { createStatements } from '../../../batch/serve/statements.ts'
import { tableKey } from '../../../shared/keys.ts'
import { createFolderStorage } from '../../../shared/storage/folder/folder.node.ts'
import type { Stores } from '../../../shared/storage/storage.ts'
import { memoryStores, putRows } from '../support/rows.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-live-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const never = new AbortController().signal

function folderStores(root: string): Stores {
  const storage = (bucket: string) => createFolderStorage(join(root, bucket))
  return { crashes: storage('crashes'), lake: storage('lake'), symbols: storage('symbols') }
}

let stores = 0
/** An open store of each kind, with a clock of its own. */
function openTestStore(kind: 'folder' | 'copies') {
  const root = join(dir, String(stores++))
  const open: OpenStore = {
    ...(kind === 'folder'
      ? { url: `file:${root}`, stores: folderStores(root) }
      : { url: 'memory:', stores: memoryStores() }),
    cacheDir: join(root, 'cache'),
    config: readConfig({}),
  }
  let now = 0
  const failures: unknown[] = []
  const start = () => openLiveTables({ open, onFailure: (error) => failures.push(error), clock: () => now })
  const put = async (date: string, ...names: string[]) => {
    await using files = await openFiles(open)
    const rows = names.map((signature) => ({
      crash_id: signature,
      date,
      signature,
      processed_at: `${date}T12:00:00.000000+00:00`,
    }))
    await putRows(files, crashesTable, date, rows)
  }
  const pass = (ms: number) => {
    now += ms
  }
  return { open, start, put, failures, pass }
}

async function signatures(tables: LiveTables, processed?: TimeRange): Promise<string[]> {
  const rows = await tables.read(never, async ({ relation, run }) =>
    run<{ signature: string }>(
      `SELECT signature FROM ${await relation('crashes', processed && { processed })} ORDER BY 1`,
    ),
  )
  return rows.map(({ signature }) => signature)
}

describe.each(['folder', 'copies'] as const)('tables of a store read as %s', (kind) => {
  test('are empty without files', async () => {
    const { start } = openTestStore(kind)
    await using tables = await start()
    expect(await signatures(tables)).toEqual([])
  })

  test('show new and replaced files after five seconds, not before', async () => {
    const { start, put, pass } = openTestStore(kind)
    await put('2026-10-01', 'a')
    await using tables = await start()
    expect(await signatures(tables)).toEqual(['a'])
    await put('2026-10-02', 'b')
    pass(4999)
    expect(await signatures(tables)).toEqual(['a'])
    pass(1)
    expect(await signatures(tables)).toEqual(['a', 'b'])
    await put('2026-10-01', 'c', 'd')
    pass(5000)
    expect(await signatures(tables)).toEqual(['b', 'c', 'd'])
  })

  test('read only files that may have crashes of the time', async () => {
    const { start, put } = openTestStore(kind)
    for (const day of ['01', '02', '03']) await put(`2026-10-${day}`, day)
    await using tables = await start()
    const noon = (day: number) => Date.UTC(2026, 9, day, 12) * 1000
    expect(await signatures(tables, { from: noon(2), to: null })).toEqual(['02', '03'])
    expect(await signatures(tables, { from: noon(2) + 1, to: null })).toEqual(['03'])
    expect(await signatures(tables, { from: null, to: noon(2) })).toEqual(['01'])
    expect(await signatures(tables, { from: noon(1), to: noon(3) })).toEqual(['01', '02'])
  })

  test('are listed again when a file has vanished', async () => {
    const { open, start, put } = openTestStore(kind)
    await put('2026-10-01', 'a')
    await put('2026-10-02', 'b')
    await using tables = await start()
    expect(await signatures(tables)).toEqual(['a', 'b'])
    await open.stores.lake.delete(tableKey('crashes', '2026-10-01', '0of1', 0))
    // Copies outlive their file.
    expect(await signatures(tables)).toEqual(kind === 'folder' ? ['b'] : ['a', 'b'])
  })

  test('stay readable for a minute while the store fails', async () => {
    const { open, start, put, pass, failures } = openTestStore(kind)
    await put('2026-10-01', 'a')
    await using tables = await start()
    expect(await signatures(tables)).toEqual(['a'])
    if (kind === 'folder') return
    const { lake } = open.stores
    const list = lake.list
    lake.list = () => {
      throw new Error('The store is down')
    }
    pass(59_000)
    expect(await signatures(tables)).toEqual(['a'])
    expect(failures).toEqual([new Error('The store is down')])
    pass(5000)
    await expect(signatures(tables)).rejects.toThrow('The store is down')
    lake.list = list
    expect(await signatures(tables)).toEqual(['a'])
  })
})

describe('columns that are kept in memory and on disk', () => {
  const columns = new Set(['signature', 'processed_at'])
  async function kept(tables: LiveTables): Promise<{ found: string[]; isKept: boolean }> {
    return tables.read(never, async ({ relation, run }) => {
      const from = await relation('crashes', { columns })
      const rows = await run<{ signature: string }>(`SELECT signature FROM ${from} ORDER BY 1`)
      return { found: rows.map(({ signature }) => signature), isKept: from.includes('crash_rows') }
    })
  }

  test.each(['folder', 'copies'] as const)('show the same rows as the files (%s)', async (kind) => {
    const { start, put, pass } = openTestStore(kind)
    for (const day of ['01', '02', '03', '04']) await put(`2026-10-${day}`, `a${day}`)
    await using tables = await start()
    const all = ['a01', 'a02', 'a03', 'a04']
    expect(await kept(tables)).toEqual({ found: all, isKept: false })
    await tables.settled()
    expect(await kept(tables)).toEqual({ found: all, isKept: true })
    // A settled day and an open one are replaced, a new one follows.
    await put('2026-10-01', 'b01', 'c01')
    await put('2026-10-04', 'b04')
    await put('2026-10-05', 'a05')
    pass(5000)
    const now = ['a02', 'a03', 'a05', 'b01', 'b04', 'c01']
    expect((await kept(tables)).found).toEqual(now)
    await tables.settled()
    expect(await kept(tables)).toEqual({ found: now, isKept: true })
    // Rows of the replaced file are deleted once no statement reads them.
    pass(200_000)
    await put('2026-10-02', 'b02')
    await kept(tables)
    await tables.settled()
    const counted = await tables.read(never, ({ run }) => run('SELECT count(*) AS n FROM core.crash_rows'))
    // The current rows of days 1 to 3, and the replaced row of day 2.
    expect(counted).toEqual([{ n: 5n }])
    expect((await kept(tables)).found).toEqual(['a03', 'a05', 'b01', 'b02', 'b04', 'c01'])
  })

  test('are not used for other columns', async () => {
    const { start, put } = openTestStore('folder')
    for (const day of ['01', '02', '03']) await put(`2026-10-${day}`, day)
    await using tables = await start()
    await kept(tables)
    await tables.settled()
    const from = await tables.read(never, ({ relation }) =>
      relation('crashes', { columns: new Set(['signature', 'proto_signature']) }),
    )
    expect(from).not.toContain('crash_rows')
  })
})

describe('statements', () => {
  const long = 'SELECT sum(a.range * b.range) AS sum FROM range(3000000) a, range(1000000) b'

  test('are interrupted when their client leaves, and the connection is used again', async () => {
    using database = await openDatabase({ memory: '200MB', spillDir: join(dir, 'spill') })
    const statements = createStatements(database)
    const leaving = new AbortController()
    const running = statements.run(long, {}, leaving.signal)
    setImmediate(() => leaving.abort())
    await expect(running).rejects.toMatchObject({ code: 'timeout' })
    await expect(statements.run(long, {}, leaving.signal)).rejects.toMatchObject({ code: 'timeout' })
    expect(await statements.run('SELECT 1 AS one', {}, never)).toEqual([{ one: 1 }])
    statements.close()
  })

  test('wait for their turn; one that leaves while it waits frees its place; too many get 503', async () => {
    using database = await openDatabase({ memory: '200MB', spillDir: join(dir, 'spill') })
    const statements = createStatements(database)
    const leaving = new AbortController()
    const first = Array.from({ length: 4 }, () => statements.run(long, {}, leaving.signal))
    const waiting = new AbortController()
    const second = Array.from({ length: 200 }, () => statements.run('SELECT 1', {}, waiting.signal))
    await expect(statements.run('SELECT 1', {}, never)).rejects.toMatchObject({ status: 503 })
    waiting.abort()
    for (const outcome of await Promise.allSettled(second)) expect(outcome.status).toBe('rejected')
    const third = statements.run('SELECT 3 AS three', {}, never)
    leaving.abort()
    for (const outcome of await Promise.allSettled(first)) expect(outcome.status).toBe('rejected')
    expect(await third).toEqual([{ three: 3 }])
    statements.close()
  })
})
