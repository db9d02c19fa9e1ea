// Sums over the cells of a Top Crashers aggregate.
import type { Cell, Tally, TopCrashersAggregate } from '../../../shared/aggregates/documents.ts'

/** Required values of a cell; undefined: any. */
export interface CubeFilter {
  /** One of several; `102.0b` also means its betas. */
  versions?: readonly string[] | undefined
  channel?: string | undefined
  platform?: string | undefined
  processType?: string | undefined
  /** `crash` or `hang`. */
  reportType?: string | undefined
}

type Lists = Pick<
  TopCrashersAggregate,
  'versions' | 'channels' | 'platforms' | 'process_types' | 'report_types'
>

/** Tests cells; a value that the aggregate does not have matches none. */
export function cellMatcher(lists: Lists, filter: CubeFilter): (cell: Cell) => boolean {
  const wanted: [at: number, indexes: ReadonlySet<number>][] = []
  const want = (
    at: number,
    values: readonly string[],
    isWanted: ((value: string) => boolean) | undefined,
  ) => {
    if (isWanted) wanted.push([at, new Set(values.flatMap((value, index) => (isWanted(value) ? index : [])))])
  }
  want(0, lists.versions, filter.versions && versionMatcher(lists.versions, filter.versions))
  want(1, lists.channels, equal(filter.channel))
  want(
    2,
    lists.platforms,
    filter.platform === undefined ? undefined : equal(platformIn(lists.platforms, filter.platform)),
  )
  want(3, lists.process_types, equal(filter.processType))
  want(6, lists.report_types, equal(filter.reportType))
  return (cell) => wanted.every(([at, indexes]) => indexes.has(cell[at]!))
}

const equal = (wanted: string | undefined) =>
  wanted === undefined ? undefined : (value: string) => value === wanted

/** A version that ends in `b` and does not exist means the betas of that version, as in Socorro. */
function versionMatcher(known: readonly string[], wanted: readonly string[]): (version: string) => boolean {
  const betas = wanted.filter((version) => version.endsWith('b') && !known.includes(version))
  return (version) => wanted.includes(version) || betas.some((beta) => version.startsWith(beta))
}

/** The platform of a name, or the only one that the name begins: `Windows` means `Windows NT`. */
function platformIn(known: readonly string[], wanted: string): string {
  if (known.includes(wanted)) return wanted
  const start = wanted.toLowerCase()
  const found = known.filter((platform) => start !== '' && platform.toLowerCase().startsWith(start))
  return found.length === 1 ? found[0]! : wanted
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

/** Families of platforms, in the order in which they are drawn. */
/** `platform`: its value in searches; null: several. */
export const families = [
  { key: 'win', name: 'Windows', platform: 'Windows NT' },
  { key: 'mac', name: 'macOS', platform: 'Mac OS X' },
  { key: 'lin', name: 'Linux', platform: 'Linux' },
  { key: 'other', name: 'Other platforms', platform: null },
] as const
export type Family = (typeof families)[number]['key']

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
