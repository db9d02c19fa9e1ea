// The metrics of `mayday run`, and whether its rounds are healthy.

import { createRegistry, type MetricsRegistry, type MetricTable } from '../../shared/metrics.ts'
import type { Requests } from '../../shared/storage/counting.ts'
import type { Millis } from '../../shared/units.ts'

const times = [1e2, 1e3, 3e3, 1e4, 3e4, 1e5, 3e5, 1e6, 3e6, 1e7]

/** Every metric, without the prefix `mayday_run_`. */
export const runMetricTable = {
  backlog_reports: { kind: 'gauge', labels: [], doc: 'stored reports that wait to be processed' },
  oldest_unprocessed_age_ms: {
    kind: 'gauge',
    labels: [],
    doc: 'time since the oldest report of the backlog was stored; 0 without a backlog',
  },
  processed_reports_total: { kind: 'counter', labels: [], doc: 'processed reports' },
  product_bytes_total: {
    kind: 'counter',
    labels: ['product'],
    doc: 'bytes of new reports and their processed crashes, by product',
  },
  symbol_failures_total: {
    kind: 'counter',
    labels: [],
    doc: 'crashes that lack symbols because a source of symbols failed',
  },
  symbol_sources_failed_total: {
    kind: 'counter',
    labels: [],
    doc: 'sources of symbols that failed while late symbols were looked up',
  },
  alert_messages_total: {
    kind: 'counter',
    labels: ['result'],
    doc: 'messages about alerts: sent, or failed after all attempts of a round',
  },
  verify_findings: {
    kind: 'gauge',
    labels: [],
    doc: 'findings of the last verify, and damaged table files',
  },
  quarantined_objects: { kind: 'gauge', labels: [], doc: 'damaged objects in quarantine' },
  step_duration_ms: { kind: 'histogram', labels: ['step'], buckets: times, doc: 'duration of a step' },
  step_ok: {
    kind: 'gauge',
    labels: ['step'],
    doc: '1 when the last run of the step ended without error and without findings, else 0',
  },
  store_requests_total: {
    kind: 'counter',
    labels: ['step', 'kind'],
    doc: 'requests to the store, by kind: get, put, head, list, delete',
  },
  store_read_bytes_total: { kind: 'counter', labels: ['step'], doc: 'bytes read from the store' },
  store_written_bytes_total: { kind: 'counter', labels: ['step'], doc: 'bytes written to the store' },
  rounds_total: { kind: 'counter', labels: ['result'], doc: 'completed rounds: good or bad' },
  last_good_round_timestamp_ms: {
    kind: 'gauge',
    labels: [],
    doc: 'Unix time at which the last round without errors and findings ended; absent before the first',
  },
} as const satisfies MetricTable

export interface RunHealth {
  healthy: boolean
  /** Null before the first good round. */
  last_good_round: string | null
  /** Since then, or since the start. */
  age_seconds: number
  limit_seconds: number
}

/** What a step did. */
export interface StepOutcome {
  step: string
  ok: boolean
  ms: Millis
  requests: Requests
}

export interface RunState {
  /** Age of the last good round from which the process is unhealthy, and its data are late. */
  staleAfter: Millis
  metrics: Pick<MetricsRegistry<typeof runMetricTable>, 'record' | 'forget'>
  /** Sets the backlog: how many reports, and when the oldest was stored. */
  setBacklog(reports: number, oldest: Date | null): void
  endStep(outcome: StepOutcome): void
  endRound(good: boolean): void
  /** The steps since the last round ended, and the backlog. */
  round(): { steps: readonly StepOutcome[]; backlog: number; oldest: Date | null }
  health(): RunHealth
  /** Prometheus text. */
  text(): string
}

/**
 * Keeps the state of the rounds of one process.
 * @param staleAfter age of the last good round from which the process is unhealthy
 */
export function createRunState(staleAfter: Millis, now: () => Date): RunState {
  const metrics = createRegistry(runMetricTable, 'mayday_run_')
  const started = now()
  let lastGood: Date | null = null
  let oldest: Date | null = null
  let backlog = 0
  let outcomes: StepOutcome[] = []
  return {
    staleAfter,
    metrics,
    setBacklog(reports, since) {
      metrics.record('backlog_reports', reports, {})
      oldest = reports > 0 ? since : null
      backlog = reports
    },
    round: () => ({ steps: outcomes, backlog, oldest }),
    endStep(outcome) {
      outcomes.push(outcome)
      recordStep(metrics, outcome)
    },
    endRound(good) {
      outcomes = []
      metrics.record('rounds_total', 1, { result: good ? 'good' : 'bad' })
      if (!good) return
      lastGood = now()
      metrics.record('last_good_round_timestamp_ms', lastGood.getTime(), {})
    },
    health() {
      const age = now().getTime() - (lastGood ?? started).getTime()
      const last_good_round = lastGood?.toISOString() ?? null
      const limit_seconds = Math.round(staleAfter / 1000)
      return {
        healthy: age <= staleAfter,
        last_good_round,
        age_seconds: Math.round(age / 1000),
        limit_seconds,
      }
    },
    text() {
      const age = oldest ? now().getTime() - oldest.getTime() : 0
      metrics.record('oldest_unprocessed_age_ms', Math.max(0, age), {})
      return metrics.toPrometheus()
    },
  }
}

function recordStep(metrics: RunState['metrics'], { step, ok, ms, requests }: StepOutcome): void {
  const { bytes_read, bytes_written, ...kinds } = requests
  metrics.record('step_ok', ok ? 1 : 0, { step })
  metrics.record('step_duration_ms', ms, { step })
  for (const [kind, count] of Object.entries(kinds))
    metrics.record('store_requests_total', count, { step, kind })
  metrics.record('store_read_bytes_total', bytes_read, { step })
  metrics.record('store_written_bytes_total', bytes_written, { step })
}
