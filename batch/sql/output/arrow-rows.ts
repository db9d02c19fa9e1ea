// Rows as record batches of Apache Arrow.
import type { DuckDBResult, DuckDBDataChunk } from '@duckdb/node-api'
import {
  type DuckDBDateValue,
  type DuckDBDecimalType,
  type DuckDBDecimalValue,
  type DuckDBListType,
  type DuckDBListValue,
  type DuckDBStructType,
  type DuckDBStructValue,
  type DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId as Id,
  type DuckDBValue,
} from '@duckdb/node-api'
import * as arrow from 'apache-arrow'
import { own } from '../../../shared/own.ts'
import { toPlain } from './plain-values.ts'
import { chunksOf, type Running } from './result-rows.ts'

/** One column in Arrow: its type, and how to lay out values. */
interface ArrowColumn {
  type: arrow.DataType
  data(values: readonly DuckDBValue[]): arrow.Data
}

/** A result as record batches of up to 2048 rows, for `RecordBatchStreamWriter`. There is at least one. */
export async function* recordBatches(running: Running): AsyncGenerator<arrow.RecordBatch> {
  const { result, timeZone } = running
  const columns = result.columnTypes().map((type) => arrowColumn(type, timeZone))
  const schema = schemaOf(result, columns)
  let isEmpty = true
  for await (const chunk of chunksOf(running)) {
    isEmpty = false
    yield batchOf(schema, columns, chunk)
  }
  if (isEmpty) yield new arrow.RecordBatch(schema)
}

const schemaOf = (result: DuckDBResult, columns: readonly ArrowColumn[]) =>
  new arrow.Schema(
    result.deduplicatedColumnNames().map((name, i) => new arrow.Field(name, columns[i]!.type, true)),
  )

function batchOf(
  schema: arrow.Schema,
  columns: readonly ArrowColumn[],
  chunk: DuckDBDataChunk,
): arrow.RecordBatch {
  const children = columns.map((column, i) => column.data(chunk.getColumnValues(i)))
  const type = new arrow.Struct(schema.fields)
  return new arrow.RecordBatch(
    schema,
    arrow.makeData({ type, length: chunk.rowCount, nullCount: 0, children }),
  )
}

function arrowColumn(type: DuckDBType, timeZone: string): ArrowColumn {
  if (type.typeId === Id.LIST) return listColumn((type as DuckDBListType).valueType, timeZone)
  if (type.typeId === Id.STRUCT) return structColumn(type as DuckDBStructType, timeZone)
  if (type.typeId === Id.TIMESTAMP_TZ)
    return numbers(new arrow.TimestampMicrosecond(timeZone), BigInt64Array, micros)
  if (type.typeId === Id.DECIMAL && (type as DuckDBDecimalType).scale === 0)
    return wholeNumbers((type as DuckDBDecimalType).width)
  return scalarColumns.get(type.typeId) ?? textColumn(type, timeZone)
}

type Elements = Int32Array | BigInt64Array | BigUint64Array | Float64Array
/** A class of typed arrays. */
interface ElementsClass {
  new (length: number): Elements
}

/** @param convert values that are not null to elements of the array */
function numbers(
  type: arrow.DataType,
  Elements: ElementsClass,
  convert: (value: DuckDBValue) => unknown = (value) => value,
): ArrowColumn {
  return {
    type,
    data(values) {
      const data = new Elements(values.length)
      for (const [i, value] of values.entries()) if (value !== null) data[i] = convert(value) as never
      return arrow.makeData({ type, length: values.length, ...nullsOf(values), data } as never)
    },
  }
}

const micros = (value: DuckDBValue) => (value as DuckDBTimestampValue).micros
const int32 = numbers(new arrow.Int32(), Int32Array)
const float64 = numbers(new arrow.Float64(), Float64Array)

/** Decimals without a fraction: 128 bits each, the low half first. */
function wholeNumbers(digits: number): ArrowColumn {
  const type = new arrow.Decimal(0, digits, 128)
  return {
    type,
    data(values) {
      const halves = new BigUint64Array(values.length * 2)
      for (const [i, value] of values.entries()) {
        const whole = value === null ? 0n : (value as DuckDBDecimalValue).value
        halves[2 * i] = BigInt.asUintN(64, whole)
        halves[2 * i + 1] = BigInt.asUintN(64, whole >> 64n)
      }
      const data = new Uint32Array(halves.buffer)
      return arrow.makeData({ type, length: values.length, ...nullsOf(values), data })
    },
  }
}

/**
 * Smaller integers become 32-bit ones; decimals with a fraction, and sums, which are 128-bit integers, become doubles, as in
 * Parquet.
 */
