// Dockerflow's endpoints (https://github.com/mozilla-services/Dockerflow) and what they know of the store.
import { heartbeatKey } from '../../shared/keys.ts'
import type { EdgeDeps } from '../deps.ts'
import { jsonAnswer } from '../lib/http.ts'
import { describeError } from '../lib/log.ts'
import { within } from '../lib/timeout.ts'

const probeTimeoutMs = 3000
const probeEveryMs = 10_000

/** What the heartbeat writes: when a report was last stored. */
interface Probe {
  newest_report_at: string | null
}

interface HealthState {
  newestReportAt: Date | null
  last: { at: number; status: 200 | 503; body: Record<string, unknown> } | null
}

export interface Health {
  reportStored(at: Date): void
  heartbeat(deps: EdgeDeps): Promise<Response>
}

/** What this isolate knows of the store's health. The store itself is asked at most once in ten seconds. */
export function createHealth(): Health {
  const state: HealthState = { newestReportAt: null, last: null }
  return {
    reportStored(at) {
      if (!state.newestReportAt || at > state.newestReportAt) state.newestReportAt = at
    },
    async heartbeat(deps) {
      const now = deps.clock()
      if (!state.last || now - state.last.at >= probeEveryMs)
        state.last = { at: now, ...(await check(state, deps)) }
      return jsonAnswer(state.last.body, { status: state.last.status })
    },
  }
}

async function check(state: HealthState, deps: EdgeDeps) {
  const started = deps.clock()
  const errors: { name: string; msg: string }[] = []
  try {
    await within(exchangeProbe(state, deps), probeTimeoutMs)
  } catch (error) {
    errors.push({ name: 'store', msg: describeError(error) })
    deps.log('error', 'heartbeat', { error: describeError(error) })
  }
  const newest = state.newestReportAt
  const body = {
    errors,
    store_ms: Math.round(deps.clock() - started),
    newest_report_at: newest?.toISOString() ?? null,
    newest_report_age_s: newest ? Math.round((deps.now().getTime() - newest.getTime()) / 1000) : null,
  }
  return { status: errors.length ? (503 as const) : (200 as const), body }
}

/** Reads what other isolates know, adds what this one does, writes it back: so that reading and writing are tried. */
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
