// Sizes, numbers and times at which the tables of `mayday serve` change what they do, each at its exact value.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeRows } from '../../../batch/lake/parquet.ts'
import { rowsOfColumns } from '../../../batch/lake/rows.ts'
import { crashesTable } from '../../../batch/lake/tables.ts'
import { openCoreRows } from '../../../batch/serve/core-rows.ts'
import { createKnownProducts } from '../../../batch/serve/known-products.ts'
import { type LiveFile, openLiveFiles, parquetOf } from '../../../batch/serve/live-files.ts'
import type { LiveTables } from '../../../batch/serve/live-tables.ts'
import { crashSignatures } from '../../../batch/serve/signatures.ts'
import { runSql } from '../../../batch/serve/sql.ts'
import { createStatements } from '../../../batch/serve/statements.ts'
import { ProtectedTables, TooManyQueries } from '../../../batch/sql/sandbox/query-runner.ts'
import { createStandIns } from '../../../batch/sql/stand-ins.ts'
import type { Call } from '../../../shared/api/calls.ts'
import { ApiProblem } from '../../../shared/api/problems.ts'
import { type Bench, memoryStores, openBench, putRows } from '../support/rows.ts'

let bench: Bench
let schema: string
beforeAll(async () => {
  bench = await openBench(memoryStores())
  schema = (await createStandIns(bench.files.database, join(bench.dir, 'stand-ins'), crashesTable, [])).schema
})
afterAll(() => bench.close())

const never = new AbortController().signal
const gibibyte = 2 ** 30

/** A file of a day with a crash, as if it had `size` bytes. */
async function fileOf(date: string, size = 1000, name = date): Promise<LiveFile> {
  const path = join(bench.dir, `${name}.parquet`)
  const rows = rowsOfColumns(crashesTable.columns, [{ crash_id: name, date, signature: `s ${name}` }])
  await writeRows(bench.files, crashesTable, [rows], path)
  return { path, date, version: `${name} ${size}`, size }
}

describe('rows that are kept', () => {
  const columns = new Set(['signature'])
  let opened = 0
  async function openKept(now = { ms: 0 }) {
    const dir = join(bench.dir, `core-${opened++}`)
    mkdirSync(dir)
    const failures: unknown[] = []
    const onFailure = (error: unknown) => void failures.push(error)
    const { database } = bench.files
    const kept = await openCoreRows(database, { schema, dir, onFailure, clock: () => now.ms })
    return {
      failures,
      async follow(...listing: LiveFile[]) {
        kept.follow(listing)
        await kept.settled()
      },
      /** Which of these files are kept, by their names. */
      keptOf: (files: readonly LiveFile[]) =>
        files.filter((file) => kept.relation([file], columns, () => 'p') !== null).map(({ date }) => date),
      relation: kept.relation,
      async stored(): Promise<unknown[]> {
        const reader = await database.connection.runAndReadAll(
          'SELECT crash_id FROM core.crash_rows ORDER BY 1',
        )
        return reader.getColumnsJS()[0] ?? []
      },
      async [Symbol.asyncDispose]() {
        await kept.close()
        await database.connection.run('DETACH core')
      },
    }
  }

  test.each([
    ['the last two days', [1, 1, 1, 1], ['2026-10-01', '2026-10-02']],
    ['nothing of two days', [1, 1], []],
    ['4 GiB', [2 * gibibyte, 2 * gibibyte, 1, 1], ['2026-10-01', '2026-10-02']],
    ['more than 4 GiB: the newest', [2 * gibibyte, 2 * gibibyte + 1, 1, 1], ['2026-10-02']],
  ])('are not of %s', async (_, sizes, expected) => {
    await using kept = await openKept()
    const days = await Promise.all(sizes.map((size, i) => fileOf(`2026-10-0${i + 1}`, size)))
    await kept.follow(...days)
    expect([kept.keptOf(days), kept.failures]).toEqual([expected, []])
  })

  test('are all columns of searches; other files are read where they are', async () => {
    await using kept = await openKept()
    const days = await Promise.all([1, 2, 3].map((day) => fileOf(`2026-10-0${day}`)))
    await kept.follow(...days)
    const parquet = (files: readonly LiveFile[]) => `<${files.map(({ date }) => date).join()}>`
    const searched = [
      ...['crash_id', 'date', 'product', 'release_channel', 'version', 'build_id', 'platform'],
      ...['platform_pretty_version', 'cpu_arch', 'process_type', 'report_type', 'reason', 'startup_crash'],
      ...['is_garbage_collecting', 'duplicate_of', 'weight', 'signature', 'processed_at', 'submitted_at'],
      ...['uptime', 'install_time', 'address'],
    ]
    const list = searched.map((name) => `"${name}"`).join(', ')
    const own = `SELECT ${list} FROM core.crash_rows WHERE file IN (1)`
    expect(kept.relation([days[0]!], new Set(searched), parquet)).toBe(`(${own})`)
    expect(kept.relation(days, columns, parquet)).toBe(
      `(${own} UNION ALL SELECT ${list} FROM <2026-10-02,2026-10-03>)`,
    )
    expect(kept.relation(days.slice(1), columns, parquet)).toBeNull()
    expect(kept.relation(days, new Set(['signature', 'url']), parquet)).toBeNull()
  })

  test('of a replaced file go when no statement reads them any more: after two minutes', async () => {
    const now = { ms: 0 }
    await using kept = await openKept(now)
    const later = await Promise.all(['2026-10-08', '2026-10-09'].map((date) => fileOf(date)))
    const versions = await Promise.all(['a', 'b', 'c', 'd'].map((name) => fileOf('2026-10-01', 1000, name)))
    await kept.follow(versions[0]!, ...later)
    await kept.follow(versions[1]!, ...later)
    expect(await kept.stored()).toEqual(['a', 'b'])
    now.ms = 120_000
    await kept.follow(versions[2]!, ...later)
    expect(await kept.stored()).toEqual(['a', 'b', 'c'])
    now.ms = 120_001
    await kept.follow(versions[3]!, ...later)
    expect(await kept.stored()).toEqual(['b', 'c', 'd'])
    now.ms = 400_000
    await kept.follow(...later)
    expect(await kept.stored()).toEqual(['d'])
  })
})

