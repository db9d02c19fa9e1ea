// Decodes one amd64 instruction: its name, operands and what memory they mean. Names follow yaxpeax-x86's.
import {
  evex,
  fixedModRm,
  groups,
  lockable,
  map38,
  map3a,
  oneByte,
  twoByte,
  vexOnly,
  vexWithoutThird,
  x87Memory,
  x87Registers,
} from './decode-amd64-tables.ts'

export interface MemoryOperand {
  readonly kind: 'memory'
  /** `fs`, `gs`; `es` and `ds` for string instructions. */
  readonly segment: string | null
  readonly base: string | null
  readonly index: string | null
  readonly scale: number
  /** Signed. */
  readonly displacement: bigint
  /** Bytes, or null where the instruction's own state decides (fxsave). */
  readonly size: number | null
  /** `{k1}` where a mask decides which elements are touched. */
  readonly mask?: string
}

export type Operand =
  | MemoryOperand
  | { readonly kind: 'register'; readonly name: string }
  | { readonly kind: 'immediate'; readonly value: bigint }
  | { readonly kind: 'relative'; readonly value: bigint }

export interface Instruction {
  readonly mnemonic: string
  readonly operands: readonly Operand[]
  /** `lock`, `rep`, `repnz` or ''. */
  readonly prefix: string
  /** Bytes of the access to memory, also an implicit one to the stack; null: none; 0: unknown. */
  readonly memorySize: number | null
  /** Bytes of the instruction. */
  readonly length: number
}

const names64 = 'rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15'.split(' ')
const names32 = [
  ...'eax ecx edx ebx esp ebp esi edi'.split(' '),
  ...names64.slice(8).map((name) => `${name}d`),
]
const names16 = [...'ax cx dx bx sp bp si di'.split(' '), ...names64.slice(8).map((name) => `${name}w`)]
const names8 = [...'al cl dl bl spl bpl sil dil'.split(' '), ...names64.slice(8).map((name) => `${name}b`)]
const oldNames8 = 'al cl dl bl ah ch dh bh'.split(' ')
const segmentNames = 'es cs ss ds fs gs'.split(' ')

/** What stands before the opcode, and what reading has found so far. */
interface State {
  readonly bytes: Uint8Array
  readonly view: DataView
  at: number
  operand16: boolean
  address32: boolean
  segment: string | null
  /** 0xf2, 0xf3 or 0. */
  repeat: number
  lock: boolean
  rex: number
  modRm: number | null
  /** The memory operand of ModRM, without size. */
  memory: Omit<MemoryOperand, 'kind' | 'size'> | null
  /** VEX and EVEX: vvvv, vector bytes, displacement factor, mask register, zeroing. */
  vvvv: number
  vector: number
  factor: number
  mask: number
  zeroing: boolean
  /** High bits of vector registers in EVEX. */
  highReg: number
  highRm: number
}

/** Thrown inside for bytes that end too early or mean nothing this decoder knows; never leaves the file. */
class Undecodable extends Error {}

/** The instruction at the start of `bytes`, or null when it is cut short, invalid or not known here. */
export function decodeAmd64(bytes: Uint8Array): Instruction | null {
  try {
    return decode(createState(bytes.subarray(0, 15)))
  } catch (error) {
    if (error instanceof Undecodable) return null
    throw error
  }
}

function createState(bytes: Uint8Array): State {
  return {
    bytes,
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    at: 0,
    operand16: false,
    address32: false,
    segment: null,
    repeat: 0,
    lock: false,
    rex: 0,
    modRm: null,
    memory: null,
    vvvv: 0,
    vector: 16,
    factor: 1,
    mask: 0,
    zeroing: false,
    highReg: 0,
    highRm: 0,
  }
}

function take(s: State, count: number): number {
  const at = s.at
  if (at + count > s.bytes.length) throw new Undecodable()
  s.at += count
  return at
}

const byte = (s: State) => s.bytes[take(s, 1)]!
const signed8 = (s: State) => BigInt(s.view.getInt8(take(s, 1)))
const signed16 = (s: State) => BigInt(s.view.getInt16(take(s, 2), true))
const signed32 = (s: State) => BigInt(s.view.getInt32(take(s, 4), true))
const signed64 = (s: State) => s.view.getBigInt64(take(s, 8), true)

