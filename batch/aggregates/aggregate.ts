// `mayday aggregate` without its command line: tables to the JSON documents that the dashboard shows.
import { createHash } from 'node:crypto'
import type { TopCrashersDays } from '../../shared/aggregates.ts'
import { addDays, daysUpTo } from '../../shared/dates.ts'
import { aggregatesPrefix, homeKey, signatureKey, topCrashersKey } from '../../shared/keys.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import type { IsoDate, IsoTime } from '../../shared/units.ts'
import { buildEmptyHome, buildHome } from './home.ts'
import { type AggregateRun, readRollup } from './run.ts'
import { buildSignatures } from './signatures.ts'
import { buildTopCrashers } from './top-crashers.ts'
import { type Database, rowsOf } from '../lake/duckdb.ts'
import { deriveTables } from '../lake/derive.ts'
import { openLake } from '../lake/views.ts'
import { isoOfMicros, isoTime } from '../../shared/iso-time.ts'
import { type Product, productOf, readProducts } from '../products/products.ts'
import type { OpenStore } from '../cli/store-option.ts'

export interface AggregateOptions {
  /** A database with the views of `openLake`. */
  database: Database
  lake: Storage
  products: ReadonlyMap<string, Product>
  now: Date
  /** Signatures that get a page, besides those that a list links to. */
  mostSignatures?: number
  onProgress?: (done: number) => void
}

export interface AggregateReport {
  /** Last day covered; null when there are no crashes. */
  to: IsoDate | null
  documents: number
  /** Those of them that say what they said before, and were left alone. */
  unchanged: number
  removed: number
}

/** Days on the home page and the pages of signatures. */
const daysCovered = 28
const periods: readonly TopCrashersDays[] = [1, 3, 7, 14, 28]

/** Brings the derived tables of an open store up to date, and aggregates it. */
export async function writeAggregates(
  open: OpenStore,
  options: Pick<AggregateOptions, 'mostSignatures' | 'onProgress'> = {},
): Promise<AggregateReport> {
  await deriveTables(open)
  const lake = await openLake(open)
  try {
    return await aggregateStore({
      ...options,
      database: lake.database,
      lake: open.stores.lake,
      products: readProducts(),
      now: new Date(),
    })
  } finally {
    await lake.close()
  }
}

/**
 * Writes all documents anew, up to the newest day that has crashes, and removes those that nothing links to any more.
 * @throws CrashError 'storage'
 */
export async function aggregateStore(options: AggregateOptions): Promise<AggregateReport> {
  const { connection } = options.database
  const [newest] = await rowsOf<{ date: string | null; us: bigint | null }>(
    connection,
    'SELECT max(date)::VARCHAR AS date, epoch_us(max(submitted_at)) AS us FROM crashes',
  )
  const to = newest?.date ?? null
  const last = to ?? (await lastRefusal(options))
  const writer = await createWriter(options)
  const run: AggregateRun = {
    database: options.database,
    version: 1,
    generatedAt: isoTime(options.now),
    dates: last ? daysUpTo(last, daysCovered) : [],
    newestCrash: newest?.us ? isoOfMicros(newest.us) : null,
    products: to ? await readSeenProducts(options, to) : [],
    write: writer.write,
  }
  if (to) await writeAll(run, options.mostSignatures ?? 10_000)
  else await run.write(homeKey, await buildEmptyHome(run))
  return { to, ...(await writer.finish()) }
}

async function lastRefusal({ database }: AggregateOptions): Promise<IsoDate | null> {
  const sql = 'SELECT max(date)::VARCHAR AS date FROM refusals'
  return (await rowsOf<{ date: string | null }>(database.connection, sql))[0]?.date ?? null
}

interface Writer {
  write(key: string, document: { generated_at: IsoTime }): Promise<void>
  /** Removes what was there and was not written. */
  finish(): Promise<Omit<AggregateReport, 'to'>>
}

/** Documents under way to the store at a time. */
const putsAtOnce = 16

/** Writes documents that differ from those in the store in more than their time; the content's hash stands beside each. */
async function createWriter({ lake, onProgress }: AggregateOptions): Promise<Writer> {
  const before = new Map<string, string | undefined>()
  for await (const { key, metadata } of lake.list(aggregatesPrefix, { withMetadata: true }))
    before.set(key, metadata.content)
  const written = new Set<string>()
  const underWay = new Set<Promise<void>>()
  let unchanged = 0
  let failure: unknown = null

  async function put(key: string, document: unknown, content: string): Promise<void> {
    try {
      await lake.put(key, new TextEncoder().encode(JSON.stringify(document)), {
        contentType: 'application/json',
        metadata: { content, 'cache-control': 'public, max-age=60' },
      })
    } catch (error) {
      failure ??= error
    }
  }
  return {
    async write(key, document) {
      const { generated_at: _time, ...lasting } = document
      const content = createHash('sha256').update(JSON.stringify(lasting)).digest('hex').slice(0, 32)
      written.add(key)
      onProgress?.(written.size)
      if (key !== homeKey && before.get(key) === content) {
        unchanged++
        return
      }
      const work = put(key, document, content)
      underWay.add(work)
      void work.then(() => underWay.delete(work))
      if (underWay.size >= putsAtOnce) await Promise.race(underWay)
      if (failure !== null) throw failure
    },
    async finish() {
      await Promise.all(underWay)
      if (failure !== null) throw failure
      const stale = [...before.keys()].filter((key) => !written.has(key))
      await lake.delete(stale)
      return { documents: written.size, unchanged, removed: stale.length }
    },
  }
}

async function writeAll(run: AggregateRun, mostSignatures: number): Promise<void> {
  const { connection } = run.database
  await connection.run(readRollup('history'))
  await connection.run('CREATE OR REPLACE TEMP TABLE listed (signature VARCHAR)')
  await run.write(homeKey, await buildHome(run))
  for (const product of run.products) {
    for (const days of periods) {
      const document = await buildTopCrashers(run, product, days)
      await run.write(topCrashersKey(product.slug, days), document)
    }
  }
  for await (const document of buildSignatures(run, mostSignatures)) {
    await run.write(signatureKey(document.id), document)
  }
}

/** Makes the table `recent` and names the products in it, the commonest first. */
async function readSeenProducts(options: AggregateOptions, to: IsoDate): Promise<Product[]> {
  const { connection } = options.database
  const from = addDays(to, 1 - 2 * daysCovered)
  await connection.run(readRollup('recent').replaceAll('$from', `'${from}'`).replaceAll('$to', `'${to}'`))
  const seen = await rowsOf<{ product: string }>(connection, readRollup('products'), { from, to })
  const taken = new Set<string>()
  return seen.map(({ product }) => {
    const described = productOf(product, options.products, taken)
    taken.add(described.slug)
    return described
  })
}
