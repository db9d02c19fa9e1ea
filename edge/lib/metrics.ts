// The metrics of the edge: one table, and a registry with the sums of this isolate.
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
  submissions_total: { kind: 'counter', labels: [], doc: 'submissions received' },
  malformed_total: { kind: 'counter', labels: ['reason'], doc: 'malformed submissions, by reason' },
  throttle_total: { kind: 'counter', labels: ['rule', 'verdict'], doc: 'throttle verdicts' },
  stored_total: { kind: 'counter', labels: [], doc: 'reports stored' },
  duplicates_total: { kind: 'counter', labels: [], doc: 'resent reports that were already stored' },
  store_retries_total: { kind: 'counter', labels: [], doc: 'retried writes' },
  store_failures_total: { kind: 'counter', labels: [], doc: 'reports that could not be stored' },
  stored_aside_total: { kind: 'counter', labels: [], doc: 'reports stored only in the fallback store' },
  client_gone_total: { kind: 'counter', labels: [], doc: 'bodies interrupted by the client' },
  rate_limited_total: { kind: 'counter', labels: [], doc: 'rate-limited submissions' },
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
  overloaded_total: { kind: 'counter', labels: [], doc: 'submissions refused because memory was exhausted' },
  sentry_dropped_total: {
    kind: 'counter',
    labels: ['type'],
    doc: 'items of Sentry envelopes that do not belong to a crash, by type',
  },
  checks_total: { kind: 'counter', labels: [], doc: 'POST /submit/check' },
  compressed_total: { kind: 'counter', labels: ['encoding'], doc: 'compressed bodies' },
  wire_bytes: { kind: 'histogram', labels: [], buckets: sizes, doc: 'size of bodies on the wire' },
  stored_bytes: { kind: 'histogram', labels: [], buckets: sizes, doc: 'size of stored objects' },
  submit_ms: { kind: 'histogram', labels: [], buckets: times, doc: 'time from request to response' },
  store_ms: { kind: 'histogram', labels: [], buckets: times, doc: 'time to store one report' },
  reports_read_total: { kind: 'counter', labels: ['view', 'result'], doc: 'GET /api/report' },
  reads_limited_total: { kind: 'counter', labels: [], doc: 'rate-limited reads' },
  errors_total: { kind: 'counter', labels: [], doc: 'requests that ended in an internal error' },
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
