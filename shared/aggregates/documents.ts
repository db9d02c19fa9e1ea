// The JSON documents under aggregates/v4/: written by `mayday aggregate`, read and checked by the dashboard.
import * as z from 'zod/mini'
import { headlineSchema } from '../releases/headline.ts'

/** Incremented when a schema below changes incompatibly; the dashboard rejects other versions. */
export const aggregatesVersion = 4
export type AggregatesVersion = typeof aggregatesVersion

/** Means a missing product, version, channel, platform or process type, in the SQL of the aggregates too. */
export const missingName = 'Unknown'

/** Days on the home page and on signature pages. */
export const daysCovered = 28
/** Number of the newest reports that a signature page lists; and of each leading version, where they are fewer. */
export const reportsListed = 100
export const reportsOfVersion = 20
/** Versions by which the facets of a signature can be filtered. */
export const leadingVersions = 12

const version = z.literal(aggregatesVersion)
/** `IsoTime` and `IsoDate`. */
const time = z.string()
const date = z.string()

/**
 * `count` is the number of stored reports (the sample), `weighted` the sum of their weights: an estimate of the
 * submitted reports.
 */
const tally = z.object({ count: z.number(), weighted: z.number() })
export type Tally = z.infer<typeof tally>

/** Largest first, by the measure that pages show and lists are chosen by. */
export const byEstimate = (a: Pick<Tally, 'weighted'>, b: Pick<Tally, 'weighted'>): number =>
  b.weighted - a.weighted

/** The tally of one day. */
export interface DayTally extends Tally {
  date: string
}

/** Refused reports by the rule of the throttle or `malformed_<reason>`, most frequent first. */
const refusedByRule = z.array(z.object({ rule: z.string(), count: z.number() }))
export type RefusedByRule = z.infer<typeof refusedByRule>

/** aggregates/v4/status.json: how fresh the other documents are. Written after them, also when none of them changed. */
export const statusSchema = z.object({
  version,
  generated_at: time,
  /** The data are late at this age, in seconds; null when it is not known how often they are written. */
  stale_after: z.nullable(z.number()),
})
export type StatusAggregate = z.infer<typeof statusSchema>

const roundStep = z.object({
  name: z.string(),
  /** Without error and findings. */
  good: z.boolean(),
  ms: z.number(),
  /** To the store. */
  requests: z.number(),
  bytes_read: z.number(),
  bytes_written: z.number(),
})
export type RoundStep = z.infer<typeof roundStep>

/** aggregates/v4/round.json: the last round of `mayday run`, written at its end. Absent where it does not run. */
export const roundSchema = z.object({
  version,
  generated_at: time,
  began: time,
  /** Every step was good. */
  good: z.boolean(),
  /** Stored reports that wait to be processed, and when the oldest was stored; null without a backlog. */
  backlog: z.number(),
  oldest_waiting: z.nullable(time),
  /** In the order in which they ran. */
  steps: z.array(roundStep),
})
export type RoundAggregate = z.infer<typeof roundSchema>

/** A module whose symbols crashes of these days lacked. Texts are empty where unknown. */
const missingModule = z.object({
  filename: z.string(),
  debug_file: z.string(),
  debug_id: z.string(),
  code_id: z.string(),
  total: tally,
  /** Those with the most crashes first, at most 10. */
  products: z.array(z.object({ product: z.string(), total: tally })),
  last_seen: date,
})
export type MissingModuleAggregate = z.infer<typeof missingModule>

/** Modules in aggregates/v4/missing-symbols.json. */
export const mostMissingModules = 500

/** aggregates/v4/missing-symbols.json: the 500 modules that the most crashes lacked. */
export const missingSymbolsSchema = z.object({
  version,
  generated_at: time,
  /** First and last day, both inclusive. */
  from: date,
  to: date,
  modules: z.array(missingModule),
  /** Number of all such modules. */
  all: z.number(),
})
export type MissingSymbolsAggregate = z.infer<typeof missingSymbolsSchema>

/** What use is measured in: the denominator of crash rates. */
export const usageMeasures = ['users', 'sessions', 'hours'] as const
export const usageMeasure = z.enum(usageMeasures)
export type UsageMeasure = z.infer<typeof usageMeasure>

