// The place of a report among the listed reports of its signature, and the search for those beyond.
import type { ReportRow } from '../../../shared/aggregates/documents.ts'
import type { PartialCrash } from '../../../shared/crash.ts'
import { dayMs } from '../../../shared/time/dates.ts'

export type Side = 'newer' | 'older'

export interface Peers {
  /** From 1, the newest first; null: not among the listed ones. */
  place: number | null
  listed: number
  newer: ReportRow | null
  older: ReportRow | null
  /** The newest of all, unless it is the report itself. */
  newest: ReportRow | null
  /** The sides on which there may be reports that are not listed. */
  beyond: readonly Side[]
}

/** @param reports newest first; `all`: how many there are */
export function peersOf(
  { reports, all }: { reports: readonly ReportRow[]; all: number },
  crashId: string,
): Peers {
  const at = reports.findIndex((report) => report.crash_id === crashId)
  const [newest = null] = reports
  return {
    place: at < 0 ? null : at + 1,
    listed: reports.length,
    newer: at > 0 ? reports[at - 1]! : null,
    older: at < 0 ? null : (reports[at + 1] ?? null),
    newest: newest?.crash_id === crashId ? null : newest,
    beyond: at < 0 ? ['newer', 'older'] : at === reports.length - 1 && all > reports.length ? ['older'] : [],
  }
}

/** How far from a report its neighbors are searched. */
const searchedMs = 182 * dayMs

/** The search whose first hit is the next report on a side; null: the report lacks what it needs. */
export function neighborParameters(
  { signature, product, submitted_timestamp, completed_datetime }: PartialCrash,
  side: Side,
): URLSearchParams | null {
  const processed = Date.parse(completed_datetime ?? '')
  if (!signature || !submitted_timestamp || Number.isNaN(processed)) return null
  const time = (ms: number) => new Date(ms).toISOString()
  const [from, to] =
    side === 'older'
      ? [processed - searchedMs, processed + dayMs]
      : [processed - dayMs, processed + searchedMs]
  return new URLSearchParams([
    ['signature', `=${signature}`],
    ...(product ? [['product', `=${product}`]] : []),
    ['submitted_at', `${side === 'older' ? '<' : '>'}${submitted_timestamp}`],
    ['date', `>=${time(from)}`],
    ['date', `<${time(to)}`],
    ['_sort', `${side === 'older' ? '-' : ''}submitted_at`],
    ['_columns', 'uuid'],
    ['_results_number', '1'],
  ])
}
