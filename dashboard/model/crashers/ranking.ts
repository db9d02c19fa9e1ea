// The rows of Top Crashers: percentages, ranks and their change since the previous period.
import {
  byEstimate,
  type Cell,
  type Tally,
  type TopCrasher,
  type TopCrashersAggregate,
} from '../../../shared/aggregates/documents.ts'
import {
  type Comparison,
  isComparable,
  isSignificant,
  type Portion,
  type Sample,
} from '../../../shared/statistics/significance.ts'
import { valuesOfLevels } from '../../../shared/aggregates/day-levels.ts'
import { ascending } from '../../../shared/text/ascending.ts'
import { dayMs } from '../../../shared/time/dates.ts'
import { isoTime } from '../../../shared/time/iso-time.ts'
import type { IsoDate, IsoTime } from '../../../shared/units.ts'
import { type CubeFilter, cellMatcher, type Family, sumByFamily, sumCells, talliesOf } from './cube.ts'
import { addTallies, isSampled, marginOf, shareOf } from '../tally.ts'

/**
 * Compared with the previous period: first seen ever, absent then, or present; by how many percentage points, and
 * whether noise alone could be the reason. `unknown`: the previous period has no crashes.
 */
export type Change =
  | { kind: 'new' | 'absent' | 'moved'; points: number; isSignificant: boolean }
  | { kind: 'unknown' }

/** The estimated crashes of each product by day, over the days of the home aggregate. */
export type ProductDays = ReadonlyMap<string, readonly { date: IsoDate; weighted: number }[]>

export interface CrasherRow {
  product: string
  signature: string
  id: string
  /** From 1, by weighted count, ties by signature. */
  rank: number
  /** Ranks gained within the shown rows; null if it was absent or cannot be compared. */
  movement: number | null
  /** 0…1 of all crashes that match the filter, including those outside the list. */
  share: number
  change: Change
  total: Tally
  margin: number | null
  families: Record<Family, number>
  installs: number
  hangs: number
  /** Crashes of the whole period, unfiltered, like installs, hangs, startup and garbage collecting. */
  crashes: number
  startup: number
  /** Crashes at start-up are more frequent than in the other crashes of the product. */
  isStartup: boolean
  garbageCollecting: number
  /** The days before its first appearance had enough crashes of the product to have shown it, too. */
  isNew: boolean
  firstSeen: IsoDate
  firstBuild: string | null
  /** Levels of the last 28 days, of all crashes of the product; null: not known. */
  days: number[] | null
  bugs: NonNullable<TopCrasher['bugs']>
}

export interface Ranking {
  rows: CrasherRow[]
  total: Tally
  margin: number | null
  previousTotal: Tally
  /** 0…1: the part of `total` in the listed signatures. */
  covered: number
  sampled: boolean
  from: IsoDate
  /** Ends of this period and of the previous one, which is as long. */
  until: IsoTime
  previousUntil: IsoTime
}

interface Candidate
  extends Omit<CrasherRow, 'rank' | 'movement' | 'share' | 'change' | 'isStartup' | 'isNew'> {
  previous: Tally
  from: IsoDate
  /** Of the crashes that match the filter, in both periods. */
  sample: Sample
  /** The start-up crashes of the signature and of the other crashes of its product. */
  startups: Comparison
  /** The crashes since its first appearance and before it. */
  appearance: Comparison
}

/** Ranks the signatures of one or more aggregates (one per product, same period) under a filter. */
export function rankCrashers(
  documents: readonly TopCrashersAggregate[],
  filter: CubeFilter,
  days: ProductDays = new Map(),
): Ranking {
  const perDocument = documents.map((document) => ({ document, matches: cellMatcher(document, filter) }))
  const candidates = perDocument.flatMap(({ document, matches }) =>
    document.signatures
      .map((s) => candidateOf(document, s, { matches, days }))
      .filter((c) => c.total.count > 0),
  )
  const groups = perDocument.flatMap(({ document, matches }) => talliesOf(document.all.current, matches))
  const total = addTallies(groups)
  const previousTotal = addTallies(
    perDocument.map(({ document, matches }) => sumCells(document.all.previous, matches)),
  )
  return {
    rows: rowsOf(candidates, total, previousTotal),
    total,
    margin: marginOf(groups),
    previousTotal,
    covered: shareOf(addTallies(candidates.map((c) => c.total)).weighted, total.weighted),
    sampled: isSampled(total),
    from: documents.map((d) => d.from).sort()[0] ?? '',
    ...endsOf(documents),
  }
}

