// The debug data of one module, collected in the terms of a Breakpad symbol file
// (https://chromium.googlesource.com/breakpad/breakpad/+/HEAD/docs/symbol_files.md).
import { LineList, type LineRecord } from './lists/line-list.ts'
import { NumberList } from './lists/number-list.ts'
import { TextList } from './lists/text-list.ts'

/** What names a module in a symbol store. */
export interface ModuleIdentity {
  os: 'Linux' | 'windows' | 'mac'
  /** As in MODULE records: `x86_64`, `arm64`, … */
  arch: string
  /** 32 upper-case hex digits and the age in hex; null when the file has nothing to identify it. */
  debugId: string | null
  /** The name that the symbol file is stored under. */
  debugFile: string
  codeId: string | null
  /** Name of the PE file, which a PDB's name does not tell; null elsewhere. */
  codeFile: string | null
}

/** Which file of a module was not available: the program, with unwind rules, or the one with names and lines. */
export type LackingFile = 'program' | 'debug file'

/** One contiguous range of a function. `parameterSize`: bytes of stack parameters, on 32-bit Windows only. */
export interface FunctionRecord {
  start: number
  size: number
  parameterSize?: number
  name: string
}

export interface InlineRecord {
  /** 0: inlined into the function itself. */
  depth: number
  callLine: number
  callFile: number
  origin: number
  /** Pairs of start and size. */
  ranges: readonly number[]
}

export interface PublicRecord {
  address: number
  parameterSize?: number
  name: string
}

/** Rules by register, such as `['.cfa', '$rsp 8 +']`. */
export type RuleList = readonly (readonly [register: string, expression: string])[]

/** Call frame information of a range: the rules at its start, and what changes at later addresses. */
export interface CfiRecord {
  start: number
  size: number
  initial: RuleList
  changes: readonly { address: number; rules: RuleList }[]
}

const maxWarnings = 100
/** Units of work for each byte of the files, such as records, rows, or characters of names; and for any file. */
const workPerByte = 64
const freeWork = 10_000_000

/** Numbers names in the order of their first use. */
class NumberedNames {
  readonly list: string[] = []
  private readonly numbers = new Map<string, number>()
  private readonly spend: (work: number) => void

  constructor(spend: (work: number) => void) {
    this.spend = spend
  }

  numberOf(name: string): number {
    let number = this.numbers.get(name)
    if (number === undefined) {
      this.spend(name.length)
      number = this.list.push(name) - 1
      this.numbers.set(name, number)
    }
    return number
  }
}

/** Addresses are relative to the base of the module, below 2^32. Functions, lines and inlines are typed columns. */
export class ModuleSymbols {
  readonly identity: ModuleIdentity
  readonly names = new TextList()
  /** Per function: start, size, parameter size, position of its lines, first inline. */
  readonly functions = new NumberList(5)
  readonly lines = new LineList()
  /** Per inline: depth, call line, call file, origin, first range. */
  readonly inlines = new NumberList(5)
  /** Per range: start, size. */
  readonly ranges = new NumberList(2)
  readonly publics: PublicRecord[] = []
  /** Start of each record of call frame information; its lines are in `cfiTexts`. */
  readonly cfi = new NumberList(1)
  readonly cfiTexts = new TextList()
  /** Whole `STACK WIN` records without these words. */
  readonly win: string[] = []
  /** Human-readable: what is damaged, missing or not supported. */
  readonly warnings: string[] = []
  lacks: LackingFile | null = null
  readonly files: NumberedNames
  readonly origins: NumberedNames
  private workLeft: number

  /** `fileBytes`: the size of all files that are read, which limits the work and the result. */
  constructor(identity: ModuleIdentity, fileBytes: number) {
    this.identity = identity
    this.workLeft = freeWork + workPerByte * fileBytes
    this.files = new NumberedNames(this.spend)
    this.origins = new NumberedNames(this.spend)
  }

  /**
   * Counts work that many records may cause by referring to the same data. A file made to be slow ends here.
   * @throws RangeError when it is too much for the size of the files
   */
  readonly spend = (work: number): void => {
    this.workLeft -= work
    if (this.workLeft < 0) throw new RangeError('its records refer to each other too often')
  }

  /** Another file is read: what it may cost. */
  admit(fileBytes: number): void {
    this.workLeft += workPerByte * fileBytes
  }

  /** Starts a function: lines and inlines that follow belong to it. Ranges outside the module are skipped. */
  addFunction({ start, size, parameterSize = 0, name }: FunctionRecord): boolean {
    if (!isRange(start, size)) return false
    this.spend(name.length)
    this.lines.restart()
    this.functions.push(start, size, parameterSize, this.lines.position, this.inlines.rows)
    this.names.push(name.trim() === '' ? '<name omitted>' : name)
    return true
  }

  addInline({ depth, callLine, callFile, origin, ranges }: InlineRecord): void {
    this.spend(ranges.length)
    this.inlines.push(depth, callLine, callFile, origin, this.ranges.rows)
    for (let i = 0; i < ranges.length; i += 2) this.ranges.push(ranges[i]!, ranges[i + 1]!)
  }

  addLine(record: LineRecord): void {
    this.spend(1)
    this.lines.push(record)
  }

  /** Of several records with one start the first added stays. */
  addCfi({ start, size, initial, changes }: CfiRecord): void {
    if (!isRange(start, size)) return
    const lines = [`STACK CFI INIT ${start.toString(16)} ${size.toString(16)} ${ruleText(initial)}`]
    for (const { address, rules } of changes)
      lines.push(`STACK CFI ${address.toString(16)} ${ruleText(rules)}`)
    this.cfi.push(start)
    this.cfiTexts.push(lines.join('\n'))
  }

  originOf(name: string): number {
    return this.origins.numberOf(name.trim() === '' ? '<name omitted>' : name)
  }

  warn(text: string): void {
    if (this.warnings.length < maxWarnings && !this.warnings.includes(text)) this.warnings.push(text)
  }

  /** Runs one reader. Damage ends it alone: what it found before stays, and a warning names it. */
  attempt(what: string, read: () => void): void {
    try {
      read()
    } catch (error) {
      if (!(error instanceof RangeError || error instanceof DamagedError)) throw error
      this.warn(`${what} is damaged: ${error.message}`)
    }
  }
}

/** Human-readable: what was found in a module, and what is missing. */
export function describeModule({
  functions,
  lines,
  inlines,
  publics,
  cfi,
  win,
  warnings,
}: ModuleSymbols): string {
  const counts = [
    `${functions.rows} functions`,
    `${lines.rows} lines`,
    `${inlines.rows} inlined calls`,
    `${publics.length} public symbols`,
    `${cfi.rows + win.length} unwind records`,
  ]
  return [counts.join(', '), ...warnings].join('; ')
}

/** Data that contradicts its format. */
export class DamagedError extends Error {}

const ruleText = (rules: RuleList) =>
  rules.map(([register, expression]) => `${register}: ${expression}`).join(' ')

const isRange = (start: number, size: number) =>
  start >= 0 && size > 0 && start + size <= 0x1_0000_0000 && Number.isInteger(start + size)
