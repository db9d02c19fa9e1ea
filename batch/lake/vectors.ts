// Arrow vectors filled value by value: plain arrays until the end, then buffers as the columnar format has them.
// https://arrow.apache.org/docs/format/Columnar.html
import { type Data, type DataType, type Field, makeData, type Struct } from 'apache-arrow'
import { arrowField, type Column, columnValue } from './columns.ts'

/** Takes values of one column. */
export interface VectorWriter {
  append(input: unknown): void
  /** The vector of all that was appended; the writer then begins anew. */
  finish(): Data
}

/** A writer for a column. What the column cannot hold becomes null. */
export function createVectorWriter(column: Column): VectorWriter {
  const field = arrowField(column)
  if (column.type === 'structs') return structList(column, field)
  const convert = columnValue(column)
  switch (column.type) {
    case 'string':
      return textVector(field, convert)
    case 'list<string>':
      return textList(field, convert)
    case 'bool':
      return boolVector(field, convert)
    case 'int64':
    case 'timestamp':
      return numberVector(field, convert, (length) => new BigInt64Array(length))
    case 'int32':
    case 'date':
      return numberVector(field, convert, (length) => new Int32Array(length))
    case 'double':
      return numberVector(field, convert, (length) => new Float64Array(length))
  }
}

type Convert = (input: unknown) => unknown

/** Which values are there: bit i of the bitmap, least significant first. */
interface Validity {
  length: number
  nullCount: number
  nullBitmap: Uint8Array
}

function validityOf(values: readonly unknown[]): Validity {
  const nullBitmap = new Uint8Array((values.length + 7) >> 3)
  let nullCount = 0
  for (let i = 0; i < values.length; i++) {
    if (values[i] === null) nullCount++
    else nullBitmap[i >> 3]! |= 1 << (i & 7)
  }
  return { length: values.length, nullCount, nullBitmap }
}

/** `makeData` wants to know the type more exactly than we can tell it. */
const dataOf = (type: DataType, parts: object): Data => makeData({ type, ...parts } as never)

type Numbers = BigInt64Array | Int32Array | Float64Array

function numberVector(field: Field, convert: Convert, allocate: (length: number) => Numbers): VectorWriter {
  let values: (number | bigint | null)[] = []
  return {
    append: (input) => void values.push(convert(input) as number | bigint | null),
    finish() {
      const data = allocate(values.length) as { [index: number]: number | bigint }
      for (let i = 0; i < values.length; i++) if (values[i] !== null) data[i] = values[i]!
      const vector = dataOf(field.type, { ...validityOf(values), data })
      values = []
      return vector
    },
  }
}

function boolVector(field: Field, convert: Convert): VectorWriter {
  let values: (boolean | null)[] = []
  return {
    append: (input) => void values.push(convert(input) as boolean | null),
    finish() {
      const data = new Uint8Array((values.length + 7) >> 3)
      for (let i = 0; i < values.length; i++) if (values[i]) data[i >> 3]! |= 1 << (i & 7)
      const vector = dataOf(field.type, { ...validityOf(values), data })
      values = []
      return vector
    },
  }
}

/** Offsets and UTF-8 bytes of texts; nulls take no room. */
function encodeTexts(values: readonly (string | null)[]): { valueOffsets: Int32Array; data: Uint8Array } {
  let room = 0
  for (const text of values) if (text !== null) room += text.length * 3
  const bytes = Buffer.allocUnsafe(room)
  const valueOffsets = new Int32Array(values.length + 1)
  let at = 0
  for (let i = 0; i < values.length; i++) {
    const text = values[i]
    if (text) at += bytes.write(text, at, 'utf8')
    valueOffsets[i + 1] = at
  }
  return { valueOffsets, data: new Uint8Array(bytes.buffer, bytes.byteOffset, at) }
}

function textVector(field: Field, convert: Convert): VectorWriter {
  let values: (string | null)[] = []
  return {
    append: (input) => void values.push(convert(input) as string | null),
    finish() {
      const vector = dataOf(field.type, { ...validityOf(values), ...encodeTexts(values) })
      values = []
      return vector
    },
  }
}

/** Lists: the offsets of each, and one vector of all items. */
function offsetsOf(lists: readonly (readonly unknown[] | null)[]): Int32Array {
  const offsets = new Int32Array(lists.length + 1)
  for (let i = 0; i < lists.length; i++) offsets[i + 1] = offsets[i]! + (lists[i]?.length ?? 0)
  return offsets
}

function textList(field: Field, convert: Convert): VectorWriter {
  let lists: (string[] | null)[] = []
  return {
    append: (input) => void lists.push(convert(input) as string[] | null),
    finish() {
      const items = lists.flatMap((list) => list ?? [])
      const child = dataOf(field.type.children[0].type, { ...validityOf(items), ...encodeTexts(items) })
      const vector = dataOf(field.type, { ...validityOf(lists), valueOffsets: offsetsOf(lists), child })
      lists = []
      return vector
    },
  }
}

/** A list of structs; an item that is no object is a struct of nulls. */
function structList(column: Column, field: Field): VectorWriter {
  const fields = column.fields ?? []
  const names = fields.map((part) => part.name)
  const writers = fields.map(createVectorWriter)
  const struct = field.type.children[0].type as Struct
  let lists: (readonly unknown[] | null)[] = []
  return {
    append(input) {
      const list = Array.isArray(input) ? input : null
      lists.push(list)
      for (const item of list ?? []) {
        for (let i = 0; i < names.length; i++) writers[i]!.append(item?.[names[i]!])
      }
    },
    finish() {
      const offsets = offsetsOf(lists)
      const children = writers.map((writer) => writer.finish())
      const child = dataOf(struct, { length: offsets[lists.length], nullCount: 0, children })
      const vector = dataOf(field.type, { ...validityOf(lists), valueOffsets: offsets, child })
      lists = []
      return vector
    },
  }
}
