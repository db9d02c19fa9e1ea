// Thread registers: the context record layout of each processor, and reading one.
import { arm64OldArchitecture, cpuName } from './format.ts'
import type { CpuName } from './format.ts'
import { u32, u64 } from './dump-view.ts'
import type { DumpFile, Section } from './dump-view.ts'

/** The registers of one thread. */
export interface CpuContext {
  readonly cpu: CpuName
  /** Size of a register in bytes, as reported. */
  readonly registerSize: 4 | 8
  /** Registers in report order. */
  readonly names: readonly string[]
  /** Values in the order of `names`. */
  readonly values: BigUint64Array
  /** A register by name or alias (arm r11 is fp, arm64 x29 is fp), or null for a name this CPU does not have. */
  get(name: string): bigint | null
  readonly instructionPointer: bigint
  readonly stackPointer: bigint
  /** context_flags; the low bits say which parts are valid. */
  readonly flags: bigint
  /** The whole record, with floating point and vector registers and any extended state after it. */
  readonly bytes: Uint8Array
}

/** The layout of a processor's context record. */
export interface ContextLayout {
  readonly cpu: CpuName
  /** Minimum size of the record in bytes. */
  readonly size: number
  /** Offset and size of context_flags. */
  readonly flags: { readonly at: number; readonly size: 4 | 8 }
  /** Accepted values of the CPU bits of context_flags. */
  readonly ids: readonly number[]
  readonly registerSize: 4 | 8
  /** Bytes per register in the record, where they differ from `registerSize`. */
  readonly storedSize: 4 | 8
  readonly names: readonly string[]
  readonly offsets: readonly number[]
  readonly aliases: Readonly<Record<string, string>>
  readonly ip: string
  readonly sp: string
  /** Index into `names` by name and alias. */
  readonly index: ReadonlyMap<string, number>
}

interface LayoutSpec {
  cpu: CpuName
  size: number
  flags?: { at: number; size: 4 | 8 }
  ids: readonly number[]
  registerSize: 4 | 8
  storedSize?: 4 | 8
  registers: ReadonlyArray<readonly [name: string, offset: number]>
  aliases?: Record<string, string>
  ip: string
  sp: string
}

function layout(spec: LayoutSpec): ContextLayout {
  const names = spec.registers.map(([name]) => name)
  const aliases = spec.aliases ?? {}
  const index = new Map(names.map((name, i) => [name, i]))
  for (const [alias, name] of Object.entries(aliases)) index.set(alias, index.get(name)!)
  const { cpu, size, ids, registerSize, ip, sp } = spec
  const flags = spec.flags ?? { at: 0, size: 4 }
  const storedSize = spec.storedSize ?? registerSize
  const offsets = spec.registers.map(([, offset]) => offset)
  return { cpu, size, flags, ids, registerSize, storedSize, names, offsets, aliases, ip, sp, index }
}

/** Named registers, `step` bytes apart. */
const row = (names: string, offset: number, step: number) =>
  names.split(' ').map((name, i): [string, number] => [name, offset + i * step])

/** The same for names that are a prefix and a number from `first` to before `end`. */
const run = (prefix: string, [first, end]: [number, number], offset: number, step: number) =>
  row(Array.from({ length: end - first }, (_, i) => `${prefix}${first + i}`).join(' '), offset, step)

const x86 = layout({
  cpu: 'x86',
  size: 716,
  ids: [0x0001_0000],
  registerSize: 4,
  registers: [
    ['eip', 184],
    ['esp', 196],
    ['ebp', 180],
    ['ebx', 164],
    ['esi', 160],
    ['edi', 156],
    ['eax', 176],
    ['ecx', 172],
    ['edx', 168],
    ['eflags', 192],
  ],
  ip: 'eip',
  sp: 'esp',
})

const amd64 = layout({
  cpu: 'amd64',
  size: 1232,
  flags: { at: 48, size: 4 },
  ids: [0x0010_0000],
  registerSize: 8,
  registers: [
    ['rax', 120],
    ['rdx', 136],
    ['rcx', 128],
    ['rbx', 144],
    ['rsi', 168],
    ['rdi', 176],
    ['rbp', 160],
    ['rsp', 152],
    ...run('r', [8, 16], 184, 8),
    ['rip', 248],
  ],
  ip: 'rip',
  sp: 'rsp',
})

const arm = layout({
  cpu: 'arm',
  size: 368,
  ids: [0x4000_0000],
  registerSize: 4,
  registers: [...run('r', [0, 11], 4, 4), ['r12', 52], ['fp', 48], ['sp', 56], ['lr', 60], ['pc', 64]],
  aliases: { r11: 'fp', r13: 'sp', r14: 'lr', r15: 'pc' },
  ip: 'pc',
  sp: 'sp',
})

const arm64Spec = {
  cpu: 'arm64' as const,
  registerSize: 8 as const,
  registers: [...run('x', [0, 29], 8, 8), ...row('fp lr sp pc', 240, 8)],
  aliases: { x29: 'fp', x30: 'lr' },
  ip: 'pc',
  sp: 'sp',
}
const arm64 = layout({ ...arm64Spec, size: 912, ids: [0x0040_0000] })
const arm64Old = layout({ ...arm64Spec, size: 796, flags: { at: 0, size: 8 }, ids: [0x8000_0000] })

const mipsSpec = {
  size: 600,
  ids: [0x0004_0000, 0x0008_0000],
  storedSize: 8 as const,
  registers: [...row('gp sp fp ra', 8 + 28 * 8, 8), ['pc', 312], ...run('s', [0, 8], 8 + 16 * 8, 8)] as Array<
    [string, number]
  >,
  ip: 'pc',
  sp: 'sp',
}
const mips = layout({ ...mipsSpec, cpu: 'mips', registerSize: 4 })
const mips64 = layout({ ...mipsSpec, cpu: 'mips64', registerSize: 8 })

