// Writes an ELF program with as much DWARF 4 as wanted: units with functions, lines, and the types and variables that most of
// the debug data of real programs describe.
import { closeSync, openSync, writeSync } from 'node:fs'

const functionsPerUnit = 40
const entriesPerFunction = 40
const functionBytes = 128
const textAt = 0x1000

/** compile_unit, subprogram, variable, each with its attributes as pairs of attribute and form. */
const abbreviations = [
  [1, 0x11, 1, 0x03, 0x08, 0x1b, 0x08, 0x11, 0x01, 0x12, 0x06, 0x10, 0x17],
  [2, 0x2e, 1, 0x03, 0x08, 0x11, 0x01, 0x12, 0x06],
  [3, 0x34, 0, 0x03, 0x08, 0x3a, 0x0b, 0x3b, 0x0b, 0x49, 0x13],
].flatMap((abbreviation) => [...abbreviation, 0, 0])

const text = (value: string) => Buffer.from(`${value}\0`)

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

const variables = Buffer.concat(
  Array.from({ length: entriesPerFunction }, (_, i) =>
    Buffer.concat([Buffer.from([3]), text(`local_variable_${i}`), Buffer.from([1, i]), u32(11)]),
  ),
)

function unitOf(number: number, lineAt: number): Buffer {
  const low = textAt + number * functionsPerUnit * functionBytes
  const parts: Buffer[] = [
    Buffer.from([1]),
    text(`source/part_${number}.cpp`),
    text('/build/project'),
    u64(low),
    u32(functionsPerUnit * functionBytes),
    u32(lineAt),
  ]
  for (let i = 0; i < functionsPerUnit; i++) {
    const name = text(`project_component_${number}_function_with_a_usual_name_${i}`)
    parts.push(
      Buffer.from([2]),
      name,
      u64(low + i * functionBytes),
      u32(functionBytes),
      variables,
      Buffer.from([0]),
    )
  }
  parts.push(Buffer.from([0]))
  const body = Buffer.concat([Buffer.from([4, 0]), u32(0), Buffer.from([8]), ...parts])
  return Buffer.concat([u32(body.length), body])
}

/** Twelve rows for each function. */
function linesOf(number: number): Buffer {
  const low = textAt + number * functionsPerUnit * functionBytes
  const header = Buffer.concat([
    Buffer.from([1, 1, 1, 0xfb, 0x0e, 0x0d, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0]),
    text(`source/part_${number}.cpp`),
    Buffer.from([0, 0, 0, 0]),
  ])
  const rows = Buffer.alloc(functionsPerUnit * 12 * 3)
  for (let i = 0; i < functionsPerUnit * 12; i++) rows.set([2, i % 12 === 11 ? 18 : 10, 0x13], 3 * i)
  const program = Buffer.concat([Buffer.from([0, 9, 2]), u64(low), rows, Buffer.from([0, 1, 1])])
  const body = Buffer.concat([Buffer.from([2, 0]), u32(header.length), header, program])
  return Buffer.concat([u32(body.length), body])
}

interface Section {
  name: string
  type: number
  flags: number
  address: number
  at: number
  size: number
}

/** The file has about `bytes` bytes. */
export function writeLargeElf(path: string, bytes: number): void {
  const file = openSync(path, 'w')
  let at = 64
  const write = (data: Uint8Array) => {
    writeSync(file, data, 0, data.length, at)
    at += data.length
  }
  const sections: Section[] = [{ name: '', type: 0, flags: 0, address: 0, at: 0, size: 0 }]
  const section = (name: string, from: number) =>
    sections.push({ name, type: 1, flags: 0, address: 0, at: from, size: at - from })
  try {
    write(Buffer.from([...abbreviations, 0]))
    section('.debug_abbrev', 64)
    const lineBytes = linesOf(0).length + 16
    const units = Math.floor(bytes / (unitOf(0, 0).length + lineBytes))
    const linesFrom = at
    const lineOffsets = Array.from({ length: units }, (_, i) => {
      const offset = at - linesFrom
      write(linesOf(i))
      return offset
    })
    section('.debug_line', linesFrom)
    const unitsFrom = at
    for (let i = 0; i < units; i++) write(unitOf(i, lineOffsets[i]!))
    section('.debug_info', unitsFrom)
    const codeBytes = units * functionsPerUnit * functionBytes
    sections.push({ name: '.text', type: 8, flags: 6, address: textAt, at, size: codeBytes })
    const sectionsAt = writeSections(write, sections, () => at)
    writeSync(file, header(sectionsAt, sections.length), 0, 64, 0)
  } finally {
    closeSync(file)
  }
}

/** The table of names and the headers of sections, which come last; returns where the headers are. */
function writeSections(
  write: (data: Uint8Array) => void,
  sections: Section[],
  position: () => number,
): number {
  const names = [...sections.map(({ name }) => name), '.shstrtab']
  const offsets = names.map((_, i) => names.slice(0, i).reduce((sum, name) => sum + name.length + 1, 0))
  const from = position()
  write(Buffer.concat(names.map(text)))
  sections.push({ name: '.shstrtab', type: 3, flags: 0, address: 0, at: from, size: position() - from })
  const headersAt = position()
  for (const [i, { type, flags, address, at, size }] of sections.entries())
    write(
      Buffer.concat([
        u32(offsets[i]!),
        u32(type),
        u64(flags),
        u64(address),
        u64(at),
        u64(size),
        u32(0),
        u32(0),
        u64(1),
        u64(0),
      ]),
    )
  return headersAt
}

function header(sectionsAt: number, count: number): Buffer {
  const bytes = Buffer.alloc(64)
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
  bytes.writeUInt16LE(3, 16)
  bytes.writeUInt16LE(62, 18)
  bytes.writeUInt32LE(1, 20)
  bytes.writeBigUInt64LE(BigInt(sectionsAt), 40)
  bytes.writeUInt16LE(64, 52)
  bytes.writeUInt16LE(56, 54)
  bytes.writeUInt16LE(64, 58)
  bytes.writeUInt16LE(count, 60)
  bytes.writeUInt16LE(count - 1, 62)
  return bytes
}
