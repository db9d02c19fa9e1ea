// How long data is kept, by product and kind, in days since the day of submission.
import { dateAt, dayMs, startOfDate } from '../../shared/time/dates.ts'
import { readReportMetadata } from '../../shared/report/stored.ts'
import type { IsoDate } from '../../shared/units.ts'
import { defaultRetention, type Product, type Retention } from '../products/product-file.ts'

/** The product in the metadata of a report or processed crash; empty when it is absent. */
export const productOfMetadata = (metadata: Readonly<Record<string, string>>): string =>
  readReportMetadata(metadata).product

type Products = ReadonlyMap<string, Product>

/** Whole days from a day to the time `now`, in UTC; 0 on the day itself. */
export const ageInDays = (date: IsoDate, now: Date): number =>
  Math.floor((now.getTime() - startOfDate(date)) / dayMs)

export interface ExpireOptions {
  products: Products
  now: Date
  /** Only count. */
  dryRun: boolean
}

/**
 * What has expired of a day, by kind and product, as text: the same until something else expires or retention changes.
 * Null when nothing has expired.
 */
export function expiredKinds(date: IsoDate, options: Omit<ExpireOptions, 'dryRun'>): string | null {
  const kinds = (Object.keys(defaultRetention) as (keyof Retention)[]).filter((kind) =>
    mayExpire(kind, date, options),
  )
  if (kinds.length === 0) return null
  // The empty name is a product without a file.
  const names = ['', ...options.products.keys()].sort()
  const expired = kinds.map((kind) => names.filter((product) => isExpired(kind, { product, date }, options)))
  return JSON.stringify(kinds.map((kind, i) => [kind, expired[i]]))
}

/** True when a product's data of a kind and day has expired. */
export function isExpired(
  kind: keyof Retention,
  { product, date }: { product: string; date: IsoDate },
  { products, now }: { products: Products; now: Date },
): boolean {
  const days = (products.get(product)?.retention ?? defaultRetention)[kind]
  return days !== null && ageInDays(date, now) > days
}

/** True when data of a kind and day has expired for any product. */
export function mayExpire(
  kind: keyof Retention,
  date: IsoDate,
  { products, now }: { products: Products; now: Date },
): boolean {
  const all = [defaultRetention, ...[...products.values()].map((product) => product.retention)]
  return all.some((retention) => retention[kind] !== null && ageInDays(date, now) > retention[kind])
}

/** The first day from which no product's reports have expired; null when none ever expire. */
export function reportsCompleteSince(products: Products, now: Date): IsoDate | null {
  const all = [defaultRetention, ...[...products.values()].map((product) => product.retention)]
  const days = Math.min(...all.map(({ reports }) => reports ?? Number.POSITIVE_INFINITY))
  return Number.isFinite(days) ? dateAt(now.getTime() - days * dayMs) : null
}
