// Search files of simulated crashes: their size, the time to write them, and questions in this process beside SQL.
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../../batch/config.ts'
import { rowsOf } from '../../batch/lake/duckdb.ts'
import { openFiles, type OpenStore } from '../../batch/lake/open-store.ts'
import { openLake } from '../../batch/lake/views.ts'
import { writeSearchFiles } from '../../batch/search-files/write-files.ts'
import { simulateCrashes } from '../../batch/simulate/rows.ts'
import { searchPrefix } from '../../shared/keys.ts'
import { openLimits } from '../../shared/search/parameters/options.ts'
import { parseQuery } from '../../shared/search/parameters/parse.ts'
import type { Query } from '../../shared/search/query.ts'
import { type Row, searchSql } from '../../shared/search/sql/search.ts'
import { ColumnStore } from '../../shared/search-files/column-store.ts'
import type { Manifest } from '../../shared/search-files/manifest.ts'
import { searchFiles } from '../../shared/search-files/search-files.ts'
import { openStores } from '../../shared/storage/open.node.ts'
import { sourceOf } from '../batch/support/search-store.ts'

const crashes = Number(process.env.MAYDAY_BENCH_ROWS || 1_000_000)
const dir = join(tmpdir(), `mayday-bench-search-files-${crashes}`)
const now = new Date('2026-11-29T12:00:00Z')

const week = 'date=>=2026-11-22&date=<2026-11-29&_results_number=0'
const month = 'date=>=2026-11-01&date=<2026-11-30&_results_number=0'
const questions: Readonly<Record<string, string>> = {
  signatures_of_a_version: `${week}&product=SimBrowser&version=101.0.1&platform=Windows NT&_facets=signature`,
  signature_contains: `${month}&signature=~Function123&_facets=signature`,
  one_signature: `${month}&signature==sim::Cache::Evict&_facets=reason&_facets=address`,
  versions_by_day: `${month}&product=SimBrowser&_histogram.date=version&_histogram_interval.date=1d`,
  newest: `${week.replace('=0', '=50')}&product=SimEditor&platform=Linux&_columns=uuid&_columns=date&_columns=signature&_facets_size=0`,
  stack_contains: `${week}&proto_signature=~Module3::Function9&_facets=signature`,
}

/** The first time of each question reads from files and decodes, the second finds its columns in memory. */
export async function run(): Promise<Record<string, unknown>> {
  const isNew = !existsSync(dir)
  const { stores } = await openStores(`file:${join(dir, 'data')}`, process.env, { missing: 'create' })
  const config = { ...readConfig(), duckdbMemory: '2GB' }
  const open: OpenStore = { url: `file:${join(dir, 'data')}`, stores, cacheDir: join(dir, 'cache'), config }
  if (isNew) {
    await using files = await openFiles(open)
    await simulateCrashes(files, { crashes, days: 28, seed: 1, to: '2026-11-28' })
  }
  const old: string[] = []
  for await (const { key } of stores.lake.list(searchPrefix)) old.push(key)
  await stores.lake.delete(old)
  const began = performance.now()
  await writeSearchFiles(open, { now })
  const write_seconds = seconds(performance.now() - began)
  const manifest = await sourceOf(stores.lake).manifest()
  return { crashes, write_seconds, ...sizes(manifest), questions: await ask(open, manifest) }
}

const seconds = (ms: number) => Math.round(ms) / 1000

function sizes({ files }: Manifest) {
  const sum = (of: (file: Manifest['files'][number]) => number) =>
    files.reduce((total, file) => total + of(file), 0)
  return {
    files: files.length,
    core_bytes: sum(({ core }) => core),
    column_bytes: sum(({ ids }) => ids),
    bytes: sum(({ bytes }) => bytes),
  }
}

async function ask(open: OpenStore, manifest: Manifest): Promise<Record<string, unknown>> {
  await using lake = await openLake(open)
  const { connection } = lake.database
  const run = ({ sql, values }: { sql: string; values: Parameters<typeof rowsOf>[2] }) =>
    rowsOf<Row>(connection, sql, values)
  const results = new Map<string, unknown>()
  for (const [name, parameters] of Object.entries(questions)) {
    const query = parse(parameters)
    const times = { first: [] as number[], again: [] as number[], sql: [] as number[] }
    let fetched = { requests: 0, bytes: 0 }
    for (let i = 0; i < 5; i++) {
      const store = new ColumnStore(sourceOf(open.stores.lake), { maxBytes: 2 ** 28 })
      times.first.push(await timeOf(() => searchFiles(query, store, { manifest })))
      times.again.push(await timeOf(() => searchFiles(query, store, { manifest })))
      times.sql.push(await timeOf(() => searchSql(query, { relation: 'crashes', distinctFrom: null, run })))
      fetched = { ...store.fetched }
    }
    const [first_ms, again_ms, sql_ms] = [median(times.first), median(times.again), median(times.sql)]
    results.set(name, {
      first_ms,
      again_ms,
      sql_ms,
      first_to_sql: Math.round((100 * first_ms) / sql_ms) / 100,
      ...fetched,
    })
  }
  return Object.fromEntries(results)
}

function parse(parameters: string): Query {
  const options = {
    now: now.getTime() * 1000,
    protected: 'drop',
    unknown: 'drop',
    limits: openLimits,
  } as const
  const parsed = parseQuery(new URLSearchParams(parameters), options)
  if ('problems' in parsed) throw new Error(parsed.problems[0].toString())
  return parsed.query
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

const median = (times: number[]) => Math.round(times.sort((a, b) => a - b)[times.length >> 1]!)
