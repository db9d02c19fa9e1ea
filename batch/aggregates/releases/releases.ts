// The aggregates of releases: versions, builds and channels of one product by their age.

import { type UsageMeasure, usageMeasures } from '../../../shared/aggregates/documents.ts'
import { daysOfAge, type Release, type ReleasesAggregate } from '../../../shared/releases/document.ts'
import { leastReports } from '../../../shared/statistics/significance.ts'
import { ascending } from '../../../shared/text/ascending.ts'
import { addDays, dayMs, startOfDate } from '../../../shared/time/dates.ts'
import type { IsoDate } from '../../../shared/units.ts'
import { execute, type SqlValues } from '../../lake/duckdb.ts'
import type { Product } from '../../products/product-file.ts'
import { type Candidate, chooseReleases, releasesRead } from './release-choice.ts'
import { type AggregateRun, executeSql, queryRows, roundWeight, signatureId } from '../run.ts'

/** Signatures of each release in the document: the ones with the most crashes. */
const mostSignatures = 50
const leastInRelease = 20
/** Releases that started earlier are not compared. */
const daysBack = 180

/** By product, of those that have releases to compare. Reads the tables `recent` and `product_history`. */
export async function buildReleases(run: AggregateRun): Promise<Map<string, ReleasesAggregate>> {
  const documents = new Map<string, ReleasesAggregate>()
  const candidates = await readCandidates(run)
  for (const product of run.products) {
    const chosen = chooseReleases(candidates.get(product.name) ?? [], product)
    if (chosen.length > 0) documents.set(product.name, await buildDocument(run, product, chosen))
  }
  await execute(run.database.connection, 'DROP TABLE IF EXISTS release_crashes')
  return documents
}

/** By product, those with the most crashes first. */
async function readCandidates(run: AggregateRun): Promise<Map<string, Candidate[]>> {
  const to = run.dates.at(-1)!
  const rows = await queryRows<Candidate & { product: string }>(run, 'release-candidates', {
    to,
    earliest: addDays(to, 1 - daysBack),
    before: addDays(to, -2 * daysOfAge),
    least: leastInRelease,
    most: releasesRead,
  })
  return Map.groupBy(rows, ({ product }) => product)
}

interface Numbered {
  number: number
}
interface Counts {
  count: number
  weighted: number
}
type UseRow = Numbered & { day: number } & Record<UsageMeasure, number | null>
interface SignatureRow extends Numbered {
  signature: string
  installs: number
  only_platform: string | null
  first_seen: IsoDate
  by_age: (Counts & { age: number })[]
}

/** What the queries answer, by the number of the release: its place in the document. */
interface ReleaseRows {
  days: Map<number, (Counts & { day: number })[]>
  ages: Map<number, (Counts & { age: number })[]>
  platforms: Map<number, { platform: string; weighted: number }[]>
  use: Map<number, UseRow[]>
  signatures: readonly SignatureRow[]
  tested: number
}

/** Replaces the table `release_crashes`. */
async function buildDocument(
  run: AggregateRun,
  product: Product,
  chosen: readonly Candidate[],
): Promise<ReleasesAggregate> {
  const starts = chosen.map((release) => (release.kind === 'channel' ? run.dates[0]! : release.start))
  const elapsed = starts.map((start) => elapsedSince(start, run.until!))
  const rows = await readRows(run, product, { chosen, starts, elapsed })
  const platforms = namesOf([...rows.platforms.values()].flat())
  const measure = measureOf([...rows.use.values()].flat())
  const context = { rows, platforms, measure }
  return {
    version: run.version,
    generated_at: run.generatedAt,
    product: product.name,
    measure,
    platforms,
    releases: chosen.map((candidate, number) =>
      releaseOf({ candidate, number, start: starts[number]!, elapsed: elapsed[number]! }, context),
    ),
    tested: rows.tested,
    signatures: signaturesOf(rows.signatures, platforms),
  }
}

/** Seconds from the beginning of a day to `until`, at most the greatest age. */
const elapsedSince = (start: IsoDate, until: string) =>
  Math.min(Math.ceil((Date.parse(until) - startOfDate(start)) / 1000), (daysOfAge * dayMs) / 1000)

