// Line number programs of DWARF 2 to 5 (DWARF 5 §6.2).
import type { ByteCursor } from '../byte-cursor.ts'
import { joinPath } from '../paths.ts'
import type { Dwarf } from './dwarf.ts'
import { form, readForm, skipForm, type UnitEncoding } from './forms.ts'
import { LineRows } from './line-rows.ts'
import type { Unit } from './unit.ts'

export interface LineTable {
  rows: LineRows
  /** The whole path of a file by its number in this table; empty when there is none. */
  path(file: number): string
}

interface Header extends UnitEncoding {
  end: number
  programAt: number
  minInstruction: number
  lineBase: number
  lineRange: number
  opcodeBase: number
  operandCounts: number[]
  directories: string[]
  files: { name: string; directory: number }[]
}

/** Reads the program of a unit; null without one. @throws RangeError when its header is damaged */
export function readLineTable(dwarf: Dwarf, unit: Unit): LineTable | null {
  if (unit.lineProgram === null) return null
  const section = dwarf.section('line')
  const size = dwarf.cursorAt('line', unit.lineProgram, 12)
  if (size.end < 12) return null
  const first = size.u32()
  const length = first === 0xffff_ffff ? size.u64() + 12 : first + 4
  const cursor = dwarf.cursorAt('line', unit.lineProgram, Math.min(length, section.size - unit.lineProgram))
  dwarf.spend(cursor.end)
  const header = readHeader(dwarf, unit, cursor)
  const rows = new LineRows()
  runProgram(cursor, header, { rows, isCode: dwarf.image.isCode })
  rows.sort()
  return { rows, path: pathReader(unit, header) }
}

function pathReader(unit: Unit, { version, directories, files }: Header): (file: number) => string {
  const known = new Map<number, string>()
  return (number) => {
    const cached = known.get(number)
    if (cached !== undefined) return cached
    const file = files[version >= 5 ? number : number - 1]
    let path = ''
    if (file) {
      const directory = directories[version >= 5 ? file.directory : file.directory - 1]
      path = joinPath([unit.directory, directory ?? '', file.name])
    }
    known.set(number, path)
    return path
  }
}

function readHeader(dwarf: Dwarf, unit: Unit, cursor: ByteCursor): Header {
  const offsetSize = cursor.u32() === 0xffff_ffff ? 8 : 4
  if (offsetSize === 8) cursor.skip(8)
  const version = cursor.u16()
  if (version < 2 || version > 5) throw new RangeError(`unknown version ${version}`)
  const addressSize = version >= 5 ? cursor.u8() : unit.addressSize
  if (version >= 5) cursor.skip(1)
  const headerLength = cursor.unsigned(offsetSize)
  const programAt = cursor.at + headerLength
  const minInstruction = cursor.u8()
  if (version >= 4) cursor.skip(1)
  cursor.skip(1)
  const lineBase = (cursor.u8() << 24) >> 24
  const lineRange = cursor.u8()
  const opcodeBase = cursor.u8()
  const operandCounts = Array.from({ length: Math.max(0, opcodeBase - 1) }, () => cursor.u8())
  const encoding = { version, addressSize, offsetSize, base: unit.base } as const
  const names = version >= 5 ? newNames(dwarf, unit, { cursor, encoding }) : oldNames(cursor)
  return {
    ...encoding,
    ...{ end: cursor.end, programAt, minInstruction, lineBase, lineRange, opcodeBase, operandCounts },
    ...names,
  }
}

type Names = Pick<Header, 'directories' | 'files'>
const decoder = new TextDecoder()

function oldNames(cursor: ByteCursor): Names {
  const directories: string[] = []
  const files: Names['files'] = []
  for (let name = cursor.nulTerminated(); name.length > 0; name = cursor.nulTerminated())
    directories.push(decoder.decode(name))
  for (let name = cursor.nulTerminated(); name.length > 0; name = cursor.nulTerminated()) {
    files.push({ name: decoder.decode(name), directory: cursor.uleb() })
    cursor.uleb()
    cursor.uleb()
  }
  return { directories, files }
}

