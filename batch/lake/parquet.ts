// Rows to Arrow record batches, and those to a Parquet file.
import { makeData, RecordBatch, Schema, Struct, Table, tableFromIPC, tableToIPC } from 'apache-arrow'
import { Compression, Table as WasmTable, WriterPropertiesBuilder, writeParquet } from 'parquet-wasm'
import { arrowField, type Column } from './columns.ts'
import { createVectorWriter } from './vectors.ts'

/** Values by column name; a missing one is null. */
export type Row = Record<string, unknown>

/** Collects rows of one table and hands them over as Arrow IPC. */
export interface RowWriter {
  readonly count: number
  append(row: Row): void
  /** Everything appended since the last flush, as one Arrow IPC stream. */
  flush(): Uint8Array
}

export function createRowWriter(columns: readonly Column[]): RowWriter {
  const schema = new Schema(columns.map(arrowField))
  const names = columns.map((column) => column.name)
  const vectors = columns.map(createVectorWriter)
  let count = 0
  return {
    get count() {
      return count
    },
    append(row) {
      for (let i = 0; i < names.length; i++) vectors[i]!.append(row[names[i]!])
      count++
    },
    flush() {
      const children = vectors.map((vector) => vector.finish())
      const data = makeData({ type: new Struct(schema.fields), length: count, nullCount: 0, children })
      count = 0
      return tableToIPC(new Table(schema, [new RecordBatch(schema, data)]), 'stream')
    },
  }
}

const compressions = { snappy: Compression.SNAPPY, zstd: Compression.ZSTD }

/**
 * Several Arrow IPC streams of one schema as one Parquet file, in order.
 * @param compression light for files that are merged at once, `zstd` for those that stay
 */
export function parquetOf(
  streams: readonly Uint8Array[],
  compression: keyof typeof compressions = 'snappy',
): Uint8Array {
  const tables = streams.map((stream) => tableFromIPC(stream))
  const first = tables[0]
  if (!first) throw new Error('parquetOf needs one stream at least')
  const all = new Table(
    first.schema,
    tables.flatMap((t) => t.batches),
  )
  const properties = new WriterPropertiesBuilder().setCompression(compressions[compression]).build()
  return writeParquet(WasmTable.fromIPCStream(tableToIPC(all, 'stream')), properties)
}
