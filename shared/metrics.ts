// Metrics as sums in memory, written as Prometheus text.
import { own } from './own.ts'

export interface MetricRow {
  kind: 'counter' | 'gauge' | 'histogram'
  labels: readonly string[]
  /** Upper bounds of a histogram's buckets, in the unit of the name. */
  buckets?: readonly number[]
  doc: string
}

/**
 * Every metric of a program by its name without prefix. A name that ends in `_ms` is recorded in milliseconds and
 * written in seconds, with the name `…_seconds`.
 */
export type MetricTable = Readonly<Record<string, MetricRow>>
export type MetricNames<Table extends MetricTable> = keyof Table & string
type Labels<Row extends MetricRow> = Record<Row['labels'][number], string>

export interface Metrics<Table extends MetricTable> {
  /** Adds to a counter, sets a gauge, or adds one observation to a histogram. */
  record<N extends MetricNames<Table>>(name: N, value: number, labels: Labels<Table[N]>): void
}

export interface MetricsRegistry<Table extends MetricTable> extends Metrics<Table> {
  /** Removes all series of a metric. */
  forget(name: MetricNames<Table>): void
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

/** Further values of labels are counted as `other`. */
const maxSeriesPerMetric = 500
/** More separators than any metric has labels: the key of no values. */
const otherKey = '\0'.repeat(20)

/**
 * Metrics kept in memory.
 * @param prefix of all names, such as `mayday_edge_`
 * @param also sees every record
 */
export function createRegistry<Table extends MetricTable>(
  table: Table,
  prefix: string,
  also?: (name: MetricNames<Table>, value: number, labels: Readonly<Record<string, string>>) => void,
): MetricsRegistry<Table> {
  const all = new Map<MetricNames<Table>, Map<string, Series>>()
  return {
    record(name, value, labels) {
      const row: MetricRow = table[name]!
      const byLabels = all.get(name) ?? new Map<string, Series>()
      all.set(name, byLabels)
      const values = row.labels.map((label) => own(labels as Record<string, string>, label) ?? '')
      observe(seriesOf(byLabels, row, values), row, value)
      also?.(name, value, labels)
    },
    forget: (name) => void all.delete(name),
    toPrometheus: () =>
      [...all].map(([name, series]) => render(prefix + name, table[name]!, [...series.values()])).join(''),
  }
}

function seriesOf(byLabels: Map<string, Series>, row: MetricRow, values: readonly string[]): Series {
  const key = values.join('\0')
  const known = byLabels.get(key)
  if (known) return known
  const full = byLabels.size >= maxSeriesPerMetric
  const existing = full ? byLabels.get(otherKey) : undefined
  if (existing) return existing
  const series: Series = {
    labels: row.labels.map((label, i) => [label, full ? 'other' : values[i]!] as const),
    sum: 0,
    count: 0,
    buckets: new Array((row.buckets?.length ?? 0) + 1).fill(0),
  }
  byLabels.set(full ? otherKey : key, series)
  return series
}

function observe(series: Series, row: MetricRow, value: number): void {
  series.sum = row.kind === 'gauge' ? value : series.sum + value
  series.count++
  if (!row.buckets) return
  const bucket = row.buckets.findIndex((bound) => value <= bound)
  series.buckets[bucket < 0 ? row.buckets.length : bucket]!++
}

function render(name: string, row: MetricRow, series: readonly Series[]): string {
  const isTime = name.endsWith('_ms')
  const full = isTime ? name.replace(/_ms$/, '_seconds') : name
  const scale = isTime ? 1000 : 1
  const lines = series.flatMap((one) =>
    row.buckets
      ? histogramLines(full, { bounds: row.buckets, scale }, one)
      : [`${full}${labelText(one.labels)} ${one.sum / scale}`],
  )
  return `# HELP ${full} ${row.doc}\n# TYPE ${full} ${row.kind}\n${lines.join('\n')}\n`
}

function histogramLines(
  name: string,
  { bounds, scale }: { bounds: readonly number[]; scale: number },
  series: Series,
): string[] {
  let below = 0
  const buckets = series.buckets.map((count, i) => {
    below += count
    const bound = bounds[i] === undefined ? '+Inf' : String(bounds[i] / scale)
    return `${name}_bucket${labelText([...series.labels, ['le', bound]])} ${below}`
  })
  const labels = labelText(series.labels)
  return [...buckets, `${name}_sum${labels} ${series.sum / scale}`, `${name}_count${labels} ${series.count}`]
}

function labelText(labels: Series['labels']): string {
  if (labels.length === 0) return ''
  const quoted = (value: string) =>
    value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
  return `{${labels.map(([name, value]) => `${name}="${quoted(value)}"`).join(',')}}`
}
