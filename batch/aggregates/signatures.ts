// The documents of single signatures: trend, facets, newest reports.
import type { Facet, ReportRow, SignatureAggregate } from '../../shared/aggregates.ts'
import { columnOf } from '../../shared/fields/columns.ts'
import { type FieldName, labelOf } from '../../shared/fields/fields.ts'
import type { IsoDate } from '../../shared/units.ts'
import { type AggregateRun, daysOf, readRollup, signatureId, tallyOf } from './run.ts'
import { rowsOf } from '../lake/duckdb.ts'
import { isoOfMicros } from '../../shared/iso-time.ts'
import { compareVersions } from './version-order.ts'

/** The fields that have facets, in the order in which they are shown. */
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

/** Signatures read together: bounds memory. */
const batchSize = 200

/** The documents of the `most` commonest signatures and of those in the table `listed`. */
export async function* buildSignatures(run: AggregateRun, most: number): AsyncGenerator<SignatureAggregate> {
  const { connection } = run.database
  const values = { from: run.dates[0]!, to: run.dates.at(-1)! }
  await connection.run(readRollup('signature-choose'), { ...values, most })
  const [row] = await rowsOf<{ count: number }>(connection, 'SELECT count(*)::DOUBLE AS count FROM chosen')
  for (let first = 1; first <= row!.count; first += batchSize) {
    const range = { ...values, first, last: first + batchSize - 1 }
    const read = async <T extends { signature: string }>(rollup: string) =>
      Map.groupBy(await rowsOf<T>(connection, readRollup(rollup), range), (found) => found.signature)
    const facts = await read<FactRow>('signature-facts')
    const trends = await read<TrendRow>('signature-trend')
    const facets = await read<FacetRow>('signature-facets')
    const reports = await read<ReportSource>('signature-reports')
    for (const [signature, [fact]] of facts) {
      yield {
        version: run.version,
        generated_at: run.generatedAt,
        signature,
        id: signatureId(signature),
        total: tallyOf(fact!),
        first_seen: fact!.first_seen,
        last_seen: fact!.last_seen,
        first_build: fact!.first_build,
        installs: fact!.installs,
        dates: [...run.dates],
        trend: trendOf(run, trends.get(signature) ?? []),
        facets: facetsOf(facets.get(signature) ?? []),
        reports: (reports.get(signature) ?? []).map(reportOf),
        proto_signature: fact!.proto_signature,
      }
    }
  }
}

/** By product, then version, the newest first. */
function trendOf(run: AggregateRun, rows: readonly TrendRow[]): SignatureAggregate['trend'] {
  const groups = Map.groupBy(rows, (row) => JSON.stringify([row.product, row.version]))
  return [...groups.values()]
    .map((days) => ({ product: days[0]!.product, version: days[0]!.version, days: daysOf(run, days) }))
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
