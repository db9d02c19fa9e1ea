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

/** By DWARF number, then that of the return address if it is beyond; a register without a rule has its value unchanged. */
type Rules = (string | undefined)[]

/** Rules at one address. */
interface Row {
  cfa: string
  /** Register and offset, which `def_cfa_offset` and `def_cfa_register` change; empty while `cfa` is an expression. */
  cfaRegister: string
  cfaOffset: number
  rules: Rules
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
  private row: Row = { cfa: '', cfaRegister: '', cfaOffset: 0, rules: [] }
  private readonly initial: Row = this.row
  private readonly saved: Row[] = []
  /** The rules of the last address that was emitted, in the order of `names`. */
  private emitted: Rules | null = null
  private readonly changes: { address: number; rules: RuleList }[] = []
  private first: { address: number; rules: RuleList } | null = null
  private rowCount = 0
  private address: number
  private inInitial = true

  constructor(entry: FrameEntry, cpu: CpuRules, range: FrameRange) {
    this.entry = entry
    this.cpu = cpu
    this.range = range
    this.address = range.start
  }

  /** False when the rules cannot be followed further. @throws RangeError when the last instruction is cut */
  run(cursor: ByteCursor, end: number): boolean {
    while (cursor.at < end) {
      const isFollowed = this.step(cursor)
      if (cursor.at > end) throw new RangeError('an instruction is cut')
      if (!isFollowed) return false
    }
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
    const { start, size } = this.range
    if (complete) this.emit()
    if (!this.first) return null
    const { address, rules } = this.first
    const end = complete ? start + size : Math.min(start + size, this.address)
    return { start: address, size: end - address, initial: rules, changes: this.changes }
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
    if (this.inInitial || address < this.address || this.rowCount >= maxRows) return false
    if (address > this.address) this.emit()
    this.address = address
    return true
  }

  private set(register: number, rule: string | undefined): boolean {
    if (rule === undefined) return false
    const place = this.placeOf(register)
    if (place !== null) this.row.rules[place] = rule
    return true
  }

  /** Where the rule of a register is kept; null for registers that have none. The return address may be beyond the others. */
  private placeOf(register: number): number | null {
    const { length } = this.cpu.registers
    if (register < length) return register
    return register === this.entry.returnRegister ? length : null
  }

  private offset(register: number, factored: number): boolean {
    return this.set(register, memoryRule(factored * this.entry.dataAlignment))
  }

  private keep(register: number): boolean {
    const place = this.placeOf(register)
    if (place !== null) this.row.rules[place] = undefined
    return true
  }

  private restore(register: number): boolean {
    const place = this.placeOf(register)
    const rule = place === null ? undefined : this.initial.rules[place]
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
    const { rules } = this.row
    for (const [register, rule] of rules.entries())
      if (rule !== undefined && firstTerm(rule) === frame) rules[register] = undefined
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

  /** Adds the row of the current address: all rules of the first one, what differs of later ones. */
  private emit(): void {
    const { range, address, emitted } = this
    if (this.row.cfa === '' || address >= range.start + range.size) return
    const rules = this.currentRules()
    this.emitted = rules
    this.rowCount++
    if (!emitted) {
      this.first = { address, rules: this.differences([], rules) }
      return
    }
    const changed = this.differences(emitted, rules)
    if (changed.length > 0) this.changes.push({ address, rules: changed })
  }

  /** `.cfa`, `.ra`, and the registers by number. */
  private currentRules(): Rules {
    const { rules, cfa } = this.row
    const { registers } = this.cpu
    const { returnRegister } = this.entry
    const current: Rules = [
      cfa,
      rules[this.placeOf(returnRegister) ?? 0] ?? registers[returnRegister] ?? undefinedRule,
    ]
    for (let register = 0; register < registers.length; register++) {
      const rule = rules[register]
      current.push(register === returnRegister || rule === undefinedRule ? undefined : rule)
    }
    return current
  }

  /** What changed or came, then what went: registers that have their value again. */
  private differences(before: Rules, after: Rules): RuleList {
    const changed: [string, string][] = []
    const gone: [string, string][] = []
    for (let place = 0; place < after.length; place++) {
      const rule = after[place]
      if (rule === before[place]) continue
      const name = place === 0 ? '.cfa' : place === 1 ? '.ra' : this.cpu.registers[place - 2]!
      if (rule === undefined) gone.push([name, name])
      else changed.push([name, rule])
    }
    return [...changed, ...gone]
  }
}

const firstTerm = (rule: string) => rule.slice(0, `${rule} `.indexOf(' '))
const copyOf = (row: Row): Row => ({ ...row, rules: row.rules.slice() })
const memoryRule = (offset: number) => `.cfa ${offset} + ^`
const valueRule = (offset: number) => `.cfa ${offset} +`
