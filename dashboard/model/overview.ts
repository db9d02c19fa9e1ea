// The home page's figures of one product, or of all together.
import {
  byEstimate,
  type LeadingSignature,
  type ProductAggregate,
  type Tally,
} from '../../shared/aggregates/documents.ts'
import { type Trend, trendsOf } from '../../shared/statistics/trends.ts'
import { ascending } from '../../shared/text/ascending.ts'
import type { IsoDate } from '../../shared/units.ts'
import { type Home, partialDate } from './freshness.ts'
import { productDays, totalsByDay } from './series.ts'
import { addTallies } from './tally.ts'
import { isWeekDifferent } from './week.ts'

export interface SignatureCount extends LeadingSignature {
  product: string
  trend: Trend
}

/** The last seven full days, up to a date, and the seven before. */
export interface Week {
  current: Tally
  previous: Tally
  to: IsoDate
  /** The change is more than the usual difference between days explains. */
  isDifferent: boolean
}

export interface Overview {
  total: Tally
  /** The finest available tallies: per channel. */
  groups: Tally[]
  platforms: { name: string; days: Tally[] }[]
  perDay: Tally[]
  signatureCount: number
  top: SignatureCount[]
  /** The last day, if it was not over when the data were last checked. */
  partial: { date: IsoDate; total: Tally } | null
  /** The last seven full days and the seven before; null when fewer than 14 full days are covered. */
  week: Week | null
}

/** Combines `products` over the days of `home`; with the top `most` signatures. */
export function overviewOf(home: Home, products: readonly ProductAggregate[], most: number): Overview {
  const length = home.dates.length
  const platforms = products.flatMap((product) =>
    product.platforms.map(({ platform, days }) => ({ name: platform, days })),
  )
  const perDay = totalsByDay(platforms, length)
  const partial = partialDate(home)
  const full = partial ? perDay.slice(0, -1) : perDay
  return {
    total: addTallies(products.map((product) => product.total)),
    groups: products.flatMap((product) => product.channels.map((channel) => channel.total)),
    platforms,
    perDay,
    signatureCount: products.reduce((sum, product) => sum + product.signature_count, 0),
    top: topOf(home, products, most),
    partial: partial ? { date: partial, total: perDay.at(-1)! } : null,
    week: full.length >= 14 ? weekOf(full.slice(-14), home.dates[full.length - 1]!) : null,
  }
}

function weekOf(days: readonly Tally[], to: IsoDate): Week {
  const [previous, current] = [days.slice(0, 7), days.slice(7)]
  return {
    current: addTallies(current),
    previous: addTallies(previous),
    to,
    isDifferent: isWeekDifferent(current, previous),
  }
}

/** The leading signatures of all products, the largest first, with their trends. */
function topOf(home: Home, products: readonly ProductAggregate[], most: number): SignatureCount[] {
  const byProduct = productDays(home)
  const length = partialDate(home) ? home.dates.length - 1 : home.dates.length
  const top = products.flatMap((product) =>
    product.top_signatures.map((signature) => ({ product: product.name, ...signature })),
  )
  top.sort((a, b) => byEstimate(a.total, b.total) || ascending(a.signature, b.signature))
  const shown = top.slice(0, most)
  const trends = trendsOf(
    shown.map((signature) => ({
      signature,
      product: (byProduct.get(signature.product) ?? []).slice(0, length),
    })),
  )
  return shown.map((signature, index) => ({ ...signature, trend: trends[index]!.trend }))
}

/** At most `most` versions: featured ones, then the largest others; each group newest first. */
export function leadingVersions(product: ProductAggregate, most: number): ProductAggregate['versions'] {
  const [featured, others] = [true, false].map((wanted) =>
    product.versions.filter((version) => (version.featured === true) === wanted),
  ) as [ProductAggregate['versions'], ProductAggregate['versions']]
  const bySize = [...others].sort((a, b) => byEstimate(a.total, b.total))
  const largest = bySize.slice(0, Math.max(0, most - featured.length))
  return [...featured, ...others.filter((version) => largest.includes(version))].slice(0, most)
}
