// Engines read what is published and find what DuckDB finds in the tables: icebird over the edge, DuckDB through its macros,
// and ClickHouse where the package chdb is installed, which is too large to be a dependency.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { serve, type ServerType } from '@hono/node-server'
import { icebergManifests, icebergMetadata, icebergRead } from 'icebird'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Database, execute, literal, openDatabase, rowsOf } from '../../../batch/lake/duckdb.ts'
import { type OpenTableFiles, openTableFiles } from '../../../batch/lake/files/table-files.ts'
import { mergeRows } from '../../../batch/lake/merge.ts'
import { writeRows } from '../../../batch/lake/parquet.ts'
import { rowsOfColumns } from '../../../batch/lake/rows.ts'
import { crashesTable, modulesTable } from '../../../batch/lake/tables.ts'
import { checkPublished } from '../../../batch/publish/check-published.ts'
import { simulateCrashes } from '../../../batch/simulate/rows.ts'
import { createFolderStorage } from '../../../shared/storage/folder/folder.node.ts'
import { createTestEdge } from '../../edge/edge.support.ts'
import { callMayday } from '../../support/run-mayday.ts'
import { killAfter } from '../support/kill-after.ts'
import { memoryStores } from '../support/rows.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-engines-'))
const lakeDir = join(dir, 'data', 'lake')
const lake = createFolderStorage(lakeDir)
const lastDay = '2026-10-02'

let files: OpenTableFiles
let server: ServerType
let database: Database
let url = ''
let env: Record<string, string> = {}

beforeAll(async () => {
  const stores = { ...memoryStores(), crashes: createFolderStorage(join(dir, 'data', 'crashes')), lake }
  files = await openTableFiles({ stores, cacheDir: join(dir, 'cache'), duckdbMemory: '256MB', threads: 1 })
  database = await openDatabase({ memory: '256MB', spillDir: dir, threads: 1 })
  const edge = createTestEdge()
  edge.deps.stores.lake = lake
  await new Promise<void>((listening) => {
    server = serve({ fetch: edge.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => {
      url = `http://127.0.0.1:${port}`
      listening()
    })
  })
  env = { MAYDAY_STORE: `file:${join(dir, 'data')}`, MAYDAY_CACHE: join(dir, 'cache'), LAKE_LOCATION: url }
  await simulateCrashes(files, { crashes: 120, days: 3, seed: 1, to: lastDay, modules: true })
})
afterAll(async () => {
  await new Promise((closed) => server.close(closed))
  database[Symbol.dispose]()
  await files.close()
  rmSync(dir, { recursive: true, force: true })
})

const mayday = async (...args: string[]) => {
  const { code, stdout, stderr } = await callMayday(args, env)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

interface Answers {
  crashes: number
  distinct: number
  frames: number
  modules: number
  ofDay: number
  ofProduct: number
  /** The signatures of the most crashes. */
  top: [string, number][]
  /** The functions of the most frames. */
  functions: [string, number][]
}

/** Two tables, or expressions of them, in any dialect. */
const questions = (crashes: string, modules: string, unnest: string) => ({
  crashes: `SELECT count(*) FROM ${crashes}`,
  distinct: `SELECT count(DISTINCT crash_id) FROM ${crashes}`,
  frames: `SELECT sum(length(frames)) FROM ${crashes}`,
  modules: `SELECT count(*) FROM ${modules}`,
  ofDay: `SELECT count(*) FROM ${crashes} WHERE date = '${lastDay}'`,
  ofProduct: `SELECT count(*) FROM ${crashes} WHERE product = 'SimBrowser'`,
  top: `SELECT signature, count(*) AS n FROM ${crashes} GROUP BY signature ORDER BY n DESC, signature LIMIT 5`,
  functions: `SELECT f, count(*) AS n FROM ${unnest} GROUP BY f ORDER BY n DESC, f LIMIT 5`,
})

type Ask = (sql: string) => Promise<unknown[][]>

async function answersOf(ask: Ask, sql: ReturnType<typeof questions>): Promise<Answers> {
  const number = async (query: string) => Number((await ask(query))[0]?.[0])
  const pairs = async (query: string) =>
    (await ask(query)).map(([text, n]): [string, number] => [String(text), Number(n)])
  return {
    crashes: await number(sql.crashes),
    distinct: await number(sql.distinct),
    frames: await number(sql.frames),
    modules: await number(sql.modules),
    ofDay: await number(sql.ofDay),
    ofProduct: await number(sql.ofProduct),
    top: await pairs(sql.top),
    functions: await pairs(sql.functions),
  }
}

const askDuckDb: Ask = async (sql) =>
  (await rowsOf(database.connection, sql)).map((row) => Object.values(row))
const functionsIn = (source: string) => `(SELECT unnest(frames).function AS f FROM ${source})`

/** The truth: the tables as anyone may list them. */
function answersOfTables(): Promise<Answers> {
  const table = (name: string) =>
    `read_parquet('${lakeDir}/tables/${name}/*/*.parquet', union_by_name = true, hive_partitioning = false)`
  return answersOf(askDuckDb, questions(table('crashes'), table('modules'), functionsIn(table('crashes'))))
}

/** Through the macros of the published database. */
async function answersOfMacros(): Promise<Answers> {
  await execute(database.connection, `ATTACH '${lakeDir}/iceberg/lake.duckdb' AS lake (READ_ONLY)`)
  const table = (name: string) => `lake.${name}(since := '2026-01-01', base := '${lakeDir}/')`
  try {
    return await answersOf(
      askDuckDb,
      questions(table('crashes'), table('modules'), functionsIn(table('crashes'))),
    )
  } finally {
    await execute(database.connection, 'DETACH lake')
  }
}

interface ReadCrash {
  crash_id: string
  signature: string | null
  product: string | null
  date: Date
  frames: { function: string }[]
}

const most = (texts: readonly string[]): [string, number][] =>
  [...Map.groupBy(texts, (text) => text)]
    .map(([text, same]): [string, number] => [text, same.length])
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .slice(0, 5)

/** Over HTTP, with nothing of Mayday but the edge. */
async function answersOfIcebird(): Promise<Answers> {
  const crashes = (await icebergRead({ tableUrl: `${url}/iceberg/crashes` })) as unknown as ReadCrash[]
  const modules = await icebergRead({ tableUrl: `${url}/iceberg/modules` })
  return {
    crashes: crashes.length,
    distinct: new Set(crashes.map(({ crash_id }) => crash_id)).size,
    frames: crashes.reduce((sum, { frames }) => sum + frames.length, 0),
    modules: modules.length,
    ofDay: crashes.filter(({ date }) => date.toISOString().startsWith(lastDay)).length,
    ofProduct: crashes.filter(({ product }) => product === 'SimBrowser').length,
    top: most(crashes.map(({ signature }) => String(signature))),
    functions: most(crashes.flatMap(({ frames }) => frames.map((frame) => frame.function))),
  }
}

const chdb = (() => {
  try {
    return createRequire(import.meta.url).resolve('chdb')
  } catch {
    return null
  }
})()

/** ClickHouse, in a process of its own, reads the files below its working directory. */
const askClickHouse: Ask = async (sql) => {
  const program = `const { query } = require(${JSON.stringify(chdb)})
    process.stdout.write(query(${JSON.stringify(sql)}, 'JSONCompact').toString())`
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', program], {
    cwd: join(lakeDir, 'iceberg'),
  })
  return JSON.parse(stdout).data
}