const wide = (s: State) => (s.rex & 8) !== 0

function readPrefixes(s: State): number {
  for (;;) {
    const code = byte(s)
    if (code === 0x66) s.operand16 = true
    else if (code === 0x67) s.address32 = true
    else if (code === 0x64 || code === 0x65) s.segment = code === 0x64 ? 'fs' : 'gs'
    else if (code === 0xf2 || code === 0xf3) s.repeat = code
    else if (code === 0xf0) s.lock = true
    else if (code === 0x26 || code === 0x2e || code === 0x36 || code === 0x3e) continue
    else if (code >= 0x40 && code <= 0x4f) {
      s.rex = code
      const next = s.bytes[s.at] ?? 0
      // A REX prefix counts only directly before the opcode.
      if (isLegacyPrefix(next)) s.rex = 0
      else if (next < 0x40 || next > 0x4f) return byte(s)
    } else return code
  }
}

const legacyPrefixes = new Set([0x66, 0x67, 0x64, 0x65, 0xf2, 0xf3, 0xf0, 0x26, 0x2e, 0x36, 0x3e])
const isLegacyPrefix = (code: number) => legacyPrefixes.has(code)

function decode(s: State): Instruction {
  const code = readPrefixes(s)
  if (code === 0xc4 || code === 0xc5) return decodeVex(s, code)
  if (code === 0x62) return decodeEvex(s)
  if (code >= 0xd8 && code <= 0xdf) return decodeX87(s, code)
  if (code === 0x0f) return decodeEscaped(s)
  const special = oneByteSpecial(s, code)
  return special ? finish(s, special, '', code) : finishEntry(s, oneByte[code]!, code)
}

/** One-byte opcodes whose name depends on prefixes. */
function oneByteSpecial(s: State, code: number): string | null {
  const size = wide(s) ? 2 : s.operand16 ? 0 : 1
  if (code === 0x90 && !(s.rex & 1)) return s.repeat === 0xf3 ? 'pause' : 'nop'
  if (code === 0x98) return ['cbw', 'cwde', 'cdqe'][size]!
  if (code === 0x99) return ['cwd', 'cdq', 'cqo'][size]!
  if (code === 0xcf) return ['iret', 'iretd', 'iretq'][size]!
  return null
}

function decodeEscaped(s: State): Instruction {
  const code = byte(s)
  if (code === 0x38 || code === 0x3a) {
    const opcode = byte(s)
    return finishEntry(s, wideName(s, pick(s, (code === 0x38 ? map38 : map3a).get(opcode))), opcode)
  }
  const modRm = s.bytes[s.at] ?? 0
  const fixed = fixedModRm[`0f${hex2(code)}${hex2(modRm)}`]
  if (fixed) {
    s.at++
    return finish(s, fixed, '', code)
  }
  if (code === 0x1e && s.repeat === 0xf3 && (modRm === 0xfa || modRm === 0xfb)) {
    s.at++
    return finish(s, modRm === 0xfa ? 'endbr64' : 'endbr32', '', code)
  }
  return finishEntry(s, escapedByModRm(s, pick(s, twoByte.get(code)), modRm), code)
}

/** Forms of 0F instructions that depend on whether ModRM names a register, or on REX.W. */
function escapedByModRm(s: State, entry: string, modRm: number): string {
  const register = modRm >= 0xc0
  if (register && entry === 'movlps V Mq') return 'movhlps V U'
  if (register && entry === 'movhps V Mq') return 'movlhps V U'
  if (wide(s) && /^movd (Ey|[VP] Ey)/.test(entry)) return entry.replace('movd', 'movq')
  if (wide(s) && entry === '@0fc7 M' && ((modRm >> 3) & 7) === 1) return 'cmpxchg16b Mo'
  if (wide(s) && entry === '@0fae M' && !register) {
    const name = groups['@0fae']![(modRm >> 3) & 7]!
    if (/^(fx|xs|xr)/.test(name)) return name.replace(' ', '64 ')
  }
  return entry
}

/** pinsrd and pextrd of 8 bytes have names of their own. */
const wideName = (s: State, entry: string) => (wide(s) ? entry.replace(/^(pinsr|pextr)d/, '$1q') : entry)

