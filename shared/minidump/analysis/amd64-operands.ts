// Operands of amd64 instructions: registers, memory, immediates.

import { own } from '../../own.ts'
import type { MemoryOperand, Operand } from './amd64-instruction.ts'

/** Prefixes and decoding position of one instruction. */
export interface State {
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

/** Thrown for truncated bytes and unknown encodings; never leaves the decoder. */
export class Undecodable extends Error {}

const names64 = 'rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15'.split(' ')
const names32 = [
  ...'eax ecx edx ebx esp ebp esi edi'.split(' '),
  ...names64.slice(8).map((name) => `${name}d`),
]
const names16 = [...'ax cx dx bx sp bp si di'.split(' '), ...names64.slice(8).map((name) => `${name}w`)]
const names8 = [...'al cl dl bl spl bpl sil dil'.split(' '), ...names64.slice(8).map((name) => `${name}b`)]
const oldNames8 = 'al cl dl bl ah ch dh bh'.split(' ')
const segmentNames = 'es cs ss ds fs gs'.split(' ')

function take(s: State, count: number): number {
  const at = s.at
  if (at + count > s.bytes.length) throw new Undecodable()
  s.at += count
  return at
}

/** The next byte. Throws Undecodable at the end. */
export const byte = (s: State) => s.bytes[take(s, 1)]!
const signed8 = (s: State) => BigInt(s.view.getInt8(take(s, 1)))
const signed16 = (s: State) => BigInt(s.view.getInt16(take(s, 2), true))
const signed32 = (s: State) => BigInt(s.view.getInt32(take(s, 4), true))
const signed64 = (s: State) => s.view.getBigInt64(take(s, 8), true)

/** REX.W: 64-bit operands. */
export const wide = (s: State) => (s.rex & 8) !== 0

/** The ModRM byte; the first call also decodes its memory operand. */
export function readModRm(s: State): number {
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

/** Size in bytes of a general operand, from its letter in the opcode table. */
function sizeOf(s: State, letter: string, mnemonic: string): number | null {
  const operand = wide(s) ? 8 : s.operand16 ? 2 : 4
  if (letter === 'v') return operand
  if (letter === 'z') return Math.min(operand, 4)
  if (letter === 'y' || letter === 'f') return wide(s) ? 8 : 4
  if (letter === 'x') return s.vector
  if (letter === 'q' && s.operand16 && (mnemonic === 'push' || mnemonic === 'pop')) return 2
  const bytes = own(fixedSizes, letter)
  if (bytes === undefined) return null
  return partial.test(mnemonic) ? (bytes * s.vector) / 16 : bytes
}

const fixedSizes: Readonly<Record<string, number>> = { b: 1, w: 2, d: 4, q: 8, t: 10, o: 16, s: 64 }
/** Instructions that read part of a vector; the part scales with the vector's width. */
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

/**
 * The operand for a code of the opcode tables: kind first, then size.
 * @throws Undecodable
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: a table with a row for each kind of operand
export function operand(s: State, code: string, opcode: number, mnemonic: string): Operand {
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
