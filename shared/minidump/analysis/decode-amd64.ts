// Decodes one amd64 instruction: prefixes, opcode, operands, memory access.

import { own } from '../../own.ts'
import type { Instruction, Operand } from './amd64-instruction.ts'
import {
  evex,
  fixedModRm,
  groups,
  lockable,
  map3a,
  map38,
  oneByte,
  twoByte,
  vexOnly,
  vexWithoutThird,
  x87Memory,
  x87Registers,
} from './amd64-opcodes.ts'
import { byte, operand, readModRm, type State, Undecodable, wide } from './amd64-operands.ts'

/** The instruction at the start of `bytes`, or null when it is truncated, invalid or not in the tables. */
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
      // A REX prefix counts only immediately before the opcode.
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
  return special ? finish(s, special, '', code) : finishEntry(s, oneByte.get(code) ?? '-', code)
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
  const fixed = own(fixedModRm, `0f${hex2(code)}${hex2(modRm)}`)
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

/** The 8-byte forms of `pinsrd` and `pextrd` are named `pinsrq` and `pextrq`. */
const wideName = (s: State, entry: string) => (wide(s) ? entry.replace(/^(pinsr|pextr)d/, '$1q') : entry)

const hex2 = (value: number) => value.toString(16).padStart(2, '0')

/** The alternative that the prefixes select; a mandatory prefix then no longer counts as repeat or operand size. */
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

/** VEX and EVEX allow no other prefix before them. */
function requireNoPrefix(s: State): void {
  if (s.rex !== 0 || s.lock || s.operand16 || s.repeat !== 0) throw new Undecodable()
}

/** Rejects a third register for an instruction that has none. */
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

/** The VEX form of an SSE instruction: prefixed with `v`, usually with a third register. */
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
  const entry = own(evex, `${p0 & 7} ${p1 & 3} ${hex2(opcode)} ${p1 >> 7}`)
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

/** Resolves the group of an entry and builds the instruction. */
function finishEntry(s: State, entry: string, opcode: number): Instruction {
  const space = entry.indexOf(' ')
  let name = space < 0 ? entry : entry.slice(0, space)
  let operands = space < 0 ? '' : entry.slice(space + 1)
  if (name.startsWith('@') || name.startsWith('v@')) {
    const member = own(groups, name.replace('v@', '@'))![(readModRm(s) >> 3) & 7]!
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
