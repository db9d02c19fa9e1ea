// A minidump as one value: the directory is read at once, every stream when it is first asked for.
import { isCrashError } from '../errors.ts'
import { createDumpFile, dumpError, section, u32, u64 } from './dump-view.ts'
import type { DumpFile, Location, Section } from './dump-view.ts'
import { streamName, streamTypes } from './format.ts'
import { createMemoryMap, readMemory64List, readMemoryList } from './memory.ts'
import type { MemoryMap, MemoryRegion } from './memory.ts'
import { createModuleList, readModuleList, readUnloadedModules } from './modules.ts'
import type { ModuleList, UnloadedModule } from './modules.ts'
import { readSystemInfo } from './system-info.ts'
import type { SystemInfo } from './system-info.ts'
import {
  readBreakpadInfo,
  readException,
  readThreadInfo,
  readThreadList,
  readThreadNames,
} from './threads.ts'
import type { BreakpadInfo, ExceptionRecord, ThreadInfo, ThreadRecord } from './threads.ts'

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

/** Something in the dump that could not be read. `detail` begins with a name of dumpErrorNames. */
export interface DumpIssue {
  readonly stream: string
  readonly detail: string
}

/** Streams are null (lists: empty) when missing or broken; `issues` says which were broken, once they were asked for. */
export interface Minidump {
  readonly bytes: Uint8Array
  readonly littleEndian: boolean
  readonly header: MinidumpHeader
  /** The directory in file order. Of streams with the same type the last one is read. */
  readonly streams: readonly StreamEntry[]
  hasStream(type: number): boolean
  /** The bytes of a stream (a view), or null. */
  streamBytes(type: number): Uint8Array | null
  /** Grows as streams are read. */
  readonly issues: readonly DumpIssue[]

  readonly systemInfo: SystemInfo | null
  readonly exception: ExceptionRecord | null
  readonly threads: readonly ThreadRecord[]
  readonly threadNames: ReadonlyMap<number, string>
  readonly threadInfo: readonly ThreadInfo[]
  readonly modules: ModuleList
  readonly unloadedModules: readonly UnloadedModule[]
  readonly memory: MemoryMap
  readonly breakpadInfo: BreakpadInfo | null
}

const headerSize = 32
const signature = 0x504d_444d
const swappedSignature = 0x4d44_4d50
const formatVersion = 0xa793

/**
 * Reads the header and directory of a minidump; streams follow when asked for, from the same bytes, never copied.
 * @throws CrashError('bad-dump') when there is no usable header or directory; dumpErrorName gives the stable name
 */
export function readMinidump(bytes: Uint8Array): Minidump {
  const file = openDump(bytes)
  const issues: DumpIssue[] = []
  const header = readHeader(file)
  const streams = readDirectory(file, header)
  const byType = indexStreams(streams, issues)
  return createMinidump(file, header, streams, byType, issues)
}

function openDump(bytes: Uint8Array): DumpFile {
  if (bytes.byteLength < headerSize) throw dumpError('MissingHeader', `only ${bytes.byteLength} bytes`)
  const first = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true)
  if (first !== signature && first !== swappedSignature) {
    throw dumpError('HeaderMismatch', 'the first four bytes are not MDMP')
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
    if (byType.has(entry.type)) {
      issues.push({ stream: entry.name, detail: 'DataError: the stream occurs twice; the last one is read' })
    }
    byType.set(entry.type, entry)
  }
  return byType
}

/** Runs `make` once, at the first call. */
function lazy<T>(make: () => T): () => T {
  let done = false
  let value: T
  return () => {
    if (!done) {
      value = make()
      done = true
    }
    return value
  }
}

function createMinidump(
  file: DumpFile,
  header: MinidumpHeader,
  streams: readonly StreamEntry[],
  byType: ReadonlyMap<number, StreamEntry>,
  issues: DumpIssue[],
): Minidump {
  type Report = (detail: string) => void
  /** The stream read by `read`, or `absent` when there is none or it is broken. */
  const stream = <T>(type: number, absent: T, read: (s: Section, damaged: Report) => T) =>
    lazy((): T => {
      const entry = byType.get(type)
      if (!entry) return absent
      const damaged = (detail: string) => void issues.push({ stream: entry.name, detail })
      try {
        return read(section(file, entry.rva, entry.size), damaged)
      } catch (error) {
        if (!isCrashError(error)) throw error
        damaged(error.message)
        return absent
      }
    })
  const t = streamTypes
  const systemInfo = stream(t.systemInfo, null, readSystemInfo)
  const architecture = () => systemInfo()?.architecture ?? -1
  const os = () => systemInfo()?.os ?? 'other'
  const memory64 = stream<MemoryRegion[] | null>(t.memory64List, null, readMemory64List)
  const memoryList = stream<MemoryRegion[]>(t.memoryList, [], readMemoryList)
  const memory = lazy(() => createMemoryMap(memory64() ?? memoryList(), file.littleEndian))
  const names = stream<ReadonlyMap<number, string>>(t.threadNames, new Map(), readThreadNames)
  const threads = stream<ThreadRecord[]>(t.threadList, [], (s) =>
    readThreadList(s, { architecture: architecture(), memory, names: names() }),
  )
  const threadInfo = stream<ThreadInfo[]>(t.threadInfoList, [], readThreadInfo)
  const modules = stream(t.moduleList, createModuleList([]), (s, damaged) =>
    createModuleList(readModuleList(s, os(), damaged)),
  )
  const unloaded = stream<UnloadedModule[]>(t.unloadedModuleList, [], readUnloadedModules)
  const exception = stream(t.exception, null, (s) => readException(s, architecture()))
  const breakpadInfo = stream(t.breakpadInfo, null, readBreakpadInfo)
  return {
    bytes: file.bytes,
    littleEndian: file.littleEndian,
    header,
    streams,
    hasStream: (type) => byType.has(type),
    streamBytes: (type) => {
      const entry = byType.get(type)
      return entry && entry.rva + entry.size <= file.bytes.byteLength
        ? file.bytes.subarray(entry.rva, entry.rva + entry.size)
        : null
    },
    issues,
    get systemInfo() {
      return systemInfo()
    },
    get exception() {
      return exception()
    },
    get threads() {
      return threads()
    },
    get threadNames() {
      return names()
    },
    get threadInfo() {
      return threadInfo()
    },
    get modules() {
      return modules()
    },
    get unloadedModules() {
      return unloaded()
    },
    get memory() {
      return memory()
    },
    get breakpadInfo() {
      return breakpadInfo()
    },
  }
}
