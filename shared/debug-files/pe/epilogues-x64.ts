// Epilogues of x64, recognized by their instructions as the Windows unwinder does
// (https://learn.microsoft.com/cpp/build/prolog-and-epilog): `add rsp` or `lea rsp`, then `pop`s, then `ret` or a jump out of the
// function. Tables of version 2 describe the same instructions.
import type { RuleList } from '../module-symbols.ts'
import { FrameState } from './frame-state.ts'

/** From an address on: these rules, or null for those of the function's body. */
export interface EpilogueRow {
  offset: number
  rules: RuleList | null
}

export interface EpilogueCode {
  /** Of the whole function or part of one. */
  code: Uint8Array
  /** Where the prologue has ended. */
  from: number
  /** Names of registers by number. */
  registers: readonly string[]
  /** The number of the frame register; 0 for none. */
  frameRegister: number
}

/** Registers that a function must preserve; it pops others to move the stack pointer. */
const preserved = new Set([3, 5, 6, 7, 12, 13, 14, 15])

/** What an instruction undoes; `next` is the rest of its epilogue, null for its end. */
interface Undo {
  kind: 'end' | 'jump' | 'pop' | 'add' | 'lea'
  value: number
  next: Undo | null
  /** Instructions up to the end. */
  depth: number
  /** Those before it, by kind and value. */
  before: Map<string, Undo>
  rules: RuleList | null
}

/** More than registers to restore. */
const maxDepth = 20

const undo = (kind: Undo['kind'], value = 0, next: Undo | null = null): Undo => ({
  kind,
  value,
  next,
  depth: next === null ? 1 : next.depth + 1,
  before: new Map(),
  rules: null,
})

/** Only instructions after the prologue count. Instructions are recognized at every byte: no list of them is needed. */
export function epilogueRows(place: EpilogueCode): EpilogueRow[] {
  const { code, from } = place
  const found = new Map<number, { undo: Undo; length: number }>()
  const reached = new Set<number>()
  const end = undo('end')
  const jump = undo('jump')
  const link = (offset: number, kind: Undo['kind'], { value, length }: Decoded) => {
    const next = found.get(offset + length)?.undo
    if (!next || next.kind === 'add' || next.kind === 'lea' || next.depth === maxDepth) return
    reached.add(offset + length)
    const same = next.before.get(`${kind} ${value}`) ?? undo(kind, value, next)
    next.before.set(`${kind} ${value}`, same)
    found.set(offset, { undo: same, length })
  }
  for (let offset = code.length - 1; offset >= from; offset--) {
    const returned = returnLength(code, offset)
    const jumped = returned > 0 ? 0 : jumpLength(code, offset)
    if (returned > 0) found.set(offset, { undo: end, length: returned })
    else if (jumped > 0) found.set(offset, { undo: jump, length: jumped })
    else {
      const decoded = decode(place, offset)
      if (decoded) link(offset, decoded.kind, decoded)
    }
  }
  return rowsOf(place, found, reached)
}

function rowsOf(
  { from, registers }: EpilogueCode,
  found: ReadonlyMap<number, { undo: Undo; length: number }>,
  reached: ReadonlySet<number>,
): EpilogueRow[] {
  const rows: EpilogueRow[] = []
  let until = from
  for (const [offset, { undo, length }] of [...found].reverse()) {
    // In a function with a frame something is undone before its end; other bytes like these are parts of instructions.
    if (undo.next === null && !reached.has(offset)) continue
    if (offset > until && rows.length > 0) rows.push({ offset: until, rules: null })
    undo.rules ??= rulesOf(undo, registers)
    rows.push({ offset, rules: undo.rules })
    until = offset + length
  }
  if (rows.length > 0) rows.push({ offset: until, rules: null })
  return rows
}

function rulesOf(first: Undo, registers: readonly string[]): RuleList {
  const state = new FrameState('$rsp')
  for (let step: Undo | null = first; step; step = step.next) {
    if (step.kind === 'add') state.release(step.value)
    if (step.kind === 'lea') state.setPointer(registers[step.value & 15]!, -(step.value >> 4))
    if (step.kind === 'pop') {
      if (preserved.has(step.value)) state.save(registers[step.value]!)
      state.release(8)
    }
  }
  return state.rules(8, null)
}

/** `ret`, `ret n`, `rep ret`, `bnd ret`. */
function returnLength(code: Uint8Array, offset: number): number {
  const byte = code[offset]
  if (byte === 0xc3) return 1
  if (byte === 0xc2) return 3
  return (byte === 0xf2 || byte === 0xf3) && code[offset + 1] === 0xc3 ? 2 : 0
}

/** A jump to another function: with a target outside this one, through memory, or through a register with a prefix. */
function jumpLength(code: Uint8Array, offset: number): number {
  const byte = code[offset]
  const isOutside = (target: number) => target < 0 || target >= code.length
  if (byte === 0xeb) return isOutside(offset + 2 + signed(code[offset + 1]!, 8)) ? 2 : 0
  if (byte === 0xe9) return isOutside(offset + 5 + word(code, offset + 1)) ? 5 : 0
  if (byte === 0xff && code[offset + 1] === 0x25) return 6
  if ((byte! & 0xf8) === 0x48 && code[offset + 1] === 0xff && (code[offset + 2]! & 0x38) === 0x20)
    return code[offset + 2] === 0x25 ? 7 : 3
  return 0
}

interface Decoded {
  kind: Undo['kind']
  /** The register of `pop`; the bytes of `add`; of `lea` the register, and above its 4 bits the displacement. */
  value: number
  length: number
}

function decode({ code, frameRegister }: EpilogueCode, offset: number): Decoded | null {
  const byte = code[offset]!
  if (byte >= 0x58 && byte <= 0x5f) return { kind: 'pop', value: byte & 7, length: 1 }
  const second = code[offset + 1]!
  if (byte === 0x41 && second >= 0x58 && second <= 0x5f)
    return { kind: 'pop', value: (second & 7) + 8, length: 2 }
  if (byte === 0x48 && second === 0x83 && code[offset + 2] === 0xc4)
    return { kind: 'add', value: signed(code[offset + 3]!, 8), length: 4 }
  if (byte === 0x48 && second === 0x81 && code[offset + 2] === 0xc4)
    return { kind: 'add', value: word(code, offset + 3), length: 7 }
  if ((byte & 0xfe) !== 0x48 || second !== 0x8d || frameRegister === 0) return null
  const third = code[offset + 2]!
  const register = (third & 7) + 8 * (byte & 1)
  if ((third & 0x38) !== 0x20 || (third & 7) === 4 || register !== frameRegister) return null
  const mode = third >> 6
  if (mode !== 1 && mode !== 2) return null
  const displacement = mode === 1 ? signed(code[offset + 3]!, 8) : word(code, offset + 3)
  if (Math.abs(displacement) >= 1 << 27) return null
  return { kind: 'lea', value: (displacement << 4) | register, length: mode === 1 ? 4 : 7 }
}

const signed = (value: number, bits: number) => (value << (32 - bits)) >> (32 - bits)

const word = (code: Uint8Array, at: number): number =>
  code[at]! | (code[at + 1]! << 8) | (code[at + 2]! << 16) | (code[at + 3]! << 24)
