// The JSON documents under aggregates/v3/: written by `mayday aggregate`, read by the dashboard.
import type { IsoDate, IsoTime } from './units.ts'

/** Incremented when a type below changes incompatibly; the dashboard rejects other versions. */
export const aggregatesVersion = 3
export type AggregatesVersion = typeof aggregatesVersion

/** Days on the home page and on signature pages. */
export const daysCovered = 28
/** Number of the newest reports that a signature page lists. */
export const reportsListed = 100

/**
 * `count` is the number of stored reports (the sample), `weighted` the sum of their weights: an estimate of the
 * submitted reports.
 */
export interface Tally {
  count: number
  weighted: number
}

/** Largest first, by the measure that pages show and lists are chosen by. */
export const byEstimate = (a: Pick<Tally, 'weighted'>, b: Pick<Tally, 'weighted'>): number =>
  b.weighted - a.weighted

/** The tally of one day. */
export interface DayTally extends Tally {
  date: IsoDate
}

/** Refused reports by the rule of the throttle or `malformed_<reason>`, most frequent first. */
export type RefusedByRule = { rule: string; count: number }[]

/** aggregates/v3/status.json: how fresh the other documents are. Written after them, also when none of them changed. */
export interface StatusAggregate {
  version: AggregatesVersion
  generated_at: IsoTime
  /** The data are late at this age, in seconds; null when it is not known how often they are written. */
  stale_after: number | null
}

/** aggregates/v3/home.json */
export interface HomeAggregate {
  version: AggregatesVersion
  generated_at: IsoTime
  /** Newest `submitted_at` of all crashes; null when there are none. */
  newest_crash: IsoTime | null
  /** The days covered, oldest first, at most 28. */
  dates: IsoDate[]
  products: ProductAggregate[]
  /** Refused reports of these days, all products; the ten products with the most. Absent: not counted. */
  refused?: { by_rule: RefusedByRule; by_product: { product: string; count: number }[] }
}

export interface ProductAggregate {
  name: string
  /** Safe in a URL path and a file name; unique. */
  slug: string
  description: string
  total: Tally
  /** Newest first, by version order. `featured` versions are listed before others. */
  versions: { version: string; channels: string[]; total: Tally; featured?: boolean }[]
  /** In the order of the product file, then by estimate. */
  channels: { channel: string; total: Tally }[]
  /** Links to report a bug. */
  bug_links?: BugLink[]
  /** Links from frames to their source; the first whose prefix matches applies. */
  source_links?: SourceLink[]
  /** Per platform (os_name, or Unknown), one tally per entry of `dates`. Platforms by estimate, largest first. */
  platforms: { platform: string; days: Tally[] }[]
  top_signatures: LeadingSignature[]
  signature_count: number
  /** Refused reports of this product in these days. Absent: not counted. */
  refused?: RefusedByRule
  /** Imported use of this product. Absent: none. */
  usage?: ProductUsage
}

/** One of the ten signatures of a product with the most crashes. */
export interface LeadingSignature {
  signature: string
  id: string
  total: Tally
  first_seen: IsoDate
  installs: number
  /** Estimates, one per entry of `dates`. */
  days: number[]
}

/** What use is measured in: the denominator of crash rates. */
export type UsageMeasure = 'users' | 'sessions' | 'hours'

export interface ProductUsage {
  /** The first of these that was imported. */
  measure: UsageMeasure
  /** One per entry of `dates`; null: no use was imported. */
  days: (DayOfUse | null)[]
}

/** The crashes of the programs whose use is known, which may be fewer than all crashes of the product. */
export interface DayOfUse extends Tally {
  /** In `measure`. */
  amount: number
  /** Of the estimate `weighted`. */
  variance: number
}

/**
 * A form for a new bug. The placeholders `{signature}`, `{product}`, `{version}`, `{platform}`, `{reason}` and
 * `{crash_id}` in `url` are replaced with percent-encoded values.
 */
export interface BugLink {
  title: string
  url: string
}

/**
 * A link from frames whose file begins with `prefix`. The placeholders `{repo}`, `{path}`, `{revision}`, `{line}` and
 * `{version}` in `url` are replaced with percent-encoded values, which keep their slashes.
 */