const scalarColumns: ReadonlyMap<Id, ArrowColumn> = new Map([
  ...[Id.TINYINT, Id.SMALLINT, Id.INTEGER, Id.UTINYINT, Id.USMALLINT].map((id) => [id, int32] as const),
  [Id.BIGINT, numbers(new arrow.Int64(), BigInt64Array)],
  [Id.UINTEGER, numbers(new arrow.Int64(), BigInt64Array, (value) => BigInt(value as number))],
  [Id.UBIGINT, numbers(new arrow.Uint64(), BigUint64Array)],
  ...[Id.HUGEINT, Id.UHUGEINT].map((id) => [id, numbers(new arrow.Float64(), Float64Array, Number)] as const),
  ...[Id.FLOAT, Id.DOUBLE].map((id) => [id, float64] as const),
  [
    Id.DECIMAL,
    numbers(new arrow.Float64(), Float64Array, (value) => (value as DuckDBDecimalValue).toDouble()),
  ],
  [Id.DATE, numbers(new arrow.DateDay(), Int32Array, (value) => (value as DuckDBDateValue).days)],
  [Id.TIMESTAMP, numbers(new arrow.TimestampMicrosecond(), BigInt64Array, micros)],
  [Id.BOOLEAN, boolColumn()],
])

function boolColumn(): ArrowColumn {
  const type = new arrow.Bool()
  return {
    type,
    data: (values) =>
      arrow.makeData({
        type,
        length: values.length,
        ...nullsOf(values),
        data: bitsOf(values, (v) => v === true),
      }),
  }
}

/** Text, and values without a type of their own in Arrow as their text. */
function textColumn(duck: DuckDBType, timeZone: string): ArrowColumn {
  const type = new arrow.Utf8()
  const plain = toPlain(duck, timeZone)
  const textOf = (value: DuckDBValue) => {
    const text = plain(value)
    if (text === null) return ''
    return typeof text === 'object' ? JSON.stringify(text) : String(text)
  }
  return {
    type,
    data(values) {
      const texts = values.map(textOf)
      const valueOffsets = offsetsOf(texts.map((text) => Buffer.byteLength(text)))
      const data = new Uint8Array(Buffer.from(texts.join('')))
      return arrow.makeData({ type, length: values.length, ...nullsOf(values), valueOffsets, data })
    },
  }
}

function listColumn(item: DuckDBType, timeZone: string): ArrowColumn {
  const inner = arrowColumn(item, timeZone)
  const type = new arrow.List(new arrow.Field('item', inner.type, true))
  return {
    type,
    data(values) {
      const lists = values.map((value) => (value === null ? [] : (value as DuckDBListValue).items))
      const valueOffsets = offsetsOf(lists.map((list) => list.length))
      const child = inner.data(lists.flat())
      return arrow.makeData({ type, length: values.length, ...nullsOf(values), valueOffsets, child })
    },
  }
}

function structColumn({ entryNames, entryTypes }: DuckDBStructType, timeZone: string): ArrowColumn {
  const parts = entryTypes.map((entry, i) => ({ name: entryNames[i]!, ...arrowColumn(entry, timeZone) }))
  const type = new arrow.Struct(parts.map(({ name, type: part }) => new arrow.Field(name, part, true)))
  return {
    type,
    data(values) {
      const structs = values.map((value) => (value === null ? {} : (value as DuckDBStructValue).entries))
      const children = parts.map(({ name, data }) =>
        data(structs.map((entries) => own(entries, name) ?? null)),
      )
      return arrow.makeData({ type, length: values.length, ...nullsOf(values), children })
    },
  }
}

function nullsOf(values: readonly DuckDBValue[]): { nullCount: number; nullBitmap?: Uint8Array } {
  const nullCount = values.reduce<number>((count, value) => (value === null ? count + 1 : count), 0)
  return nullCount === 0
    ? { nullCount }
    : { nullCount, nullBitmap: bitsOf(values, (value) => value !== null) }
}

/** One bit per value, the lowest first. */
function bitsOf(values: readonly DuckDBValue[], isSet: (value: DuckDBValue) => boolean): Uint8Array {
  const bits = new Uint8Array(Math.ceil(values.length / 64) * 8)
  for (const [i, value] of values.entries()) if (isSet(value)) bits[i >> 3]! |= 1 << (i & 7)
  return bits
}

function offsetsOf(lengths: readonly number[]): Int32Array {
  const offsets = new Int32Array(lengths.length + 1)
  for (const [i, length] of lengths.entries()) offsets[i + 1] = offsets[i]! + length
  return offsets
}
