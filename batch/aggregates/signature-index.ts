// The signature index: all signatures of the last year, in parts.
import type { SignatureIndex, SignatureIndexPart } from '../../shared/aggregates/signature-index.ts'
import {
  dayNumberOf,
  indexedDays,
  indexedProducts,
  indexPartSize,
  mostIndexed,
} from '../../shared/aggregates/signature-index.ts'
import { levelsOf } from '../../shared/aggregates/day-levels.ts'
import type { IsoDate } from '../../shared/units.ts'
import { type AggregateRun, type DayEstimate, estimatesOf, queryRows } from './run.ts'

interface IndexRow {
  signature: string
  first_seen: IsoDate
  last_seen: IsoDate
  total: number
  recent: number
  products: string[]
  /** The recent days with crashes. */
  days: DayEstimate[]
  all_signatures: number
}

/** The index and its parts. Only parts of recent signatures, and of months in which one comes or leaves, change. */
export async function buildSignatureIndex(
  run: AggregateRun,
): Promise<{ index: SignatureIndex; parts: SignatureIndexPart[] }> {
  const rows = await queryRows<IndexRow>(run, 'signature-index', {
    from: run.dates[0]!,
    to: run.dates.at(-1)!,
    most: mostIndexed,
    most_days: indexedDays,
    most_products: indexedProducts,
  })
  const groups = Map.groupBy(rows, ({ days, last_seen }) => (days.length ? 'recent' : last_seen.slice(0, 7)))
  const parts = [...groups].flatMap(([group, list]) =>
    Array.from({ length: Math.ceil(list.length / indexPartSize) }, (_, i) =>
      partOf(run, `${group}-${i + 1}`, list.slice(i * indexPartSize, (i + 1) * indexPartSize)),
    ),
  )
  const common = { version: run.version, generated_at: run.generatedAt }
  const listed = parts.map(({ name, signatures, recent }) => ({
    name,
    signatures: signatures.length,
    recent: recent !== undefined,
  }))
  return { index: { ...common, parts: listed, omitted: (rows[0]?.all_signatures ?? 0) - rows.length }, parts }
}

/** All rows of a part are recent, or none is. */
function partOf(run: AggregateRun, name: string, rows: readonly IndexRow[]): SignatureIndexPart {
  const names = [...new Set(rows.flatMap(({ products }) => products))].sort()
  const places = new Map(names.map((product, place) => [product, place]))
  const isRecent = rows[0]!.days.length > 0
  return {
    version: run.version,
    generated_at: run.generatedAt,
    name,
    signatures: rows.map(({ signature }) => signature),
    product_names: names,
    products: rows.map(({ products }) => products.map((product) => places.get(product)!)),
    ...(isRecent && {
      recent: rows.map(({ recent }) => recent),
      days: rows.map(({ days }) => levelsOf(estimatesOf(run, days))),
    }),
    total: rows.map(({ total }) => total),
    first_seen: rows.map(({ first_seen }) => dayNumberOf(first_seen)),
    last_seen: rows.map(({ last_seen }) => dayNumberOf(last_seen)),
  }
}