test('a listing is used for five seconds; while the store fails, it is asked again every five, for a minute', async () => {
  const stores = memoryStores()
  const failing = await openBench(stores)
  const { files } = failing
  await putRows(files, crashesTable, '2026-10-01', [{ crash_id: 'a', date: '2026-10-01' }])
  let [now, asked] = [0, 0]
  const { lake } = stores
  const list = lake.list.bind(lake)
  let isDown = false
  lake.list = (...args) => {
    asked++
    if (isDown) throw new Error('The store is down')
    return list(...args)
  }
  const failures: unknown[] = []
  const live = openLiveFiles({
    open: { url: 'memory:', stores, cacheDir: failing.dir, config: {} as never },
    ...{ files, table: crashesTable, onFailure: (error: unknown) => failures.push(error), clock: () => now },
  })
  const at = async (ms: number) => {
    now = ms
    const before = asked
    return [(await live.current()).length, asked > before, failures.length]
  }
  expect(await at(0)).toEqual([1, true, 0])
  isDown = true
  expect(await at(4999)).toEqual([1, false, 0])
  expect(await at(5000)).toEqual([1, true, 1])
  expect(await at(9999)).toEqual([1, false, 1])
  expect(await at(10_000)).toEqual([1, true, 2])
  expect(await at(60_000)).toEqual([1, true, 3])
  await expect(at(65_001)).rejects.toThrow('The store is down')
  isDown = false
  expect(await at(65_002)).toEqual([1, true, 3])
  await failing.close()
})

