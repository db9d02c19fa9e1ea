// Runs the instructions of call frame information (DWARF 5 §6.4.2) and writes rules as postfix expressions.
import type { ByteCursor, ImageBase } from '../byte-cursor.ts'
import type { CfiRecord, RuleList } from '../module-symbols.ts'
import { expressionOf } from './expressions.ts'
import type { CpuRules } from './register-names.ts'

/** Common information of frame descriptions. */
export interface FrameEntry {
  codeAlignment: number
  dataAlignment: number
  returnRegister: number
  addressSize: number
  /** The pointer encoding of addresses. */
  encoding: number
  isSignalFrame: boolean
}

export interface FrameRange {
  start: number
  size: number
  base: ImageBase
}

/** Rules at one address: `.cfa` and registers by DWARF number. A missing register has its value unchanged. */
interface Row {
  cfa: string
  /** Register and offset, which `def_cfa_offset` and `def_cfa_register` change; null while `cfa` is an expression. */
  cfaRegister: string
  cfaOffset: number
  rules: Map<number, string>
}

/** Rules of more rows or registers than this are not from a compiler. */
const maxRows = 20_000
const maxDepth = 64
const undefinedRule = '.undef'

/**
 * Executes the instructions of a CIE and then of an FDE. `finish` returns the record; an instruction that is unknown,
 * or cannot be written as a rule, ends it before that address.
 */
export class FrameProgram {
  private readonly entry: FrameEntry
  private readonly cpu: CpuRules
  private readonly range: FrameRange
  private row: Row = { cfa: '', cfaRegister: '', cfaOffset: 0, rules: new Map() }
  private readonly initial: Row = this.row
  private readonly saved: Row[] = []
  private readonly rows: { address: number; rules: ReadonlyMap<string, string> }[] = []
  private address: number
  private inInitial = true

  constructor(entry: FrameEntry, cpu: CpuRules, range: FrameRange) {
    this.entry = entry
    this.cpu = cpu
    this.range = range
    this.address = range.start
  }

  /** False when the rules cannot be followed further. */
  run(cursor: ByteCursor, end: number): boolean {
    while (cursor.at < end) if (!this.step(cursor)) return false
    return true
  }

  /** The rules so far are those that `restore` returns to. */
  endInitial(): void {
    Object.assign(this.initial, copyOf(this.row))
    this.row = copyOf(this.initial)
    this.inInitial = false
  }

  /** Unless `complete`, everything from the last address is omitted. */
  finish(complete: boolean): CfiRecord | null {
    const end = this.range.start + this.range.size
    if (complete) this.emit()
    const rows = this.rows.filter(({ address }) => address < end)
    if (rows.length === 0) return null
    const changes = []
    for (let i = 1; i < rows.length; i++) {
      const rules = this.difference(rows[i - 1]!.rules, rows[i]!.rules)
      if (rules.length > 0) changes.push({ address: rows[i]!.address, rules })
    }
    const size = (complete ? end : this.address) - this.range.start
    return size > 0 ? { start: this.range.start, size, initial: [...rows[0]!.rules], changes } : null
  }

  private step(cursor: ByteCursor): boolean {
    const byte = cursor.u8()
    const low = byte & 0x3f
    switch (byte >> 6) {
      case 1:
        return this.advance(low)
      case 2:
        return this.offset(low, cursor.uleb())
      case 3:
        return this.restore(low)
      default:
        return this.extended(low, cursor)
    }
  }

  private extended(code: number, cursor: ByteCursor): boolean {
    const { dataAlignment, addressSize } = this.entry
    switch (code) {
      case 0x00:
        return true
      case 0x01:
        return this.moveTo(cursor.address(addressSize, this.range.base))
      case 0x02:
        return this.advance(cursor.u8())
      case 0x03:
        return this.advance(cursor.u16())
      case 0x04:
        return this.advance(cursor.u32())
      case 0x05:
        return this.offset(cursor.uleb(), cursor.uleb())
      case 0x06:
        return this.restore(cursor.uleb())
      case 0x07:
        return this.set(cursor.uleb(), undefinedRule)
      case 0x08:
        return this.keep(cursor.uleb())
      case 0x09:
        return this.set(cursor.uleb(), this.cpu.registers[cursor.uleb()])
      case 0x0a:
        return this.remember()
      case 0x0b:
        return this.recall()
      case 0x11:
        return this.set(cursor.uleb(), memoryRule(cursor.sleb() * dataAlignment))
      case 0x14:
        return this.set(cursor.uleb(), valueRule(cursor.uleb() * dataAlignment))
      case 0x15:
        return this.set(cursor.uleb(), valueRule(cursor.sleb() * dataAlignment))
      case 0x2f:
        return this.set(cursor.uleb(), memoryRule(-cursor.uleb() * dataAlignment))
      default:
        return this.cfaOrOther(code, cursor)
    }
  }

