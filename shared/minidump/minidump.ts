// A minidump as one value: the directory is read immediately, each stream on first access.
import { isCrashError } from '../errors.ts'
import type { CrashpadInfo } from './crashpad.ts'
import { readCrashpadInfo } from './crashpad.ts'
import type { DumpFile, Location, Section } from './dump-view.ts'
import { createDumpFile, dumpError, fileBytes, section, u32, u64 } from './dump-view.ts'
import { streamName, streamTypes } from './format.ts'
import type { DsoDebug, LinuxMapping, LsbRelease, ProcessLimit } from './linux.ts'
import {
  readAuxv,
  readCommandLine,
  readDsoDebug,
  readEnviron,
  readLimits,
  readLsbRelease,
  readMaps,
  readText,
} from './linux.ts'
import type { AssertionInfo, MacCrashRecord } from './mac.ts'
import { readAssertion, readMacBootArgs, readMacCrashInfo, readSoftErrors } from './mac.ts'
import type { MemoryMap } from './memory/memory.ts'
import { createMemoryMap, readMemory64List, readMemoryList } from './memory/memory.ts'
import type { MappedMemory } from './memory/permissions.ts'
import { createMappedMemory } from './memory/permissions.ts'
import type { MiscInfo } from './misc-info.ts'
import { readMiscInfo } from './misc-info.ts'
import type { ModuleList, UnloadedModule } from './modules.ts'
import { createModuleList, readModuleList, readUnloadedModules } from './modules.ts'
import { otherFormat } from './other-format.ts'
import type { SystemInfo } from './system-info.ts'
import { readSystemInfo } from './system-info.ts'
import type { BreakpadInfo, ExceptionRecord, ThreadInfo, ThreadRecord } from './threads.ts'
import {
  readBreakpadInfo,
  readException,
  readThreadInfo,
  readThreadList,
  readThreadNames,
} from './threads.ts'
import type { HandleRecord, MemoryInfo } from './windows.ts'
import { readHandles, readMemoryInfo } from './windows.ts'

export interface MinidumpHeader {
  readonly version: number
  readonly streamCount: number
  readonly directoryRva: number
  readonly checksum: number
  /** When the dump was written, in seconds since 1970. */
  readonly time: number
  readonly flags: bigint
}

export interface StreamEntry extends Location {
  readonly type: number
  readonly name: string
}

/** Part of the dump that could not be read. `detail` starts with a name of dumpErrorNames. */
export interface DumpIssue {
  readonly stream: string
  readonly detail: string
}

/**
 * The content of the streams, each read on first access. A missing or damaged stream is null or an empty list; the
 * dump's `issues` list the damaged ones.
 */
export interface DumpContent {
  readonly systemInfo: SystemInfo | null
  readonly miscInfo: MiscInfo | null
  readonly exception: ExceptionRecord | null
  readonly threads: readonly ThreadRecord[]
  readonly threadNames: ReadonlyMap<number, string>
  readonly threadInfo: readonly ThreadInfo[]
  readonly modules: ModuleList
  readonly unloadedModules: readonly UnloadedModule[]
  /** The process memory that the dump contains. */
  readonly memory: MemoryMap
  /** The mapped memory and its permissions; null when the dump has no such list. */
  readonly mappedMemory: MappedMemory | null
  readonly memoryInfo: readonly MemoryInfo[] | null
  readonly handles: readonly HandleRecord[] | null
  readonly breakpadInfo: BreakpadInfo | null
  readonly crashpadInfo: CrashpadInfo | null
  readonly assertion: AssertionInfo | null
  /** /proc/cpuinfo as text. */
  readonly linuxCpuInfo: string | null
  /** /proc/pid/status as text. */
  readonly linuxProcStatus: string | null
  readonly linuxLsbRelease: LsbRelease | null
  /** Protected: command lines may hold secrets. */
  readonly linuxCommandLine: readonly string[] | null
  /** Protected: environments may hold secrets. */
  readonly linuxEnviron: ReadonlyMap<string, string> | null
  readonly linuxAuxv: ReadonlyArray<readonly [type: bigint, value: bigint]> | null
  readonly linuxMaps: readonly LinuxMapping[] | null
  readonly linuxLimits: readonly ProcessLimit[] | null
  readonly linuxDsoDebug: DsoDebug | null
  readonly macCrashInfo: readonly MacCrashRecord[] | null
  readonly macBootArgs: string | null
  /** Any JSON value. */
  readonly softErrors: unknown
}