test('products are looked for again after five seconds', async () => {
  let [now, reads] = [0, 0]
  const seen: string[][] = []
  const tables = {
    read: async (_: AbortSignal, work: (reader: object) => Promise<unknown>) =>
      work({
        relation: async (table: string, { columns }: { columns: Set<string> }) => {
          seen.push([table, ...columns])
          return table
        },
        run: async (sql: string) => {
          seen.push([sql])
          return reads++ === 0 ? [] : [{ product: 'Tern' }]
        },
      }),
  } as unknown as LiveTables
  const products = createKnownProducts(
    async () => ['Quill'],
    () => now,
  )
  const known = async (ms: number, ...names: string[]) => {
    now = ms
    return [...(await products.including(names, tables, never))]
  }
  expect(await known(0)).toEqual([])
  expect(await known(0, 'Tern')).toEqual(['Quill'])
  expect(seen).toEqual([
    ['crashes', 'product'],
    ['SELECT DISTINCT product FROM crashes WHERE product IS NOT NULL'],
  ])
  expect(await known(4999, 'Tern')).toEqual(['Quill'])
  expect(await known(5000, 'Quill')).toEqual(['Quill'])
  expect(await known(5000, 'Quill', 'Tern')).toEqual(['Quill', 'Tern'])
  expect(await known(99_000, 'Quill', 'Tern')).toEqual(['Quill', 'Tern'])
  expect(reads).toBe(2)
})

test('4 statements run, 200 wait, the next is refused', async () => {
  const { database } = bench.files
  const gate = Promise.withResolvers<void>()
  let opened = 0
  const statements = createStatements({
    async connect() {
      opened++
      await gate.promise
      return database.connect()
    },
  })
  const all = Array.from({ length: 204 }, (_, n) => statements.run('SELECT $n::INTEGER AS n', { n }, never))
  await expect(statements.run('SELECT 1', {}, never)).rejects.toEqual(
    new ApiProblem(503, { error: 'Too many searches in progress: try again' }, { 'retry-after': '2' }),
  )
  expect(opened).toBe(4)
  gate.resolve()
  expect(await Promise.all(all)).toEqual(all.map((_, n) => [{ n }]))
  expect(opened).toBe(4)
  expect(await statements.run("SELECT current_setting('TimeZone') AS zone", {}, never)).toEqual([
    { zone: 'UTC' },
  ])
  statements.close()
})

test.each([
  [1000, undefined],
  [1001, new ApiProblem(400, { error: 'more than 1000 jobs' })],
])('CrashSignature with %i jobs', async (count, refusal) => {
  const body = new TextEncoder().encode(JSON.stringify({ jobs: Array.from({ length: count }, () => ({})) }))
  const answer = await crashSignatures({ body, signal: never } as Call<'CrashSignature'>).catch((e) => e)
  if (refusal) expect(answer).toEqual(refusal)
  else expect(answer.results).toHaveLength(count)
})

describe('POST /api/sql', () => {
  const ask = (body: object, run: (request: object) => never) => {
    const runner = { run: async (request: object) => run(request), [Symbol.dispose]() {} }
    return runSql(
      {
        body: new TextEncoder().encode(JSON.stringify(body)),
        caller: { label: null, permissions: new Set(), products: null },
        request: new Request('http://127.0.0.1/api/sql'),
        audit: () => {},
      } as never,
      runner,
    ).catch((error: unknown) => error)
  }
  test.each([
    [new TooManyQueries(), 429, /^Too many/, { 'retry-after': '5' }],
    [new ProtectedTables(['protected']), 403, /protected.*\. They require the '.+' permission for all/, {}],
  ])('states what the client can do about %o', async (failure, status, text, headers) => {
    const problem = (await ask({ sql: '1' }, () => {
      throw failure
    })) as ApiProblem
    expect([problem.status, problem.headers ?? {}]).toEqual([status, headers])
    expect((problem.content as { error: string }).error).toMatch(text)
  })

  test.each([
    [{ rows: 1 }, true],
    [{ rows: 10_000 }, true],
    [{ rows: 0 }, false],
    [{ rows: 10_001 }, false],
    [{ rows: 1.5 }, false],
    [{ parameters: { ['n'.repeat(100)]: '' } }, true],
    [{ parameters: { ['n'.repeat(101)]: '' } }, false],
    [{ parameters: { '': '' } }, false],
  ])('with %j is allowed: %j', async (more, isAllowed) => {
    let ran = false
    await ask({ sql: '1', ...more }, () => {
      ran = true
      throw new Error('stop')
    })
    expect(ran).toBe(isAllowed)
  })
})

test('SQL over files names them all, with columns by name', () => {
  expect(parquetOf(["/it's", '/b'])).toBe(
    "read_parquet(['/it''s', '/b'], union_by_name = true, hive_partitioning = false)",
  )
})
