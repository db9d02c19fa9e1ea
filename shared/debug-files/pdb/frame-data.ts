// Frame data of 32-bit Windows programs, as STACK WIN records.
import { ByteCursor } from '../byte-cursor.ts'
import { nameAt, type PdbFile } from './pdb-file.ts'

export interface FrameData {
  start: number
  size: number
  parameterBytes: number
  /** The record without `STACK WIN`. */
  text: string
}

const newBytes = 32
const oldBytes = 16
const maxRecords = 4_000_000

/** Records of both kinds; those that are equal are listed once. */
export function readFrameData(pdb: PdbFile): FrameData[] {
  const records = new Map<string, FrameData>()
  for (const record of [...newRecords(pdb), ...oldRecords(pdb)]) records.set(record.text, record)
  return [...records.values()]
}

const hex = (value: number) => value.toString(16)

function* newRecords(pdb: PdbFile): Generator<FrameData> {
  const cursor = new ByteCursor(pdb.frameData.read(0, newBytes * maxRecords))
  while (cursor.at + newBytes <= cursor.end) {
    const [original, size, locals, parameters, maxStack, programAt] = [0, 0, 0, 0, 0, 0].map(() =>
      cursor.u32(),
    )
    const prologue = cursor.u16()
    const saved = cursor.u16()
    cursor.skip(4)
    const start = pdb.addresses.mapped(original!)
    const program = nameAt(pdb, programAt!).trim()
    if (start === null || program === '') continue
    const sizes = [start, size!, prologue, 0, parameters!, saved, locals!, maxStack!].map(hex).join(' ')
    yield { start, size: size!, parameterBytes: parameters!, text: `4 ${sizes} 1 ${program}` }
  }
}

function* oldRecords(pdb: PdbFile): Generator<FrameData> {
  const cursor = new ByteCursor(pdb.oldFrameData.read(0, oldBytes * maxRecords))
  while (cursor.at + oldBytes <= cursor.end) {
    const original = cursor.u32()
    const size = cursor.u32()
    const locals = cursor.u32() * 4
    const parameters = cursor.u16() * 4
    const prologue = cursor.u8()
    const bits = cursor.u8()
    const start = pdb.addresses.mapped(original)
    if (start === null) continue
    const usesBasePointer = (bits >> 4) & 1
    const sizes = [start, size, prologue, 0, parameters, (bits & 7) * 4, locals, 0].map(hex).join(' ')
    yield { start, size, parameterBytes: parameters, text: `0 ${sizes} 0 ${usesBasePointer}` }
  }
}
