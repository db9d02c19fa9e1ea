// Builds minidumps for tests from plain descriptions. It implements the format independently of the reader.
import { createAssembler, fixedUtf16, minidumpString, utf8String } from './assembler.ts'
import type { Assembler } from './assembler.ts'
import { synthContext } from './synth-context.ts'
import type { SynthCpu, SynthRegisters } from './synth-context.ts'

type Bytes = Uint8Array | readonly number[]
type Address = bigint | number

export interface SynthSystem {
  cpu?: SynthCpu
  /** Replaces the architecture number of `cpu`. */
  architecture?: number
  os?: 'windows' | 'linux' | 'android' | 'mac' | 'ios' | 'none'
  major?: number
  minor?: number
  build?: number
  /** Service pack, build, or `uname` text. */
  csd?: string
  cpuCount?: number
  cpuLevel?: number
  cpuRevision?: number
  /** The 24 bytes that depend on the processor, as six words. */
  cpuWords?: readonly number[]
}

export interface SynthMemory {
  base: Address
  bytes: Bytes
}

export interface SynthThread {
  id: number
  teb?: Address
  stack?: SynthMemory
  /** Start of the stack, without bytes: its memory is in the memory list. */
  stackStart?: Address
  registers?: SynthRegisters
  contextFlags?: number
}

export interface SynthModule {
  base: Address
  size: number
  name: string
  timestamp?: number
  checksum?: number
  /** Whole CodeView record: see pdb70, pdb20, elfBuildId. */
  codeView?: (a: Assembler) => void
  /** file_hi, file_lo, product_hi, product_lo. */
  version?: readonly [number, number, number, number]
}

export interface SynthException {
  threadId: number
  code: number
  flags?: number
  address?: Address
  parameters?: readonly Address[]
  registers?: SynthRegisters
}

export interface SynthMiscInfo {
  /** 1 to 5. */
  version?: number
  flags?: number
  processId?: number
  createTime?: number
  userTime?: number
  kernelTime?: number
  buildString?: string
  processCookie?: number
}

export interface SynthMemoryInfo {
  base: Address
  size: Address
  protection: number
  state?: number
  type?: number
}

export interface SynthCrashpad {
  version?: number
  addressMask?: bigint
  annotations?: Readonly<Record<string, string>>
  modules?: ReadonlyArray<{
    index: number
    list?: readonly string[]
    annotations?: Readonly<Record<string, string>>
    objects?: ReadonlyArray<{ name: string; type: number; value: Bytes }>
  }>
}

/** Only streams of the given properties are written; `raw` adds streams unchanged, possibly a second one of a type. */
export interface SynthDump {
  littleEndian?: boolean
  time?: number
  system?: SynthSystem
  threads?: readonly SynthThread[]
  threadNames?: ReadonlyArray<readonly [id: number, name: string]>
  modules?: readonly SynthModule[]
  unloadedModules?: ReadonlyArray<{ base: Address; size: number; name: string; timestamp?: number }>
  memory?: readonly SynthMemory[]
  memory64?: readonly SynthMemory[]
  memoryInfo?: readonly SynthMemoryInfo[]
  exception?: SynthException
  misc?: SynthMiscInfo
  handles?: ReadonlyArray<{ handle: Address; type?: string; object?: string }>
  breakpad?: { dumpThread?: number; requestingThread?: number }
  assertion?: { expression: string; function: string; file: string; line: number; type: number }
  crashpad?: SynthCrashpad
  /** Text of /proc and /etc files. */
  linux?: Partial<
    Record<'cpuInfo' | 'procStatus' | 'lsbRelease' | 'cmdLine' | 'environ' | 'maps' | 'limits', string>
  >
  softErrors?: string
  macBootArgs?: string
  macCrash?: ReadonlyArray<{
    version: number
    thread?: Address
    abortCause?: Address
    /** module path, message, signature, backtrace, message2. */
    texts: readonly [string, string, string, string, string]
  }>
  raw?: ReadonlyArray<{ type: number; write: (a: Assembler) => void }>
}

type Stream = [type: number, write: (a: Assembler) => void]

