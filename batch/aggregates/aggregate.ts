// Builds all aggregates: tables to the JSON that the dashboard reads.
import {
  aggregatesVersion,
  daysCovered,
  type StatusAggregate,
  topCrashersPeriods,
} from '../../shared/aggregates/documents.ts'
import { checkVendor } from '../../shared/fields/simulated.ts'
import {
  homeKey,
  locationsKey,
  madeFromKey,
  missingSymbolsKey,
  pastKey,
  releasesKey,
  signatureIndexKey,
  signatureIndexPartKey,
  statusKey,
} from '../../shared/keys.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { addDays, daysUpTo, startOfDate } from '../../shared/time/dates.ts'
import { isoOfMicros, isoTime } from '../../shared/time/iso-time.ts'
import type { IsoDate, IsoTime, Millis } from '../../shared/units.ts'
import { defaultNameLimits, type NameLimits } from '../config.ts'
import { deriveTables, repairDerived } from '../derived/derive.ts'
import { type Database, rowsOf } from '../lake/duckdb.ts'
import { type DamagedFile, expectedFailure } from '../lake/files/damage.ts'
import { listTableFiles } from '../lake/files/table-files.ts'
import { openMadeFrom } from '../lake/made-from.ts'
import type { OpenStore } from '../lake/open-store.ts'
import {
  bugsTable,
  crashesTable,
  missingModulesTable,
  refusalsTable,
  signaturesTable,
  usageTable,
} from '../lake/tables.ts'
import { type Lake, openLake } from '../lake/views.ts'
import { versionOf } from '../planning/day-marks.ts'
import type { Product } from '../products/product-file.ts'
import { findProducts } from '../products/product-source.ts'
import { productOf } from '../products/products.ts'
import { buildAlerts } from './alerts/documents.ts'
import { readKnownBugs } from './bugs.ts'
import { buildCorrelations } from './correlations/correlations.ts'
import { buildEmptyHome, buildHome } from './home.ts'
import { readLeadingSignatures } from './leading-signatures.ts'
import { buildMissingSymbols } from './missing-symbols.ts'
import { buildPastSignatures } from './past-signatures.ts'
import { createRecent } from './recent.ts'
import { buildReleases } from './releases/releases.ts'
import { type AggregateRun, type AnyDocument, executeSql, queryRows } from './run.ts'
import { buildSignatureIndex } from './signature-index.ts'
import { buildLocations, buildSignatures, type SignatureOptions } from './signatures.ts'
import { buildTopCrashers } from './top-crashers.ts'
import { type Documents, putDocument, writeDocuments } from './write-documents.ts'

export interface AggregateOptions {
  /** A database with the views of `openLake`. */
  database: Database
  lake: Storage
  /** The bucket that remembers alerts; absent: none are written. */
  crashes?: Storage
  /** Public address of the dashboard, for links in feeds, with a slash at its end; null or absent: not known. */
  dashboard?: string | null
  products: ReadonlyMap<string, Product>
  nameLimits?: NameLimits
  now: Date
  /** Number of signatures with a page, besides those that a list links to. */
  mostSignatures?: number
  /** Signatures whose reports are sorted together. */
  signaturesAtOnce?: number
  onProgress?: (done: number) => void
  /** The age at which readers are warned; null or absent: not known. */
  staleAfter?: Millis | null
}

export interface AggregateReport {
  /** Last day covered; null when there are no crashes. */
  to: IsoDate | null
  documents: number
  /** How many were unchanged and not rewritten. */
  unchanged: number
  removed: number
}

/** The report of `mayday aggregate`. */
export interface WriteReport extends AggregateReport {
  /** Table files that could not be read: those of crashes were skipped, the others were written again. */
  damaged: DamagedFile[]
}

type WriteOptions = Partial<
  Pick<AggregateOptions, 'products' | 'mostSignatures' | 'onProgress' | 'staleAfter'>
>

/** Increase it when documents of the same rows change. */
const builderVersion = 9