function answersOfClickHouse(): Promise<Answers> {
  const table = (name: string) => `icebergLocal('${name}/')`
  const functions = `(SELECT frame.function AS f FROM ${table('crashes')} ARRAY JOIN frames AS frame)`
  return answersOf(askClickHouse, questions(table('crashes'), table('modules'), functions))
}

/** @returns the answers, after all engines have given them */
async function expectAgreement(): Promise<Answers> {
  const expected = await answersOfTables()
  expect(await answersOfMacros()).toEqual(expected)
  expect(await answersOfIcebird()).toEqual(expected)
  if (chdb) expect(await answersOfClickHouse()).toEqual(expected)
  return expected
}

/** Merges crashes of the last day into the tables: new ones, or known ones again. */
async function merge(crashIds: readonly string[], signature: string): Promise<void> {
  const frames = [{ frame: 0, function: `${signature}::call`, trust: 'context', inline: false }]
  for (const table of [modulesTable, crashesTable]) {
    const rows = crashIds.map((crash_id) => ({
      ...{ crash_id, date: lastDay, signature, product: 'Merged', module_count: 1, frames },
      ...{ filename: 'merged.dll', debug_id: 'ABC', submitted_at: `${lastDay}T12:00:00Z` },
    }))
    const path = join(dir, `merge-${table.name}.parquet`)
    await writeRows(files, table, [rowsOfColumns(table.columns, rows)], path)
    await mergeRows(
      files,
      table,
      { date: lastDay, shard: '0of1' },
      { query: `FROM read_parquet(${literal(path)})`, crashIds },
    )
  }
}

const mergedIds = [1, 2, 3].map((n) => `${n}0000000-0000-8000-8000-000000261002`)