/** The crashes of the programs whose use is known, which may be fewer than all crashes of the product. */
const dayOfUse = z.object({
  ...tally.shape,
  /** In `measure`. */
  amount: z.number(),
  /** Of the estimate `weighted`. */
  variance: z.number(),
})
export type DayOfUse = z.infer<typeof dayOfUse>

const productUsage = z.object({
  /** The first of these that was imported. */
  measure: usageMeasure,
  /** One per entry of `dates`; null: no use was imported. */
  days: z.array(z.nullable(dayOfUse)),
})
export type ProductUsage = z.infer<typeof productUsage>

/** A form for a new bug. The `bugPlaceholders` in `url` are replaced with percent-encoded values. */
const bugLink = z.object({ title: z.string(), url: z.string() })
export type BugLink = z.infer<typeof bugLink>

/**
 * A link from frames whose file begins with `prefix`. The `sourcePlaceholders` in `url` are replaced with
 * percent-encoded values, which keep their slashes.
 */
const sourceLink = z.object({ prefix: z.string(), url: z.string() })
export type SourceLink = z.infer<typeof sourceLink>

/** A bug of a tracker that names a signature. */
const knownBug = z.object({
  /** As the tracker shows it, such as `1234567` or `APP-12`. */
  id: z.string(),
  /** Its page, http or https; null when unknown. */
  url: z.nullable(z.string()),
  /** Status and resolution in the words of the tracker; null when unknown. */
  status: z.nullable(z.string()),
  /** Null when unknown. */
  open: z.nullable(z.boolean()),
  summary: z.nullable(z.string()),
  /** Other signatures that it names, at most 10, those with recent crashes first. Absent: none. */
  others: z.exactOptional(z.array(z.string())),
})
export type KnownBug = z.infer<typeof knownBug>

/** A bug in a list of signatures. */
const listedBug = z.pick(knownBug, { id: true, url: true, open: true })
export type ListedBug = z.infer<typeof listedBug>

/** One of the ten signatures of a product with the most crashes. */
const leadingSignature = z.object({
  signature: z.string(),
  id: z.string(),
  total: tally,
  first_seen: date,
  installs: z.number(),
  /** Estimates, one per entry of `dates`. */
  days: z.array(z.number()),
  /** Open ones first, then the newest, at most 5. Absent: none. */
  bugs: z.exactOptional(z.array(listedBug)),
})
export type LeadingSignature = z.infer<typeof leadingSignature>

const product = z.object({
  name: z.string(),
  /** Safe in a URL path and a file name; unique. */
  slug: z.string(),
  description: z.string(),
  total: tally,
  /** Newest first, by version order. `featured` versions are listed before others. */
  versions: z.array(
    z.object({
      version: z.string(),
      channels: z.array(z.string()),
      total: tally,
      featured: z.exactOptional(z.boolean()),
      /** Day of its first crash, if that is one of `dates` but the first. */
      began: z.exactOptional(date),
    }),
  ),
  /** In the order of the product file, then by estimate. */
  channels: z.array(z.object({ channel: z.string(), total: tally })),
  /** Links to report a bug. */
  bug_links: z.exactOptional(z.array(bugLink)),
  /** Links from frames to their source; the first whose prefix matches applies. */
  source_links: z.exactOptional(z.array(sourceLink)),
  /** Names of its own modules, with `*` for any text. Absent: not configured. */
  own_modules: z.exactOptional(z.array(z.string())),
  /** Per platform (os_name, or Unknown), one tally per entry of `dates`. Platforms by estimate, largest first. */
  platforms: z.array(z.object({ platform: z.string(), days: z.array(tally) })),
  top_signatures: z.array(leadingSignature),
  signature_count: z.number(),
  /** Refused reports of this product in these days. Absent: not counted. */
  refused: z.exactOptional(refusedByRule),
  /** Imported use of this product. Absent: none. */
  usage: z.exactOptional(productUsage),
  /** What matters about the newest version. Absent: there are no two versions to compare. */
  headline: z.exactOptional(headlineSchema),
})
export type ProductAggregate = z.infer<typeof product>