export interface Minidump extends DumpContent {
  readonly bytes: Uint8Array
  readonly littleEndian: boolean
  readonly header: MinidumpHeader
  /** The directory in file order. Of several streams of one type, the last is read. */
  readonly streams: readonly StreamEntry[]
  hasStream(type: number): boolean
  /** The bytes of a stream, as a view, or null. */
  streamBytes(type: number): Uint8Array | null
  /** Grows as streams are read, up to 1,000. */
  readonly issues: readonly DumpIssue[]
}

/** A hostile dump can contain a problem every few bytes; more notes would help no reader. */
const maxIssues = 1000

const headerSize = 32
const signature = 0x504d_444d
const swappedSignature = 0x4d44_4d50
const formatVersion = 0xa793

/**
 * Reads header and directory of a minidump; streams are read on access, from the same bytes, without copying.
 * @throws CrashError('bad-dump') when header or directory are unusable; dumpErrorName gives the stable name
 */
export function readMinidump(bytes: Uint8Array): Minidump {
  const file = openDump(bytes)
  const issues: DumpIssue[] = []
  const header = readHeader(file)
  const streams = readDirectory(file, header)
  const byType = indexStreams(streams, issues)
  const streamBytes = (type: number) => {
    const entry = byType.get(type)
    return entry ? fileBytes(file, entry.rva, entry.size) : null
  }
  const content = lazyContent(createStreamReader(file, byType, issues), file.littleEndian)
  const hasStream = (type: number) => byType.has(type)
  const { littleEndian } = file
  return Object.assign(content, { bytes, littleEndian, header, streams, issues, hasStream, streamBytes })
}

function openDump(bytes: Uint8Array): DumpFile {
  if (bytes.byteLength < headerSize)
    throw dumpError('MissingHeader', `only ${bytes.byteLength} bytes${otherFormat(bytes)}`)
  const first = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true)
  if (first !== signature && first !== swappedSignature) {
    throw dumpError('HeaderMismatch', `the first four bytes are not MDMP${otherFormat(bytes)}`)
  }
  return createDumpFile(bytes, first === signature)
}

function readHeader(file: DumpFile): MinidumpHeader {
  const s = section(file, 0, headerSize)
  const version = u32(s, 4)
  if ((version & 0xffff) !== formatVersion)
    throw dumpError('VersionMismatch', `version 0x${version.toString(16)}`)
  return {
    version,
    streamCount: u32(s, 8),
    directoryRva: u32(s, 12),
    checksum: u32(s, 16),
    time: u32(s, 20),
    flags: u64(s, 24),
  }
}

function readDirectory(file: DumpFile, { streamCount, directoryRva }: MinidumpHeader): StreamEntry[] {
  if (directoryRva + streamCount * 12 > file.bytes.byteLength) {
    throw dumpError(
      'MissingDirectory',
      `${streamCount} streams at offset ${directoryRva} pass the end of the file`,
    )
  }
  const s = section(file, directoryRva, streamCount * 12)
  return Array.from({ length: streamCount }, (_, i) => {
    const type = u32(s, 12 * i)
    return { type, name: streamName(type), size: u32(s, 12 * i + 4), rva: u32(s, 12 * i + 8) }
  })
}

function indexStreams(streams: readonly StreamEntry[], issues: DumpIssue[]): Map<number, StreamEntry> {
  const byType = new Map<number, StreamEntry>()
  for (const entry of streams) {
    if (entry.type === streamTypes.unused) continue
    if (byType.has(entry.type) && issues.length < maxIssues) {
      issues.push({ stream: entry.name, detail: 'DataError: the stream occurs twice; the last one is read' })
    }
    byType.set(entry.type, entry)
  }
  return byType
}

