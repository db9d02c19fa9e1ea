// The amd64 instruction sets as tables, from amd64-opcodes.json: opcode in hex, mnemonic, and operands in the letter
// code of the manuals.
// An entry is `mnemonic operand …`. Four alternatives in one entry, separated by `|`, are those without a mandatory
// prefix and with 66, F3 and F2; `-` is none.
// Operands: E general register or memory, G register of ModRM, M memory only, R register only, I immediate (Iu and Iw
// unsigned, Is 4 bytes), J relative, O absolute, Z register in the opcode, X and Y strings, S C D segment, control
// and debug registers, V W U H xmm or ymm (reg, rm, rm register only, VEX vvvv), P Q N MMX, K mask. Sizes: b 1, w 2,
// d 4, q 8, t 10, o 16 bytes, v by operand size, z v but at most 4, y 4 or 8, f by VEX.W, x the vector's. Lower case
// words are literal.
import type { AccessType } from './amd64-instruction.ts'
import tables from './amd64-opcodes.json' with { type: 'json' }

type Entries = Readonly<Record<string, string>>

const byOpcode = (entries: Entries): ReadonlyMap<number, string> =>
  new Map(Object.entries(entries).map(([opcode, entry]) => [Number.parseInt(opcode, 16), entry]))

/**
 * Mnemonics of opcode groups, by the reg field of ModRM; an entry may have operands that replace those of the opcode.
 */
export const groups: Readonly<Record<string, readonly string[]>> = tables.groups
/** Instructions selected by the whole ModRM byte: the key is opcode and ModRM, in hex. */
export const fixedModRm: Entries = tables.fixedModRm
/** Instructions whose opcode is one byte. */
export const oneByte = byOpcode(tables.oneByte)
/** Instructions after 0F. */
export const twoByte = byOpcode(tables.twoByte)
/** Instructions after 0F 38. */
export const map38 = byOpcode(tables.map38)
/** Instructions after 0F 3A. */
export const map3a = byOpcode(tables.map3a)
/** VEX instructions that SSE does not have, by map 1, 2, 3. */
export const vexOnly = [byOpcode(tables.vexMap1), byOpcode(tables.vexMap2), byOpcode(tables.vexMap3)]
/** SSE instructions whose VEX form has no third register. */
export const vexWithoutThird =
  /^(mov(?!lps|lpd|hps|hpd)|sqrtp|rsqrtp|rcpp|u?comis|cvt(?!si2|ss2sd|sd2ss)|pshuf(?!b)|lddqu|pmovmskb|ptest|pabs|pmov|round[p]|pcmp[ei]str|pextr|extractps|aesimc|phminposuw|maskmovdqu|pshufw)/
/**
 * EVEX instructions that string and memory functions use, as `mnemonic operands` by `map prefix opcode W`; prefix is
 * 0 none, 1 66, 2 F3, 3 F2. Memory operands are as wide as the vector.
 */
export const evex: Entries = tables.evex
/** x87 instructions with a memory operand, by opcode (D8 to DF) and reg field; `st` is st(0). */
export const x87Memory: readonly (readonly string[])[] = tables.x87Memory
/**
 * x87 instructions without a memory operand, by opcode (D8 to DF) and reg field; `st` is st(0), `Si` st(i). Names between
 * slashes are for i from 0 to 7.
 */
export const x87Registers: readonly (readonly string[])[] = tables.x87Registers
/** Instructions that may have a lock prefix when their first operand is memory. */
export const lockable: ReadonlySet<string> = new Set(tables.lockable)
/** How instructions that often crash access their memory operands, by operand position. */
export const accessTypes: ReadonlyMap<string, readonly AccessType[]> = new Map(
  Object.entries(tables.accessTypes as Readonly<Record<string, readonly AccessType[]>>),
)
/** Instructions that can raise a privileged-instruction exception; `mov` because of control registers. */
export const privileged: ReadonlySet<string> = new Set(tables.privileged)