const hex2 = (value: number) => value.toString(16).padStart(2, '0')

/** The alternative of an entry that the prefixes choose; a chosen prefix is no longer a repeat or operand size. */
function pick(s: State, entry: string | undefined): string {
  const forms = entry?.split('|') ?? []
  if (forms.length <= 1) return forms[0] ?? '-'
  const chosen = s.repeat === 0xf3 ? 2 : s.repeat === 0xf2 ? 3 : s.operand16 ? 1 : 0
  const form = forms[chosen]
  if (form && form !== '-') {
    if (chosen >= 2) s.repeat = 0
    return form
  }
  return (chosen >= 2 && s.operand16 ? forms[1] : undefined) ?? (chosen >= 2 ? forms[0] : undefined) ?? '-'
}

/** Other prefixes may not stand before VEX and EVEX. */
function requireNoPrefix(s: State): void {
  if (s.rex !== 0 || s.lock || s.operand16 || s.repeat !== 0) throw new Undecodable()
}

/** A third register is named only where the instruction has one. */
function requireThird(s: State, entry: string): string {
  if (s.vvvv !== 0 && !/ H\b/.test(entry)) throw new Undecodable()
  return entry
}

function decodeVex(s: State, code: number): Instruction {
  requireNoPrefix(s)
  const first = byte(s)
  let map = 1
  let second = first
  let rex = (first & 0x80) === 0 ? 4 : 0
  if (code === 0xc4) {
    map = first & 0x1f
    second = byte(s)
    rex = (((first >> 5) & 7) ^ 7) | ((second & 0x80) >> 4)
  }
  s.rex = rex | 0x40
  s.vvvv = (~second >> 3) & 15
  s.vector = second & 4 ? 32 : 16
  setPrefix(s, second & 3)
  const opcode = byte(s)
  const own = pick(s, vexOnly[map - 1]?.get(opcode))
  const legacy = own === '-' ? pick(s, [twoByte, map38, map3a][map - 1]?.get(opcode)) : own
  const modRm = s.bytes[s.at] ?? 0
  const entry =
    own === '-' ? vexForm(wideName(s, escapedByModRm(s, legacy, modRm)), modRm) : vexSpecial(s, own)
  return finishEntry(s, requireThird(s, entry), opcode)
}

/** Names that depend on the vector's length or on VEX.W. */
function vexSpecial(s: State, entry: string): string {
  if (entry === 'vzeroupper') return s.vector === 32 ? 'vzeroall' : entry
  if (wide(s) && entry.startsWith('vpmaskmovd')) return entry.replace('vpmaskmovd', 'vpmaskmovq')
  return entry.replace('?', wide(s) ? 'd' : 's')
}

/** The VEX form of an SSE instruction: `v` in front, and mostly a third register. */
function vexForm(entry: string, modRm: number): string {
  const [name = '', first, ...rest] = entry.split(' ')
  if (!/[VWU]/.test(entry) || /\b[PQN]q?\b/.test(entry)) throw new Undecodable()
  if (name.startsWith('@')) return `${name} H ${first} ${rest.join(' ')}`
  const scalarMove = (name === 'movss' || name === 'movsd') && modRm >= 0xc0
  const partLoad = /^mov[lh]p[sd]$/.test(name) && first === 'V'
  const partStore = /^mov[lh]p[sd]$/.test(name) && first !== 'V'
  const two = !scalarMove && !partLoad && (partStore || vexWithoutThird.test(name))
  return `v${[name, first, ...(two ? [] : ['H']), ...rest].join(' ')}`
}

function setPrefix(s: State, code: number): void {
  s.operand16 = code === 1
  s.repeat = code === 2 ? 0xf3 : code === 3 ? 0xf2 : 0
}

