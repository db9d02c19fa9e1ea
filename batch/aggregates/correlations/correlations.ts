// The correlations of every product and signature above a floor, from public columns and modules.
import {
  type CorrelationsAggregate,
  correlationsSchema,
  leastForCorrelations,
  type SignatureCorrelations,
} from '../../../shared/aggregates/correlations.ts'
import { check } from '../../../shared/json/schema.ts'
import { correlationsKey } from '../../../shared/keys.ts'
import { own } from '../../../shared/own.ts'
import { discoveryLimit } from '../../../shared/statistics/false-discovery.ts'
import type { Storage } from '../../../shared/storage/storage.ts'
import { addDays } from '../../../shared/time/dates.ts'
import type { IsoDate } from '../../../shared/units.ts'
import { execute, identifier, rowsOf } from '../../lake/duckdb.ts'
import { listTableFiles } from '../../lake/files/table-files.ts'
import { crashesTable, modulesTable } from '../../lake/tables.ts'
import { versionOf } from '../../planning/day-marks.ts'
import type { Product } from '../../products/product-file.ts'
import { type AggregateRun, executeSql, queryRows, signatureId } from '../run.ts'
import { type Attribute, attributeOf, attributes } from './attributes.ts'
import { bitsOf, layersOf, layersWithout } from './bits.ts'
import {
  type Crashes,
  type Describe,
  differencesOf,
  explain,
  type GroupTotals,
  leastDifference,
  testValues,
  type ValueCount,
} from './correlate.ts'
import { itemStatements } from './items.ts'

/** Increase it when the same rows give other correlations. */
const methodVersion = 1

const limits = {
  /** Signatures of a product, those with the most crashes. */
  groups: 500,
  /** Reports of a signature, and of the product, that are compared. */
  per_group: 1000,
  reference: 20_000,
}
/** A value in fewer reports of a signature is not compared. */
const leastOfValue = 5

const hexDigits = [...'0123456789abcdef']

/** A document, or the key of one that is the same as before. */
export type CorrelationDocument = { key: string; document: CorrelationsAggregate | null }

/**
 * Sixteen documents of each product that has a signature with enough reports; those whose table files have not changed
 * since are not computed again.
 */
export async function* buildCorrelations(
  run: AggregateRun,
  lake: Storage,
): AsyncGenerator<CorrelationDocument> {
  const period = wholeDays(run)
  if (!period) return
  const source = await sourceOf(lake, period)
  let present: Attribute[] | null = null
  for (const product of run.products) {
    if (await isCurrent(lake, product, source)) {
      for (const start of hexDigits) yield { key: correlationsKey(product.slug, start), document: null }
      continue
    }
    present ??= await prepare(run, period)
    const { reference, signatures } = await correlate(run, { product, period, attributes: present })
    if (signatures.length === 0) continue
    const head = { version: run.version, generated_at: run.generatedAt, product: product.name }
    const byStart = Map.groupBy(signatures, ({ id }) => id[0]!)
    for (const start of hexDigits) {
      const document = { ...head, start, source, ...period, reference, signatures: byStart.get(start) ?? [] }
      yield { key: correlationsKey(product.slug, start), document }
    }
  }
}

interface Period {
  from: IsoDate
  to: IsoDate
}

/** The days covered without the last one, so that a run of the same day finds the same rows; null: there is only one. */
function wholeDays({ dates }: AggregateRun): Period | null {
  return dates.length > 1 ? { from: dates[0]!, to: addDays(dates.at(-1)!, -1) } : null
}

/** Identifies the table files of the period, and the method. */
async function sourceOf(lake: Storage, { from, to }: Period): Promise<string> {
  const tables = await Promise.all([crashesTable, modulesTable].map(({ name }) => listTableFiles(lake, name)))
  const files = tables.flat().filter(({ date }) => date >= from && date <= to)
  return versionOf([...files, { key: JSON.stringify([methodVersion, from, to]), etag: '' }])
}

/** Whether all documents of a product exist and the last one written is of this source. */
async function isCurrent(lake: Storage, { name, slug }: Product, source: string): Promise<boolean> {
  const bytes = await (await lake.get(correlationsKey(slug, hexDigits.at(-1)!)))?.bytes()
  if (!bytes) return false
  const { data } = check(correlationsSchema, JSON.parse(new TextDecoder().decode(bytes)))
  return data?.source === source && data.product === name
}

interface GroupRow extends GroupTotals {
  number: number
  signature: string
  reference_count: number
}
interface CountRow extends ValueCount {
  number: number
  tests: number
}

/** Replaces `recent`, which takes a large part of the memory. Returns the attributes that any crash of a period has. */
async function prepare(run: AggregateRun, period: Period): Promise<Attribute[]> {
  await executeSql(run, 'correlation-input', { ...period })
  await execute(run.database.connection, 'DROP TABLE recent')
  return attributesWithValues(run, period)
}

/** The attributes that any crash of a period has. */
async function attributesWithValues({ database }: AggregateRun, period: Period): Promise<Attribute[]> {
  const counts = attributes.map(({ column }) => `count(${identifier(column)}) > 0 AS ${identifier(column)}`)
  const [row] = await rowsOf<Record<string, boolean>>(
    database.connection,
    `SELECT ${counts.join(', ')} FROM crashes WHERE date BETWEEN $from::DATE AND $to::DATE`,
    { ...period },
  )
  return attributes.filter(({ column }) => own(row!, column))
}

