// The state of the rounds: metrics as Prometheus text, and health.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createRunState, runMetricTable } from '../../../batch/rounds/run-metrics.ts'
import { createMetrics, metricTable } from '../../../edge/lib/metrics.ts'
import { noRequests } from '../../../shared/storage/counting.ts'
import { hasPromtool, promtool } from '../../support/promtool.ts'

const minute = 60_000

function createState() {
  let time = Date.UTC(2026, 9, 21)
  const state = createRunState(60 * minute, () => new Date(time))
  const pass = (ms: number) => {
    time += ms
  }
  return { state, pass, at: () => new Date(time) }
}
/** The samples of a metric: labels and value. */
const samplesOf = (text: string, name: string) =>
  text.split('\n').filter((line) => line.startsWith(`mayday_run_${name}`))

test('health turns bad when the last good round is too old, and good again after the next', () => {
  const { state, pass } = createState()
  expect(state.health()).toEqual({
    healthy: true,
    last_good_round: null,
    age_seconds: 0,
    limit_seconds: 3600,
  })
  pass(60 * minute)
  state.endRound(false)
  expect(state.health().healthy).toBe(true)
  pass(1)
  expect(state.health()).toMatchObject({ healthy: false, last_good_round: null, age_seconds: 3600 })
  state.endRound(true)
  expect(state.health()).toMatchObject({ healthy: true, last_good_round: '2026-10-21T01:00:00.001Z' })
  expect(samplesOf(state.text(), 'last_good_round')).toEqual([
    'mayday_run_last_good_round_timestamp_seconds 1792544400.001',
  ])
})

test('the oldest report of the backlog grows older until the backlog is empty', () => {
  const { state, pass, at } = createState()
  state.setBacklog(7, at())
  pass(90_000)
  expect(samplesOf(state.text(), 'oldest')).toEqual(['mayday_run_oldest_unprocessed_age_seconds 90'])
  expect(samplesOf(state.text(), 'backlog')).toEqual(['mayday_run_backlog_reports 7'])
  state.setBacklog(0, at())
  expect(samplesOf(state.text(), 'oldest')).toEqual(['mayday_run_oldest_unprocessed_age_seconds 0'])
})

test('a step adds its requests and bytes, and its last result replaces the one before', () => {
  const { state } = createState()
  const requests = { ...noRequests(), get: 2, bytes_read: 100, bytes_written: 5 }
  state.endStep({ step: 'process', ok: true, ms: 1500, requests })
  state.endStep({ step: 'process', ok: false, ms: 200, requests })
  const text = state.text()
  expect(samplesOf(text, 'step_ok')).toEqual(['mayday_run_step_ok{step="process"} 0'])
  expect(text).toContain('mayday_run_store_requests_total{step="process",kind="get"} 4\n')
  expect(text).toContain('mayday_run_store_read_bytes_total{step="process"} 200\n')
  expect(text).toContain('mayday_run_step_duration_seconds_sum{step="process"} 1.7\n')
  expect(text).toContain('mayday_run_step_duration_seconds_bucket{step="process",le="1"} 1\n')
})

test('docs/operating-batch.md lists every metric', () => {
  const rows = Object.entries(runMetricTable).map(
    ([name, { kind, labels, doc }]) => `| \`${name}\` | ${kind} | ${labels.join(', ') || '–'} | ${doc} |`,
  )
  const page = readFileSync(join(import.meta.dirname, '../../../docs/operating-batch.md'), 'utf8')
  expect(page).toContain(`| metric | kind | labels | meaning |\n|---|---|---|---|\n${rows.join('\n')}\n\n`)
})

/** Every metric once, with labels that need escapes. */
function allMetrics() {
  const record = (table: object, into: { record: (...record: [never, number, never]) => void }) => {
    for (const [name, { labels }] of Object.entries(table) as [never, { labels: string[] }][])
      into.record(name, 1, Object.fromEntries(labels.map((label) => [label, 'a"\\\n€'])) as never)
  }
  const { state } = createState()
  record(runMetricTable, state.metrics)
  const edge = createMetrics()
  record(metricTable, edge)
  return { run: state.text(), edge: edge.toPrometheus() }
}

test.skipIf(!hasPromtool).each(['run', 'edge'] as const)(
  'promtool accepts all metrics of the %s without a complaint (needs promtool)',
  (whose) => expect(promtool(['check', 'metrics'], allMetrics()[whose])).toEqual({ status: 0, output: '' }),
)