function endsOf(documents: readonly TopCrashersAggregate[]): Pick<Ranking, 'until' | 'previousUntil'> {
  const until =
    documents
      .map((document) => document.until)
      .sort()
      .at(-1) ?? ''
  const days = documents[0]?.days ?? 0
  const before = new Date(Date.parse(until) - days * dayMs)
  return { until, previousUntil: Number.isNaN(before.getTime()) ? '' : isoTime(before) }
}

function candidateOf(
  document: TopCrashersAggregate,
  crasher: TopCrasher,
  { matches, days }: { matches: (cell: Cell) => boolean; days: ProductDays },
): Candidate {
  const { signature, id, installs } = crasher
  const cells = talliesOf(crasher.current, matches)
  const whole = sumCells(crasher.current, () => true)
  const sampleOf = (tallies: readonly Tally[]) => ({ tallies, installs, reports: whole.count })
  return {
    product: document.product,
    signature,
    id,
    total: sumCells(crasher.current, matches),
    previous: sumCells(crasher.previous, matches),
    margin: marginOf(cells),
    sample: sampleOf([...cells, ...talliesOf(crasher.previous, matches)]),
    ...comparisonsOf(document, crasher, { days, sample: sampleOf(talliesOf(crasher.current, () => true)) }),
    families: sumByFamily(crasher.current, matches, document.platforms),
    installs,
    hangs: sumCells(crasher.current, (cell) => document.report_types[cell[6]] === 'hang').weighted,
    crashes: whole.weighted,
    startup: crasher.startup,
    garbageCollecting: crasher.garbage_collecting,
    firstSeen: crasher.first_seen,
    firstBuild: crasher.first_build,
    days: crasher.days === undefined ? null : valuesOfLevels(crasher.days),
    bugs: crasher.bugs ?? [],
    from: document.from,
  }
}

/** What is compared over the whole period, independent of the filter. */
function comparisonsOf(
  document: TopCrashersAggregate,
  { current, startup, first_seen }: TopCrasher,
  { days, sample }: { days: ProductDays; sample: Sample },
): Pick<Candidate, 'startups' | 'appearance'> {
  const own = sumCells(current, () => true).weighted
  const all = sumCells(document.all.current, () => true).weighted
  const before = (days.get(document.product) ?? []).filter(({ date }) => date < first_seen)
  const earlier = before.reduce((sum, { weighted }) => sum + weighted, 0)
  return {
    startups: {
      now: { part: startup, whole: own },
      before: { part: document.startup - startup, whole: all - own },
      sample,
    },
    appearance: { now: { part: own, whole: all }, before: { part: 0, whole: earlier }, sample },
  }
}

function rowsOf(candidates: Candidate[], total: Tally, previousTotal: Tally): CrasherRow[] {
  const changes = candidates.map((candidate) => changeOver(candidate, total, previousTotal))
  const tests = changes.filter(isComparable).length
  const byPrevious = [...candidates].sort(byTally((c) => c.previous))
  const previousRank = new Map(byPrevious.map((candidate, index) => [candidate, index + 1]))
  return [...candidates].sort(byTally((c) => c.total)).map((candidate, index) => {
    const { previous, from, sample: _, startups, appearance, ...row } = candidate
    const rank = index + 1
    const known = previous.count > 0
    return {
      ...row,
      rank,
      movement: known ? previousRank.get(candidate)! - rank : null,
      share: shareOf(row.total.weighted, total.weighted),
      change: changeOf(candidate, changeOver(candidate, total, previousTotal), tests),
      isStartup: isMore(startups) && isSignificant(startups, tests),
      isNew: isMore(appearance) && isSignificant(appearance, tests),
    }
  })
}

const byTally = (of: (c: Candidate) => Tally) => (a: Candidate, b: Candidate) =>
  byEstimate(of(a), of(b)) || ascending(a.signature, b.signature) || ascending(a.product, b.product)

/** The share of a signature in both periods. */
const changeOver = ({ total, previous, sample }: Candidate, all: Tally, allPrevious: Tally): Comparison => ({
  now: { part: total.weighted, whole: all.weighted },
  before: { part: previous.weighted, whole: allPrevious.weighted },
  sample,
})

const shareIn = ({ part, whole }: Portion) => shareOf(part, whole)
const isMore = ({ now, before }: Comparison) => shareIn(now) > shareIn(before)

function changeOf({ previous, firstSeen, from }: Candidate, shares: Comparison, tests: number): Change {
  if (shares.before.whole === 0) return { kind: 'unknown' }
  const kind = previous.count > 0 ? 'moved' : firstSeen >= from ? 'new' : 'absent'
  const points = 100 * (shareIn(shares.now) - shareIn(shares.before))
  return { kind, points, isSignificant: isSignificant(shares, tests) }
}