  private cfaOrOther(code: number, cursor: ByteCursor): boolean {
    const { dataAlignment } = this.entry
    switch (code) {
      case 0x0c:
        return this.setCfa(cursor.uleb(), cursor.uleb())
      case 0x0d:
        return this.setCfa(cursor.uleb(), this.row.cfaOffset)
      case 0x0e:
        return this.setCfaOffset(cursor.uleb())
      case 0x12:
        return this.setCfa(cursor.uleb(), cursor.sleb() * dataAlignment)
      case 0x13:
        return this.setCfaOffset(cursor.sleb() * dataAlignment)
      case 0x0f:
        return this.setCfaExpression(cursor.take(cursor.uleb()))
      case 0x10:
        return this.setExpression(cursor.uleb(), cursor.take(cursor.uleb()), ' ^')
      case 0x16:
        return this.setExpression(cursor.uleb(), cursor.take(cursor.uleb()), '')
      case 0x2e: // GNU_args_size
        cursor.uleb()
        return true
      case 0x2c: // Signing of return addresses on arm64: the stack walker strips signatures.
      case 0x2d:
        return this.cpu.registers[0] === 'x0'
      default:
        return false
    }
  }

  private advance(delta: number): boolean {
    return this.moveTo(this.address + delta * this.entry.codeAlignment)
  }

  private moveTo(address: number): boolean {
    if (this.inInitial || address < this.address || this.rows.length >= maxRows) return false
    if (address > this.address) this.emit()
    this.address = address
    return true
  }

  private set(register: number, rule: string | undefined): boolean {
    if (rule === undefined) return false
    if (register < this.cpu.registers.length || register === this.entry.returnRegister)
      this.row.rules.set(register, rule)
    return true
  }

  private offset(register: number, factored: number): boolean {
    return this.set(register, memoryRule(factored * this.entry.dataAlignment))
  }

  private keep(register: number): boolean {
    this.row.rules.delete(register)
    return true
  }

  private restore(register: number): boolean {
    const rule = this.initial.rules.get(register)
    return rule === undefined ? this.keep(register) : this.set(register, rule)
  }

  private remember(): boolean {
    return this.saved.push(copyOf(this.row)) <= maxDepth
  }

  private recall(): boolean {
    const row = this.saved.pop()
    if (row) this.row = row
    return row !== undefined
  }

  private setCfa(register: number, offset: number): boolean {
    const name = this.cpu.registers[register]
    if (name === undefined) return false
    if (this.row.cfaRegister === '') this.leaveRealignedFrame()
    this.row.cfaRegister = name
    this.row.cfaOffset = offset
    this.row.cfa = offset === 0 ? name : `${name} ${offset} +`
    return true
  }

  /**
   * GCC's epilogues of realigned stacks go back from `.cfa: $rbp -8 + ^` to another register when they are about to pop
   * the frame pointer, but keep the rules that read through it: these would now read through the caller's.
   */
  private leaveRealignedFrame(): void {
    const frame = firstTerm(this.row.cfa)
    for (const [register, rule] of this.row.rules)
      if (firstTerm(rule) === frame) this.row.rules.delete(register)
  }

  private setCfaOffset(offset: number): boolean {
    if (this.row.cfaRegister === '') return false
    this.row.cfaOffset = offset
    this.row.cfa = offset === 0 ? this.row.cfaRegister : `${this.row.cfaRegister} ${offset} +`
    return true
  }

  private setCfaExpression(bytes: Uint8Array): boolean {
    const expression = expressionOf(bytes, this.cpu)
    if (expression === null) return false
    this.row.cfa = expression
    this.row.cfaRegister = ''
    return true
  }

  private setExpression(register: number, bytes: Uint8Array, suffix: '' | ' ^'): boolean {
    const expression = expressionOf(bytes, this.cpu, '.cfa')
    return expression !== null && this.set(register, expression + suffix)
  }

  /** Adds the row of the current address, replacing one of the same address. */
  private emit(): void {
    if (this.row.cfa === '') return
    const { returnRegister } = this.entry
    const rules = new Map([['.cfa', this.row.cfa]])
    rules.set('.ra', this.row.rules.get(returnRegister) ?? this.unsavedReturn(returnRegister))
    for (const [register, rule] of [...this.row.rules].sort((a, b) => a[0] - b[0])) {
      const name = this.cpu.registers[register]
      if (register !== returnRegister && name !== undefined && rule !== undefinedRule) rules.set(name, rule)
    }
    if (this.rows.at(-1)?.address === this.address) this.rows.pop()
    this.rows.push({ address: this.address, rules })
  }

  private unsavedReturn(register: number): string {
    return this.cpu.registers[register] ?? undefinedRule
  }

  private difference(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): RuleList {
    const changed = [...after].filter(([register, rule]) => before.get(register) !== rule)
    for (const register of before.keys()) if (!after.has(register)) changed.push([register, register])
    return changed
  }
}

const firstTerm = (rule: string) => rule.slice(0, `${rule} `.indexOf(' '))
const copyOf = (row: Row): Row => ({ ...row, rules: new Map(row.rules) })
const memoryRule = (offset: number) => `.cfa ${offset} + ^`
const valueRule = (offset: number) => `.cfa ${offset} +`