function decodeEvex(s: State): Instruction {
  requireNoPrefix(s)
  const [p0, p1, p2] = [byte(s), byte(s), byte(s)]
  s.rex = 0x40 | (((p0 >> 5) & 7) ^ 7) | ((p1 & 0x80) >> 4)
  s.highReg = p0 & 0x10 ? 0 : 16
  s.highRm = p0 & 0x40 ? 0 : 16
  s.vvvv = ((~p1 >> 3) & 15) | (p2 & 8 ? 0 : 16)
  s.vector = [16, 32, 64, 0][(p2 >> 5) & 3]!
  s.factor = s.vector
  s.mask = p2 & 7
  s.zeroing = (p2 & 0x80) !== 0
  const opcode = byte(s)
  const entry = evex[`${p0 & 7} ${p1 & 3} ${hex2(opcode)} ${p1 >> 7}`]
  if (!entry || s.vector === 0 || p2 & 0x10) throw new Undecodable()
  return finishEntry(s, requireThird(s, entry), opcode)
}

function decodeX87(s: State, code: number): Instruction {
  const modRm = s.bytes[s.at] ?? 0
  const reg = (modRm >> 3) & 7
  if (modRm < 0xc0) return finishEntry(s, x87Memory[code - 0xd8]![reg]!, code)
  s.at++
  const names = x87Registers[code - 0xd8]![reg]!.split('/')
  return finishEntry(s, names[names.length === 1 ? 0 : modRm & 7]!.replace('Si', `st(${modRm & 7})`), code)
}

function readModRm(s: State): number {
  if (s.modRm === null) {
    s.modRm = byte(s)
    if (s.modRm < 0xc0) s.memory = readMemory(s, s.modRm)
  }
  return s.modRm
}

function readMemory(s: State, modRm: number): Omit<MemoryOperand, 'kind' | 'size'> {
  const mod = modRm >> 6
  const rm = modRm & 7
  const names = s.address32 ? names32 : names64
  let base: string | null = names[rm | ((s.rex & 1) << 3)]!
  let index: string | null = null
  let scale = 1
  let absolute = false
  if (rm === 4) {
    const sib = byte(s)
    const indexNumber = ((sib >> 3) & 7) | ((s.rex & 2) << 2)
    index = indexNumber === 4 ? null : names[indexNumber]!
    scale = 1 << (sib >> 6)
    absolute = (sib & 7) === 5 && mod === 0
    base = absolute ? null : names[(sib & 7) | ((s.rex & 1) << 3)]!
  } else if (rm === 5 && mod === 0) {
    base = s.address32 ? 'eip' : 'rip'
    absolute = true
  }
  const displacement = mod === 1 ? signed8(s) * BigInt(s.factor) : mod === 2 || absolute ? signed32(s) : 0n
  return { segment: s.segment, base, index, scale, displacement }
}

/** An entry with its group resolved, as an instruction. */
function finishEntry(s: State, entry: string, opcode: number): Instruction {
  const space = entry.indexOf(' ')
  let name = space < 0 ? entry : entry.slice(0, space)
  let operands = space < 0 ? '' : entry.slice(space + 1)
  if (name.startsWith('@') || name.startsWith('v@')) {
    const member = groups[name.replace('v@', '@')]![(readModRm(s) >> 3) & 7]!
    const at = member.indexOf(' ')
    name = (operands.startsWith('H ') ? 'v' : '') + (at < 0 ? member : member.slice(0, at))
    if (at >= 0) operands = member.slice(at + 1)
  }
  if (name === '-' || name === 'v-') throw new Undecodable()
  return finish(s, name, operands, opcode)
}

function finish(s: State, mnemonic: string, codes: string, opcode: number): Instruction {
  const list = codes === '' ? [] : codes.split(' ')
  if (list.some((code) => /^[EGMRSCDVWUPQNK]/.test(code))) readModRm(s)
  const operands = list.map((code) => operand(s, code, opcode, mnemonic))
  if (s.mask !== 0 || s.zeroing) markMask(s, operands)
  if (s.lock && !(lockable.has(mnemonic) && operands[0]?.kind === 'memory')) throw new Undecodable()
  return {
    mnemonic,
    operands,
    prefix: prefixText(s, mnemonic),
    memorySize: memorySize(s, mnemonic, operands),
    length: s.at,
  }
}

function markMask(s: State, operands: Operand[]): void {
  const first = operands[0]
  const mask = s.mask === 0 ? '' : `{k${s.mask}}`
  if (first?.kind === 'register') {
    operands[0] = { kind: 'register', name: `${first.name}${mask}${s.zeroing ? '{z}' : ''}` }
  } else if (first?.kind === 'memory' && mask) operands[0] = { ...first, mask }
}

