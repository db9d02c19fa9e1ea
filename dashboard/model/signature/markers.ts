// Where versions began, for charts.
import type { HomeAggregate } from '../../../shared/aggregates/documents.ts'
import { ascending } from '../../../shared/text/ascending.ts'
import type { IsoDate } from '../../../shared/units.ts'

/** More texts overlap. */
const mostMarkers = 4

/** The versions of a product with the most crashes that began in these days, by day; versions of one day together. */
export function versionMarkers(
  home: Pick<HomeAggregate, 'products'>,
  product: string | undefined,
): { date: IsoDate; text: string }[] {
  const versions = home.products.find(({ name }) => name === product)?.versions ?? []
  const leading = versions
    .filter(({ began }) => began !== undefined)
    .sort((a, b) => b.total.weighted - a.total.weighted)
    .slice(0, mostMarkers)
  const byDate = Map.groupBy(leading, ({ began }) => began!)
  return [...byDate]
    .map(([date, all]) => ({ date, text: all.map(({ version }) => version.slice(0, 20)).join(', ') }))
    .sort((a, b) => ascending(a.date, b.date))
}
