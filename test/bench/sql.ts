// SQL over simulated rows: nothing, one day of many, the top signatures of a product and channel, and docs/sql.md.
import { existsSync, rmSync, statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../../batch/config.ts'
import { deriveTables } from '../../batch/derived/derive.ts'
import { openFiles } from '../../batch/lake/open-store.ts'
import { simulateCrashes } from '../../batch/simulate/rows.ts'
import type { OpenStore } from '../../batch/lake/open-store.ts'
import type { SqlValues } from '../../batch/lake/duckdb.ts'
import { readSavedQueries } from '../../batch/sql/saved-queries.ts'
import { openSession, type Session } from '../../batch/sql/session.ts'
import { openStores } from '../../shared/storage/open.node.ts'
import { outputMemory } from './sql.support.ts'

const rows = Number(process.env.MAYDAY_BENCH_ROWS || 10_000_000)
/** 365 days show what a question about one of them reads. */
const days = Number(process.env.MAYDAY_BENCH_DAYS || 28)
/** Reused by the next run, because making ten million rows takes minutes. */
const dir = join(tmpdir(), `mayday-bench-sql-${rows}-${days}`)

const top = `SELECT signature, count(*) AS reports, sum(weight) AS estimated
  FROM crashes WHERE product = 'SimBrowser' AND release_channel = 'release'
  GROUP BY signature ORDER BY reports DESC LIMIT 50`

/** Target: the top 50 signatures in less than one second. */
export async function run(): Promise<Record<string, unknown>> {
  const open = await openSimulated()
  const selectOne = await firstAnswer(open, 'SELECT 1')
  const oneDay = await firstAnswer(open, "SELECT count(*) FROM crashes WHERE date = '2026-10-21'")
  await using session = await openSession(open)
  const seconds = await best(session, top)
  const flat = await flatSeconds(session)
  return {
    rows,
    days,
    megabytes: await megabytes(join(dir, 'data', 'lake', 'tables', 'crashes')),
    select_1: selectOne,
    one_day: oneDay,
    top_50_seconds: seconds,
    bar_seconds: 1,
    same_columns_flat_seconds: flat,
    ratio_to_flat: round(seconds / flat),
    queries_seconds: await docsSeconds(session),
    output: await outputMemory(open),
  }
}

/** From opening a session to its answer, and what that reads. */
async function firstAnswer(open: OpenStore, sql: string): Promise<Record<string, number>> {
  const began = performance.now()
  await using session = await openSession(open)
  await readAll(session, sql)
  return { seconds: round((performance.now() - began) / 1000), ...session.reading() }
}

async function readAll(session: Session, sql: string, values: SqlValues = {}): Promise<void> {
  const { result } = await session.run(sql, values)
  await result.getRows()
}

async function openSimulated(): Promise<OpenStore> {
  const done = join(dir, 'done')
  const url = `file:${join(dir, 'data')}`
  if (!existsSync(done)) rmSync(dir, { recursive: true, force: true })
  const { stores } = await openStores(url, {})
  const open: OpenStore = { url, stores, cacheDir: join(dir, 'cache'), config: readConfig({}) }
  if (existsSync(done)) return open
  const files = await openFiles(open)
  await simulateCrashes(files, {
    crashes: rows,
    days,
    seed: 1,
    to: '2026-10-21',
    modules: rows <= 1_000_000,
  })
  await files.close()
  await deriveTables(open)
  const { writeFile } = await import('node:fs/promises')
  await writeFile(done, '')
  return open
}

/** The best of three. */
async function best(session: Session, sql: string, values: SqlValues = {}): Promise<number> {
  const times: number[] = []
  for (let n = 0; n < 3; n++) {
    const began = performance.now()
    await readAll(session, sql, values)
    times.push(performance.now() - began)
  }
  return round(Math.min(...times) / 1000)
}

/** The same answer from four columns of numbers in memory, uncompressed: nothing to open, inflate or skip. */
async function flatSeconds(session: Session): Promise<number> {
  await readAll(
    session,
    `CREATE TEMP TABLE flat AS
    SELECT hash(signature) AS signature, product = 'SimBrowser' AS product, release_channel = 'release' AS channel, weight
    FROM crashes`,
  )
  const seconds = await best(
    session,
    `SELECT signature, count(*) AS reports, sum(weight) AS estimated FROM flat WHERE product AND channel
     GROUP BY signature ORDER BY reports DESC LIMIT 50`,
  )
  await readAll(session, 'DROP TABLE flat')
  return seconds
}

/** Seconds of each query of docs/sql.md that needs no rows of `modules`. */
async function docsSeconds(session: Session): Promise<Record<string, number>> {
  const out: Record<string, number> = {}
  for (const { title, sql, examples } of readSavedQueries()) {
    if (!/\bmodules\b/.test(sql)) out[title] = await best(session, sql, Object.fromEntries(examples))
  }
  return out
}

async function megabytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const bytes = entries
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath, entry.name)).size)
  return Math.round(bytes.reduce((sum, size) => sum + size, 0) / 1e6)
}

const round = (n: number) => Math.round(n * 1000) / 1000