describe('engines', () => {
  test('find what the tables have, through Iceberg and through the macros', {
    timeout: 120_000,
  }, async () => {
    const size = (await publishedMegabytes()).toFixed(1)
    expect(await mayday('publish')).toBe(
      `Published modules, crashes: 6 files, ${size} MB, at ${url}/iceberg/.\n`,
    )
    expect(await expectAgreement()).toMatchObject({ crashes: 120, distinct: 120, frames: 960, ofDay: 40 })
    expect(await mayday('publish')).toBe(`Nothing new to publish, at ${url}/iceberg/.\n`)
  })

  test('follow merges, reprocessing and erasure', { timeout: 120_000 }, async () => {
    await merge(mergedIds, 'before')
    await mayday('publish')
    const merged = await expectAgreement()
    expect(merged).toMatchObject({ crashes: 123, frames: 963, ofDay: 43 })
    await merge(mergedIds, 'after')
    await mayday('publish')
    expect(await expectAgreement()).toMatchObject({ crashes: 123, modules: merged.modules })
    const { snapshots } = await icebergMetadata({ tableUrl: `${url}/iceberg/crashes` })
    expect(snapshots).toHaveLength(3)
    await mayday('expunge', mergedIds[0]!, '--no-aggregate')
    expect(await expectAgreement()).toMatchObject({ crashes: 122, modules: merged.modules - 1 })
    const metadata = await icebergMetadata({ tableUrl: `${url}/iceberg/crashes` })
    expect(metadata.snapshots).toHaveLength(1)
    // No copy of an earlier version is left.
    const sql = `SELECT count(*) FROM read_parquet('${lakeDir}/iceberg/*/data/*/*.parquet', union_by_name = true)
      WHERE crash_id = '${mergedIds[0]}'`
    expect((await askDuckDb(sql))[0]).toEqual([0n])
    expect(await checkPublished(lake, { now: new Date(), delay: 0 })).toEqual([])
  })

  test('skip no file that has rows of a condition: bounds and partitions hold', async () => {
    const metadata = await icebergMetadata({ tableUrl: `${url}/iceberg/crashes` })
    const schema = metadata.schemas[0]!
    const idOf = (name: string) => schema.fields.find((field) => field.name === name)!.id
    const entries = (await icebergManifests(metadata)).flatMap((manifest) => manifest.entries)
    expect(entries).toHaveLength(4)
    for (const { data_file } of entries) {
      const path = data_file.file_path.replace(url, lakeDir)
      const boundsOf = async (column: string) => {
        const sql = `SELECT min(${column}) AS low, max(${column}) AS high, count(*) AS n FROM read_parquet('${path}')`
        return (await rowsOf<{ low: string; high: string; n: bigint }>(database.connection, sql))[0]!
      }
      const bound = (bounds: unknown, name: string) => {
        const list = bounds as { key: number; value: Uint8Array }[]
        const found = Array.isArray(list)
          ? list.find(({ key }) => key === idOf(name))?.value
          : (bounds as Record<number, Uint8Array>)[idOf(name)]
        return Buffer.from(found!).toString()
      }
      for (const name of ['product', 'signature', 'version']) {
        const { low, high, n } = await boundsOf(name)
        expect(Number(data_file.record_count)).toBe(Number(n))
        if (low === null) continue
        expect(bound(data_file.lower_bounds, name) <= low).toBe(true)
        expect(bound(data_file.upper_bounds, name) >= high).toBe(true)
      }
      // icebird returns the days as a date.
      const [day] = Object.values(data_file.partition) as Date[]
      expect(path).toContain(`date=${day!.toISOString().slice(0, 10)}/`)
    }
  })

  test.skipIf(!chdb)(
    'ClickHouse reads only the files of a day (without the package chdb: not tested)',
    async () => {
      const sql = `SELECT count(DISTINCT _path) FROM icebergLocal('crashes/') WHERE date = '${lastDay}'`
      expect(await askClickHouse(sql)).toEqual([[2]])
    },
  )

  test('a publisher that is killed leaves nothing wrong, and the next one completes it', {
    timeout: 120_000,
  }, async () => {
    const args = [resolve(import.meta.dirname, '../../../batch/mayday.ts'), 'publish']
    let killed = 0
    for (const [round, writes] of [2, 12, 30].entries()) {
      await merge(mergedIds.slice(1), `round ${round}`)
      if (await killAfter(writes, join(lakeDir, 'iceberg'), args, env)) killed++
      const findings = await checkPublished(lake, { now: new Date(), delay: 0 })
      expect(findings.filter(({ kind }) => kind === 'dangling')).toEqual([])
    }
    expect(killed).toBeGreaterThan(1)
    await mayday('publish')
    expect(await checkPublished(lake, { now: new Date(), delay: 0 })).toEqual([])
    await expectAgreement()
  })
})

async function publishedMegabytes(): Promise<number> {
  let bytes = 0
  for await (const { size } of lake.list('tables/')) bytes += size
  return bytes / 1e6
}
