// Manifests and lists of manifests: Avro object container files with the schemas of Iceberg, version 2.
// https://iceberg.apache.org/spec/#manifests, https://iceberg.apache.org/spec/#manifest-lists
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import avro from 'avsc'
import { CrashError } from '../../shared/errors.ts'

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** A field with the ID by which readers find it. */
const field = (id: number, name: string, type: Json) => ({ name, type, 'field-id': id })
const optional = (id: number, name: string, type: Json) => ({
  ...field(id, name, ['null', type]),
  default: null,
})

/** A map with integer keys is a list of pairs. */
const idMap = ([keyId, valueId]: readonly [number, number], values: Json) => ({
  type: 'array',
  logicalType: 'map',
  items: {
    type: 'record',
    name: `k${keyId}_v${valueId}`,
    fields: [field(keyId, 'key', 'int'), field(valueId, 'value', values)],
  },
})

const partition = {
  type: 'record',
  name: 'r102',
  fields: [optional(1000, 'date', { type: 'int', logicalType: 'date' })],
}

const dataFile = {
  type: 'record',
  name: 'r2',
  fields: [
    field(134, 'content', 'int'),
    field(100, 'file_path', 'string'),
    field(101, 'file_format', 'string'),
    field(102, 'partition', partition),
    field(103, 'record_count', 'long'),
    field(104, 'file_size_in_bytes', 'long'),
    optional(109, 'value_counts', idMap([119, 120], 'long')),
    optional(110, 'null_value_counts', idMap([121, 122], 'long')),
    optional(125, 'lower_bounds', idMap([126, 127], 'bytes')),
    optional(128, 'upper_bounds', idMap([129, 130], 'bytes')),
  ],
}

const manifestEntry = {
  type: 'record',
  name: 'manifest_entry',
  fields: [
    field(0, 'status', 'int'),
    optional(1, 'snapshot_id', 'long'),
    optional(3, 'sequence_number', 'long'),
    optional(4, 'file_sequence_number', 'long'),
    field(2, 'data_file', dataFile),
  ],
}

const fieldSummary = {
  type: 'record',
  name: 'r508',
  fields: [
    field(509, 'contains_null', 'boolean'),
    optional(518, 'contains_nan', 'boolean'),
    optional(510, 'lower_bound', 'bytes'),
    optional(511, 'upper_bound', 'bytes'),
  ],
}

const manifestFile = {
  type: 'record',
  name: 'manifest_file',
  fields: [
    field(500, 'manifest_path', 'string'),
    field(501, 'manifest_length', 'long'),
    field(502, 'partition_spec_id', 'int'),
    field(517, 'content', 'int'),
    field(515, 'sequence_number', 'long'),
    field(516, 'min_sequence_number', 'long'),
    field(503, 'added_snapshot_id', 'long'),
    field(504, 'added_files_count', 'int'),
    field(505, 'existing_files_count', 'int'),
    field(506, 'deleted_files_count', 'int'),
    field(512, 'added_rows_count', 'long'),
    field(513, 'existing_rows_count', 'long'),
    field(514, 'deleted_rows_count', 'long'),
    optional(507, 'partitions', { type: 'array', items: fieldSummary, 'element-id': 508 }),
  ],
}

type IdMap<T> = readonly { key: number; value: T }[]

export interface ManifestEntry {
  /** 0: in an earlier snapshot too; 1: added by `snapshot_id`. */
  status: 0 | 1
  snapshot_id: number
  sequence_number: number
  file_sequence_number: number
  data_file: {
    /** 0: rows. */
    content: 0
    file_path: string
    file_format: 'PARQUET'
    /** Days since 1970. */
    partition: { date: number }
    record_count: number
    file_size_in_bytes: number
    value_counts: IdMap<number> | null
    null_value_counts: IdMap<number> | null
    lower_bounds: IdMap<Buffer> | null
    upper_bounds: IdMap<Buffer> | null
  }
}

export interface ManifestFile {
  manifest_path: string
  manifest_length: number
  partition_spec_id: 0
  content: 0
  sequence_number: number
  min_sequence_number: number
  added_snapshot_id: number
  added_files_count: number
  existing_files_count: number
  deleted_files_count: number
  added_rows_count: number
  existing_rows_count: number
  deleted_rows_count: number
  partitions: readonly {
    contains_null: boolean
    contains_nan: boolean | null
    lower_bound: Buffer | null
    upper_bound: Buffer | null
  }[]
}

const schemas = { manifest: manifestEntry, list: manifestFile } as const
interface Records {
  manifest: ManifestEntry
  list: ManifestFile
}

/** @param header of the file, in addition to its schema */
export async function encodeAvro<Kind extends keyof Records>(
  kind: Kind,
  records: readonly Records[Kind][],
  header: Readonly<Record<string, string>>,
): Promise<Buffer> {
  const metadata = Object.fromEntries(
    Object.entries(header).map(([name, value]) => [name, Buffer.from(value)]),
  )
  // The schema as JSON: a parsed type would lose the field IDs in the header.
  const schema = JSON.parse(JSON.stringify(schemas[kind]))
  const encoder = new avro.streams.BlockEncoder(schema, { codec: 'deflate', metadata } as object)
  return await buffer(Readable.from(records).pipe(encoder))
}

const types = {
  manifest: avro.Type.forSchema(JSON.parse(JSON.stringify(manifestEntry))),
  list: avro.Type.forSchema(JSON.parse(JSON.stringify(manifestFile))),
}

/** The records of a file that `encodeAvro` made. @throws CrashError 'damaged' */
export async function decodeAvro<Kind extends keyof Records>(
  kind: Kind,
  key: string,
  bytes: Uint8Array,
): Promise<Records[Kind][]> {
  const decoder = new avro.streams.BlockDecoder({ parseHook: () => types[kind] } as object)
  const records: Records[Kind][] = []
  try {
    const reading = Readable.from([Buffer.from(bytes)]).pipe(decoder)
    for await (const record of reading) records.push(record as Records[Kind])
    return records
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CrashError(
      'damaged',
      `${key} cannot be read (${reason}): delete iceberg/, then run mayday publish`,
      {
        cause,
      },
    )
  }
}