const stringNames = new Set(['movs', 'cmps', 'stos', 'lods', 'scas', 'ins', 'outs'])

function prefixText(s: State, mnemonic: string): string {
  if (s.lock) return 'lock'
  if (!stringNames.has(mnemonic) || s.repeat === 0) return ''
  return s.repeat === 0xf2 ? 'repnz' : 'rep'
}

function memorySize(s: State, mnemonic: string, operands: readonly Operand[]): number | null {
  const memory = operands.find((op) => op.kind === 'memory')
  if (memory) return memory.size ?? 0
  if (mnemonic === 'push' || mnemonic === 'pop') return s.operand16 ? 2 : 8
  if (mnemonic === 'call' || mnemonic === 'ret' || mnemonic === 'pushf' || mnemonic === 'popf') return 8
  return mnemonic === 'retf' ? 10 : null
}

/** Bytes of a general operand whose size is given by a letter. */
function sizeOf(s: State, letter: string, mnemonic: string): number | null {
  const operand = wide(s) ? 8 : s.operand16 ? 2 : 4
  if (letter === 'v') return operand
  if (letter === 'z') return Math.min(operand, 4)
  if (letter === 'y' || letter === 'f') return wide(s) ? 8 : 4
  if (letter === 'x') return s.vector
  if (letter === 'q' && s.operand16 && (mnemonic === 'push' || mnemonic === 'pop')) return 2
  const bytes = fixedSizes[letter]
  if (bytes === undefined) return null
  return partial.test(mnemonic) ? (bytes * s.vector) / 16 : bytes
}

const fixedSizes: Readonly<Record<string, number>> = { b: 1, w: 2, d: 4, q: 8, t: 10, o: 16, s: 64 }
/** Instructions that read a part of a vector's width: with wider vectors the part is wider. */
const partial = /^v(pmov[sz]x|cvtps2pd|cvtdq2pd)/

const register = (name: string): Operand => ({ kind: 'register', name })
const immediate = (value: bigint): Operand => ({ kind: 'immediate', value })

function generalRegister(s: State, number: number, size: number): Operand {
  if (size === 8) return register(names64[number]!)
  if (size === 4) return register(names32[number]!)
  if (size === 2) return register(names16[number]!)
  return register((s.rex === 0 && number < 8 ? oldNames8 : names8)[number]!)
}

const vectorPrefix: Readonly<Record<number, string>> = { 16: 'xmm', 32: 'ymm', 64: 'zmm' }

function vectorRegister(number: number, size: number): Operand {
  return register(`${vectorPrefix[Math.max(size, 16)] ?? 'xmm'}${number}`)
}

function operand(s: State, code: string, opcode: number, mnemonic: string): Operand {
  const kind = code[0]!
  const size = sizeOf(s, code[1] ?? '', mnemonic)
  const modRm = s.modRm ?? 0
  const reg = ((modRm >> 3) & 7) | ((s.rex & 4) << 1)
  const rm = (modRm & 7) | ((s.rex & 1) << 3)
  const vector = code[1] === 'x' || code[1] === undefined ? s.vector : 16
  switch (kind) {
    case 'E':
      return s.memory ? { kind: 'memory', ...s.memory, size } : generalRegister(s, rm, size!)
    case 'M':
      if (!s.memory) throw new Undecodable()
      return { kind: 'memory', ...s.memory, size }
    case 'R':
      if (s.memory) throw new Undecodable()
      return generalRegister(s, rm, size!)
    case 'G':
      return generalRegister(s, reg, size!)
    case 'B':
      return generalRegister(s, s.vvvv, size!)
    case 'Z':
      return generalRegister(s, (opcode & 7) | ((s.rex & 1) << 3), size!)
    case 'V':
      return vectorRegister(reg | s.highReg, s.vector)
    case 'H':
      return vectorRegister(s.vvvv, s.vector)
    case 'W':
      return s.memory ? { kind: 'memory', ...s.memory, size } : vectorRegister(rm | s.highRm, vector)
    case 'U':
      if (s.memory) throw new Undecodable()
      return vectorRegister(rm, s.vector)
    case 'K':
      return register(`k${reg & 7}`)
    case 'P':
      return register(`mm${reg & 7}`)
    case 'N':
      if (s.memory) throw new Undecodable()
      return register(`mm${rm & 7}`)
    case 'Q':
      return s.memory ? { kind: 'memory', ...s.memory, size } : register(`mm${rm & 7}`)
    case 'S':
      return register(segmentNames[reg & 7] ?? undecodable())
    case 'C':
      return register(`cr${reg}`)
    case 'D':
      return register(`dr${reg}`)
    case 'I':
      return immediate(readImmediate(s, code[1]!))
    case 'J':
      return { kind: 'relative', value: code === 'Jb' ? signed8(s) : signed32(s) }
    case 'O':
      return absoluteOperand(s, size!)
    case 'X':
    case 'Y':
      return stringOperand(s, kind, size!)
    default:
      return namedOperand(s, code)
  }
}

