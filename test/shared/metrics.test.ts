// Metrics as Prometheus text (https://prometheus.io/docs/instrumenting/exposition_formats/).
import { expect, test } from 'vitest'
import { createRegistry, type MetricTable } from '../../shared/metrics.ts'

const table = {
  reports: { kind: 'counter', labels: ['result', 'rule'], doc: 'Reports.' },
  waiting: { kind: 'gauge', labels: [], doc: 'Reports that wait.' },
  answer_ms: { kind: 'histogram', labels: ['route'], buckets: [10, 2500], doc: 'Time to the answer.' },
} as const satisfies MetricTable

test('counters are sums, gauges are the last value, histograms are cumulative; milliseconds become seconds', () => {
  const metrics = createRegistry(table, 'mayday_')
  metrics.record('reports', 1, { result: 'accepted', rule: 'all' })
  metrics.record('reports', 2, { result: 'accepted', rule: 'all' })
  metrics.record('waiting', 7, {})
  metrics.record('waiting', 3, {})
  for (const ms of [10, 11, 2500, 2501]) metrics.record('answer_ms', ms, { route: '/submit' })
  expect(metrics.toPrometheus()).toBe(`# HELP mayday_reports Reports.
# TYPE mayday_reports counter
mayday_reports{result="accepted",rule="all"} 3
# HELP mayday_waiting Reports that wait.
# TYPE mayday_waiting gauge
mayday_waiting 3
# HELP mayday_answer_seconds Time to the answer.
# TYPE mayday_answer_seconds histogram
mayday_answer_seconds_bucket{route="/submit",le="0.01"} 1
mayday_answer_seconds_bucket{route="/submit",le="2.5"} 3
mayday_answer_seconds_bucket{route="/submit",le="+Inf"} 4
mayday_answer_seconds_sum{route="/submit"} 5.022
mayday_answer_seconds_count{route="/submit"} 4
`)
})

test('values of labels are escaped', () => {
  const metrics = createRegistry(table, '')
  metrics.record('reports', 1, { result: 'a"b\\c\nd', rule: '' })
  expect(metrics.toPrometheus()).toContain(String.raw`reports{result="a\"b\\c\nd",rule=""} 1`)
})

test('values beyond 500 count as other, also where a value is called so', () => {
  const metrics = createRegistry(table, '')
  for (let i = 0; i < 499; i++) metrics.record('reports', 1, { result: `${i}`, rule: 'x' })
  metrics.record('reports', 5, { result: '', rule: 'other' })
  for (const result of ['more', 'most']) metrics.record('reports', 1, { result, rule: 'x' })
  const lines = metrics.toPrometheus().trimEnd().split('\n').slice(2)
  expect(lines).toHaveLength(501)
  expect(lines.slice(-2)).toEqual([
    'reports{result="",rule="other"} 5',
    'reports{result="other",rule="other"} 2',
  ])
})

test('a metric is forgotten with all its series; another registry sees each record', () => {
  const seen: unknown[] = []
  const metrics = createRegistry(table, '', (...record) => seen.push(record))
  metrics.record('reports', 1, { result: 'accepted', rule: 'all' })
  metrics.forget('reports')
  expect(metrics.toPrometheus()).toBe('')
  expect(seen).toEqual([['reports', 1, { result: 'accepted', rule: 'all' }]])
})
