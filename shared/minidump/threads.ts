// Threads, their names and stacks, and the exception that stopped the process.
import { contextAt } from './context.ts'
import type { CpuContext } from './context.ts'
import { fileBytes, fileOffset, location, needSize, u32, u64 } from './dump-view.ts'
import type { Section } from './dump-view.ts'
import { extendedList, plainList } from './lists.ts'
import type { MemoryMap, MemoryRegion } from './memory.ts'
import { utf16String } from './strings.ts'

export interface ThreadRecord {
  readonly id: number
  /** From the ThreadNames stream; null when it has none. */
  readonly name: string | null
  readonly suspendCount: number
  readonly priorityClass: number
  readonly priority: number
  /** Address of the thread environment block on Windows. */
  readonly teb: bigint
  /** Where the writer says that the stack memory begins. */
  readonly stackStart: bigint
  /** The stack's memory, from the thread itself or from the memory list; null when the dump has none. */
  readonly stack: MemoryRegion | null
  /** Null when it is missing or belongs to another processor. */
  readonly context: CpuContext | null
}

/** What reading threads needs of the rest of the dump. */
export interface ThreadSources {
  readonly architecture: number
  readonly memory: () => MemoryMap
  readonly names: ReadonlyMap<number, string>
}

/** ThreadList, 48 bytes an entry. Ids may repeat. */
export function readThreadList(s: Section, sources: ThreadSources): ThreadRecord[] {
  return plainList(s, 48).map((at) => createThread(s, at, sources))
}

function createThread(s: Section, at: number, sources: ThreadSources): ThreadRecord {
  const id = u32(s, at)
  const stackStart = u64(s, at + 24)
  let stack: MemoryRegion | null | undefined
  let context: CpuContext | null | undefined
  return {
    id,
    name: sources.names.get(id) ?? null,
    suspendCount: u32(s, at + 4),
    priorityClass: u32(s, at + 8),
    priority: u32(s, at + 12),
    teb: u64(s, at + 16),
    stackStart,
    get stack() {
      if (stack === undefined) stack = ownStack(s, at, stackStart) ?? sources.memory().regionAt(stackStart)
      return stack
    },
    get context() {
      if (context === undefined) context = contextAt(s.file, location(s, at + 40), sources.architecture)
      return context
    },
  }
}

function ownStack(s: Section, at: number, base: bigint): MemoryRegion | null {
  const { size, rva } = location(s, at + 32)
  const bytes = size !== 0 && rva !== 0 ? fileBytes(s.file, rva, size) : null
  return bytes && { base, bytes }
}

/** ThreadNames, 12 bytes an entry with an unaligned RVA64. An unreadable name costs only its entry. */
export function readThreadNames(s: Section, damaged: (detail: string) => void): Map<number, string> {
  const names = new Map<number, string>()
  for (const at of plainList(s, 12)) {
    const id = u32(s, at)
    const name = utf16String(s.file, fileOffset(s, at + 4))
    if (name !== null) names.set(id, name)
    else damaged(`DataError: the name of thread ${id} is unreadable`)
  }
  return names
}

/** What Windows knows of a thread's life. Times are 100 ns units; creation and exit since 1601. */
export interface ThreadInfo {
  readonly id: number
  readonly dumpFlags: number
  readonly dumpError: number
  readonly exitStatus: number
  readonly createTime: bigint
  readonly exitTime: bigint
  readonly kernelTime: bigint
  readonly userTime: bigint
  readonly startAddress: bigint
  readonly affinity: bigint
}

/** ThreadInfoList, 64 bytes an entry. */
export function readThreadInfo(s: Section): ThreadInfo[] {
  return extendedList(s, 64).map((at) => ({
    id: u32(s, at),
    dumpFlags: u32(s, at + 4),
    dumpError: u32(s, at + 8),
    exitStatus: u32(s, at + 12),
    createTime: u64(s, at + 16),
    exitTime: u64(s, at + 24),
    kernelTime: u64(s, at + 32),
    userTime: u64(s, at + 40),
    startAddress: u64(s, at + 48),
    affinity: u64(s, at + 56),
  }))
}

export interface ExceptionRecord {
  readonly threadId: number
  /** Windows exception code, signal number, or Mach exception type. */
  readonly code: number
  /** Windows exception flags, si_code, or the Mach code's kind. */
  readonly flags: number
  readonly nestedRecord: bigint
  /** As stored; see crashReason for the address a report shows. */
  readonly address: bigint
  readonly parameterCount: number
  /** All 15 slots; only the first `parameterCount` mean something. */
  readonly parameters: readonly bigint[]
  readonly context: CpuContext | null
}

/** Exception, 168 bytes. */
export function readException(s: Section, architecture: number): ExceptionRecord {
  needSize(s, 168, 'Exception')
  return {
    threadId: u32(s, 0),
    code: u32(s, 8),
    flags: u32(s, 12),
    nestedRecord: u64(s, 16),
    address: u64(s, 24),
    parameterCount: u32(s, 32),
    parameters: Array.from({ length: 15 }, (_, i) => u64(s, 40 + 8 * i)),
    context: contextAt(s.file, location(s, 160), architecture),
  }
}

/** Which thread wrote the dump and for which thread it was written; null where the stream does not say. */
export interface BreakpadInfo {
  readonly dumpThreadId: number | null
  readonly requestingThreadId: number | null
}

export function readBreakpadInfo(s: Section): BreakpadInfo {
  needSize(s, 12, 'BreakpadInfo')
  const validity = u32(s, 0)
  return {
    dumpThreadId: validity & 1 ? u32(s, 4) : null,
    requestingThreadId: validity & 2 ? u32(s, 8) : null,
  }
}
