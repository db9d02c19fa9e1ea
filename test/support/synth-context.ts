// CPU context records for synthetic minidumps, written field by field in the order of the format's headers.
import type { Assembler } from './assembler.ts'

/** Processors that synthetic dumps can have; `arm64-old` is Breakpad's own layout. */
export type SynthCpu = 'x86' | 'amd64' | 'arm' | 'arm64' | 'arm64-old' | 'mips' | 'mips64' | 'ppc' | 'unknown'

/** Register values by name; omitted registers are 0. */
export type SynthRegisters = Readonly<Record<string, bigint | number>>

const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i}`)

type Writer = (a: Assembler, registers: SynthRegisters, flags: number | undefined) => void

const words = (a: Assembler, registers: SynthRegisters, names: readonly string[]) => {
  for (const name of names) a.u32(Number(BigInt(registers[name] ?? 0) & 0xffff_ffffn))
}
const longs = (a: Assembler, registers: SynthRegisters, names: readonly string[]) => {
  for (const name of names) a.u64(BigInt(registers[name] ?? 0))
}

const x86: Writer = (a, r, flags = 0x1003f) => {
  a.u32(flags)
    .zeros(6 * 4)
    .zeros(112)
  words(a, r, ['gs', 'fs', 'es', 'ds', 'edi', 'esi', 'ebx', 'edx', 'ecx', 'eax'])
  words(a, r, ['ebp', 'eip', 'cs', 'eflags', 'esp', 'ss'])
  a.zeros(512)
}

const amd64: Writer = (a, r, flags = 0x10001f) => {
  a.zeros(6 * 8).u32(flags, 0x1f80)
  for (const segment of ['cs', 'ds', 'es', 'fs', 'gs', 'ss']) a.u16(Number(r[segment] ?? 0))
  words(a, r, ['eflags'])
  a.zeros(6 * 8)
  longs(a, r, ['rax', 'rcx', 'rdx', 'rbx', 'rsp', 'rbp', 'rsi', 'rdi'])
  longs(a, r, ['r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15', 'rip'])
  a.zeros(512)
    .zeros(26 * 16)
    .zeros(6 * 8)
}

const arm: Writer = (a, r, flags = 0x4000_0006) => {
  a.u32(flags)
  words(a, r, [...numbered('r', 11), 'fp', 'r12', 'sp', 'lr', 'pc', 'cpsr'])
  a.u64(0)
    .zeros(32 * 8)
    .zeros(8 * 4)
}

const arm64Registers = [...numbered('x', 29), 'fp', 'lr', 'sp', 'pc']

const arm64: Writer = (a, r, flags = 0x40_0007) => {
  a.u32(flags)
  words(a, r, ['cpsr'])
  longs(a, r, arm64Registers)
  a.zeros(32 * 16)
    .u32(0, 0)
    .zeros(8 * 4 + 8 * 8 + 2 * 4 + 2 * 8)
}

const arm64Old: Writer = (a, r, flags = 0x8000_0006) => {
  a.u64(flags)
  longs(a, r, arm64Registers)
  words(a, r, ['cpsr'])
  a.u32(0, 0).zeros(32 * 16)
}

const mipsRegisters = [
  ...numbered('r', 16),
  ...numbered('s', 8),
  'r24',
  'r25',
  'r26',
  'r27',
  'gp',
  'sp',
  'fp',
  'ra',
]

const mips: Writer = (a, r, flags = 0x4_0000) => {
  a.u32(flags, 0)
  longs(a, r, [...mipsRegisters, 'mdhi', 'mdlo'])
  a.zeros(3 * 4 + 3 * 4 + 4 + 4)
  longs(a, r, ['pc', 'badvaddr'])
  a.u32(0, 0).zeros(32 * 8 + 4 + 4)
}

const ppc: Writer = (a, r, flags = 0x2000_0001) => {
  a.u32(flags)
  words(a, r, ['srr0', 'srr1', ...numbered('r', 32), 'cr', 'xer', 'lr', 'ctr', 'mq', 'vrsave'])
  a.zeros(32 * 8 + 8).zeros(32 * 16 + 16 + 16 + 4 + 28)
}

const writers: Readonly<Record<SynthCpu, Writer | null>> = {
  x86,
  amd64,
  arm,
  arm64,
  'arm64-old': arm64Old,
  mips,
  mips64: (a, r, flags = 0x8_0000) => mips(a, r, flags),
  ppc,
  unknown: null,
}

/** A writer of a context with these registers; null for a processor without one. `flags` replaces context_flags. */
export function synthContext(
  cpu: SynthCpu,
  registers: SynthRegisters,
  flags?: number,
): ((a: Assembler) => void) | null {
  const write = writers[cpu]
  return write && ((a) => write(a, registers, flags))
}
