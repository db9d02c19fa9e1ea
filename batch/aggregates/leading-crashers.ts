// Top Crashers of all products together, chosen from the lists of each.
import type { Cell, TopCrasher, TopCrashersAggregate } from '../../shared/aggregates/documents.ts'
import { ascending } from '../../shared/text/ascending.ts'
import { roundWeight } from './run.ts'

interface Candidate {
  crasher: TopCrasher
  cells: readonly Cell[]
}

/**
 * Every list without its versions, with the signatures that are near the top of all products, or of all of a channel,
 * platform, process type or report type.
 */
export function leadingCrashers(
  lists: readonly TopCrashersAggregate[],
  { total, each }: { total: number; each: number },
): TopCrashersAggregate[] {
  const chosen = chooseFrom(lists, { total, each })
  return lists.map((list) => ({
    ...list,
    versions: [],
    all: { current: withoutVersions(list.all.current), previous: withoutVersions(list.all.previous) },
    signatures: list.signatures
      .filter((crasher) => chosen.has(crasher))
      .map((crasher) => ({
        ...crasher,
        current: withoutVersions(crasher.current),
        previous: withoutVersions(crasher.previous),
      })),
  }))
}

function chooseFrom(
  lists: readonly TopCrashersAggregate[],
  { total, each }: { total: number; each: number },
): ReadonlySet<TopCrasher> {
  const groups = new Map<string, Candidate[]>()
  const add = (key: string, candidate: Candidate) => {
    const group = groups.get(key)
    if (group) group.push(candidate)
    else groups.set(key, [candidate])
  }
  for (const list of lists)
    for (const crasher of list.signatures) {
      add('', { crasher, cells: crasher.current })
      for (const [key, cells] of Map.groupBy(
        crasher.current.flatMap((cell) => valuesOf(list, cell).map((value) => ({ value, cell }))),
        ({ value }) => value,
      ))
        add(key, { crasher, cells: cells.map(({ cell }) => cell) })
    }
  return new Set([...groups].flatMap(([key, candidates]) => largest(candidates, key === '' ? total : each)))
}

/** The values of the filters that products share. */
const valuesOf = (list: TopCrashersAggregate, cell: Cell): string[] => [
  `channel ${list.channels[cell[1]]}`,
  `platform ${list.platforms[cell[2]]}`,
  `process ${list.process_types[cell[3]]}`,
  `report ${list.report_types[cell[6]]}`,
]

function largest(candidates: readonly Candidate[], most: number): TopCrasher[] {
  const sums = candidates.map(({ crasher, cells }) => ({
    crasher,
    weighted: cells.reduce((sum, cell) => sum + cell[5], 0),
  }))
  return sums
    .sort((a, b) => b.weighted - a.weighted || ascending(a.crasher.signature, b.crasher.signature))
    .slice(0, most)
    .map(({ crasher }) => crasher)
}

/** Cells that differ only in their version as one. Reports of different weight stay apart. */
function withoutVersions(cells: readonly Cell[]): Cell[] {
  const sums = new Map<string, Cell>()
  for (const [, channel, platform, processType, count, weighted, reportType] of cells) {
    const key = [channel, platform, processType, reportType, roundWeight(weighted / count)].join()
    const sum = sums.get(key)
    if (sum) {
      sum[4] += count
      sum[5] = roundWeight(sum[5] + weighted)
    } else sums.set(key, [0, channel, platform, processType, count, weighted, reportType])
  }
  return [...sums.values()]
}
