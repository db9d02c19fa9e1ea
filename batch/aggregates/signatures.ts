// The aggregates of single signatures: trend, facets, newest reports.
import { createHash } from 'node:crypto'
import type { LocationsAggregate, SignatureAggregate } from '../../shared/aggregates/documents.ts'
import { signatureKey } from '../../shared/keys.ts'
import type { IsoDate } from '../../shared/units.ts'
import type { SqlValues } from '../lake/duckdb.ts'
import { bugsOf } from './bugs.ts'
import {
  type AggregateDocument,
  type AggregateRun,
  executeSql,
  queryRows,
  type SourcedDocument,
  signatureId,
  streamSql,
} from './run.ts'
import { type CountedPart, SignatureCounter, type SourceRow } from './signature-counter.ts'

interface SourceOfSignature {
  signature: string
  products: string[]
  source: string
}

/** Of one signature, over all time; the stack is that of the period. */
interface History {
  first_seen: IsoDate
  last_seen: IsoDate
  first_build: string | null
  proto_signature: string | null
}

/** Whether the stored document was made from the same source. */
type IsCurrent = (document: SourcedDocument) => boolean

export interface SignatureOptions {
  /** Signatures with a page, those with the most crashes, besides `listed` ones. */
  most: number
  listed: ReadonlySet<string>
  isCurrent: IsCurrent
  /** Increased when documents of the same rows change. */
  builder: number
  /** Signatures that are read together: all would take more memory than the table that they come from. */
  atOnce: number
}

/**
 * The aggregates, of all products and of each of several, of the signatures with a page. Documents that are current are
 * not built.
 */
export async function* buildSignatures(
  run: AggregateRun,
  options: SignatureOptions,
): AsyncGenerator<AggregateDocument | SourcedDocument> {
  const period = { from: run.dates[0]!, to: run.dates.at(-1)! }
  const { most, listed, isCurrent } = options
  await executeSql(run, 'signature-choose', { ...period, most, listed: [...listed] })
  const sources = await queryRows<SourceOfSignature>(run, 'signature-sources', period)
  const stale = new Map<string, Stale>()
  for (const one of sources) {
    const source = sourceText(run, one, options.builder)
    const documents = keysOf(run, one).map((key) => ({ key, source }))
    if (documents.every(isCurrent)) yield* documents
    else stale.set(one.signature, { source, isShared: one.products.length > 1 })
  }
  if (stale.size > 0) yield* buildStale(run, stale, options)
}

/** Changes with everything that the documents of a signature contain. */
function sourceText(run: AggregateRun, { signature, products, source }: SourceOfSignature, builder: number) {
  const slugs = products.map((product) => slugOf(run, product))
  const all = [builder, source, products, slugs, bugsOf(run, signature)]
  return createHash('sha256').update(JSON.stringify(all)).digest('hex').slice(0, 32)
}

const slugOf = (run: AggregateRun, product: string) =>
  run.products.find(({ name }) => name === product)?.slug ?? ''

/** Of all products, and of each of several. */
function keysOf(
  run: AggregateRun,
  { signature, products }: Pick<SourceOfSignature, 'signature' | 'products'>,
) {
  const id = signatureId(signature)
  const parts = products.length > 1 ? products.map((product) => slugOf(run, product)) : []
  return [signatureKey(id), ...parts.map((slug) => signatureKey(id, slug))]
}

interface Stale {
  source: string
  /** It has several products. */
  isShared: boolean
}

async function* buildStale(
  run: AggregateRun,
  stale: ReadonlyMap<string, Stale>,
  { atOnce }: Pick<SignatureOptions, 'atOnce'>,
): AsyncGenerator<AggregateDocument> {
  const period = { from: run.dates[0]!, to: run.dates.at(-1)! }
  const signatures = [...stale.keys()]
  await executeSql(run, 'signature-stale', { signatures })
  for (let first = 1; first <= signatures.length; first += atOnce) {
    const values = { ...period, first, last: first + atOnce - 1 }
    const histories = await readHistories(run, values)
    let counting = null as Counting | null
    for await (const rows of streamSql<SourceRow>(run, 'signature-rows', values))
      for (const row of rows) {
        if (counting?.number !== row.number) {
          if (counting) yield* documentsOf(run, counting, histories)
          const signature = signatures[row.number - 1]!
          counting = startCounting(run.dates, { ...stale.get(signature)!, number: row.number, signature })
        }
        counting.all.add(row)
        if (counting.isShared) addToPart(counting, row)
      }
    if (counting) yield* documentsOf(run, counting, histories)
  }
}

/** One signature: in all products, and in each of several. */
interface Counting extends Stale {
  number: number
  signature: string
  dates: AggregateRun['dates']
  all: SignatureCounter
  parts: Map<string, SignatureCounter>
}

const startCounting = (
  dates: Counting['dates'],
  of: Omit<Counting, 'dates' | 'all' | 'parts'>,
): Counting => ({
  ...of,
  dates,
  all: new SignatureCounter(dates),
  parts: new Map(),
})

function addToPart({ dates, parts }: Counting, row: SourceRow): void {
  const { product } = row
  const part = parts.get(product) ?? new SignatureCounter(dates)
  parts.set(product, part)
  part.add(row)
}

/** By signature, and by signature and product. */
type Histories = ReadonlyMap<string, History>

const historyKey = (signature: string, product: string | null) => JSON.stringify([signature, product])

/** @param values the period, and the numbers of the first and the last signature */
async function readHistories(run: AggregateRun, values: SqlValues): Promise<Histories> {
  const rows = await queryRows<History & { signature: string; product: string | null }>(
    run,
    'signature-histories',
    values,
  )
  return new Map(rows.map(({ signature, product, ...history }) => [historyKey(signature, product), history]))
}

function* documentsOf(
  run: AggregateRun,
  { signature, source, all, parts }: Counting,
  histories: Histories,
): Generator<AggregateDocument> {
  const id = signatureId(signature)
  const products = all.products
    .ranked()
    .map(([product, total]) => ({ product, slug: slugOf(run, product), total }))
  const documentOf = (product: string | null, counted: CountedPart): SignatureAggregate => ({
    version: run.version,
    generated_at: run.generatedAt,
    signature,
    id,
    product,
    products,
    ...histories.get(historyKey(signature, product))!,
    ...counted,
    ...bugsOf(run, signature),
  })
  yield { key: signatureKey(id), source, document: documentOf(null, all.finish()) }
  if (products.length < 2) return
  for (const { product, slug } of products)
    yield {
      key: signatureKey(id, slug),
      source,
      document: documentOf(product, parts.get(product)!.finish()),
    }
}

/** Locations with an entry, the most frequent ones: bounds the document. */
const mostLocations = 5000

/** Where crashes went that had a signature named after their location, once symbols arrived. Runs after `chosen`. */
export async function buildLocations(run: AggregateRun): Promise<LocationsAggregate> {
  const values = { from: run.dates[0]!, to: run.dates.at(-1)!, most: mostLocations }
  const locations = await queryRows<{ location: string; signature: string }>(run, 'locations', values)
  return { version: run.version, generated_at: run.generatedAt, locations }
}