/** Replaces the table `correlation_sample`. */
async function correlate(
  run: AggregateRun,
  { product, period, attributes }: { product: Product; period: Period; attributes: readonly Attribute[] },
) {
  await executeSql(run, 'correlation-sample', {
    product: product.name,
    ...limits,
    least: leastForCorrelations,
  })
  const groups = await queryRows<GroupRow>(run, 'correlation-groups')
  if (groups.length === 0) return { reference: 0, signatures: [] }
  for (const sql of itemStatements(attributes))
    await execute(run.database.connection, sql, valuesIn(sql, { ...period, product: product.name }))
  const values = { least: leastOfValue, difference: leastDifference }
  const counts = await queryRows<CountRow>(run, 'correlation-counts', values)
  const byGroup = Map.groupBy(counts, ({ number }) => number)
  const tested = groups.map((totals) => {
    const own = byGroup.get(totals.number) ?? []
    return { totals, tests: own[0]?.tests ?? 0, values: testValues(own, totals) }
  })
  const limit = discoveryLimit(
    tested.flatMap(({ values }) => values.map(({ chance }) => chance)),
    tested.reduce((sum, { tests }) => sum + tests, 0),
  )
  const found = tested.map((one) => ({ ...one, differences: differencesOf(one.values, one.totals, limit) }))
  const sample = await readSample(
    run,
    found.flatMap(({ differences }) => differences),
  )
  const describe = describer(await readBins(run))
  await execute(run.database.connection, 'DROP TABLE correlation_items')
  const signatures = found.map(
    ({ totals, tests, differences }): SignatureCorrelations => ({
      id: signatureId(totals.signature),
      reports: totals.count,
      tests,
      correlations:
        differences.length > 0 ? explain(differences, sample.of(totals.number), describe).map(rounded) : [],
    }),
  )
  return { reference: sample.reference, signatures }
}

interface PlaceRow {
  group_number: number
  excluded_from: number
  in_reference: boolean
  weight: number
}

/** The crashes of the sample that have each of some values, and those of each signature. */
async function readSample(run: AggregateRun, values: readonly ValueCount[]) {
  const places = await queryRows<PlaceRow>(run, 'correlation-places')
  const wanted = new Map(values.map((one) => [JSON.stringify([one.name, one.value]), one]))
  const rows = await queryRows<{ name: string; value: string; crashes: number[] }>(
    run,
    'correlation-crashes',
    {
      names: [...wanted.values()].map(({ name }) => name),
      values: [...wanted.values()].map(({ value }) => value),
    },
  )
  const bits = new Map(
    rows.map(({ name, value, crashes }) => [JSON.stringify([name, value]), bitsOf(places.length, crashes)]),
  )
  const none = bitsOf(places.length, [])
  const numbered = places.map((place, number) => ({ ...place, number }))
  const inGroup = Map.groupBy(numbered, ({ group_number }) => group_number)
  const excluded = Map.groupBy(numbered, ({ excluded_from }) => excluded_from)
  const reference = layersOf(
    places.length,
    numbered.filter(({ in_reference }) => in_reference),
  )
  return {
    reference: numbered.filter(({ in_reference }) => in_reference).length,
    of: (group: number): Crashes => ({
      group: layersOf(places.length, inGroup.get(group) ?? []),
      reference: layersWithout(
        reference,
        bitsOf(
          places.length,
          (excluded.get(group) ?? []).map(({ number }) => number),
        ),
      ),
      of: ({ name, value }) => bits.get(JSON.stringify([name, value])) ?? none,
    }),
  }
}

async function readBins({ database }: AggregateRun): Promise<Map<string, number[]>> {
  const rows = (await (
    await database.connection.runAndReadAll('SELECT name, bounds FROM correlation_bins')
  ).getRowObjectsJS()) as { name: string; bounds: number[] }[]
  return new Map(rows.map(({ name, bounds }) => [name, bounds]))
}

/** The values that a statement names. */
const valuesIn = (sql: string, values: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(values).filter(([name]) => sql.includes(`$${name}`)))

/** The value of a number is how many bounds it exceeds. */
const describer =
  (bins: ReadonlyMap<string, readonly number[]>): Describe =>
  ({ name, value }) => {
    const { kind, column } = attributeOf(name)
    if (kind !== 'number') return { kind, column, value, range: null }
    const bounds = bins.get(name) ?? []
    const place = Number(value)
    return { kind, column, value: '', range: [bounds[place - 1] ?? null, bounds[place] ?? null] }
  }

const round = (share: number) => Math.round(share * 10_000) / 10_000

function rounded(correlation: SignatureCorrelations['correlations'][number]) {
  const shares = <T extends { group: number; reference: number }>(one: T): T => ({
    ...one,
    group: round(one.group),
    reference: round(one.reference),
  })
  const { prior, explains } = correlation
  return {
    ...shares(correlation),
    prior: prior && { ...shares(prior), of: shares(prior.of) },
    explains: explains.map(shares),
  }
}
