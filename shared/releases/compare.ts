// Two releases of a product at equal age: crash rates, and the signatures that differ. docs/dashboard.md has the tests.
import type { Tally } from '../aggregates/documents.ts'
import { type Interval, shareInterval } from '../statistics/interval.ts'
import { areDaysDifferent } from '../statistics/paired-days.ts'
import { type Comparison, isSignificant, type Sample, scaleOf } from '../statistics/significance.ts'
import { ascending } from '../text/ascending.ts'
import type { Release, ReleaseSignature, ReleasesAggregate, SignatureInRelease } from './document.ts'
import type { FindingKind } from './headline.ts'

/** Crashes per unit of use over days of age. */
export interface ReleaseRate {
  value: number
  /** Half the width of the 95 % interval. */
  margin: number
  /** Number of days that both releases have use of. */
  days: number
}

/** One of the two. */
export interface Side {
  release: Release
  /** Crashes up to the age at which both are compared. */
  total: Tally
  /** Null: no use of the same days of age is known for both. */
  rate: ReleaseRate | null
}

/** A signature in one of the two releases. */
export interface Part {
  tally: Tally
  /** 0…1 of the crashes of the release. */
  share: number
  interval: Interval
}

export interface ComparedSignature {
  signature: string
  id: string
  first_seen: string
  /** Null: chance explains the difference, or there is none worth a mention. */
  kind: FindingKind | null
  /** The platform of all its reports in this release (in the other one for `gone`), if chance does not explain that. */
  only: string | null
  now: Part
  before: Part
}

export interface ReleaseComparison {
  /** The age of the younger one, in seconds. */
  age: number
  now: Side
  before: Side
  /** How many times the other's rate, if the difference is significant. */
  rateChange: number | null
  /** Signatures with crashes in one of them, the largest difference of shares first. */
  rows: ComparedSignature[]
}

const daySeconds = 86_400

/** Compares `now` with `before`, both of `document` and of one kind. */
export function compareReleases(
  document: ReleasesAggregate,
  now: Release,
  before: Release,
): ReleaseComparison {
  const age = Math.min(now.elapsed, before.elapsed)
  const pairs = pairedDays(now, before, age)
  const sides = {
    now: { release: now, total: tallyAt(now.at, age), rate: rateOf(pairs.map((pair) => pair.now)) },
    before: {
      release: before,
      total: tallyAt(before.at, age),
      rate: rateOf(pairs.map((pair) => pair.before)),
    },
  }
  const context = { document, age, ...sides }
  const rows = document.signatures.flatMap((signature) => rowOf(signature, context) ?? [])
  const difference = ({ now, before }: ComparedSignature) => Math.abs(now.share - before.share)
  return {
    age,
    ...sides,
    rateChange: rateChangeOf(pairs, sides),
    rows: rows.sort((a, b) => difference(b) - difference(a) || ascending(a.signature, b.signature)),
  }
}

/** The crashes up to an age, which is one of those in the list or older than all. */
function tallyAt(at: readonly number[], age: number): Tally {
  const tally = { count: 0, weighted: 0 }
  for (let i = 0; i + 2 < at.length; i += 3) {
    if (at[i]! > age) continue
    tally.count += at[i + 1]!
    tally.weighted += at[i + 2]!
  }
  return tally
}

interface DayWithUse extends Tally {
  use: number
}

/** The whole days of age up to `age` with known use of both. */
function pairedDays(now: Release, before: Release, age: number) {
  const pairs: { now: DayWithUse; before: DayWithUse }[] = []
  for (let day = 0; day < Math.floor(age / daySeconds); day++) {
    const [a, b] = [now.days[day], before.days[day]]
    if (!a?.use || !b?.use) continue
    pairs.push({ now: { ...a, use: a.use }, before: { ...b, use: b.use } })
  }
  return pairs
}

const varianceOf = ({ count, weighted }: Tally) => (count > 0 ? weighted ** 2 / count : 0)
const sum = (values: readonly number[]) => values.reduce((all, one) => all + one, 0)

function rateOf(days: readonly DayWithUse[]): ReleaseRate | null {
  const use = sum(days.map((day) => day.use))
  if (use === 0) return null
  const margin = (1.96 * Math.sqrt(sum(days.map(varianceOf)))) / use
  return { value: sum(days.map(({ weighted }) => weighted)) / use, margin, days: days.length }
}