/** Like `writeAggregates`, unless nothing that aggregates are made from has changed since they were all written. */
export async function writeChangedAggregates(
  open: OpenStore,
  options: WriteOptions & Pick<AggregateOptions, 'products'>,
): Promise<WriteReport | { skipped: true }> {
  await deriveTables(open)
  const { lake } = open.stores
  const inputs = { key: 'inputs', etag: await inputsOf(open, options.products) }
  const before = await openMadeFrom(lake, madeFromKey('aggregates'))
  if (before.sourceOf(inputs) !== undefined) {
    await writeStatus({ ...options, lake, now: new Date() })
    return { skipped: true }
  }
  const report = await aggregateRepairing(open, options)
  if (report.damaged.length > 0) return report
  const after = await openMadeFrom(lake, madeFromKey('aggregates'))
  after.set(inputs, '')
  await after.save()
  return report
}

/** Identifies the tables and settings that aggregates are made from. */
async function inputsOf(open: OpenStore, products: AggregateOptions['products']): Promise<string> {
  const { lake } = open.stores
  const tables = [crashesTable, signaturesTable, refusalsTable, usageTable, bugsTable, missingModulesTable]
  const files = await Promise.all(tables.map(({ name }) => listTableFiles(lake, name)))
  const settings = {
    key: JSON.stringify([builderVersion, [...products], open.config.dashboardUrl]),
    etag: '',
  }
  return versionOf([...files.flat(), settings])
}

/** Updates the derived tables of an open store, then builds its aggregates. Without `products`, reads them. */
export async function writeAggregates(open: OpenStore, options: WriteOptions = {}): Promise<WriteReport> {
  await deriveTables(open)
  return aggregateRepairing(open, options)
}

/** Builds the aggregates; where that fails because of damage, again without the damaged files. */
async function aggregateRepairing(open: OpenStore, options: WriteOptions): Promise<WriteReport> {
  try {
    return await aggregateLake(open, options, false)
  } catch (error) {
    if (expectedFailure(error, open.cacheDir)?.code !== 'damaged') throw error
    return await aggregateLake(open, options, true)
  }
}

/** @param thorough find damage anywhere in the files, not only where a query would not even start */
async function aggregateLake(
  open: OpenStore,
  options: WriteOptions,
  thorough: boolean,
): Promise<WriteReport> {
  const { lake, repaired } = await openRepaired(open, thorough)
  await using _lake = lake
  const report = await aggregateStore({
    ...options,
    database: lake.database,
    lake: open.stores.lake,
    crashes: open.stores.crashes,
    dashboard: open.config.dashboardUrl,
    products: options.products ?? (await findProducts(open)).products,
    nameLimits: open.config.nameLimits,
    now: new Date(),
  })
  return { ...report, damaged: [...repaired, ...lake.files.damaged.values()] }
}

/** The lake without damaged files, after those of derived tables were written again. */
async function openRepaired(
  open: OpenStore,
  thorough: boolean,
): Promise<{ lake: Lake; repaired: DamagedFile[] }> {
  const lake = await openLake(open, { thorough })
  const damage = [...lake.files.damaged.values()]
  if (damage.length === 0) return { lake, repaired: [] }
  await lake[Symbol.asyncDispose]()
  const repaired = await repairDerived(open, damage)
  return { lake: await openLake(open, { thorough }), repaired }
}

/**
 * Builds all aggregates up to the newest day with crashes, and deletes those that nothing links to any more.
 * @throws CrashError 'storage'
 */
export async function aggregateStore(options: AggregateOptions): Promise<AggregateReport> {
  const { connection } = options.database
  const [newest] = await rowsOf<{ date: string | null; us: bigint | null }>(
    connection,
    `SELECT max(date)::VARCHAR AS date, epoch_us(max(submitted_at)) AS us
     FROM crashes WHERE vendor IS DISTINCT FROM $vendor`,
    { vendor: checkVendor },
  )
  const to = newest?.date ?? null
  const last = to ?? (await lastRefusal(options))
  const newestCrash = newest?.us ? isoOfMicros(newest.us) : null
  const run: AggregateRun = {
    database: options.database,
    version: aggregatesVersion,
    generatedAt: isoTime(options.now),
    dates: last ? daysUpTo(last, daysCovered) : [],
    newestCrash,
    until: to && untilOf(to, newestCrash),
    products: [],
    bugs: new Map(),
    leading: new Map(),
    releases: new Map(),
  }
  if (to) run.products = await readSeenProducts(run, options, to)
  const documents: Documents = (isCurrent) =>
    to ? buildAll(run, options, isCurrent) : buildNone(run, options)
  const report = await writeDocuments(documents, options)
  await writeStatus(options)
  return { to, ...report }
}