/** The bytes of a minidump that holds what `dump` describes. */
export function createSynthMinidump(dump: SynthDump): Uint8Array {
  const a = createAssembler(dump.littleEndian ?? true)
  const streams = [...coreStreams(dump), ...otherStreams(dump)]
  a.u32(0x504d444d, 0x0000a793, streams.length)
  const directory = a.label()
  a.u32(directory, 0, dump.time ?? 0).u64(0)
  a.here(directory)
  for (const [type, write] of streams) a.u32(type).location(write)
  return a.finish()
}

function coreStreams(dump: SynthDump): Stream[] {
  const streams: Stream[] = []
  const cpu = dump.system?.cpu ?? 'amd64'
  const { system, threads, modules, memory, memory64, exception, misc } = dump
  if (system) streams.push([7, (a) => writeSystem(a, system)])
  if (threads) streams.push([3, (a) => list(a, threads, (thread) => writeThread(a, thread, cpu))])
  if (modules) streams.push([4, (a) => list(a, modules, (module) => writeModule(a, module))])
  if (memory) streams.push([5, (a) => list(a, memory, (region) => writeRegion(a, region))])
  if (memory64) streams.push([9, (a) => writeMemory64(a, memory64)])
  if (exception) streams.push([6, (a) => writeException(a, exception, cpu)])
  if (misc) streams.push([15, (a) => writeMisc(a, misc)])
  return streams
}

function otherStreams(dump: SynthDump): Stream[] {
  const streams: Stream[] = []
  const { threadNames, unloadedModules, memoryInfo, handles, breakpad, assertion, crashpad, macCrash } = dump
  if (threadNames) {
    const write = (a: Assembler) =>
      list(a, threadNames, ([id, name]) => a.u32(id).reference64(minidumpString(name)))
    streams.push([24, write])
  }
  if (unloadedModules) streams.push([14, (a) => writeUnloaded(a, unloadedModules)])
  if (memoryInfo) streams.push([16, (a) => writeMemoryInfo(a, memoryInfo)])
  if (handles) streams.push([12, (a) => writeHandles(a, handles)])
  if (breakpad) streams.push([0x47670001, (a) => writeBreakpad(a, breakpad)])
  if (assertion) streams.push([0x47670002, (a) => writeAssertion(a, assertion)])
  if (crashpad) streams.push([0x43500001, (a) => writeCrashpad(a, crashpad)])
  if (macCrash) streams.push([0x4d7a0001, (a) => writeMacCrash(a, macCrash)])
  if (dump.macBootArgs !== undefined) {
    const text = dump.macBootArgs
    streams.push([0x4d7a0002, (a) => a.u32(0x4d7a0002).reference64(minidumpString(text))])
  }
  for (const [type, text] of texts(dump)) {
    if (text !== undefined) streams.push([type, (a) => a.bytes(new TextEncoder().encode(text))])
  }
  return [...streams, ...(dump.raw ?? []).map(({ type, write }): Stream => [type, write])]
}

function texts({ linux = {}, softErrors }: SynthDump): Array<[type: number, text: string | undefined]> {
  return [
    [0x47670003, linux.cpuInfo],
    [0x47670004, linux.procStatus],
    [0x47670005, linux.lsbRelease],
    [0x47670006, linux.cmdLine],
    [0x47670007, linux.environ],
    [0x47670009, linux.maps],
    [0x4d7a0003, linux.limits],
    [0x4d7a0004, softErrors],
  ]
}

/** u32 count, then the entries. */
function list<T>(a: Assembler, items: readonly T[], write: (item: T) => void): void {
  a.u32(items.length)
  for (const item of items) write(item)
}

const architectureOf: Readonly<Record<SynthCpu, number>> = {
  x86: 0,
  mips: 1,
  ppc: 3,
  arm: 5,
  amd64: 9,
  arm64: 12,
  'arm64-old': 0x8003,
  mips64: 0x8004,
  unknown: 0xffff,
}

const platformOf = { windows: 2, mac: 0x8101, ios: 0x8102, linux: 0x8201, android: 0x8203, none: 0 } as const

