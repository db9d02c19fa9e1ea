// Dockerflow's endpoints (https://github.com/mozilla-services/Dockerflow) and the health of the store.
import { isCrashError } from '../../shared/errors.ts'
import { heartbeatKey } from '../../shared/keys.ts'
import type { EdgeDeps } from '../deps.ts'
import { jsonAnswer } from '../lib/http.ts'
import { describeError } from '../lib/log.ts'
import { within } from '../lib/timeout.ts'

const probeTimeoutMs = 3000
/** How long a caller waits: the probe may belong to another request, which the runtime may cancel. */
const waitMs = probeTimeoutMs + 500
const reuseMs = 10_000

/** The content of the heartbeat object: when a report was last stored. */
interface Probe {
  newest_report_at: string | null
}

/** Public: the location of the store and the cause of a failure are only in the log. */
interface ProbeResult {
  errors: { name: string; msg: string }[]
  store_ms: number
  newest_report_at: string | null
  newest_report_age_s: number | null
}

interface HealthState {
  newestReportAt: Date | null
  last: { startedAt: number; probe: Promise<ProbeResult> } | null
}

export interface Health {
  reportStored(at: Date): void
  heartbeat(deps: EdgeDeps): Promise<Response>
}

/** This isolate's view of the store's health. One probe in ten seconds serves all callers, also when it fails. */
export function createHealth(): Health {
  const state: HealthState = { newestReportAt: null, last: null }
  return {
    reportStored(at) {
      if (!state.newestReportAt || at > state.newestReportAt) state.newestReportAt = at
    },
    async heartbeat(deps) {
      const now = deps.clock()
      if (!state.last || now - state.last.startedAt >= reuseMs)
        state.last = { startedAt: now, probe: probeStore(state, deps) }
      const late = () => resultOf(state, deps, { startedAt: now, error: noAnswer })
      const result = await within(state.last.probe, waitMs).catch(late)
      const errors = [...result.errors, ...((await deps.moreProblems?.()) ?? [])]
      return jsonAnswer({ ...result, errors }, { status: errors.length > 0 ? 503 : 200 })
    },
  }
}

const noAnswer = `The store did not respond within ${probeTimeoutMs} ms`
const failed = 'The store could not be read and written'

async function probeStore(state: HealthState, deps: EdgeDeps): Promise<ProbeResult> {
  const startedAt = deps.clock()
  try {
    await within(exchangeProbe(state, deps), probeTimeoutMs)
    return resultOf(state, deps, { startedAt })
  } catch (error) {
    deps.log('error', 'heartbeat', { error: describeError(error) })
    const timedOut = isCrashError(error) && error.code === 'timeout'
    return resultOf(state, deps, { startedAt, error: timedOut ? noAnswer : failed })
  }
}

function resultOf(
  { newestReportAt }: HealthState,
  deps: EdgeDeps,
  { startedAt, error }: { startedAt: number; error?: string },
): ProbeResult {
  return {
    errors: error === undefined ? [] : [{ name: 'store', msg: error }],
    store_ms: Math.round(deps.clock() - startedAt),
    newest_report_at: newestReportAt?.toISOString() ?? null,
    newest_report_age_s: newestReportAt
      ? Math.round((deps.now().getTime() - newestReportAt.getTime()) / 1000)
      : null,
  }
}

/** Reads the state of other isolates, merges this one's and writes it back, which tests reading and writing. */
async function exchangeProbe(state: HealthState, deps: EdgeDeps): Promise<void> {
  const stored = await deps.stores.crashes.get(heartbeatKey)
  const theirs = stored ? parseProbe(await stored.bytes()) : null
  if (theirs && (!state.newestReportAt || theirs > state.newestReportAt)) state.newestReportAt = theirs
  const probe: Probe = { newest_report_at: state.newestReportAt?.toISOString() ?? null }
  await deps.stores.crashes.put(heartbeatKey, new TextEncoder().encode(JSON.stringify(probe)), {
    contentType: 'application/json',
  })
}

function parseProbe(bytes: Uint8Array): Date | null {
  try {
    const probe = JSON.parse(new TextDecoder().decode(bytes)) as Partial<Probe> | null
    const date = new Date(probe?.newest_report_at ?? Number.NaN)
    return Number.isNaN(date.getTime()) ? null : date
  } catch {
    return null
  }
}