const ppc = layout({
  cpu: 'ppc',
  size: 1004,
  ids: [0x2000_0000],
  registerSize: 4,
  registers: [
    ...row('srr0 srr1', 4, 4),
    ...run('r', [0, 32], 12, 4),
    ...row('cr xer lr ctr mq vrsave', 140, 4),
  ],
  ip: 'srr0',
  sp: 'r1',
})

const ppc64 = layout({
  cpu: 'ppc64',
  size: 1160,
  flags: { at: 0, size: 8 },
  ids: [0x0100_0000],
  registerSize: 8,
  registers: [...row('srr0 srr1', 8, 8), ...run('r', [0, 32], 24, 8), ...row('cr xer lr ctr vrsave', 280, 8)],
  ip: 'srr0',
  sp: 'r1',
})

const sparc = layout({
  cpu: 'sparc',
  size: 584,
  ids: [0x1000_0000],
  registerSize: 8,
  registers: [...run('g_r', [0, 32], 8, 8), ...row('ccr pc npc y asi fprs', 264, 8)],
  ip: 'pc',
  sp: 'g_r14',
})

const riscvNames =
  'pc ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6'
const riscvSpec = { aliases: { fp: 's0' }, ip: 'pc', sp: 'sp' }
const riscv = layout({
  ...riscvSpec,
  cpu: 'riscv',
  size: 268,
  ids: [0x0080_0000],
  registerSize: 4,
  registers: row(riscvNames, 8, 4),
})
const riscv64 = layout({
  ...riscvSpec,
  cpu: 'riscv64',
  size: 524,
  ids: [0x0800_0000],
  registerSize: 8,
  registers: row(riscvNames, 8, 8),
})

const layouts: Readonly<Partial<Record<CpuName, ContextLayout>>> = {
  x86,
  amd64,
  arm,
  arm64,
  mips,
  mips64,
  ppc,
  ppc64,
  sparc,
  riscv,
  riscv64,
}

/** The layout for SystemInfo's architecture number, or null for an unsupported one. */
function contextLayout(architecture: number): ContextLayout | null {
  return architecture === arm64OldArchitecture ? arm64Old : (layouts[cpuName(architecture)] ?? null)
}

/** True when the CPU bits of context_flags match the layout. arm also has an id that predates CPU bits 31..8. */
function flagsFit(found: ContextLayout, flags: bigint): boolean {
  const low = Number(flags & 0xffff_ffffn)
  if (found.ids.includes((low & 0xffff_ff00) >>> 0)) return true
  return found.cpu === 'arm' && (low & 0xffff_ffc0) >>> 0 === 0x40
}

/**
 * The context in section `s`, or null when it is too short or its flags name another processor. A longer section is
 * valid: extended state follows.
 */
function readContext(s: Section, architecture: number): CpuContext | null {
  const found = contextLayout(architecture)
  if (!found || s.size < found.size) return null
  const flags = found.flags.size === 8 ? u64(s, found.flags.at) : BigInt(u32(s, found.flags.at))
  if (!flagsFit(found, flags)) return null
  const values = new BigUint64Array(found.names.length)
  for (let i = 0; i < values.length; i++) values[i] = readRegister(s, found, found.offsets[i]!)
  const get = (name: string) => values[found.index.get(name) ?? -1] ?? null
  return {
    cpu: found.cpu,
    registerSize: found.registerSize,
    names: found.names,
    values,
    get,
    instructionPointer: get(found.ip)!,
    stackPointer: get(found.sp)!,
    flags,
    bytes: s.file.bytes.subarray(s.base, s.base + s.size),
  }
}

function readRegister(s: Section, found: ContextLayout, offset: number): bigint {
  if (found.storedSize === 4) return BigInt(u32(s, offset))
  const value = u64(s, offset)
  return found.registerSize === 4 ? value & 0xffff_ffffn : value
}

/** One component of the extended state (XSAVE) of an amd64 context: 2 is AVX, 5 to 7 AVX-512, 9 PKRU, 11 CET. */
export interface ExtendedFeature {
  readonly feature: number
  readonly bytes: Uint8Array
}

/** Where MiscInfo places extended features, relative to the XSAVE area at byte 256 of the context. */
export interface ExtendedStateLayout {
  readonly enabled: bigint
  readonly features: ReadonlyArray<{
    readonly feature: number
    readonly offset: number
    readonly size: number
  }>
}

const amd64SaveArea = 256
const contextHasExtendedState = 0x40n

/** The features of an amd64 context; empty when its flags announce none. */
export function extendedState(context: CpuContext, xstate: ExtendedStateLayout | null): ExtendedFeature[] {
  if (!xstate || context.cpu !== 'amd64' || (context.flags & contextHasExtendedState) === 0n) return []
  const area = context.bytes.subarray(amd64SaveArea)
  return xstate.features
    .filter(({ offset, size }) => size > 0 && offset + size <= area.byteLength)
    .map(({ feature, offset, size }) => ({ feature, bytes: area.subarray(offset, offset + size) }))
}

/** The context at a location of `file`; null also for a location outside the file. */
export function contextAt(
  file: DumpFile,
  at: { size: number; rva: number },
  architecture: number,
): CpuContext | null {
  if (at.rva === 0 || at.rva + at.size > file.bytes.byteLength) return null
  return readContext({ file, base: at.rva, size: at.size }, architecture)
}
