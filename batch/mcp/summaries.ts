// One signature and one report, short enough for a model.
import type { ReportRow, SignatureAggregate } from '../../shared/aggregates/documents.ts'
import { crashingFrames, type PartialCrash } from '../../shared/crash.ts'
import type { StoredFrame } from '../../shared/fields/stackwalk.ts'
import { own } from '../../shared/own.ts'
import { ascending } from '../../shared/text/ascending.ts'

const mostFacetValues = 5
const mostReports = 10
const mostBugs = 10
const mostFrames = 40
const mostText = 2000

const cut = (text: string | null | undefined) =>
  typeof text === 'string' && text.length > mostText ? `${text.slice(0, mostText)}…` : text

/** Without what the model can ask for with `report` and `search`. */
export function signatureSummary(document: SignatureAggregate) {
  const {
    signature,
    total,
    first_seen,
    last_seen,
    first_build,
    installs,
    facets,
    reports,
    bugs = [],
  } = document
  return {
    signature,
    reports: total.count,
    crashes: Math.round(total.weighted),
    first_seen,
    last_seen,
    first_build,
    installs,
    crashes_by_day: byDay(document),
    facets: Object.fromEntries(
      facets.map(({ column, values }) => [
        column,
        values
          .slice(0, mostFacetValues)
          .map(({ value, total: { weighted } }) => [value, Math.round(weighted)]),
      ]),
    ),
    bugs: bugs.slice(0, mostBugs),
    newest_reports: reports.slice(0, mostReports).map(reportLine),
    proto_signature: cut(document.proto_signature),
  }
}

function byDay({ trend }: SignatureAggregate) {
  const sums = new Map<string, number>()
  for (const [date, , weighted] of trend.flatMap(({ days }) => days))
    sums.set(date, (sums.get(date) ?? 0) + weighted)
  return Object.fromEntries(
    [...sums].sort(([a], [b]) => ascending(a, b)).map(([date, n]) => [date, Math.round(n)]),
  )
}

const reportLine = ({
  crash_id,
  submitted_at,
  product,
  version,
  platform_pretty_version,
  reason,
  address,
}: ReportRow) => ({
  ...{ crash_id, submitted_at, product, version, os: platform_pretty_version, reason, address },
})

/** Fields of a report that are always shown, where it has them. */
const shownFields = [
  ...[
    'crash_id',
    'signature',
    'product',
    'version',
    'release_channel',
    'build',
    'submitted_timestamp',
    'date_processed',
  ],
  ...[
    'os_pretty_version',
    'os_name',
    'os_version',
    'cpu_arch',
    'cpu_info',
    'process_type',
    'uptime',
    'install_time',
  ],
  ...['reason', 'address', 'crashing_thread', 'crashing_thread_name', 'moz_crash_reason', 'abort_message'],
  ...[
    'startup_crash',
    'report_type',
    'duplicate_of',
    'weight',
    'mdsw_status_string',
    'processor_notes',
    'app_notes',
  ],
]

/** @param more names of further fields */
export function reportSummary(crash: PartialCrash, more: readonly string[]) {
  const names = [...new Set([...shownFields, ...more])].filter((name) => name !== 'json_dump')
  const fields = names.flatMap((name) => {
    const value = own<unknown>(crash as never, name)
    return value === undefined || value === null || value === '' ? [] : [[name, shown(value)] as const]
  })
  const frames = crashingFrames(crash)
  return {
    fields: Object.fromEntries(fields),
    crashing_thread: frames.slice(0, mostFrames).flatMap(frameLines),
    more_frames: Math.max(0, frames.length - mostFrames),
    modules_without_symbols: missingSymbols(crash),
    other_fields: Object.keys(crash).filter((name) => !names.includes(name) && name !== 'json_dump'),
  }
}

function shown(value: unknown): unknown {
  if (typeof value === 'string') return cut(value)
  return typeof value === 'object' ? cut(JSON.stringify(value)) : value
}

/** `0 module function (file:line) trust`; inlined functions first. */
function frameLines({
  frame,
  module,
  function: name,
  file,
  line,
  trust,
  offset,
  inlines,
}: StoredFrame): string[] {
  const at = (path: string | null | undefined, number: number | null | undefined) =>
    path ? ` (${path}${number ? `:${number}` : ''})` : ''
  const inlined = (inlines ?? []).map(
    (one) => `${frame} ${module ?? ''} ${one.function}${at(one.file, one.line)} inlined`,
  )
  return [...inlined, `${frame} ${module ?? ''} ${name ?? `@${offset}`}${at(file, line)} ${trust}`].map(
    (text) => text.slice(0, 500),
  )
}

const missingSymbols = (crash: PartialCrash): string[] =>
  (crash.json_dump?.modules ?? [])
    .filter(({ missing_symbols }) => missing_symbols === true)
    .flatMap(({ filename }) => filename ?? [])
    .slice(0, 20)
