// Names of functions and classes in the streams of types and IDs (https://llvm.org/docs/PDB/TpiStream.html).
import { ByteCursor } from '../byte-cursor.ts'
import { type ByteSource, decodeText, withPages } from '../byte-source.ts'
import { countBefore } from '../lists/search.ts'
import type { Msf } from './msf.ts'

const kinds = {
  class: 0x1504,
  structure: 0x1505,
  union: 0x1506,
  enumeration: 0x1507,
  interface: 0x1519,
  functionId: 0x1601,
  memberFunctionId: 0x1602,
  stringId: 0x1605,
} as const
const maxRecordBytes = 0x1_0000
const maxSteps = 8
/** Records from a known place to one that is looked up: places are 8 kB apart. */
const maxWalk = 8192
const recordsPerPlace = 512

/** Records by index. */
class TypeStream {
  private readonly stream: ByteSource
  private readonly headerBytes: number
  private readonly first: number
  private readonly last: number
  /** Known places: an index and the offset of its record, every few kilobytes. */
  private readonly indexes: number[] = []
  private readonly offsets: number[] = []

  constructor(msf: Msf, stream: ByteSource) {
    this.stream = withPages(stream)
    const cursor = new ByteCursor(stream.read(0, 56))
    const isPresent = cursor.end === 56
    cursor.at = isPresent ? 4 : 0
    this.headerBytes = isPresent ? cursor.u32() : 0
    this.first = isPresent ? cursor.u32() : 0
    this.last = isPresent ? cursor.u32() : 0
    if (isPresent) this.readPlaces(msf, cursor)
  }

  private readPlaces(msf: Msf, cursor: ByteCursor): void {
    cursor.at = 20
    const hashes = msf.stream(cursor.u16())
    cursor.at = 40
    const at = cursor.u32()
    const size = cursor.u32()
    const places = new ByteCursor(hashes.read(at, size))
    while (places.at + 8 <= places.end) {
      this.indexes.push(places.u32())
      this.offsets.push(places.u32())
    }
    if (this.indexes[0] !== this.first) this.findPlaces()
  }

  /** For streams without places. */
  private findPlaces(): void {
    this.indexes.length = 0
    this.offsets.length = 0
    let offset = 0
    for (let index = this.first; index < this.last; index++) {
      if ((index - this.first) % recordsPerPlace === 0) {
        this.indexes.push(index)
        this.offsets.push(offset)
      }
      const head = this.stream.read(this.headerBytes + offset, 2)
      if (head.length < 2) return
      offset += 2 + head[0]! + (head[1]! << 8)
    }
  }

  /** The record after its length: kind and data. Null outside the stream. */
  record(index: number): ByteCursor | null {
    if (index < this.first || index >= this.last) return null
    const place = this.placeOf(index)
    let at = this.headerBytes + (this.offsets[place] ?? 0)
    const from = this.indexes[place] ?? this.first
    for (let i = from; i - from < maxWalk; i++) {
      const head = this.stream.read(at, 2)
      if (head.length < 2) return null
      const length = head[0]! + (head[1]! << 8)
      if (i === index) return new ByteCursor(this.stream.read(at + 2, Math.min(length, maxRecordBytes)))
      if (length < 2) return null
      at += 2 + length
    }
    return null
  }

  private placeOf(index: number): number {
    const low = countBefore(this.indexes.length, (middle) => this.indexes[middle]! <= index)
    return Math.max(0, low - 1)
  }
}

export class TypeNames {
  private readonly types: TypeStream
  private readonly ids: TypeStream
  private readonly names = new Map<number, string>()

  constructor(msf: Msf) {
    this.types = new TypeStream(msf, msf.stream(2))
    this.ids = new TypeStream(msf, msf.stream(4))
  }

  /** The qualified name of a function by its ID; empty when it is not there. */
  functionName(id: number): string {
    let name = this.names.get(id)
    if (name === undefined) {
      name = safely(() => this.readFunction(id))
      if (this.names.size > 100_000) this.names.clear()
      this.names.set(id, name)
    }
    return name
  }

  private readFunction(id: number): string {
    const record = this.ids.record(id)
    const kind = record?.u16()
    if (!record || (kind !== kinds.functionId && kind !== kinds.memberFunctionId)) return ''
    const parent = record.u32()
    record.skip(4)
    const name = textOf(record)
    const scope = kind === kinds.memberFunctionId ? this.typeName(parent) : this.scopeName(parent, 0)
    return scope === '' ? name : `${scope}::${name}`
  }

  /** A namespace is a text; a function inside another function has that as its scope. */
  private scopeName(id: number, steps: number): string {
    const record = id === 0 || steps > maxSteps ? null : this.ids.record(id)
    const kind = record?.u16()
    if (!record) return ''
    if (kind === kinds.stringId) {
      record.skip(4)
      return textOf(record)
    }
    if (kind !== kinds.functionId) return ''
    const outer = this.scopeName(record.u32(), steps + 1)
    record.skip(4)
    const name = textOf(record)
    return outer === '' ? name : `${outer}::${name}`
  }

  private typeName(index: number): string {
    const record = this.types.record(index)
    switch (record?.u16()) {
      case kinds.class:
      case kinds.structure:
      case kinds.interface:
        record!.skip(16)
        skipNumber(record!)
        return textOf(record!)
      case kinds.union:
        record!.skip(8)
        skipNumber(record!)
        return textOf(record!)
      case kinds.enumeration:
        record!.skip(12)
        return textOf(record!)
      default:
        return ''
    }
  }
}

function textOf(cursor: ByteCursor): string {
  const end = cursor.bytes.indexOf(0, cursor.at)
  return decodeText(cursor.bytes.subarray(cursor.at, end < 0 ? cursor.end : end))
}

/** Numbers from 0x8000 are the kind of the number that follows. */
function skipNumber(cursor: ByteCursor): void {
  const value = cursor.u16()
  if (value < 0x8000) return
  const sizes: Record<number, number> = {
    32768: 1,
    32769: 2,
    32770: 2,
    32771: 4,
    32772: 4,
    32777: 8,
    32778: 8,
  }
  cursor.skip(sizes[value] ?? 0)
}

function safely(read: () => string): string {
  try {
    return read()
  } catch (error) {
    if (error instanceof RangeError) return ''
    throw error
  }
}