function writeSystem(a: Assembler, system: SynthSystem): void {
  a.u16(system.architecture ?? architectureOf[system.cpu ?? 'amd64'])
  a.u16(system.cpuLevel ?? 0, system.cpuRevision ?? 0)
  a.u8(system.cpuCount ?? 0, 0)
  a.u32(system.major ?? 0, system.minor ?? 0, system.build ?? 0, platformOf[system.os ?? 'none'])
  a.reference(minidumpString(system.csd ?? ''))
  a.u16(0, 0)
  for (let i = 0; i < 6; i++) a.u32(system.cpuWords?.[i] ?? 0)
}

function writeThread(a: Assembler, thread: SynthThread, cpu: SynthCpu): void {
  const { stack } = thread
  a.u32(thread.id, 0, 0, 0).u64(thread.teb ?? 0)
  a.u64(stack?.base ?? thread.stackStart ?? 0).location(stack ? (b) => b.bytes(stack.bytes) : null)
  a.location(thread.registers ? synthContext(cpu, thread.registers, thread.contextFlags) : null)
}

function writeModule(a: Assembler, module: SynthModule): void {
  a.u64(module.base).u32(module.size, module.checksum ?? 0, module.timestamp ?? 0)
  a.reference(minidumpString(module.name))
  if (module.version) a.u32(0xfeef04bd, 0x00010000, ...module.version).zeros(7 * 4)
  else a.zeros(13 * 4)
  a.location(module.codeView ?? null)
    .location(null)
    .zeros(16)
}

function writeRegion(a: Assembler, region: SynthMemory): void {
  a.u64(region.base).location((b) => b.bytes(region.bytes))
}

function writeMemory64(a: Assembler, regions: readonly SynthMemory[]): void {
  a.u64(regions.length).reference64((b) => {
    for (const { bytes } of regions) b.bytes(bytes)
  })
  for (const { base, bytes } of regions) a.u64(base, bytes.length)
}

function writeException(a: Assembler, exception: SynthException, cpu: SynthCpu): void {
  const parameters = exception.parameters ?? []
  a.u32(exception.threadId, 0, exception.code, exception.flags ?? 0)
  a.u64(0, exception.address ?? 0).u32(parameters.length, 0)
  for (let i = 0; i < 15; i++) a.u64(parameters[i] ?? 0)
  a.location(exception.registers ? synthContext(cpu, exception.registers) : null)
}

function writeMisc(a: Assembler, misc: SynthMiscInfo): void {
  const version = misc.version ?? 1
  const start = a.size
  a.u32([24, 44, 232, 832, 1364][version - 1]!, misc.flags ?? 3, misc.processId ?? 0)
  a.u32(misc.createTime ?? 0, misc.userTime ?? 0, misc.kernelTime ?? 0)
  if (version >= 2) a.u32(3000, 2000, 3000, 2, 1)
  if (version >= 3) {
    a.u32(0x3000, 0x4d, 0, 2, 60)
    fixedUtf16(a, 'Standard', 32)
    a.zeros(16).u32(0)
    fixedUtf16(a, 'Daylight', 32)
    a.zeros(16).u32(0xffff_ffc4)
  }
  if (version >= 4) {
    fixedUtf16(a, misc.buildString ?? '', 260)
    fixedUtf16(a, 'debug build', 40)
  }
  if (version >= 5) {
    a.u32(528, 2696).u64(0b111)
    a.u32(0, 160, 160, 256, 576, 256).zeros(61 * 8)
    a.u32(misc.processCookie ?? 0)
  }
  if (a.size - start !== [24, 44, 232, 832, 1364][version - 1]) throw new Error('MiscInfo of a wrong size')
}

function writeUnloaded(a: Assembler, modules: NonNullable<SynthDump['unloadedModules']>): void {
  a.u32(12, 24, modules.length)
  for (const { base, size, name, timestamp } of modules) {
    a.u64(base)
      .u32(size, 0, timestamp ?? 0)
      .reference(minidumpString(name))
  }
}

function writeMemoryInfo(a: Assembler, ranges: readonly SynthMemoryInfo[]): void {
  a.u32(16, 48).u64(ranges.length)
  for (const { base, size, protection, state = 0x1000, type = 0x20000 } of ranges) {
    a.u64(base, base).u32(protection, 0).u64(size).u32(state, protection, type, 0)
  }
}