function rateChangeOf(
  pairs: ReturnType<typeof pairedDays>,
  { now, before }: { now: Side; before: Side },
): number | null {
  if (!now.rate || !before.rate?.value) return null
  const estimateOf = (day: DayWithUse) => ({
    value: day.weighted / day.use,
    variance: varianceOf(day) / day.use ** 2,
    reports: day.count,
  })
  const [a, b] = [pairs.map((pair) => estimateOf(pair.now)), pairs.map((pair) => estimateOf(pair.before))]
  return areDaysDifferent(a, b) ? now.rate.value / before.rate.value : null
}

interface Context {
  document: ReleasesAggregate
  age: number
  now: Side
  before: Side
}

/** A signature in a release up to an age; without an entry, it has no crashes at any age. */
interface Counted {
  entry: SignatureInRelease | undefined
  tally: Tally
}

function rowOf(signature: ReleaseSignature, context: Context): ComparedSignature | null {
  const { document, now, before } = context
  const [a, b] = [countIn(signature, context, now), countIn(signature, context, before)]
  if (a.tally.count + b.tally.count === 0) return null
  const sample = {
    tallies: [a.tally, b.tally],
    installs: (a.entry?.installs ?? 0) + (b.entry?.installs ?? 0),
    reports: reportsOf(a.entry) + reportsOf(b.entry),
  }
  const scale = scaleOf(sample)
  const parts = { now: partOf(a, now, scale), before: partOf(b, before, scale) }
  const kind = isDifferent(context, parts, sample) ? kindOf(signature, parts, now.release) : null
  const { id, first_seen, signature: name } = signature
  const only = kind === 'gone' ? onlyPlatform(document, b, before) : onlyPlatform(document, a, now)
  return { signature: name, id, first_seen, kind, only, ...parts }
}

function countIn(signature: ReleaseSignature, { document, age }: Context, { release }: Side): Counted {
  const place = document.releases.indexOf(release)
  const entry = signature.in.find((one) => one.release === place)
  return { entry, tally: tallyAt(entry?.at ?? [], age) }
}

/** At any age: what `installs` were counted in. */
const reportsOf = (entry: SignatureInRelease | undefined) =>
  tallyAt(entry?.at ?? [], Number.POSITIVE_INFINITY).count

function partOf({ tally }: Counted, { total }: Side, scale: number): Part {
  const share = total.weighted > 0 ? tally.weighted / total.weighted : 0
  return { tally, share, interval: shareInterval(share, total.weighted / scale) }
}

/**
 * A difference beyond chance, of shares and, where use of both is known, also of rates in the same direction: one frequent
 * signature lowers the shares of all others, and a release that crashes more often raises the rates of all.
 */
function isDifferent(
  { document, ...sides }: Context,
  parts: { now: Part; before: Part },
  sample: Sample,
): boolean {
  const compare = (of: (side: Side) => number) => {
    const portion = (side: 'now' | 'before') => ({ part: parts[side].tally.weighted, whole: of(sides[side]) })
    return { now: portion('now'), before: portion('before'), sample }
  }
  const shares = compare(({ total }) => total.weighted)
  if (!isSignificant(shares, document.tested)) return false
  if (!sides.now.rate?.value || !sides.before.rate?.value) return true
  const rates = { ...compare(({ total, rate }) => total.weighted / rate!.value), isRate: true }
  return isSignificant(rates, document.tested) && isMore(shares) === isMore(rates)
}

const isMore = ({ now, before }: Comparison) => now.part * before.whole > before.part * now.whole

/** Whether a signature was first seen after a release began. */
export const isSince = ({ start, is_start_known }: Release, first_seen: string): boolean =>
  is_start_known && first_seen >= start

function kindOf(
  { first_seen }: ReleaseSignature,
  { now, before }: { now: Part; before: Part },
  release: Release,
): FindingKind {
  if (now.tally.count === 0) return 'gone'
  if (before.tally.count === 0) return 'new'
  if (now.share < before.share) return 'falling'
  return isSince(release, first_seen) ? 'new' : 'rising'
}

/** How unlikely one platform for all reports has to be. */
const platformRisk = 0.01

function onlyPlatform(
  document: ReleasesAggregate,
  { entry, tally }: Counted,
  { release }: Side,
): string | null {
  if (!entry || entry.only < 0) return null
  const all = release.platforms
  let [own, whole] = [0, 0]
  for (let i = 0; i + 1 < all.length; i += 2) {
    whole += all[i + 1]!
    if (all[i] === entry.only) own += all[i + 1]!
  }
  const independent = Math.min(tally.count, entry.installs || tally.count)
  const isUnlikely = whole > 0 && (own / whole) ** independent < platformRisk
  return isUnlikely ? (document.platforms[entry.only] ?? null) : null
}
