// The place of a report among the listed reports of its signature.
import type { ReportRow } from '../../../shared/aggregates.ts'

export interface Peers {
  /** From 1, the newest first; null: not among the listed ones. */
  place: number | null
  listed: number
  newer: ReportRow | null
  older: ReportRow | null
  /** The newest of all, unless it is the report itself. */
  newest: ReportRow | null
}

/** @param reports newest first */
export function peersOf(reports: readonly ReportRow[], crashId: string): Peers {
  const at = reports.findIndex((report) => report.crash_id === crashId)
  const [newest = null] = reports
  return {
    place: at < 0 ? null : at + 1,
    listed: reports.length,
    newer: at > 0 ? reports[at - 1]! : null,
    older: at < 0 ? null : (reports[at + 1] ?? null),
    newest: newest?.crash_id === crashId ? null : newest,
  }
}