/** aggregates/v4/home.json */
export const homeSchema = z.object({
  version,
  generated_at: time,
  /** Newest `submitted_at` of all crashes; null when there are none. */
  newest_crash: z.nullable(time),
  /** The days covered, oldest first, at most 28. */
  dates: z.array(date),
  products: z.array(product),
  /** Reports of these days that were made up for demonstrations (`shared/fields/simulated.ts`). Absent: none. */
  simulated: z.exactOptional(z.number()),
  /** Refused reports of these days, all products; the ten products with the most. Absent: not counted. */
  refused: z.exactOptional(
    z.object({
      by_rule: refusedByRule,
      by_product: z.array(z.object({ product: z.string(), count: z.number() })),
    }),
  ),
})
export type HomeAggregate = z.infer<typeof homeSchema>

/** The periods, in days, for which Top Crashers is precomputed. */
export const topCrashersPeriods = [1, 3, 7, 14, 28] as const
const topCrashersDays = z.literal(topCrashersPeriods)
export type TopCrashersDays = z.infer<typeof topCrashersDays>

/** The cells of one signature and period, stored as columns: indexes into `lines` and `groups`, and numbers of reports. */
const packedCells = z.tuple([z.array(z.number()), z.array(z.number()), z.array(z.number())])
export type PackedCells = z.infer<typeof packedCells>
const bothPeriods = { current: packedCells, previous: packedCells }

/** Indexes into the lists of the document, except `count` and `weighted`. Unpacked by `shared/aggregates/crash-cells.ts`. */
export type Cell = [
  version: number,
  channel: number,
  platform: number,
  processType: number,
  count: number,
  weighted: number,
  reportType: number,
]
/** With cells in place of their stored form. */
type WithCells<T> = Omit<T, 'current' | 'previous'> & { current: Cell[]; previous: Cell[] }

const topCrasher = z.object({
  signature: z.string(),
  id: z.string(),
  ...bothPeriods,
  /** Distinct install times in the period over all versions and platforms. */
  installs: z.number(),
  /** Estimates, like `weighted`. */
  startup: z.number(),
  garbage_collecting: z.number(),
  first_seen: date,
  /** Lowest build ID; null when no report had one. */
  first_build: z.nullable(z.string()),
  /** A digit per day of the last 28, of all crashes of the product, as in `shared/aggregates/day-levels.ts`. Absent: not known. */
  days: z.exactOptional(z.string()),
  /** Open ones first, then the newest, at most 5. Absent: none. */
  bugs: z.exactOptional(z.array(listedBug)),
})
export type TopCrasher = WithCells<z.infer<typeof topCrasher>>

/**
 * aggregates/v4/top-crashers/<product slug>/<days>.json: a small cube, filtered and summed in the page.
 * Signatures are the union of the top ones of each channel, platform, process type, report type and leading version, so
 * the list is exact for any one of these filters; at most 500, those near the top of a list. `all` counts every crash of
 * the product, so percentages are exact for any filter.
 */
export const topCrashersSchema = z.object({
  version,
  generated_at: time,
  product: z.string(),
  days: topCrashersDays,
  /** First and last date of the period, both inclusive. */
  from: date,
  to: date,
  /**
   * The period ends at this time, of the newest crash of all products: the last day may not be over. The previous
   * period begins and ends exactly `days` days earlier, so both are equally long.
   */
  until: time,
  /** Values that cells refer to. */
  versions: z.array(z.string()),
  channels: z.array(z.string()),
  platforms: z.array(z.string()),
  process_types: z.array(z.string()),
  /** `crash`, `hang`. */
  report_types: z.array(z.string()),
  /** Version, channel and weight of each report. */
  lines: z.array(z.tuple([z.number(), z.number(), z.number()])),
  /** Platform, process type and report type. */
  groups: z.array(z.tuple([z.number(), z.number(), z.number()])),
  all: z.object(bothPeriods),
  /** The estimated crashes at start-up of the period, of all signatures. */
  startup: z.number(),
  signatures: z.array(topCrasher),
})
export type PackedTopCrashers = z.infer<typeof topCrashersSchema>
export type TopCrashersAggregate = Omit<PackedTopCrashers, 'lines' | 'groups' | 'all' | 'signatures'> & {
  all: { current: Cell[]; previous: Cell[] }
  signatures: TopCrasher[]
}

/**
 * aggregates/v4/all-crashers/<days>.json: the same for all products together, each without its versions. Signatures are
 * the top ones of all products, channels, platforms, process types and report types.
 */
