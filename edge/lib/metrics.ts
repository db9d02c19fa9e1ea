// The metrics of the edge: one table, and a registry with the sums of this isolate.
import {
  createRegistry,
  type MetricNames,
  type MetricTable,
  type MetricsRegistry as Registry,
} from '../../shared/metrics.ts'

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
  stored_in_fallback_total: { kind: 'counter', labels: [], doc: 'reports stored only in the fallback store' },
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
  tokens_unknown_total: {
    kind: 'counter',
    labels: [],
    doc: 'submissions with a token that could not be checked, because the token document was not readable',
  },
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
  symbolications_total: {
    kind: 'counter',
    labels: ['result'],
    doc: 'POST /symbols/symbolicate: `answered`, `refused`',
  },
  symbolicate_ms: {
    kind: 'histogram',
    labels: [],
    buckets: times,
    doc: 'time of the lookups of one request',
  },
  symbolicate_bytes: {
    kind: 'histogram',
    labels: [],
    buckets: sizes,
    doc: 'bytes of symbols read for one request',
  },
  symbolicated_modules_total: {
    kind: 'counter',
    labels: ['result'],
    doc: 'modules looked up: `found`, or why not, as in `module_errors`',
  },
  symbols_indexed_total: { kind: 'counter', labels: [], doc: 'symbol files indexed for symbolication' },
  symbol_fetches_total: {
    kind: 'counter',
    labels: ['result'],
    doc: 'modules requested from `SYMBOL_SERVERS`: `found`, `missing`, `failed`',
  },
  reports_read_total: { kind: 'counter', labels: ['view', 'result'], doc: 'GET /api/report' },
  access_denied_total: {
    kind: 'counter',
    labels: ['permission', 'reason'],
    doc: 'requests without the permission they need: `anonymous`, `unmatched`, `expired`, `forbidden`, `product` or `link`',
  },
  api_calls_total: {
    kind: 'counter',
    labels: ['endpoint', 'client', 'status'],
    doc: 'calls of the API, by endpoint, program of the client, and status, or `gone` when the client left before the answer',
  },
  api_ms: { kind: 'histogram', labels: ['endpoint'], buckets: times, doc: 'time of a call of the API' },
  reads_limited_total: { kind: 'counter', labels: [], doc: 'rate-limited reads' },
  symbol_downloads_total: {
    kind: 'counter',
    labels: ['result'],
    doc: 'requests for symbol files: `found`, `redirected` (by code ID), `missing`, `ignored`',
  },
  symbol_files_total: {
    kind: 'counter',
    labels: ['outcome'],
    doc: 'uploaded symbol files: `new`, `replaced`, `same` (already stored), `refused`',
  },
  errors_total: { kind: 'counter', labels: [], doc: 'requests that ended in an internal error' },
} as const satisfies MetricTable

type Table = typeof metricTable
export type MetricName = MetricNames<Table>
/** Metrics kept in memory, readable as Prometheus text. */
export type MetricsRegistry = Registry<Table>

/** @param also sees every record */
export const createMetrics = (
  also?: (name: MetricName, value: number, labels: Readonly<Record<string, string>>) => void,
): MetricsRegistry => createRegistry(metricTable, 'mayday_edge_', also)