/** The time of the newest crash if that is on the last day, else the end of that day. */
const untilOf = (to: IsoDate, newestCrash: IsoTime | null): IsoTime =>
  newestCrash?.startsWith(to) ? newestCrash : isoTime(new Date(startOfDate(addDays(to, 1))))

/** States that the aggregates are up to date: without this, readers could not tell quiet days from a stopped round. */
async function writeStatus({ lake, now, staleAfter }: Pick<AggregateOptions, 'lake' | 'now' | 'staleAfter'>) {
  const status: StatusAggregate = {
    version: aggregatesVersion,
    generated_at: isoTime(now),
    stale_after: staleAfter == null ? null : Math.round(staleAfter / 1000),
  }
  await putDocument(lake, statusKey, status)
}

async function lastRefusal({ database }: AggregateOptions): Promise<IsoDate | null> {
  const sql = 'SELECT max(date)::VARCHAR AS date FROM refusals'
  return (await rowsOf<{ date: string | null }>(database.connection, sql))[0]?.date ?? null
}

/** The aggregates of a store without crashes. */
async function* buildNone(
  run: AggregateRun,
  { crashes, dashboard = null }: AggregateOptions,
): AsyncGenerator<AnyDocument> {
  yield { key: homeKey, document: await buildEmptyHome(run) }
  if (crashes) yield* buildAlerts(run, { crashes, dashboard, sources: null })
}

async function* buildAll(
  run: AggregateRun,
  options: AggregateOptions,
  isCurrent: SignatureOptions['isCurrent'],
): AsyncGenerator<AnyDocument> {
  const { lake, crashes, products, dashboard = null } = options
  const { mostSignatures: most = 10_000, signaturesAtOnce: atOnce = 2000 } = options
  await executeSql(run, 'history')
  await executeSql(run, 'product-history')
  await executeSql(run, 'product-days', { from: run.dates[0]!, to: run.dates.at(-1)! })
  run.bugs = await readKnownBugs(run)
  run.releases = await buildReleases(run)
  run.leading = await readLeadingSignatures(run)
  const home = await buildHome(run)
  yield { key: homeKey, document: home }
  for (const { name, slug } of run.products) {
    const document = run.releases.get(name)
    if (document) yield { key: releasesKey(slug), document }
  }
  const listed = new Set<string>()
  for (const days of topCrashersPeriods)
    for await (const { signatures, ...document } of buildTopCrashers(run, days)) {
      for (const signature of signatures) listed.add(signature)
      yield document
    }
  yield* buildSignatures(run, { most, listed, isCurrent, builder: builderVersion, atOnce })
  for (const document of await buildPastSignatures(run)) yield { key: pastKey(document.start), document }
  const { index, parts } = await buildSignatureIndex(run)
  for (const part of parts) yield { key: signatureIndexPartKey(part.name), document: part }
  yield { key: signatureIndexKey, document: index }
  yield { key: locationsKey, document: await buildLocations(run) }
  yield { key: missingSymbolsKey, document: await buildMissingSymbols(run) }
  if (crashes)
    yield* buildAlerts(run, { crashes, dashboard, sources: { home, leading: run.leading, known: products } })
  // Last, because it drops the table of recent crashes.
  yield* buildCorrelations(run, lake)
}

/** Creates the tables `shown_names` and `recent` and returns its products, those with the most crashes first. */
async function readSeenProducts(
  run: AggregateRun,
  { products, nameLimits = defaultNameLimits }: AggregateOptions,
  to: IsoDate,
): Promise<Product[]> {
  const from = addDays(to, 1 - 2 * daysCovered)
  await executeSql(run, 'estimate')
  await executeSql(run, 'shown-names', {
    from,
    to,
    ...nameLimits,
    known_products: [...products.keys()],
    // Separated as in the statement.
    known_channels: [...products.values()].flatMap(({ name, channels }) =>
      channels.map((channel) => `${name}\u001f${channel}`),
    ),
  })
  await createRecent(run, { from, to })
  const seen = await queryRows<{ product: string }>(run, 'products', { from, to })
  const taken = new Set<string>()
  return seen.map(({ product }) => {
    const described = productOf(product, products, taken)
    taken.add(described.slug)
    return described
  })
}
