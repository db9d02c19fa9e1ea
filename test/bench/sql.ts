// SQL over simulated rows: the top signatures of a product and channel, and every query of docs/sql.md.
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { readConfig } from '../../batch/config.ts'
import { deriveTables } from '../../batch/derived/derive.ts'
import { openFiles } from '../../batch/lake/open-store.ts'
import { type Lake, openLake } from '../../batch/lake/views.ts'
import { simulateCrashes } from '../../batch/simulate/rows.ts'
import type { OpenStore } from '../../batch/lake/open-store.ts'
import { openStores } from '../../shared/storage/open.node.ts'

const rows = Number(process.env.MAYDAY_BENCH_ROWS || 10_000_000)
/** Reused by the next run, because making ten million rows takes minutes. */
const dir = join(tmpdir(), `mayday-bench-sql-${rows}`)

const top = `SELECT signature, count(*) AS reports, sum(weight) AS estimated
  FROM crashes WHERE product = 'SimBrowser' AND release_channel = 'release'
  GROUP BY signature ORDER BY reports DESC LIMIT 50`

/** Target: the top 50 signatures in less than one second. */
export async function run(): Promise<Record<string, unknown>> {
  const open = await openSimulated()
  const lake = await openLake(open)
  try {
    const seconds = await best(lake, top)
    const flat = await flatSeconds(lake)
    return {
      rows,
      megabytes: await megabytes(join(dir, 'data', 'lake', 'tables', 'crashes')),
      top_50_seconds: seconds,
      bar_seconds: 1,
      same_columns_flat_seconds: flat,
      ratio_to_flat: round(seconds / flat),
      queries_seconds: await docsSeconds(lake),
    }
  } finally {
    await lake[Symbol.asyncDispose]()
  }
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
    days: 28,
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

/** The fastest of three runs. */
async function best(lake: Lake, sql: string): Promise<number> {
  const times: number[] = []
  for (let n = 0; n < 3; n++) {
    const began = performance.now()
    await lake.database.connection.runAndReadAll(sql)
    times.push(performance.now() - began)
  }
  return round(Math.min(...times) / 1000)
}

/** The same result from four uncompressed columns in memory: nothing to open, inflate or skip. */
async function flatSeconds(lake: Lake): Promise<number> {
  const { connection } = lake.database
  await connection.run(`CREATE TEMP TABLE flat AS
    SELECT hash(signature) AS signature, product = 'SimBrowser' AS product, release_channel = 'release' AS channel, weight
    FROM crashes`)
  const seconds = await best(
    lake,
    `SELECT signature, count(*) AS reports, sum(weight) AS estimated FROM flat WHERE product AND channel
     GROUP BY signature ORDER BY reports DESC LIMIT 50`,
  )
  await connection.run('DROP TABLE flat')
  return seconds
}

/** Seconds of each query of the page that does not read `modules`. */
async function docsSeconds(lake: Lake): Promise<Record<string, number>> {
  const text = readFileSync(resolve(import.meta.dirname, '../../docs/sql.md'), 'utf8')
  const out: Record<string, number> = {}
  for (const [, title, sql] of text.matchAll(/^## (.*)\n[\s\S]*?```sql\n([\s\S]*?)\n```/gm)) {
    if (!/\bmodules\b/.test(sql!)) out[title!] = await best(lake, sql!)
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
