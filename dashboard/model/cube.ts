// Sums over the cells of a Top Crashers aggregate.
import type { Cell, Tally, TopCrashersAggregate } from '../../shared/aggregates.ts'

/** Required values of a cell; undefined: any. */
export interface CubeFilter {
  version?: string | undefined
  channel?: string | undefined
  platform?: string | undefined
  processType?: string | undefined
}

type Lists = Pick<TopCrashersAggregate, 'versions' | 'channels' | 'platforms' | 'process_types'>

/** Tests cells; a value that the aggregate does not have matches none. */
export function cellMatcher(lists: Lists, filter: CubeFilter): (cell: Cell) => boolean {
  const wanted: [at: number, index: number][] = []
  const want = (at: number, values: readonly string[], value: string | undefined) => {
    if (value !== undefined) wanted.push([at, values.indexOf(value)])
  }
  want(0, lists.versions, filter.version)
  want(1, lists.channels, filter.channel)
  want(2, lists.platforms, filter.platform)
  want(3, lists.process_types, filter.processType)
  return (cell) => wanted.every(([at, index]) => cell[at] === index)
}

/** The sum of the matching cells. */
export function sumCells(cells: readonly Cell[], matches: (cell: Cell) => boolean): Tally {
  let count = 0
  let weighted = 0
  for (const cell of cells) {
    if (!matches(cell)) continue
    count += cell[4]
    weighted += cell[5]
  }
  return { count, weighted }
}

/** The matching cells as tallies: the finest groups, with nearly one sampling rate each. */
export const talliesOf = (cells: readonly Cell[], matches: (cell: Cell) => boolean): Tally[] =>
  cells.filter(matches).map((cell) => ({ count: cell[4], weighted: cell[5] }))

export type Family = 'win' | 'mac' | 'lin' | 'other'

/** By the first three letters, like Socorro's Top Crashers; Android and unknown platforms are `other`. */
export function familyOf(platform: string): Family {
  const start = platform.slice(0, 3).toLowerCase()
  return start === 'win' || start === 'mac' || start === 'lin' ? start : 'other'
}

/** Weighted sums of the matching cells by platform family. */
export function sumByFamily(
  cells: readonly Cell[],
  matches: (cell: Cell) => boolean,
  platforms: readonly string[],
): Record<Family, number> {
  const sums = { win: 0, mac: 0, lin: 0, other: 0 }
  for (const cell of cells) if (matches(cell)) sums[familyOf(platforms[cell[2]] ?? '')] += cell[5]
  return sums
}
