// The aggregates of single signatures: trend, facets, newest reports.
import {
  type Facet,
  type LocationsAggregate,
  type ReportRow,
  reportsListed,
  type SignatureAggregate,
} from '../../shared/aggregates.ts'
import { columnOf } from '../../shared/fields/columns.ts'
import { type FieldName, labelOf } from '../../shared/fields/fields.ts'
import type { IsoDate } from '../../shared/units.ts'
import { bugsOf } from './bugs.ts'
import { type AggregateRun, executeSql, queryRows, signatureId, tallyDays, tallyOf } from './run.ts'
import { rowsOf, type SqlValues } from '../lake/duckdb.ts'
import { isoOfMicros } from '../../shared/time/iso-time.ts'
import { compareVersions } from './version-order.ts'

/** The fields that have facets, in display order. */
const facetFields = [
  'os_pretty_version',
  'product',
  'version',
  'release_channel',
  'build',
  'process_type',
  'uptime',
  'cpu_arch',
  'reason',
  'address',
  'stack_key',
  'report_type',
  'moz_crash_reason',
  'os_name',
  'adapter_vendor_id',
  'android_model',
  'install_time',
] as const satisfies readonly FieldName[]

interface FactRow {
  signature: string
  count: number
  weighted: number
  installs: number
  proto_signature: string | null
  first_seen: IsoDate
  last_seen: IsoDate
  first_build: string | null
}
interface TrendRow {
  signature: string
  product: string
  version: string
  date: string
  count: number
  weighted: number
}
interface FacetRow {
  signature: string
  facet: string
  value: string
  count: number
  weighted: number
}
type ReportSource = Omit<ReportRow, 'submitted_at' | 'uptime' | 'install_time'> & {
  signature: string
  submitted_us: bigint
  uptime: bigint | null
  install_time: bigint | null
}

/** Signatures per query; bounds memory. */
const batchSize = 200

/** The aggregates of the `most` signatures with the most crashes, and of those that a list links to. */
export async function* buildSignatures(
  run: AggregateRun,
  { most, listed }: { most: number; listed: ReadonlySet<string> },
): AsyncGenerator<SignatureAggregate> {
  const values = { from: run.dates[0]!, to: run.dates.at(-1)! }
  await executeSql(run, 'signature-choose', { ...values, most, listed: [...listed] })
  const [row] = await rowsOf<{ count: number }>(
    run.database.connection,
    'SELECT count(*)::DOUBLE AS count FROM chosen',
  )
  for (let first = 1; first <= row!.count; first += batchSize) {
    const rows = await readBatch(run, { ...values, first, last: first + batchSize - 1 })
    for (const fact of rows.facts) yield documentOf(run, fact, rows)
  }
}

/** Locations with an entry, the most frequent ones: bounds the document. */
const mostLocations = 5000

/** Where crashes went that had a signature named after their location, once symbols arrived. Runs after `chosen`. */
export async function buildLocations(run: AggregateRun): Promise<LocationsAggregate> {
  const values = { from: run.dates[0]!, to: run.dates.at(-1)!, most: mostLocations }
  const locations = await queryRows<{ location: string; signature: string }>(run, 'locations', values)
  return { version: run.version, generated_at: run.generatedAt, locations }
}

interface BatchRows {
  facts: readonly FactRow[]
  trends: Map<string, TrendRow[]>
  facets: Map<string, FacetRow[]>
  reports: Map<string, ReportSource[]>
}

async function readBatch(run: AggregateRun, range: SqlValues): Promise<BatchRows> {
  const read = async <T extends { signature: string }>(query: string, values = range) =>
    Map.groupBy(await queryRows<T>(run, query, values), (row) => row.signature)
  return {
    facts: await queryRows<FactRow>(run, 'signature-facts', range),
    trends: await read<TrendRow>('signature-trend'),
    facets: await read<FacetRow>('signature-facets'),
    reports: await read<ReportSource>('signature-reports', { ...range, most: reportsListed }),
  }
}

function documentOf(run: AggregateRun, fact: FactRow, rows: BatchRows): SignatureAggregate {
  const { signature } = fact
  return {
    version: run.version,
    generated_at: run.generatedAt,
    signature,
    id: signatureId(signature),
    total: tallyOf(fact),
    first_seen: fact.first_seen,
    last_seen: fact.last_seen,
    first_build: fact.first_build,
    installs: fact.installs,
    trend: trendOf(rows.trends.get(signature) ?? []),
    facets: facetsOf(rows.facets.get(signature) ?? []),
    reports: (rows.reports.get(signature) ?? []).map(reportOf),
    proto_signature: fact.proto_signature,
    ...bugsOf(run, signature),
  }
}

/** By product, then version, the newest first. */
function trendOf(rows: readonly TrendRow[]): SignatureAggregate['trend'] {
  const groups = Map.groupBy(rows, (row) => JSON.stringify([row.product, row.version]))
  return [...groups.values()]
    .map((days) => ({ product: days[0]!.product, version: days[0]!.version, days: tallyDays(days) }))
    .sort((a, b) =>
      a.product === b.product ? compareVersions(b.version, a.version) : a.product < b.product ? -1 : 1,
    )
}

function facetsOf(rows: readonly FacetRow[]): Facet[] {
  const groups = Map.groupBy(rows, (row) => row.facet)
  return facetFields.flatMap((field) => {
    const column = columnOf(field).name
    const values = groups.get(column)
    return values
      ? [
          {
            column,
            title: labelOf(field),
            values: values.map((row) => ({ value: row.value, total: tallyOf(row) })),
          },
        ]
      : []
  })
}

function reportOf({
  signature: _signature,
  submitted_us,
  uptime,
  install_time,
  ...row
}: ReportSource): ReportRow {
  return {
    ...row,
    submitted_at: isoOfMicros(submitted_us),
    uptime: uptime === null ? null : Number(uptime),
    install_time: install_time === null ? null : Number(install_time),
  }
}
