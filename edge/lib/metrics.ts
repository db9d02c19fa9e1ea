// What the edge counts and times: one table, and a registry that keeps the sums of this isolate.
import { own } from '../../shared/own.ts'

interface MetricRow {
  kind: 'counter' | 'histogram'
  labels: readonly string[]
  /** Upper bounds of a histogram's buckets, in the unit of the name. */
  buckets?: readonly number[]
  doc: string
}

const sizes = [1e3, 1e4, 3e4, 1e5, 3e5, 1e6, 3e6, 1e7, 3e7]
const times = [1, 3, 10, 30, 100, 300, 1000, 3000, 10_000]

/** Every metric. Names are those of Prometheus, without the prefix `mayday_edge_`. */
export const metricTable = {
  submissions_total: { kind: 'counter', labels: [], doc: 'submissions that arrived' },
  malformed_total: { kind: 'counter', labels: ['reason'], doc: 'submissions refused, by reason' },
  throttle_total: { kind: 'counter', labels: ['rule', 'verdict'], doc: 'verdicts of the throttle' },
  stored_total: { kind: 'counter', labels: [], doc: 'reports stored' },
  duplicates_total: { kind: 'counter', labels: [], doc: 'reports that were stored already' },
  store_retries_total: { kind: 'counter', labels: [], doc: 'writes tried again' },
  store_failures_total: { kind: 'counter', labels: [], doc: 'reports that could not be stored' },
  stored_aside_total: { kind: 'counter', labels: [], doc: 'reports that only the fallback store took' },
  client_gone_total: { kind: 'counter', labels: [], doc: 'bodies that broke off' },
  rate_limited_total: { kind: 'counter', labels: [], doc: 'submissions of clients that came too often' },
  evicted_total: {
    kind: 'counter',
    labels: [],
    doc: 'submissions of slow clients that were ended because others needed the memory',
  },
  timed_out_total: {
    kind: 'counter',
    labels: ['kind'],
    doc: 'submissions that took too long: `idle`, `slow` or `deadline`',
  },
  overloaded_total: { kind: 'counter', labels: [], doc: 'submissions turned away because memory was spent' },
  sentry_dropped_total: {
    kind: 'counter',
    labels: ['type'],
    doc: 'items of envelopes of Sentry that are no part of a crash, by type',
  },
  checks_total: { kind: 'counter', labels: [], doc: 'POST /submit/check' },
  compressed_total: { kind: 'counter', labels: ['encoding'], doc: 'compressed bodies' },
  wire_bytes: { kind: 'histogram', labels: [], buckets: sizes, doc: 'size of bodies on the wire' },
  stored_bytes: { kind: 'histogram', labels: [], buckets: sizes, doc: 'size of stored objects' },
  submit_ms: { kind: 'histogram', labels: [], buckets: times, doc: 'time from request to answer' },
  store_ms: { kind: 'histogram', labels: [], buckets: times, doc: 'time to store one report' },
  reports_read_total: { kind: 'counter', labels: ['view', 'result'], doc: 'GET /api/report' },
  reads_limited_total: { kind: 'counter', labels: [], doc: 'reads by clients that read too often' },
  errors_total: { kind: 'counter', labels: [], doc: 'requests that ended in an error of ours' },
} as const satisfies Record<string, MetricRow>

export type MetricName = keyof typeof metricTable
type Labels<N extends MetricName> = Record<(typeof metricTable)[N]['labels'][number], string>

export interface Metrics {
  /** Adds to a counter, or one observation to a histogram. */
  record<N extends MetricName>(name: N, value: number, labels: Labels<N>): void
}

/** Metrics kept in memory, readable as Prometheus text. `also` sees every record. */
export interface MetricsRegistry extends Metrics {
  /** https://prometheus.io/docs/instrumenting/exposition_formats/ */
  toPrometheus(): string
}

interface Series {
  labels: readonly (readonly [string, string])[]
  sum: number
  count: number
  /** Observations per bucket, not cumulative; the last is for those above all bounds. */
  buckets: number[]
}

const maxSeriesPerMetric = 500

export function createMetrics(
  also?: (name: MetricName, value: number, labels: Readonly<Record<string, string>>) => void,
): MetricsRegistry {
  const all = new Map<MetricName, Map<string, Series>>()
  return {
    record(name, value, labels) {
      const row: MetricRow = metricTable[name]
      const values = row.labels.map((label) => own(labels as Record<string, string>, label) ?? '')
      observe(seriesOf(all, name, row, values), row, value)
      also?.(name, value, labels)
    },
    toPrometheus: () => [...all].map(([name, series]) => render(name, [...series.values()])).join(''),
  }
}

function seriesOf(
  all: Map<MetricName, Map<string, Series>>,
  name: MetricName,
  row: MetricRow,
  values: readonly string[],
): Series {
  const key = values.join('\0')
  const known = all.get(name)?.get(key)
  if (known) return known
  const byLabels = all.get(name) ?? new Map<string, Series>()
  all.set(name, byLabels)
  const full = byLabels.size >= maxSeriesPerMetric
  const series: Series = {
    labels: row.labels.map((label, i) => [label, full ? 'other' : values[i]!] as const),
    sum: 0,
    count: 0,
    buckets: new Array((row.buckets?.length ?? 0) + 1).fill(0),
  }
  const existing = full ? byLabels.get('\0other') : undefined
  if (existing) return existing
  byLabels.set(full ? '\0other' : key, series)
  return series
}

function observe(series: Series, row: MetricRow, value: number): void {
  series.sum += value
  series.count++
  if (!row.buckets) return
  const bucket = row.buckets.findIndex((bound) => value <= bound)
  series.buckets[bucket < 0 ? row.buckets.length : bucket]!++
}

function render(name: MetricName, series: readonly Series[]): string {
  const row: MetricRow = metricTable[name]
  const full = `mayday_edge_${name}`
  const lines = series.flatMap((one) =>
    row.buckets ? histogramLines(full, row.buckets, one) : [`${full}${labelText(one.labels)} ${one.sum}`],
  )
  return `# HELP ${full} ${row.doc}\n# TYPE ${full} ${row.kind}\n${lines.join('\n')}\n`
}

function histogramLines(name: string, bounds: readonly number[], series: Series): string[] {
  let below = 0
  const buckets = series.buckets.map((count, i) => {
    below += count
    const bound = bounds[i] === undefined ? '+Inf' : String(bounds[i])
    return `${name}_bucket${labelText([...series.labels, ['le', bound]])} ${below}`
  })
  const labels = labelText(series.labels)
  return [...buckets, `${name}_sum${labels} ${series.sum}`, `${name}_count${labels} ${series.count}`]
}

function labelText(labels: Series['labels']): string {
  if (labels.length === 0) return ''
  const quoted = (value: string) =>
    value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
  return `{${labels.map(([name, value]) => `${name}="${quoted(value)}"`).join(',')}}`
}
