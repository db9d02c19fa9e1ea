// Processors: the layout of their context records, and the registers of a thread.
import contexts from './contexts.json' with { type: 'json' }
import type { DumpFile, Section } from './dump-view.ts'
import { u32, u64 } from './dump-view.ts'

/** Processors with a known layout, by the name used in reports. Older readers do not report the `riscv` ones. */
export type KnownCpu = Exclude<keyof typeof contexts, 'arm64Old'>
export type CpuName = KnownCpu | 'unknown'

/** The registers of one thread. */
export interface CpuContext {
  readonly cpu: KnownCpu
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

/** Names in sequence, also as `r8-r15`, and the offset of the first. */
export type RegisterRows = readonly (readonly (string | number)[])[]

/** The registers of such rows, `step` bytes apart. */
export const registersAt = (rows: RegisterRows, step: number) =>
  rows.flatMap(([names, first]) =>
    String(names)
      .split(' ')
      .flatMap(namesOfRun)
      .map((name, i) => ({ name, offset: Number(first) + i * step })),
  )

/** A row of contexts.json. */
interface LayoutRow {
  /** Default: the name of the row. */
  readonly cpu?: string
  /** Numbers of the processor in SystemInfo. */
  readonly architectures: readonly string[]
  /** Minimum size of the record in bytes. */
  readonly size: number
  /** Offset and size of context_flags. Default: 4 bytes at the start. */
  readonly flags?: { readonly at: number; readonly size: number }
  /** Accepted values of the CPU bits of context_flags. */
  readonly ids: readonly string[]
  readonly registerSize: number
  /** Bytes per register in the record. Default: `registerSize`. */
  readonly storedSize?: number
  /** Default: `registerSize`. */
  readonly pointerSize?: number
  /** In report order. */
  readonly registers: RegisterRows
  readonly aliases?: Readonly<Record<string, string>>
  readonly ip: string
  readonly sp: string
}

/** The layout of a processor's context record. */
export type ContextLayout = ReturnType<typeof layoutOf>

function layoutOf([name, row]: readonly [string, LayoutRow]) {
  const { cpu = name, registerSize, storedSize = registerSize, pointerSize = registerSize } = row
  const registers = registersAt(row.registers, storedSize)
  const names = registers.map((register) => register.name)
  const index = new Map(names.map((register, i) => [register, i]))
  for (const [alias, register] of Object.entries(row.aliases ?? {})) index.set(alias, index.get(register)!)
  return {
    ...row,
    cpu: cpu as KnownCpu,
    architectures: row.architectures.map(Number),
    flags: row.flags ?? { at: 0, size: 4 },
    ids: row.ids.map(Number),
    registerSize: registerSize as 4 | 8,
    storedSize,
    pointerSize: pointerSize as 4 | 8,
    /** In report order. */
    names,
    /** Offsets of `names`. */
    offsets: registers.map(({ offset }) => offset),
    /** Index into `names` by name and alias. */
    index,
  }
}

/** `r8` to `r15` for `r8-r15`. */
function namesOfRun(text: string): string[] {
  const [, prefix, first, last] = /^(\D+)(\d+)-\D+(\d+)$/.exec(text) ?? []
  if (prefix === undefined) return [text]
  return Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) => `${prefix}${Number(first) + i}`)
}

const layouts = new Map(Object.entries<LayoutRow>(contexts).map((row) => [row[0], layoutOf(row)]))

/** The layout of a processor. */
export const contextLayout = (name: KnownCpu): ContextLayout => layouts.get(name)!

const byArchitecture = new Map(
  [...layouts.values()].flatMap((layout) => layout.architectures.map((number) => [number, layout] as const)),
)

/** Name and bytes of a pointer for SystemInfo's architecture number; null bytes for an unknown processor. */
export function cpuOf(architecture: number): { cpu: CpuName; pointerSize: 4 | 8 | null } {
  return byArchitecture.get(architecture) ?? { cpu: 'unknown', pointerSize: null }
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
  const found = byArchitecture.get(architecture)
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
