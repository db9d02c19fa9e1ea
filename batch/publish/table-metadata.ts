// The metadata of a published table: `v<N>.metadata.json`. https://iceberg.apache.org/spec/#table-metadata-fields
import { randomInt, randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod/mini'
import { CrashError } from '../../shared/errors.ts'
import { check } from '../../shared/json/schema.ts'
import type { Millis } from '../../shared/units.ts'
import type { Table } from '../lake/tables.ts'
import { fieldId } from '../lake/field-ids.ts'
import { type IcebergSchema, lastColumnId, nameMapping, schemaOf } from './iceberg-schema.ts'

const snapshotForm = z.looseObject({
  'snapshot-id': z.int(),
  'sequence-number': z.int(),
  'schema-id': z.int(),
  'timestamp-ms': z.int(),
  'manifest-list': z.string(),
  summary: z.record(z.string(), z.string()),
})
export type Snapshot = z.infer<typeof snapshotForm>

const metadataForm = z.looseObject({
  'format-version': z.literal(2),
  'table-uuid': z.string(),
  location: z.string(),
  'last-sequence-number': z.int(),
  'current-snapshot-id': z.int(),
  'current-schema-id': z.int(),
  schemas: z.array(z.looseObject({ 'schema-id': z.int() })).check(z.minLength(1)),
  snapshots: z.array(snapshotForm).check(z.minLength(1)),
  properties: z.record(z.string(), z.string()),
})
export type TableMetadata = z.infer<typeof metadataForm>

/** The property with the digest of each month's files, as JSON: what a round compares before it reads manifests. */
export const monthsProperty = 'mayday.months'

/** Parses a version that was published. @throws CrashError 'damaged' */
export function parseTableMetadata(key: string, bytes: Uint8Array): TableMetadata {
  const fault = (why: string) =>
    new CrashError('damaged', `${key} cannot be read (${why}): delete iceberg/, then run mayday publish`)
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder().decode(bytes))
  } catch (cause) {
    throw fault((cause as Error).message)
  }
  const { data, problems } = check(metadataForm, json)
  if (!data) throw fault(problems.join('; '))
  return data
}

export function currentSnapshot(metadata: TableMetadata): Snapshot {
  const id = metadata['current-snapshot-id']
  return metadata.snapshots.find((snapshot) => snapshot['snapshot-id'] === id) ?? metadata.snapshots.at(-1)!
}

/** The schema of the columns, under the ID that it had before or the next one. */
export function nextSchema({ columns }: Table, base: TableMetadata | null): IcebergSchema {
  const schema = schemaOf(columns)
  const known = base?.schemas.find((one) => isDeepStrictEqual({ ...one, 'schema-id': 0 }, schema))
  const ids = base?.schemas.map((one) => one['schema-id']) ?? []
  return { ...schema, 'schema-id': known?.['schema-id'] ?? Math.max(-1, ...ids) + 1 }
}

/** 48 bits: readers that use floating point know them exactly. */
export const newSnapshotId = (): number => randomInt(1, 2 ** 48 - 1)

export interface NextVersion {
  table: Table
  location: string
  schema: IcebergSchema
  base: TableMetadata | null
  snapshot: Snapshot
  months: Readonly<Record<string, string>>
  /** Snapshots that were replaced longer ago are dropped. */
  keepSince: Millis
}

/** The next version, with the snapshot as the current one. */
export function nextMetadata(next: NextVersion): TableMetadata {
  const { table, location, schema, base, snapshot, months, keepSince } = next
  const { columns } = table
  const snapshots = [...keptSnapshots(base?.snapshots ?? [], snapshot, keepSince), snapshot]
  const id = snapshot['snapshot-id']
  const used = new Set(snapshots.map((one) => one['schema-id']))
  const others = base?.schemas.filter((one) => one['schema-id'] !== schema['schema-id']) ?? []
  return {
    'format-version': 2,
    'table-uuid': base?.['table-uuid'] ?? randomUUID(),
    location,
    'last-sequence-number': snapshot['sequence-number'],
    'last-updated-ms': snapshot['timestamp-ms'],
    'last-column-id': lastColumnId(columns),
    'current-schema-id': schema['schema-id'],
    schemas: [...others.filter((one) => used.has(one['schema-id'])), { ...schema }],
    'default-spec-id': 0,
    'partition-specs': [{ 'spec-id': 0, fields: partitionFields() }],
    'last-partition-id': 1000,
    'default-sort-order-id': 0,
    'sort-orders': [{ 'order-id': 0, fields: [] }],
    properties: {
      comment: table.description,
      'schema.name-mapping.default': JSON.stringify(nameMapping(columns)),
      [monthsProperty]: JSON.stringify(months),
    },
    'current-snapshot-id': id,
    refs: { main: { 'snapshot-id': id, type: 'branch' } },
    snapshots,
    'snapshot-log': snapshots.map((one) => ({
      'timestamp-ms': one['timestamp-ms'],
      'snapshot-id': one['snapshot-id'],
    })),
    'metadata-log': [],
  }
}

/** Every table has a file per day. */
export const partitionFields = () => [
  { name: 'date', transform: 'identity', 'source-id': fieldId(['date']), 'field-id': 1000 },
]

/** Those that were the current one after `keepSince`. */
const keptSnapshots = (before: readonly Snapshot[], next: Snapshot, keepSince: Millis): Snapshot[] =>
  before.filter((_one, at) => (before[at + 1] ?? next)['timestamp-ms'] > keepSince)
