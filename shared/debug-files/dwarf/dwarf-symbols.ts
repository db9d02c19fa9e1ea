// Functions, lines and inlined calls of an image's DWARF.
import type { SymbolIndex } from '../code-symbols.ts'
import type { HelperSource } from '../helper-files.ts'
import type { Image } from '../image.ts'
import type { ModuleSymbols } from '../module-symbols.ts'
import { Dwarf } from './dwarf.ts'
import { FunctionNames } from './function-names.ts'
import { type LineTable, readLineTable } from './line-program.ts'
import { SplitUnits } from './split-units.ts'
import type { Unit } from './unit.ts'
import { type CompiledFunction, type InlinedCall, readUnitEntries, type UnitEntries } from './unit-entries.ts'
import { readUnits } from './unit-reader.ts'

export interface DwarfOptions {
  /** The symbol table: its names are used where the DWARF has no linkage name, or no function. */
  symbols?: SymbolIndex
  /** Files with parts of the debug data; the supplement of this image, where it has one. */
  helpers?: HelperSource | undefined
  supplement?: Image | null
  /** Called after each unit with the bytes of `.debug_info` read so far, and all. */
  onProgress?: ((done: number, all: number) => void) | undefined
}

/** Adds what the DWARF of an image describes. A damaged unit costs only that unit. */
export function addDwarf(module: ModuleSymbols, image: Image, options: DwarfOptions = {}): void {
  const dwarf = new Dwarf(image, module.spend, options)
  const { units, isComplete } = readUnits(dwarf)
  if (!isComplete) module.warn('the list of units in .debug_info is damaged')
  const names = new FunctionNames(dwarf, units)
  const lineTables = new LineTables(dwarf)
  const splits = options.helpers && new SplitUnits(module, image, options.helpers)
  const missing = new Set<string>()
  for (const unit of units) {
    module.attempt(`the unit at 0x${unit.offset.toString(16)} of .debug_info`, () => {
      const own = readUnitEntries(dwarf, unit, { withCode: true })
      const split = unit.dwoName === null ? null : (splits?.open(unit) ?? null)
      if (unit.dwoName !== null && !split) missing.add(unit.dwoName)
      const entries = split ? readUnitEntries(split.dwarf, split.unit, { withCode: true }) : own
      const unitNames = split?.names ?? names
      unitNames.remember(entries)
      const context = { entries, names: unitNames, lines: lineTables.of(unit), options }
      const output = new UnitOutput(module, context)
      for (const compiled of entries.functions) output.addFunction(compiled, image)
      if (entries.functions.length === 0 && isCompiled(unit)) output.addSymbols(image)
    })
    options.onProgress?.(unit.end, dwarf.info.size)
  }
  if (missing.size > 0)
    module.warn(`${missing.size} units have their functions in files that were not found: ${shown(missing)}`)
}

/** It has code of its own, though its functions may be elsewhere: in a file that was not found, or in assembler. */
const isCompiled = ({ lowPc, isPartial }: Unit) => lowPc !== null && !isPartial

const maxShown = 3

function shown(names: ReadonlySet<string>): string {
  const more = names.size - maxShown
  return [...[...names].slice(0, maxShown), ...(more > 0 ? [`and ${more} others`] : [])].join(', ')
}

/** Units may share a line program; the last one is kept. */
class LineTables {
  private readonly dwarf: Dwarf
  private last: { offset: number; directory: string; table: LineTable | null } | null = null

  constructor(dwarf: Dwarf) {
    this.dwarf = dwarf
  }

  of(unit: Unit): LineTable | null {
    const { lineProgram, directory } = unit
    if (lineProgram === null) return null
    if (this.last?.offset !== lineProgram || this.last.directory !== directory)
      this.last = { offset: lineProgram, directory, table: this.read(unit) }
    return this.last.table
  }

  private read(unit: Unit): LineTable | null {
    try {
      return readLineTable(this.dwarf, unit)
    } catch (error) {
      if (error instanceof RangeError) return null
      throw error
    }
  }
}

/** Without template arguments: they have scopes of their own, and are written differently in DWARF and in mangled names. */
function withoutArguments(name: string): string {
  let depth = 0
  let text = ''
  for (const char of name) {
    if (char === '<') depth++
    if (depth === 0) text += char
    if (char === '>' && depth > 0) depth--
  }
  return text
}

/** With scopes, or parameters, which only names that were demangled have. */
const isQualified = (name: string) =>
  /[:(.]/.test(withoutArguments(name).replace(/\boperator\(\)/, 'operator'))

interface UnitContext {
  entries: UnitEntries
  names: FunctionNames
  lines: LineTable | null
  options: DwarfOptions
}

class UnitOutput {
  private readonly module: ModuleSymbols
  private readonly context: UnitContext
  private readonly files = new Map<number, number>()

  constructor(module: ModuleSymbols, context: UnitContext) {
    this.module = module
    this.context = context
  }

  /** One record per contiguous range. */
  addFunction(compiled: CompiledFunction, image: Image): void {
    const { ranges } = compiled
    let name: string | null | undefined
    for (let i = 0; i < ranges.length; i += 2) {
      const start = ranges[i]!
      const end = ranges[i + 1]!
      if (!image.isCode(start)) continue
      name ??= this.nameOf(compiled, start)
      if (!this.module.addFunction({ start, size: end - start, name: name ?? '' })) continue
      for (const call of compiled.inlines) this.addInline(call, start, end)
      this.addLines(start, end)
    }
  }

  /** Functions of the symbol table where the unit has lines. */
  addSymbols(image: Image): void {
    const { lines, options } = this.context
    for (const sequence of lines?.rows.sequences ?? []) {
      for (const symbol of options.symbols?.functionsBetween(sequence.start, sequence.end) ?? []) {
        if (!image.isCode(symbol.start) || !this.module.addFunction(symbol)) continue
        this.addLines(symbol.start, symbol.start + symbol.size)
      }
    }
  }

  private addLines(start: number, end: number): void {
    this.context.lines?.rows.forRange(start, end, (from, to, line, file) =>
      this.module.addLine({ start: from, size: to - from, line, file: this.fileNumber(file) }),
    )
  }

  private nameOf({ offset }: CompiledFunction, start: number): string {
    const { names, options } = this.context
    const name = names.nameAt(offset)
    if (name !== null && isQualified(name)) return name
    const symbol = options.symbols?.nameAt(start) ?? null
    if (symbol === null) return name ?? ''
    const isSame = name === null || withoutArguments(symbol).includes(`::${withoutArguments(name)}`)
    return isSame ? symbol : name
  }

  private addInline(
    { depth, origin, ranges, callLine, callFile }: InlinedCall,
    start: number,
    end: number,
  ): void {
    const clipped: number[] = []
    for (let i = 0; i < ranges.length; i += 2) {
      const from = Math.max(start, ranges[i]!)
      const to = Math.min(end, ranges[i + 1]!)
      if (to > from) clipped.push(from, to - from)
    }
    if (clipped.length === 0) return
    const name = this.context.names.nameAt(origin) ?? ''
    this.module.addInline({
      depth,
      callLine: callLine >>> 0,
      callFile: this.fileNumber(callFile),
      origin: this.module.originOf(name),
      ranges: clipped,
    })
  }

  /** The number of a file in the symbol file. */
  private fileNumber(file: number): number {
    let number = this.files.get(file)
    if (number === undefined) {
      number = this.module.files.numberOf(this.context.lines?.path(file) || '<unknown>')
      this.files.set(file, number)
    }
    return number
  }
}