export interface SourceLink {
  prefix: string
  url: string
}

/** The periods, in days, for which Top Crashers is precomputed. */
export type TopCrashersDays = 1 | 3 | 7 | 14 | 28

/**
 * aggregates/v3/top-crashers/<product slug>/<days>.json: a small cube, filtered and summed in the page.
 * Signatures are the union of the top ones of each version, channel, platform and process type, so the list is exact
 * for any one of these filters; `all` counts every crash of the product, so percentages are exact for any filter.
 */
export interface TopCrashersAggregate {
  version: AggregatesVersion
  generated_at: IsoTime
  product: string
  days: TopCrashersDays
  /** First and last date of the period, both inclusive. */
  from: IsoDate
  to: IsoDate
  /**
   * The period ends at this time, of the newest crash of all products: the last day may not be over. The previous
   * period begins and ends exactly `days` days earlier, so both are equally long.
   */
  until: IsoTime
  /** Values that `Cell` refers to. */
  versions: string[]
  channels: string[]
  platforms: string[]
  process_types: string[]
  all: { current: Cell[]; previous: Cell[] }
  /** The estimated crashes at start-up of the period, of all signatures. */
  startup: number
  signatures: TopCrasher[]
}

/** [version, channel, platform, process type: indexes into the lists above; count; weighted] */
export type Cell = [
  version: number,
  channel: number,
  platform: number,
  processType: number,
  count: number,
  weighted: number,
]

export interface TopCrasher {
  signature: string
  id: string
  current: Cell[]
  previous: Cell[]
  /** Distinct install times in the period over all versions and platforms. */
  installs: number
  /** Estimates, like `weighted`. */
  hangs: number
  startup: number
  garbage_collecting: number
  first_seen: IsoDate
  /** Lowest build ID; null when no report had one. */
  first_build: string | null
  /** Open ones first, then the newest, at most 5. Absent: none. */
  bugs?: Pick<KnownBug, 'id' | 'url' | 'open'>[]
}

/** A bug of a tracker that names a signature. */
export interface KnownBug {
  /** As the tracker shows it, such as `1234567` or `APP-12`. */
  id: string
  /** Its page, http or https; null when unknown. */
  url: string | null
  /** Status and resolution in the words of the tracker; null when unknown. */
  status: string | null
  /** Null when unknown. */
  open: boolean | null
  summary: string | null
}

/**
 * aggregates/v3/signatures/<id>.json: one signature over the days of the home aggregate, all products. It changes only
 * when crashes of the signature come, leave these days, or change: nothing in it refers to the newest day.
 */
export interface SignatureAggregate {
  version: AggregatesVersion
  generated_at: IsoTime
  signature: string
  /** First 16 hex digits of the SHA-256 of the signature in UTF-8. */
  id: string
  total: Tally
  /** Over all time. */
  first_seen: IsoDate
  last_seen: IsoDate
  first_build: string | null
  installs: number
  /** Days with crashes only, oldest first. */
  trend: { product: string; version: string; days: DayTally[] }[]
  /** Each facet's values, largest first, at most 50. */
  facets: Facet[]
  /** Newest first, at most 100. */
  reports: ReportRow[]
  /** The proto signature with the most crashes. */
  proto_signature: string | null
  /** Open ones first, then the newest, at most 50. Absent: none. */
  bugs?: KnownBug[]
}

/**
 * Signatures of modules without symbols end with their location. When symbols arrive, crashes move to other signatures:
 * this document names the new one of each location.
 */
export interface LocationsAggregate {
  version: AggregatesVersion
  generated_at: IsoTime
  /** By the first 8 digits of the stack key, those with the most crashes first, at most 5,000. */
  locations: { location: string; signature: string }[]
}

export interface Facet {
  /** A column of the table `crashes`. */
  column: string
  title: string
  values: { value: string; total: Tally }[]
}

export interface ReportRow {
  crash_id: string
  submitted_at: IsoTime
  product: string
  version: string | null
  release_channel: string | null
  build_id: string | null
  platform: string | null
  platform_pretty_version: string | null
  cpu_arch: string | null
  process_type: string | null
  reason: string | null
  address: string | null
  uptime: number | null
  install_time: number | null
  duplicate_of: string | null
}
