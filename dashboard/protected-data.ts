// Data for holders of a token, from the edge: all of a report, its files, and processing it again. Nothing is cached.
import { useEffect, useState } from 'preact/hooks'
import type { PartialCrash } from '../shared/crash.ts'
import { apiPath } from '../shared/api/endpoints.ts'
import type { RulesetName } from '../shared/api/reprocessing.ts'
import { readProcessedCrash } from '../shared/fields/public-view.ts'
import type { ReportFiles } from '../shared/report/report-files.ts'
import type { Millis } from '../shared/units.ts'
import { reportPath } from './data.ts'

/** The edge reads one object, so it is slow only when the network is. */
const timeLimit: Millis = 45_000

interface Call {
  token: string
  signal?: AbortSignal
  body?: URLSearchParams
}

/** @throws Error with the reason, for the reader */
async function call(path: string, { token, signal, body }: Call): Promise<unknown> {
  const late = AbortSignal.timeout(timeLimit)
  const response = await fetch(path, {
    headers: { 'auth-token': token },
    cache: 'no-store',
    credentials: 'omit',
    signal: signal ? AbortSignal.any([late, signal]) : late,
    ...(body && { method: 'POST', body }),
  }).catch((error: Error) => {
    throw late.aborted ? new Error('The server did not answer in time.') : error
  })
  const answer: unknown = await response.json().catch(() => null)
  if (response.ok && answer !== null) return answer
  const { description, error } = (answer ?? {}) as { description?: string; error?: string }
  throw new Error(description ?? error ?? `The server responded with status ${response.status}.`)
}

/** The files of a report, for a token with the permission `view_rawdump`. @throws Error with the reason, for the reader */
export async function fetchReportFiles(crashId: string, token: string): Promise<ReportFiles> {
  return (await call(`${reportPath(crashId)}/files`, { token })) as ReportFiles
}

/** Processes a crash again in the next round, for a token with `reprocess_crashes`. @throws Error with the reason */
export async function requestReprocessing(
  crashId: string,
  { token, ruleset }: { token: string; ruleset: RulesetName },
): Promise<void> {
  const body = new URLSearchParams({ crash_ids: `${crashId}:${ruleset}` })
  await call(apiPath('Reprocessing'), { token, body })
}

export type FullReport =
  | { state: 'none' }
  | { state: 'loading' }
  | { state: 'ready'; crash: PartialCrash }
  | { state: 'failed'; message: string }

/** All of a report, for a token with the permission `view_pii`. A null `token`: none. */
export function useFullReport(crashId: string, token: string | null): FullReport {
  const [shown, setShown] = useState<{ of: string; report: FullReport } | null>(null)
  const key = token === null ? null : `${crashId} ${token}`
  useEffect(() => {
    if (key === null || token === null) return setShown(null)
    const stop = new AbortController()
    const show = (report: FullReport) => !stop.signal.aborted && setShown({ of: key, report })
    call(reportPath(crashId), { token, signal: stop.signal }).then(
      (json) => show({ state: 'ready', crash: readProcessedCrash(json) }),
      (error: Error) => show({ state: 'failed', message: error.message }),
    )
    return () => stop.abort()
  }, [key])
  if (key === null) return { state: 'none' }
  return shown?.of === key ? shown.report : { state: 'loading' }
}