function undecodable(): never {
  throw new Undecodable()
}

function readImmediate(s: State, letter: string): bigint {
  if (letter === 'b') return signed8(s)
  if (letter === 'u') return BigInt(byte(s))
  if (letter === 'w') return BigInt.asUintN(16, signed16(s))
  if (letter === 'v' && wide(s)) return signed64(s)
  return s.operand16 && !wide(s) ? signed16(s) : signed32(s)
}

function absoluteOperand(s: State, size: number): Operand {
  const displacement = s.address32 ? BigInt.asUintN(32, signed32(s)) : signed64(s)
  return { kind: 'memory', segment: s.segment, base: null, index: null, scale: 1, displacement, size }
}

function stringOperand(s: State, kind: 'X' | 'Y', size: number): Operand {
  const names = s.address32 ? names32 : names64
  const source = kind === 'X'
  return {
    kind: 'memory',
    segment: source ? (s.segment ?? 'ds') : 'es',
    base: names[source ? 6 : 7]!,
    index: null,
    scale: 1,
    displacement: 0n,
    size,
  }
}

function namedOperand(s: State, code: string): Operand {
  if (code === '1' || code === '3') return immediate(BigInt(code))
  if (code === 'rax') return generalRegister(s, 0, wide(s) ? 8 : s.operand16 ? 2 : 4)
  return register(code === 'st' ? 'st(0)' : code)
}

const sizeNames: ReadonlyMap<number | null, string> = new Map<number | null, string>([
  [1, 'byte'],
  [2, 'word'],
  [4, 'dword'],
  [8, 'qword'],
  [10, 'mword'],
  [16, 'xmmword'],
  [32, 'ymmword'],
  [64, 'zmmword'],
  [null, 'ptr'],
])

const signedHex = (value: bigint) => (value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`)

function memoryText(op: MemoryOperand): string {
  const parts = [op.base, op.index && `${op.index} * ${op.scale}`].filter(Boolean)
  const size = sizeNames.get(op.size) ?? 'ptr'
  const prefix = `${size} ${op.segment ? `${op.segment}:` : ''}`
  if (parts.length === 0) {
    // A displacement without registers is an address: 32 bits are shown as such, also where they extend their sign.
    const short = op.displacement >= -0x8000_0000n && op.displacement < 0x8000_0000n
    return `${prefix}[0x${BigInt.asUintN(short ? 32 : 64, op.displacement).toString(16)}]`
  }
  const d = op.displacement
  const tail = d === 0n ? '' : d < 0n ? ` - 0x${(-d).toString(16)}` : ` + 0x${d.toString(16)}`
  return `${prefix}[${parts.join(' + ')}${tail}]${op.mask ?? ''}`
}

function operandText(op: Operand): string {
  if (op.kind === 'register') return op.name
  if (op.kind === 'immediate') return signedHex(op.value)
  if (op.kind === 'relative')
    return op.value < 0n ? `$-0x${(-op.value).toString(16)}` : `$+0x${op.value.toString(16)}`
  return memoryText(op)
}

/** The instruction as text: `mov dword [rax + rcx * 8 + 0x10], 0x5`. */
export function instructionText({ prefix, mnemonic, operands }: Instruction): string {
  const text = `${prefix === '' ? '' : `${prefix} `}${mnemonic} ${operands.map(operandText).join(', ')}`
  return text.trimEnd()
}
