// A signature over the days of the home aggregate, of all versions or of one: every part of the page agrees.
import {
  type Facet,
  missingName,
  type ReportRow,
  type SignatureAggregate,
  type Tally,
} from '../../shared/aggregates/documents.ts'
import type { IsoDate } from '../../shared/units.ts'
import { type Home, partialDate } from './freshness.ts'
import { addTallies, noTally } from './tally.ts'

export interface SignatureView {
  total: Tally
  /** The finest tallies that sum to `total`. */
  groups: Tally[]
  /** The days covered, oldest first. */
  dates: IsoDate[]
  /** The last day, if it was not over when crashes were counted. */
  partial: IsoDate | undefined
  /** One tally per day covered. */
  lines: { product: string; version: string; days: Tally[] }[]
  /** Null: not known for this version. */
  facets: Facet[] | null
  reports: ReportRow[]
  /** All versions with crashes in these days, those with the most first. */
  versions: string[]
}

/** @param version undefined: all */
export function viewSignature(signature: SignatureAggregate, home: Home, version?: string): SignatureView {
  const wanted = (of: string | null) => version === undefined || (of ?? missingName) === version
  const all = signature.trend.map(({ days, ...line }) => {
    const byDate = new Map(days.map(([date, count, weighted]) => [date, { count, weighted }]))
    return { ...line, days: home.dates.map((date) => byDate.get(date) ?? noTally) }
  })
  const lines = all.filter((line) => wanted(line.version))
  const groups = lines.map((line) => addTallies(line.days))
  return {
    total: addTallies(groups),
    groups,
    dates: home.dates,
    partial: partialDate(home),
    lines,
    facets: facetsOf(signature, version),
    reports: signature.reports.filter((report) => wanted(report.version)),
    versions: bySize(all),
  }
}

function bySize(lines: SignatureView['lines']): string[] {
  const totals = new Map<string, number>()
  for (const { version, days } of lines)
    totals.set(version, (totals.get(version) ?? 0) + addTallies(days).weighted)
  return [...totals].sort(([, a], [, b]) => b - a).map(([version]) => version)
}

function facetsOf(
  { facets, trend, versions }: SignatureAggregate,
  version: string | undefined,
): Facet[] | null {
  const isOnly = new Set(trend.map((line) => line.version)).size === 1
  if (version === undefined || isOnly) return facets
  const place = versions.indexOf(version)
  if (place < 0) return null
  return facets.flatMap((facet) => {
    const values = facet.values
      .map(({ value, by_version = [] }) => ({ value, total: tallyAt(by_version, place) }))
      .filter(({ total }) => total.count > 0)
      .sort((a, b) => b.total.weighted - a.total.weighted)
    return values.length > 0 ? [{ ...facet, values }] : []
  })
}

/** The tally of a version in a flat list of [index, count, weighted]. */
function tallyAt(flat: readonly number[], place: number): Tally {
  for (let i = 0; i + 2 < flat.length; i += 3)
    if (flat[i] === place) return { count: flat[i + 1]!, weighted: flat[i + 2]! }
  return noTally
}