function writeHandles(a: Assembler, handles: NonNullable<SynthDump['handles']>): void {
  a.u32(16, 32, handles.length, 0)
  const name = (text: string | undefined) =>
    text === undefined ? a.u32(0) : a.reference(minidumpString(text))
  for (const { handle, type, object } of handles) {
    a.u64(handle)
    name(type)
    name(object)
    a.u32(0, 0x12019f, 1, 1)
  }
}

function writeBreakpad(
  a: Assembler,
  { dumpThread, requestingThread }: NonNullable<SynthDump['breakpad']>,
): void {
  a.u32((dumpThread === undefined ? 0 : 1) | (requestingThread === undefined ? 0 : 2))
  a.u32(dumpThread ?? 0, requestingThread ?? 0)
}

function writeAssertion(a: Assembler, assertion: NonNullable<SynthDump['assertion']>): void {
  fixedUtf16(a, assertion.expression, 128)
  fixedUtf16(a, assertion.function, 128)
  fixedUtf16(a, assertion.file, 128)
  a.u32(assertion.line, assertion.type)
}

function dictionary(a: Assembler, entries: Readonly<Record<string, string>> | undefined): void {
  const pairs = Object.entries(entries ?? {})
  if (pairs.length === 0) a.location(null)
  else {
    a.location((b) =>
      list(b, pairs, ([key, value]) => b.reference(utf8String(key)).reference(utf8String(value))),
    )
  }
}

/** report id 00010203-0405-0607-0809-0a0b0c0d0e0f, client id all ones. */
function writeCrashpad(a: Assembler, crashpad: SynthCrashpad): void {
  const { version = 1, annotations, modules = [], addressMask } = crashpad
  a.u32(version).u32(0x00010203).u16(0x0405, 0x0607).u8(8, 9, 10, 11, 12, 13, 14, 15)
  a.bytes(new Uint8Array(16).fill(0x11))
  dictionary(a, annotations)
  a.location((b) =>
    list(b, modules, (module) => {
      b.u32(module.index).location((c) => {
        c.u32(1)
        c.location((d) => list(d, module.list ?? [], (text) => d.reference(utf8String(text))))
        dictionary(c, module.annotations)
        c.location((d) =>
          list(d, module.objects ?? [], ({ name, type, value }) => {
            d.reference(utf8String(name)).u16(type, 0)
            d.reference((e) => e.u32(value.length).bytes(value))
          }),
        )
      })
    }),
  )
  if (addressMask !== undefined) a.u32(0).u64(addressMask)
}

function writeMacCrash(a: Assembler, records: NonNullable<SynthDump['macCrash']>): void {
  const fixed = 40
  a.u32(0x4d7a0001, records.length, fixed)
  for (const record of records) {
    a.location((b) => {
      b.u64(0x4d7a0001, record.version, record.thread ?? 0, 0, record.abortCause ?? 0)
      for (const text of record.texts) b.bytes(new TextEncoder().encode(text)).u8(0)
    })
  }
  for (let i = records.length; i < 20; i++) a.location(null)
}

/** CodeView records. `guid`: 16 bytes as data1 u32, data2 u16, data3 u16 and 8 bytes. */
export const pdb70 =
  (guid: readonly [number, number, number, Bytes], age: number, file: string) => (a: Assembler) => {
    a.bytes(a.littleEndian ? [0x52, 0x53, 0x44, 0x53] : [0x53, 0x44, 0x53, 0x52])
    a.u32(guid[0]).u16(guid[1], guid[2]).bytes(guid[3]).u32(age)
    a.bytes(new TextEncoder().encode(file)).u8(0)
  }

export const pdb20 = (signature: number, age: number, file: string) => (a: Assembler) => {
  a.u32(0x3031424e, 0, signature, age).bytes(new TextEncoder().encode(file)).u8(0)
}

export const elfBuildId = (id: Bytes) => (a: Assembler) => {
  a.u32(0x4270454c).bytes(id)
}
