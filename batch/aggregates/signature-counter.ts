// Counts the reports of one signature, in all products or in one, one report at a time.
import {
  type Facet,
  leadingVersions,
  type ReportRow,
  reportsListed,
  reportsOfVersion,
  type SignatureAggregate,
  type Tally,
} from '../../shared/aggregates/documents.ts'
import { columnOf } from '../../shared/fields/columns.ts'
import { type FieldName, labelOf } from '../../shared/fields/fields.ts'
import { ascending } from '../../shared/text/ascending.ts'
import { isoOfMicros } from '../../shared/time/iso-time.ts'
import type { IsoDate } from '../../shared/units.ts'
import { roundWeight, tallyOf } from './run.ts'
import { compareVersions } from './releases/version-order.ts'

/** The fields that have facets, in display order. */
const facetFields = [
  'os_pretty_version',
  'product',
  'version',
  'release_channel',
  'build',
  'process_type',
  'uptime',
  'cpu_arch',
  'reason',
  'address',
  'stack_key',
  'report_type',
  'moz_crash_reason',
  'os_name',
  'adapter_vendor_id',
  'android_model',
  'install_time',
] as const satisfies readonly FieldName[]
const facetValues = 50

/** One report. */
export interface SourceRow {
  /** Of the signature. */
  number: number
  crash_id: string
  submitted_us: bigint
  /** Place in the days covered. */
  day: number
  product: string
  version: string
  release_channel: string
  build_id: string | null
  platform: string
  platform_pretty_version: string | null
  cpu_arch: string | null
  process_type: string
  reason: string | null
  address: string | null
  uptime: number | null
  install_time: number | null
  duplicate_of: string | null
  stack_key: string | null
  report_type: string
  moz_crash_reason: string | null
  adapter_vendor_id: string | null
  android_model: string | null
  weight: number
}

const facets = facetFields.map((field) => {
  const column = columnOf(field).name
  return { column, title: labelOf(field), source: sourceOf(column) }
})

function sourceOf(column: string): (row: SourceRow) => string | null {
  if (column === 'uptime') return ({ uptime }) => uptimeRange(uptime)
  if (column === 'install_time') return (row) => (row.install_time === null ? null : String(row.install_time))
  const name = column as Exclude<
    keyof SourceRow,
    'number' | 'uptime' | 'install_time' | 'submitted_us' | 'weight' | 'day'
  >
  return (row) => row[name]
}

/** Ranges of seconds, up to exclusive ends. */
const uptimeRanges = [
  [60, '< 1 min'],
  [300, '1-5 min'],
  [900, '5-15 min'],
  [3600, '15-60 min'],
  [Number.POSITIVE_INFINITY, '> 1 hour'],
] as const

function uptimeRange(uptime: number | null): string | null {
  return uptime === null ? null : (uptimeRanges.find(([end]) => uptime < end)?.[1] ?? null)
}

/** Numbers of reports and sums of weights, by name. */
class Tallies<Name extends string | number = string> extends Map<Name, Tally> {
  add(name: Name, weight: number): void {
    const tally = this.get(name)
    if (tally) {
      tally.count++
      tally.weighted += weight
    } else this.set(name, { count: 1, weighted: weight })
  }

  /** Those with the most crashes first. */
  ranked(most = Number.POSITIVE_INFINITY): [name: Name, Tally][] {
    const all = [...this].map(([name, tally]): [Name, Tally] => [name, tallyOf(tally)])
    return all.sort(([a, x], [b, y]) => y.weighted - x.weighted || ascending(a, b)).slice(0, most)
  }
}

/** Tallies of the same names, one by version. */
class ByVersion {
  readonly all = new Tallies()
  private readonly versions = new Map<string, Tallies>()

  add(name: string, { version, weight }: Pick<SourceRow, 'version' | 'weight'>): void {
    this.all.add(name, weight)
    const own = this.versions.get(version)
    if (own) own.add(name, weight)
    else {
      const tallies = new Tallies()
      tallies.add(name, weight)
      this.versions.set(version, tallies)
    }
  }

  /** Flat: place, count and estimate of each of `versions` with the name. */
  placesOf(name: string, versions: readonly string[]): number[] {
    return versions.flatMap((version, place) => {
      const tally = this.versions.get(version)?.get(name)
      return tally ? [place, tally.count, roundWeight(tally.weighted)] : []
    })
  }
}

