// Threads, their names and stacks, and the exception that ended the process.

import type { CpuContext } from './context.ts'
import { contextAt } from './context.ts'
import type { Section } from './dump-view.ts'
import { fileBytes, fileOffset, location, needSize, u32, u64 } from './dump-view.ts'
import { extendedList, plainList } from './lists.ts'
import type { MemoryMap, MemoryRegion } from './memory/memory.ts'
import { utf16String } from './strings.ts'

export interface ThreadRecord {
  readonly id: number
  /** From the ThreadNames stream; null when it has no entry. */
  readonly name: string | null
  readonly suspendCount: number
  readonly priorityClass: number
  readonly priority: number
  /** Address of the thread environment block on Windows. */
  readonly teb: bigint
  /** Start of the stack memory according to the writer. */
  readonly stackStart: bigint
  /** The stack memory, from the thread itself or from the memory list; null when the dump has none. */
  readonly stack: MemoryRegion | null
  /** Null when it is missing or of another processor. */
  readonly context: CpuContext | null
}

/** The other parts of the dump that threads refer to. */
export interface ThreadSources {
  readonly architecture: number
  readonly memory: () => MemoryMap
  readonly names: ReadonlyMap<number, string>
}

/** ThreadList, 48 bytes per entry. Ids may repeat. */
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

/** ThreadNames, 12 bytes per entry with an unaligned RVA64. An unreadable name affects only its own entry. */
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

/** Windows' record of a thread. Times are in units of 100 ns; creation and exit since 1601. */
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

/** ThreadInfoList, 64 bytes per entry. */
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
  /** Windows exception flags, si_code, or the kind of the Mach code. */
  readonly flags: number
  readonly nestedRecord: bigint
  /** As stored; crashReason determines the reported address. */
  readonly address: bigint
  readonly parameterCount: number
  /** All 15 slots; only the first `parameterCount` are valid. */
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

/**
 * The thread that wrote the dump and the thread it was requested for; null where the stream does not mark them valid.
 */
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
