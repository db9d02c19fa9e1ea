// Top crashers of a product from the document of the dashboard, filtered and summed.
import {
  type Cell,
  type TopCrasher,
  type TopCrashersAggregate,
  topCrashersSchema,
} from '../../shared/aggregates/documents.ts'
import { unpackTopCrashers } from '../../shared/aggregates/crash-cells.ts'
import { CrashError } from '../../shared/errors.ts'
import { check } from '../../shared/json/schema.ts'
import { ascending } from '../../shared/text/ascending.ts'

/** Values of the lists of the document; undefined: any. */
export interface CrasherFilter {
  version?: string | undefined
  channel?: string | undefined
  platform?: string | undefined
  process_type?: string | undefined
}

interface Sum {
  reports: number
  crashes: number
}

const lists = {
  version: 'versions',
  channel: 'channels',
  platform: 'platforms',
  process_type: 'process_types',
} as const
const names = ['version', 'channel', 'platform', 'process_type'] as const

/** Values of a filter that the document does not have. */
export const unknownValues = (document: TopCrashersAggregate, filter: CrasherFilter): string[] =>
  names.flatMap((name) => {
    const value = filter[name]
    const known = document[lists[name]]
    return value === undefined || known.includes(value)
      ? []
      : [`${name} ${JSON.stringify(value)} is not one of ${known.slice(0, 30).join(', ')}`]
  })

/** The signatures with the most crashes. `crashes` are estimates where reports were sampled. */
export function topCrashers(document: TopCrashersAggregate, filter: CrasherFilter, most: number) {
  const matches = matcherOf(document, filter)
  const all = sumOf(document.all.current, matches)
  const before = sumOf(document.all.previous, matches)
  const rows = document.signatures
    .map((crasher) => ({ crasher, now: sumOf(crasher.current, matches) }))
    .filter(({ now }) => now.reports > 0)
    .sort((a, b) => b.now.crashes - a.now.crashes || ascending(a.crasher.signature, b.crasher.signature))
  return {
    product: document.product,
    from: document.from,
    to: document.to,
    all_crashes: Math.round(all.crashes),
    signatures: rows.slice(0, most).map(({ crasher, now }, i) => ({
      rank: i + 1,
      signature: crasher.signature,
      reports: now.reports,
      crashes: Math.round(now.crashes),
      percent: percent(now.crashes, all.crashes),
      percent_before: percent(sumOf(crasher.previous, matches).crashes, before.crashes),
      platforms: platformsOf(document, crasher, matches),
      installs: crasher.installs,
      first_seen: crasher.first_seen,
      ...(crasher.bugs && { bugs: crasher.bugs }),
    })),
    more_signatures: Math.max(0, rows.length - most),
  }
}

const percent = (part: number, whole: number) => (whole > 0 ? Math.round((1000 * part) / whole) / 10 : 0)

type Matcher = (cell: Cell) => boolean

function matcherOf(document: TopCrashersAggregate, filter: CrasherFilter): Matcher {
  const wanted = names.map((name) => {
    const value = filter[name]
    return value === undefined ? null : document[lists[name]].indexOf(value)
  })
  return (cell) => wanted.every((index, i) => index === null || cell[i] === index)
}

function sumOf(cells: readonly Cell[], matches: Matcher): Sum {
  const sum = { reports: 0, crashes: 0 }
  for (const cell of cells) {
    if (!matches(cell)) continue
    sum.reports += cell[4]
    sum.crashes += cell[5]
  }
  return sum
}

/** Estimated crashes by platform. */
function platformsOf({ platforms }: TopCrashersAggregate, { current }: TopCrasher, matches: Matcher) {
  const sums = platforms.map((platform, i) => {
    const { crashes } = sumOf(current, (cell) => matches(cell) && cell[2] === i)
    return [platform, Math.round(crashes)] as const
  })
  return Object.fromEntries(sums.filter(([, crashes]) => crashes > 0))
}

/** @throws CrashError 'missing' when the document does not have the shape that this version reads */
export function readTopCrashers(value: unknown): TopCrashersAggregate {
  const { data } = check(topCrashersSchema, value)
  if (!data) throw new CrashError('missing', 'There are no top crashers of this period')
  return unpackTopCrashers(data)
}