export type CountedPart = Pick<
  SignatureAggregate,
  'total' | 'installs' | 'trend' | 'versions' | 'facets' | 'reports'
>

export class SignatureCounter {
  readonly products = new Tallies()
  private readonly versions = new Tallies()
  private readonly facets = facets.map(() => new ByVersion())
  private readonly installs = new Set<number>()
  /** By product, then version. */
  private readonly trends = new Map<string, Map<string, Tallies<number>>>()
  private readonly reports: { report: ReportRow; version: string; isNewest: boolean }[] = []
  private readonly listed = new Map<string, number>()
  private count = 0

  private readonly dates: readonly IsoDate[]

  /** @param dates the days covered */
  constructor(dates: readonly IsoDate[]) {
    this.dates = dates
  }

  /** @param row not newer than any added before; it may change afterwards */
  add(row: SourceRow): void {
    const { product, version, weight, install_time } = row
    const counted = { version, weight }
    this.products.add(product, weight)
    this.versions.add(version, weight)
    if (install_time !== null) this.installs.add(install_time)
    this.addToTrend({ product, version, weight, day: row.day })
    for (let place = 0; place < facets.length; place++) {
      const value = facets[place]!.source(row)
      if (value) this.facets[place]!.add(value, counted)
    }
    const listed = this.listed.get(version) ?? 0
    const isNewest = this.count < reportsListed
    if (isNewest || listed < reportsOfVersion) this.reports.push({ report: reportOf(row), version, isNewest })
    this.listed.set(version, listed + 1)
    this.count++
  }

  private addToTrend({
    product,
    version,
    day,
    weight,
  }: Pick<SourceRow, 'product' | 'version' | 'day' | 'weight'>): void {
    const ofProduct = this.trends.get(product) ?? new Map<string, Tallies<number>>()
    this.trends.set(product, ofProduct)
    const days = ofProduct.get(version) ?? new Tallies<number>()
    ofProduct.set(version, days)
    days.add(day, weight)
  }

  finish(): CountedPart {
    const ranked = this.versions.ranked(leadingVersions).map(([version]) => version)
    const leading = new Set(ranked)
    return {
      total: sumOf(this.products),
      installs: this.installs.size,
      trend: this.trend(),
      versions: ranked,
      facets: this.facetsBy(ranked),
      reports: this.reports
        .filter(({ version, isNewest }) => isNewest || leading.has(version))
        .map(({ report }) => report),
    }
  }

  /** By product, then version, the newest first. */
  private trend(): SignatureAggregate['trend'] {
    return [...this.trends]
      .sort(([a], [b]) => ascending(a, b))
      .flatMap(([product, versions]) =>
        [...versions]
          .sort(([a], [b]) => compareVersions(b, a))
          .map(([version, days]) => ({
            product,
            version,
            days: [...days]
              .sort(([a], [b]) => a - b)
              .map(([day, { count, weighted }]): [IsoDate, number, number] => [
                this.dates[day]!,
                count,
                roundWeight(weighted),
              ]),
          })),
      )
  }

  private facetsBy(versions: readonly string[]): Facet[] {
    return facets.flatMap(({ column, title }, place) => {
      const counted = this.facets[place]!
      const values = counted.all.ranked(facetValues).map(([value, total]) => ({
        value,
        total,
        ...(versions.length > 1 && { by_version: counted.placesOf(value, versions) }),
      }))
      return values.length > 0 ? [{ column, title, values }] : []
    })
  }
}

function sumOf(tallies: ReadonlyMap<string, Tally>): Tally {
  const sum = { count: 0, weighted: 0 }
  for (const { count, weighted } of tallies.values()) {
    sum.count += count
    sum.weighted += weighted
  }
  return tallyOf(sum)
}

const unknownAsNull = (name: string) => (name === 'Unknown' ? null : name)

const reportOf = (row: SourceRow): ReportRow => ({
  crash_id: row.crash_id,
  submitted_at: isoOfMicros(row.submitted_us),
  product: row.product,
  version: unknownAsNull(row.version),
  release_channel: unknownAsNull(row.release_channel),
  build_id: row.build_id,
  platform: unknownAsNull(row.platform),
  platform_pretty_version: row.platform_pretty_version,
  cpu_arch: row.cpu_arch,
  process_type: row.process_type,
  reason: row.reason,
  address: row.address,
  uptime: row.uptime,
  install_time: row.install_time,
  duplicate_of: row.duplicate_of,
})