/** An object whose properties are computed on first access, possibly from each other, and cached. */
function lazyObject<T extends object>(makers: { readonly [K in keyof T]: (self: T) => T[K] }): T {
  const made = {} as T
  for (const key of Object.keys(makers) as Array<keyof T>) {
    let done = false
    let value: T[keyof T]
    const get = () => {
      if (!done) {
        value = makers[key](made)
        done = true
      }
      return value
    }
    Object.defineProperty(made, key, { get, enumerable: true })
  }
  return made
}

type OnDamage = (detail: string) => void
/** Returns what `read` makes of a stream, or `absent` if it is missing or damaged. */
type StreamReader = <T, A extends T | null>(
  type: number,
  read: (s: Section, damaged: OnDamage) => T,
  absent: A,
) => T | A

function createStreamReader(
  file: DumpFile,
  byType: ReadonlyMap<number, StreamEntry>,
  issues: DumpIssue[],
): StreamReader {
  return (type, read, absent) => {
    const entry = byType.get(type)
    if (!entry) return absent
    const damaged = (detail: string) => {
      if (issues.length < maxIssues) issues.push({ stream: entry.name, detail })
    }
    try {
      return read(section(file, entry.rva, entry.size), damaged)
    } catch (error) {
      if (!isCrashError(error)) throw error
      damaged(error.message)
      return absent
    }
  }
}

function lazyContent(read: StreamReader, littleEndian: boolean): DumpContent {
  const t = streamTypes
  const os = (dump: DumpContent) => dump.systemInfo?.os ?? 'other'
  const architecture = (dump: DumpContent) => dump.systemInfo?.architecture ?? -1
  const wordSize = (dump: DumpContent) => dump.systemInfo?.pointerSize ?? 8
  const threads = (s: Section, dump: DumpContent) =>
    readThreadList(s, {
      architecture: architecture(dump),
      memory: () => dump.memory,
      names: dump.threadNames,
    })
  const regions = () => read(t.memory64List, readMemory64List, null) ?? read(t.memoryList, readMemoryList, [])
  return lazyObject<DumpContent>({
    systemInfo: () => read(t.systemInfo, readSystemInfo, null),
    miscInfo: () => read(t.miscInfo, readMiscInfo, null),
    exception: (dump) => read(t.exception, (s) => readException(s, architecture(dump)), null),
    threads: (dump) => read(t.threadList, (s) => threads(s, dump), []),
    threadNames: () => read(t.threadNames, readThreadNames, new Map()),
    threadInfo: () => read(t.threadInfoList, readThreadInfo, []),
    modules: (dump) =>
      createModuleList(read(t.moduleList, (s, damaged) => readModuleList(s, os(dump), damaged), [])),
    unloadedModules: () => read(t.unloadedModuleList, readUnloadedModules, []),
    memory: () => createMemoryMap(regions(), littleEndian),
    mappedMemory: (dump) => createMappedMemory(dump.memoryInfo, dump.linuxMaps),
    memoryInfo: () => read(t.memoryInfoList, readMemoryInfo, null),
    handles: () => read(t.handleData, readHandles, null),
    breakpadInfo: () => read(t.breakpadInfo, readBreakpadInfo, null),
    crashpadInfo: () => read(t.crashpadInfo, readCrashpadInfo, null),
    assertion: () => read(t.assertionInfo, readAssertion, null),
    linuxCpuInfo: () => read(t.linuxCpuInfo, readText, null),
    linuxProcStatus: () => read(t.linuxProcStatus, readText, null),
    linuxLsbRelease: () => read(t.linuxLsbRelease, readLsbRelease, null),
    linuxCommandLine: () => read(t.linuxCmdLine, readCommandLine, null),
    linuxEnviron: () => read(t.linuxEnviron, readEnviron, null),
    linuxAuxv: (dump) => read(t.linuxAuxv, (s) => readAuxv(s, wordSize(dump)), null),
    linuxMaps: () => read(t.linuxMaps, readMaps, null),
    linuxLimits: () => read(t.linuxLimits, readLimits, null),
    linuxDsoDebug: (dump) => read(t.linuxDsoDebug, (s) => readDsoDebug(s, wordSize(dump)), null),
    macCrashInfo: () => read(t.macCrashInfo, readMacCrashInfo, null),
    macBootArgs: () => read(t.macBootArgs, readMacBootArgs, null),
    softErrors: () => read(t.softErrors, readSoftErrors, null),
  })
}