export const allCrashersSchema = z.object({
  version,
  generated_at: time,
  days: topCrashersDays,
  products: z.array(z.omit(topCrashersSchema, { version: true, generated_at: true })),
})
export type AllCrashersAggregate = z.infer<typeof allCrashersSchema>

/** One day with crashes. */
const trendDay = z.tuple([date, z.number(), z.number()])
/** Date, count, weighted. */
export type TrendDay = z.infer<typeof trendDay>

const facet = z.object({
  /** A column of the table `crashes`. */
  column: z.string(),
  title: z.string(),
  values: z.array(
    z.object({
      value: z.string(),
      total: tally,
      /** Flat: [index in `versions`, count, weighted] of each version with crashes. Absent with a single version. */
      by_version: z.exactOptional(z.array(z.number())),
    }),
  ),
})
export type Facet = z.infer<typeof facet>

const text = z.nullable(z.string())
const reportRow = z.object({
  crash_id: z.string(),
  submitted_at: time,
  product: z.string(),
  version: text,
  release_channel: text,
  build_id: text,
  platform: text,
  platform_pretty_version: text,
  cpu_arch: text,
  process_type: text,
  reason: text,
  address: text,
  uptime: z.nullable(z.number()),
  install_time: z.nullable(z.number()),
  duplicate_of: text,
})
export type ReportRow = z.infer<typeof reportRow>

/**
 * aggregates/v4/signatures/<id>.json: one signature over the days of the home aggregate, all products; for each product
 * of a signature that has several, also aggregates/v4/signatures/<id>/<product slug>.json. It changes only when crashes
 * of the signature come, leave these days, or change: nothing in it refers to the newest day.
 */
export const signatureSchema = z.object({
  version,
  generated_at: time,
  signature: z.string(),
  /** First 16 hex digits of the SHA-256 of the signature in UTF-8. */
  id: z.string(),
  /** The product that everything but `products` is about; null: all of them. */
  product: z.nullable(z.string()),
  /** All products with crashes of the signature, those with the most crashes first. */
  products: z.array(z.object({ product: z.string(), slug: z.string(), total: tally })),
  total: tally,
  /** Over all time. */
  first_seen: date,
  last_seen: date,
  first_build: z.nullable(z.string()),
  installs: z.number(),
  /** Days with crashes only, oldest first. */
  trend: z.array(z.object({ product: z.string(), version: z.string(), days: z.array(trendDay) })),
  /** The versions with the most crashes, at most 12: facets and reports can be filtered by them. */
  versions: z.array(z.string()),
  /** Each facet's values, largest first, at most 50. */
  facets: z.array(facet),
  /** Newest first: 100 of all, and 20 of each of `versions`. */
  reports: z.array(reportRow),
  /** The proto signature with the most crashes. */
  proto_signature: z.nullable(z.string()),
  /** Open ones first, then the newest, at most 50. Absent: none. */
  bugs: z.exactOptional(z.array(knownBug)),
})
export type SignatureAggregate = z.infer<typeof signatureSchema>

/**
 * Signatures of modules without symbols end with their location. When symbols arrive, crashes move to other signatures:
 * this document names the new one of each location.
 */
export const locationsSchema = z.object({
  version,
  generated_at: time,
  /** By the first 8 digits of the stack key, those with the most crashes first, at most 5,000. */
  locations: z.array(z.object({ location: z.string(), signature: z.string() })),
})
export type LocationsAggregate = z.infer<typeof locationsSchema>

/** A signature without a document of its own: of all products, over all time. */
const pastSignature = z.object({
  signature: z.string(),
  id: z.string(),
  total: tally,
  /** By name, at most 20. */
  products: z.array(z.string()),
  first_seen: date,
  last_seen: date,
  first_build: z.nullable(z.string()),
  /** Monday and estimate of weeks with crashes, oldest first; the last 60. */
  weeks: z.array(z.tuple([date, z.number()])),
  /** Open ones first, then the newest, at most 50. Absent: none. */
  bugs: z.exactOptional(z.array(knownBug)),
})
export type PastSignature = z.infer<typeof pastSignature>

/** aggregates/v4/past/<first two digits of the id>.json: the 100,000 of these signatures that were seen last. */
export const pastSchema = z.object({
  version,
  generated_at: time,
  start: z.string(),
  signatures: z.array(pastSignature),
})
export type PastAggregate = z.infer<typeof pastSchema>
