// The aggregates of single signatures: trend, facets, newest reports.
import {
  byEstimate,
  type Facet,
  leadingVersions,
  type LocationsAggregate,
  type ReportRow,
  reportsListed,
  reportsOfVersion,
  type SignatureAggregate,
  type Tally,
  type TrendDay,
} from '../../shared/aggregates.ts'
import { columnOf } from '../../shared/fields/columns.ts'
import { type FieldName, labelOf } from '../../shared/fields/fields.ts'
import type { IsoDate } from '../../shared/units.ts'
import { bugsOf } from './bugs.ts'
import { type AggregateRun, executeSql, queryRows, roundWeight, signatureId, tallyOf } from './run.ts'
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

/** A row of a signature in a scope: '' for all products, else the name of one. */
interface ScopedRow {
  signature: string
  scope: string
}

interface FactRow extends ScopedRow {
  count: number
  weighted: number
  installs: number
  proto_signature: string | null
  first_seen: IsoDate
  last_seen: IsoDate
  first_build: string | null
}
interface TrendRow extends ScopedRow {
  product: string
  version: string
  date: string
  count: number
  weighted: number
}
interface VersionRow extends ScopedRow {
  version: string
}
interface FacetRow extends ScopedRow {
  facet: string
  value: string
  count: number
  weighted: number
  versions: { place: number; count: number; weighted: number }[] | null
}
type ReportSource = Omit<ReportRow, 'submitted_at' | 'uptime' | 'install_time'> &
  ScopedRow & {
    submitted_us: bigint
    uptime: bigint | null
    install_time: bigint | null
  }

/** Signatures per query; bounds memory. */
const batchSize = 200

/** The aggregates, of all products and of each of several, of the `most` signatures with the most crashes, and of those that a list links to. */
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
  versions: Map<string, VersionRow[]>
  facets: Map<string, FacetRow[]>
  reports: Map<string, ReportSource[]>
}

const scopeKey = ({ signature, scope }: ScopedRow) => JSON.stringify([signature, scope])

/** Replaces the table `scoped`. */
async function readBatch(run: AggregateRun, range: SqlValues): Promise<BatchRows> {
  const read = async <T extends ScopedRow>(query: string, values: SqlValues = {}) =>
    Map.groupBy(await queryRows<T>(run, query, values), scopeKey)
  await executeSql(run, 'signature-scopes', { ...range, versions: leadingVersions })
  return {
    facts: await queryRows<FactRow>(run, 'signature-facts'),
    trends: await read<TrendRow>('signature-trend'),
    versions: await read<VersionRow>('signature-versions'),
    facets: await read<FacetRow>('signature-facets'),
    reports: await read<ReportSource>('signature-reports', {
      most: reportsListed,
      of_version: reportsOfVersion,
    }),
  }
}

function documentOf(run: AggregateRun, fact: FactRow, rows: BatchRows): SignatureAggregate {
  const { signature, scope } = fact
  const key = scopeKey(fact)
  const versions = (rows.versions.get(key) ?? []).map(({ version }) => version)
  return {
    version: run.version,
    generated_at: run.generatedAt,
    signature,
    id: signatureId(signature),
    product: scope || null,
    products: productsOf(run, rows.trends.get(scopeKey({ signature, scope: '' })) ?? []),
    total: tallyOf(fact),
    first_seen: fact.first_seen,
    last_seen: fact.last_seen,
    first_build: fact.first_build,
    installs: fact.installs,
    trend: trendOf(rows.trends.get(key) ?? []),
    versions,
    facets: facetsOf(rows.facets.get(key) ?? [], versions.length > 1),
    reports: (rows.reports.get(key) ?? []).map(reportOf),
    proto_signature: fact.proto_signature,
    ...bugsOf(run, signature),
  }
}

/** The products of a signature, those with the most crashes first. */
function productsOf(run: AggregateRun, rows: readonly TrendRow[]): SignatureAggregate['products'] {
  const totals = [...Map.groupBy(rows, (row) => row.product)].map(([product, days]) => ({
    product,
    slug: run.products.find(({ name }) => name === product)?.slug ?? '',
    total: tallyOf(sumOf(days)),
  }))
  return totals.sort((a, b) => byEstimate(a.total, b.total) || (a.product < b.product ? -1 : 1))
}

const sumOf = (rows: readonly Tally[]): Tally => ({
  count: rows.reduce((sum, row) => sum + row.count, 0),
  weighted: rows.reduce((sum, row) => sum + row.weighted, 0),
})

/** By product, then version, the newest first. */
function trendOf(rows: readonly TrendRow[]): SignatureAggregate['trend'] {
  const groups = Map.groupBy(rows, (row) => JSON.stringify([row.product, row.version]))
  return [...groups.values()]
    .map((days) => ({ product: days[0]!.product, version: days[0]!.version, days: daysOfTrend(days) }))
    .sort((a, b) =>
      a.product === b.product ? compareVersions(b.version, a.version) : a.product < b.product ? -1 : 1,
    )
}

const daysOfTrend = (rows: readonly TrendRow[]): TrendDay[] =>
  rows
    .map((row): TrendDay => [row.date, row.count, roundWeight(row.weighted)])
    .sort(([a], [b]) => (a < b ? -1 : 1))

function facetsOf(rows: readonly FacetRow[], byVersion: boolean): Facet[] {
  const groups = Map.groupBy(rows, (row) => row.facet)
  return facetFields.flatMap((field) => {
    const column = columnOf(field).name
    const values = groups.get(column)
    return values
      ? [
          {
            column,
            title: labelOf(field),
            values: values.map((row) => ({
              value: row.value,
              total: tallyOf(row),
              ...(byVersion && {
                by_version: (row.versions ?? []).flatMap((of) => [of.place, of.count, of.weighted]),
              }),
            })),
          },
        ]
      : []
  })
}

function reportOf({
  signature: _signature,
  scope: _scope,
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
