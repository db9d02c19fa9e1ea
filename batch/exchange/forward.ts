// Forwards stored reports to another collector, each at least once.
import { createHash } from 'node:crypto'
import { pMapIterable } from 'p-map'
import { addDays, dateAt } from '../../shared/time/dates.ts'
import { isCrashError } from '../../shared/errors.ts'
import { parseCrashKey, rawKey, rawPrefix } from '../../shared/keys.ts'
import { nodeCodecs } from '../../shared/codecs/codecs.node.ts'
import { readStoredReport } from '../../shared/report/stored.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import type { IsoDate } from '../../shared/units.ts'
import { addOwn } from '../../shared/own.ts'
import { listDates } from '../lake/dates.ts'
import { forwardRequest } from './forward-request.ts'
import { type ForwardState, type ForwardTarget, openForwardState } from './forward-state.ts'
import { type SendResult, type SendWait, sendReport } from './sender.ts'

export interface ForwardOptions extends ForwardTarget {
  /** First day to forward; null: the first stored day. Earlier days are left to other runs. */
  since: IsoDate | null
  concurrency: number
  /** Lets reports keep their ids. */
  token: string | null
  now: Date
  wait?: SendWait
  onProgress?: (progress: { planned?: number; done?: number }) => void
}

export interface ForwardReport {
  to: string
  percent: number
  /** Stored reports listed; of these, selected by the percentage; of these, already answered by an earlier run. */
  seen: number
  sampled: number
  before: number
  accepted: number
  /** By the reason the other collector gave. */
  refused: Record<string, number>
  /** Crash IDs of stored reports that cannot be read; not retried. */
  unreadable: string[]
  /** Reports without a usable response; the next run retries them. */
  failed: number
  last_failure: string | null
}

/** Progress is written after this many responses. */
const answersPerWrite = 50
/** After this many consecutive failures, the rest is left to the next run. */
const mostFailures = 3

/**
 * Sends every selected stored report that was not answered yet, oldest day first. Progress is kept in the store, so
 * the next run continues one that was killed; the few reports in flight then are sent again.
 * @throws CrashError 'storage', 'bad-json'
 */
export async function forwardReports(crashes: Storage, options: ForwardOptions): Promise<ForwardReport> {
  const state = await openForwardState(crashes, options)
  const report: ForwardReport = {
    to: options.to,
    percent: options.percent,
    seen: 0,
    sampled: 0,
    before: 0,
    accepted: 0,
    refused: {},
    unreadable: [],
    failed: 0,
    last_failure: null,
  }
  // Reports of the previous day may still be in flight to the store.
  const lastClosed = addDays(dateAt(options.now), -1)
  for (const date of await listDates(crashes)) {
    if (date < (options.since ?? '') || state.isDone(date)) continue
    const gaveUp = await forwardDay({ crashes, state, options, report }, date)
    if (gaveUp) break
    if (report.failed === 0 && date < lastClosed) await state.close(options.since, addDays(date, 1))
  }
  return report
}

interface Run {
  crashes: Storage
  state: ForwardState
  options: ForwardOptions
  report: ForwardReport
}

/** True when the other collector stopped responding. */
async function forwardDay(run: Run, date: IsoDate): Promise<boolean> {
  const { crashes, state, options, report } = run
  const wanted = await unansweredOf(run, date)
  options.onProgress?.({ planned: wanted.length })
  let answered: string[] = []
  const write = async () => {
    if (answered.length > 0) await state.add(date, answered)
    answered = []
  }
  let failures = 0
  const send = async (id: string) => ({
    id,
    result: failures < mostFailures ? await forwardOne(crashes, id, options) : null,
  })
  for await (const { id, result } of pMapIterable(wanted, send, { concurrency: options.concurrency })) {
    options.onProgress?.({ done: 1 })
    if (result === null) continue
    failures = result.kind === 'failed' ? failures + 1 : 0
    count(result, id, report)
    if (result.kind !== 'failed') answered.push(id)
    if (answered.length >= answersPerWrite) await write()
  }
  await write()
  return failures >= mostFailures
}

async function unansweredOf({ crashes, state, options, report }: Run, date: IsoDate): Promise<string[]> {
  const answered = await state.answered(date)
  const wanted: string[] = []
  for await (const { key } of crashes.list(rawPrefix(date))) {
    const id = parseCrashKey(key)?.crashId
    if (id === undefined) continue
    report.seen++
    if (!isSampled(id, options.percent)) continue
    report.sampled++
    if (answered.has(id)) report.before++
    else wanted.push(id)
  }
  return wanted
}

/** `gone`: the report was deleted after it was listed. */
type ForwardResult = SendResult | { kind: 'unreadable' } | { kind: 'gone' }

async function forwardOne(crashes: Storage, id: string, options: ForwardOptions): Promise<ForwardResult> {
  try {
    const object = await crashes.get(rawKey(id))
    if (!object) return { kind: 'gone' }
    const request = forwardRequest(readStoredReport(await object.bytes(), nodeCodecs), options.token)
    return await sendReport(options.to, request, options.wait)
  } catch (error) {
    if (isCrashError(error) && (error.code === 'bad-report' || error.code === 'limit'))
      return { kind: 'unreadable' }
    throw error
  }
}

function count(result: ForwardResult, id: string, report: ForwardReport): void {
  switch (result.kind) {
    case 'accepted':
      report.accepted++
      break
    case 'refused':
      addOwn(report.refused, result.reason, 1)
      break
    case 'unreadable':
      report.unreadable.push(id)
      break
    case 'failed':
      report.failed++
      report.last_failure = result.reason
      break
    case 'gone':
      break
  }
}

/** Selects the same reports every time; a larger percentage includes all reports of a smaller one. */
export function isSampled(crashId: string, percent: number): boolean {
  const hash = createHash('sha256')
    .update(`forward ${crashId.slice(0, 29)}`)
    .digest()
  return hash.readUInt32BE(0) < (percent / 100) * 2 ** 32
}
