// The rows of Top Crashers: percentages, ranks and their change since the previous period.
import {
  byEstimate,
  type Cell,
  type Tally,
  type TopCrasher,
  type TopCrashersAggregate,
} from '../../shared/aggregates.ts'
import { dayMs } from '../../shared/time/dates.ts'
import { isoTime } from '../../shared/time/iso-time.ts'
import type { IsoDate, IsoTime } from '../../shared/units.ts'
import { type CubeFilter, cellMatcher, type Family, sumByFamily, sumCells, talliesOf } from './cube.ts'
import { addTallies, isSampled, marginOf, shareOf } from './tally.ts'

/** Compared with the previous period: first seen ever, absent then, moved by percentage points, or not comparable. */
export type Change =
  | { kind: 'new' }
  | { kind: 'absent' }
  | { kind: 'moved'; points: number }
  | { kind: 'unknown' }

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
  garbageCollecting: number
  firstSeen: IsoDate
  firstBuild: string | null
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

interface Candidate extends Omit<CrasherRow, 'rank' | 'movement' | 'share' | 'change'> {
  previous: Tally
  from: IsoDate
}

/** Ranks the signatures of one or more aggregates (one per product, same period) under a filter. */
export function rankCrashers(documents: readonly TopCrashersAggregate[], filter: CubeFilter): Ranking {
  const perDocument = documents.map((document) => ({ document, matches: cellMatcher(document, filter) }))
  const candidates = perDocument.flatMap(({ document, matches }) =>
    document.signatures.map((s) => candidateOf(document, s, matches)).filter((c) => c.total.count > 0),
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
  matches: (cell: Cell) => boolean,
): Candidate {
  const { signature, id } = crasher
  return {
    product: document.product,
    signature,
    id,
    total: sumCells(crasher.current, matches),
    previous: sumCells(crasher.previous, matches),
    margin: marginOf(talliesOf(crasher.current, matches)),
    families: sumByFamily(crasher.current, matches, document.platforms),
    installs: crasher.installs,
    hangs: crasher.hangs,
    crashes: sumCells(crasher.current, () => true).weighted,
    startup: crasher.startup,
    garbageCollecting: crasher.garbage_collecting,
    firstSeen: crasher.first_seen,
    firstBuild: crasher.first_build,
    bugs: crasher.bugs ?? [],
    from: document.from,
  }
}

function rowsOf(candidates: Candidate[], total: Tally, previousTotal: Tally): CrasherRow[] {
  const byPrevious = [...candidates].sort(byTally((c) => c.previous))
  const previousRank = new Map(byPrevious.map((candidate, index) => [candidate, index + 1]))
  return [...candidates].sort(byTally((c) => c.total)).map((candidate, index) => {
    const { previous, from, ...row } = candidate
    const rank = index + 1
    const known = previous.count > 0
    return {
      ...row,
      rank,
      movement: known ? previousRank.get(candidate)! - rank : null,
      share: shareOf(row.total.weighted, total.weighted),
      change: changeOf(candidate, total, previousTotal),
    }
  })
}

const byTally = (of: (c: Candidate) => Tally) => (a: Candidate, b: Candidate) =>
  byEstimate(of(a), of(b)) || compareText(a.signature, b.signature) || compareText(a.product, b.product)

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

function changeOf(
  { total, previous, firstSeen, from }: Candidate,
  allTotal: Tally,
  allPrevious: Tally,
): Change {
  if (allPrevious.count === 0) return { kind: 'unknown' }
  if (previous.count === 0) return { kind: firstSeen >= from ? 'new' : 'absent' }
  const now = shareOf(total.weighted, allTotal.weighted)
  const before = shareOf(previous.weighted, allPrevious.weighted)
  return { kind: 'moved', points: 100 * (now - before) }
}