interface NameContext {
  cursor: ByteCursor
  encoding: UnitEncoding
}

function newNames(dwarf: Dwarf, unit: Unit, context: NameContext): Names {
  const directories = entries(dwarf, unit, context).map(({ name }) => name)
  return { directories, files: entries(dwarf, unit, context) }
}

/** Lists of DWARF 5: a format of pairs of content type and form, then the entries. */
function entries(dwarf: Dwarf, unit: Unit, { cursor, encoding }: NameContext): Names['files'] {
  const formats = Array.from({ length: cursor.u8() }, () => [cursor.uleb(), cursor.uleb()] as const)
  const count = cursor.uleb()
  if (count > cursor.end) throw new RangeError('more files than bytes')
  return Array.from({ length: count }, () => {
    const entry = { name: '', directory: 0 }
    for (const [content, code] of formats) {
      if (content === 1) entry.name = nameOf(dwarf, unit, { cursor, encoding, code })
      else if (content === 2) entry.directory = readForm(cursor, code, encoding)
      else skipForm(cursor, code, encoding)
    }
    return entry
  })
}

function nameOf(
  dwarf: Dwarf,
  unit: Unit,
  { cursor, encoding, code }: NameContext & { code: number },
): string {
  if (code === form.string) return decoder.decode(cursor.nulTerminated())
  return dwarf.text(unit, code, readForm(cursor, code, encoding)) ?? ''
}

interface Output {
  rows: LineRows
  isCode(address: number): boolean
}

/** Stops where the data is damaged: complete sequences before stay. */
function runProgram(cursor: ByteCursor, header: Header, output: Output): void {
  cursor.at = header.programAt
  const machine = new Machine(cursor, header, output)
  try {
    while (cursor.at < header.end) machine.step()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
  }
}

class Machine {
  private readonly cursor: ByteCursor
  private readonly header: Header
  private readonly output: Output
  private address = 0
  private file = 1
  private line = 1

  constructor(cursor: ByteCursor, header: Header, output: Output) {
    this.cursor = cursor
    this.header = header
    this.output = output
  }

  step(): void {
    const { opcodeBase, lineBase, lineRange, minInstruction } = this.header
    const code = this.cursor.u8()
    if (code >= opcodeBase) {
      const special = code - opcodeBase
      if (lineRange === 0) throw new RangeError('a line range of 0')
      this.address += Math.trunc(special / lineRange) * minInstruction
      this.line += lineBase + (special % lineRange)
      this.emit()
    } else if (code === 0) this.extended()
    else this.standard(code)
  }

  private emit(): void {
    this.output.rows.add(this.address, Math.max(0, this.line), this.file)
  }

  private standard(code: number): void {
    const { cursor } = this
    const { opcodeBase, lineRange, minInstruction, operandCounts } = this.header
    switch (code) {
      case 1:
        this.emit()
        return
      case 2:
        this.address += cursor.uleb() * minInstruction
        return
      case 3:
        this.line += cursor.sleb()
        return
      case 4:
        this.file = cursor.uleb()
        return
      case 8:
        if (lineRange > 0) this.address += Math.trunc((255 - opcodeBase) / lineRange) * minInstruction
        return
      case 9:
        this.address += cursor.u16()
        return
      default:
        // Of no interest here, or unknown.
        for (let i = 0; i < operandCounts[code - 1]!; i++) cursor.uleb()
    }
  }

  private extended(): void {
    const { cursor, header } = this
    const length = cursor.uleb()
    if (length === 0) return
    const end = cursor.at + length
    const code = cursor.u8()
    if (code === 1) {
      this.output.rows.endSequence(this.address, this.output.isCode)
      this.address = 0
      this.file = 1
      this.line = 1
    } else if (code === 2 && [1, 2, 4, 8].includes(length - 1))
      this.address = cursor.address(length - 1, header.base)
    else if (code === 3) this.defineFile()
    if (end > cursor.end) throw new RangeError('an instruction is cut')
    cursor.at = end
  }

  private defineFile(): void {
    const name = decoder.decode(this.cursor.nulTerminated())
    this.header.files.push({ name, directory: this.cursor.uleb() })
  }
}
