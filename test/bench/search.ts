// Searches through the API over simulated rows, warm, beside the same SQL by hand: medians in milliseconds.
import { existsSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../../batch/config.ts'
import { openDatabase, rowsOf } from '../../batch/lake/duckdb.ts'
import { openFiles, type OpenStore } from '../../batch/lake/open-store.ts'
import { createKnownProducts } from '../../batch/serve/known-products.ts'
import { type LiveTables, openLiveTables } from '../../batch/serve/live-tables.ts'
import { searchCrashes } from '../../batch/serve/search.ts'
import { simulateCrashes } from '../../batch/simulate/rows.ts'
import { openStores } from '../../shared/storage/open.node.ts'

/** 5,600,000 rows are 200,000 a day, for which the bars are. */
const rows = Number(process.env.MAYDAY_BENCH_ROWS || 1_000_000)
const days = 28
const lastDay = '2026-10-21'
/** Reused by the next run, because making the rows takes minutes. */
const dir = join(tmpdir(), `mayday-bench-search-${rows}`)
const runs = 5
const clients = 8

interface Case {
  query: string
  /** The same by hand, over `crashes`. */
  sql: string
  barMs: number
}

const range = 'date=>=2026-09-24&date=<2026-10-23'
const where = "processed_at >= '2026-09-24' AND processed_at < '2026-10-23' AND duplicate_of IS NULL"
const facet = (column: string, condition = 'true') =>
  `SELECT ${column}, count(*) n, sum(weight) w FROM crashes WHERE ${where} AND ${condition} GROUP BY 1 ORDER BY n DESC, 1 LIMIT 50`
const columns = [
  'product',
  'version',
  'platform',
  'signature',
  'reason',
  'address',
  'build_id',
  'uptime',
  'cpu_arch',
]

const cases: Readonly<Record<string, Case>> = {
  signature_facet: {
    query: `product=SimBrowser&version=102.0&_facets=signature&_results_number=0&${range}`,
    sql: facet('signature', "product = 'SimBrowser' AND version = '102.0'"),
    barMs: 300,
  },
  text_search: {
    query: `signature=~Function1&_facets=signature&_results_number=0&${range}`,
    sql: facet('signature', "contains(signature, 'Function1')"),
    barMs: 300,
  },
  newest_reports: {
    query: `product=SimBrowser&_facets_size=0&_results_number=50&_columns=uuid&${columns.map((name) => `_columns=${name}`).join('&')}&${range}`,
    sql: `SELECT crash_id, ${columns.join(', ')} FROM crashes WHERE ${where} AND product = 'SimBrowser' ORDER BY processed_at DESC LIMIT 50`,
    barMs: 200,
  },
  nested: {
    query: `_aggs.product.version=platform&_results_number=0&${range}`,
    sql: `SELECT product, version, platform, count(*) n, sum(weight) w FROM crashes WHERE ${where} GROUP BY ALL`,
    barMs: 1000,
  },
  histogram: {
    query: `_histogram.date=product&_results_number=0&${range}`,
    sql: `SELECT date_trunc('day', processed_at), product, count(*) n, sum(weight) w FROM crashes WHERE ${where} GROUP BY ALL`,
    barMs: 1000,
  },
}

export async function run(): Promise<Record<string, unknown>> {
  const open = await openSimulated()
  const results: Record<string, unknown> = {}
  await using tables = await openLiveTables({ open, onFailure: () => {} })
  const search = createSearch(tables)
  await search('_results_number=0')
  await tables.settled()
  using byHand = await openByHand()
  for (const [name, { query, sql, barMs }] of Object.entries(cases)) {
    const api = await median(() => search(query))
    const hand = await median(() => rowsOf(byHand.connection, sql))
    const together = await median(() => Promise.all(Array.from({ length: clients }, () => search(query))), 3)
    results[name] = {
      ms: api,
      bar_ms: barMs,
      by_hand_ms: hand,
      ratio: round(api / hand),
      eight_clients_ms: together,
    }
  }
  return { rows, days, ...results, memory_mb: round(process.memoryUsage.rss() / 1e6) }
}

function createSearch(tables: LiveTables) {
  const products = createKnownProducts(async () => [])
  const tools = { tables, products, now: () => new Date('2026-10-23T00:00:00Z') }
  const caller = { label: null, permissions: new Set<never>(), products: null }
  return (query: string) =>
    searchCrashes(
      {
        args: {},
        parameters: new URLSearchParams(query),
        body: new Uint8Array(),
        request: new Request('http://localhost/'),
        caller,
        signal: new AbortController().signal,
        audit: () => {},
      },
      false,
      tools,
    )
}

async function openByHand() {
  const database = await openDatabase({ memory: readConfig({}).duckdbMemory, spillDir: join(dir, 'spill') })
  const files = join(dir, 'data/lake/tables/crashes/*/*.parquet')
  await database.connection.run('SET parquet_metadata_cache = true')
  await database.connection.run(
    `CREATE VIEW crashes AS FROM read_parquet('${files}', hive_partitioning = false)`,
  )
  return database
}

async function openSimulated(): Promise<OpenStore> {
  const done = join(dir, 'done')
  const url = `file:${join(dir, 'data')}`
  if (!existsSync(done)) rmSync(dir, { recursive: true, force: true })
  const { stores } = await openStores(url, {})
  const open: OpenStore = { url, stores, cacheDir: join(dir, 'cache'), config: readConfig({}) }
  if (existsSync(done)) return open
  await using files = await openFiles(open)
  await simulateCrashes(files, { crashes: rows, days, seed: 1, to: lastDay, modules: false })
  await writeFile(done, '')
  return open
}

/** In milliseconds; the first run warms up. */
async function median(work: () => Promise<unknown>, times = runs): Promise<number> {
  await work()
  const all: number[] = []
  for (let i = 0; i < times; i++) {
    const began = performance.now()
    await work()
    all.push(performance.now() - began)
  }
  return round(all.sort((a, b) => a - b)[times >> 1]!)
}

const round = (value: number) => Math.round(value * 10) / 10