interface Chosen {
  chosen: readonly Candidate[]
  starts: readonly IsoDate[]
  elapsed: readonly number[]
}

async function readRows(run: AggregateRun, product: Product, of: Chosen): Promise<ReleaseRows> {
  const releases = {
    product: product.name,
    numbers: of.chosen.map((_, number) => String(number)),
    kinds: of.chosen.map(({ kind }) => kind),
    names: of.chosen.map(({ name }) => name),
    starts: of.starts,
    first: [...of.starts].sort()[0]!,
    last: run.dates.at(-1)!,
  }
  await executeSql(run, 'release-crashes', { ...releases, elapsed: of.elapsed.map(String) })
  const grouped = async <T extends Numbered>(query: string, values?: SqlValues) =>
    Map.groupBy(await queryRows<T>(run, query, values), ({ number }) => number)
  const [tests] = await queryRows<{ tested: number }>(run, 'release-tests', { least: leastReports })
  return {
    days: await grouped<Counts & { day: number } & Numbered>('release-days'),
    ages: await grouped<Counts & { age: number } & Numbered>('release-ages'),
    platforms: await grouped<{ platform: string; weighted: number } & Numbered>('release-platforms'),
    use: await grouped('release-use', releases),
    signatures: await queryRows(run, 'release-signatures', { product: product.name, most: mostSignatures }),
    tested: tests!.tested,
  }
}

/** All platforms, the largest first. */
function namesOf(rows: readonly { platform: string; weighted: number }[]): string[] {
  const sums = new Map<string, number>()
  for (const { platform, weighted } of rows) sums.set(platform, (sums.get(platform) ?? 0) + weighted)
  return [...sums].sort(([a, x], [b, y]) => y - x || ascending(a, b)).map(([name]) => name)
}

/** The first measure that is known. */
const measureOf = (rows: readonly UseRow[]): UsageMeasure | null =>
  usageMeasures.find((measure) => rows.some((row) => row[measure] !== null)) ?? null

interface OneRelease {
  candidate: Candidate
  number: number
  start: IsoDate
  elapsed: number
}
interface Context {
  rows: ReleaseRows
  platforms: readonly string[]
  measure: UsageMeasure | null
}

function releaseOf({ candidate, number, start, elapsed }: OneRelease, context: Context): Release {
  const { rows, platforms } = context
  const { kind, name, channel, recent, first_of_product } = candidate
  return {
    kind,
    name,
    channel: kind === 'channel' ? '' : channel,
    start,
    is_start_known: kind === 'channel' || start > first_of_product,
    elapsed,
    days: daysOf({ number, elapsed }, context),
    at: flatAt(rows.ages.get(number) ?? []),
    recent,
    platforms: (rows.platforms.get(number) ?? []).flatMap((row) => [
      platforms.indexOf(row.platform),
      roundWeight(row.weighted),
    ]),
  }
}

function daysOf(
  { number, elapsed }: Pick<OneRelease, 'number' | 'elapsed'>,
  { rows, measure }: Context,
): Release['days'] {
  const byDay = new Map(rows.days.get(number)?.map((row) => [row.day, row]))
  const use = new Map(rows.use.get(number)?.map((row) => [row.day, measure && row[measure]]))
  return Array.from({ length: Math.ceil((elapsed * 1000) / dayMs) }, (_, day) => ({
    count: byDay.get(day)?.count ?? 0,
    weighted: roundWeight(byDay.get(day)?.weighted ?? 0),
    use: use.get(day) ?? null,
  }))
}

const flatAt = (rows: readonly (Counts & { age: number })[]): number[] =>
  rows.flatMap(({ age, count, weighted }) => [age, count, roundWeight(weighted)])

function signaturesOf(
  rows: readonly SignatureRow[],
  platforms: readonly string[],
): ReleasesAggregate['signatures'] {
  return [...Map.groupBy(rows, ({ signature }) => signature)].map(([signature, own]) => ({
    signature,
    id: signatureId(signature),
    first_seen: own.map(({ first_seen }) => first_seen).sort()[0]!,
    in: own.map(({ number, installs, only_platform, by_age }) => ({
      release: number,
      installs,
      only: only_platform === null ? -1 : platforms.indexOf(only_platform),
      at: flatAt(by_age),
    })),
  }))
}
