// Walks all threads of a dump, loading symbols as frames reach modules.
import { baseName } from '../text/base-name.ts'
import { CrashError } from '../errors.ts'
import type { CpuContext } from '../minidump/context.ts'
import { streamTypes } from '../minidump/format.ts'
import type { MemoryRegion } from '../minidump/memory/memory.ts'
import type { Minidump } from '../minidump/minidump.ts'
import type { ModuleRecord } from '../minidump/modules.ts'
import type { ThreadRecord } from '../minidump/threads.ts'
import { type ModuleKey, moduleKeyText } from '../symbols/sources/symbol-path.ts'
import { noSymbols, type SymbolSource } from '../symbols/sources/symbol-source.ts'
import type { SymbolTable } from '../symbols/symdex/symbol-table.ts'
import { cpus } from '../unwind/cpus/cpus.ts'
import type { AddressSpace, Cpu, EndReason, Frame } from '../unwind/frame.ts'
import { createStackMemory, type StackMemory, stackOffset } from '../unwind/stack-memory.ts'
import { startWalk, walkThread } from '../unwind/unwind.ts'
import { highHalf, lowHalf, type Word, wordOf } from '../unwind/word.ts'
import { addressSpaceOf } from './address-space.ts'
import { readCertificates, readMicrocode } from './annotations.ts'
import { createUnloadedLookup, type UnloadedLookup } from './unloaded-modules.ts'

export interface StackwalkOptions {
  symbols?: SymbolSource
  /** Maximum number of frames per thread. */
  maxFrames?: number
  /** Annotations of the report; `ModuleSignatureInfo` and `CPUMicrocodeVersion` appear in the output. */
  annotations?: Readonly<Record<string, unknown>>
}

export const defaultMaxFrames = 10_000

export interface WalkedThread {
  thread: ThreadRecord
  /** The registers of the innermost frame; null for a thread without them, and for the one that wrote the dump. */
  context: CpuContext | null
  cpu: Cpu | null
  frames: readonly Frame[]
  end: EndReason | 'dump-writer'
}

/** The state of a module's symbols after the walk. */
export interface SymbolsOfModule {
  table: SymbolTable | null
  /** Why a source failed or its symbol file cannot be used, else null. */
  failure: string | null
}

export interface WalkedDump {
  dump: Minidump
  threads: WalkedThread[]
  /** Index of the thread that crashed or requested the dump, or null. */
  requestingThread: number | null
  /** By index into the dump's modules; modules that no frame reached are absent. */
  symbols: ReadonlyMap<number, SymbolsOfModule>
  /** Code signer of a module, by file name. */
  certificates: ReadonlyMap<string, string>
  microcode: bigint | null
  /** Unloaded modules that had been at an address. */
  unloadedAt: UnloadedLookup
}

/** The distinct reasons why symbols could not be loaded. Modules without symbols in the output may have some. */
export const symbolFailures = ({ symbols }: WalkedDump): string[] => [
  ...new Set([...symbols.values()].flatMap(({ failure }) => failure ?? [])),
]

/**
 * Finds the frames of every thread of a dump, with symbols.
 * @throws CrashError 'bad-dump' when the dump has no thread list or no system information.
 */
export async function walkDumpThreads(dump: Minidump, options: StackwalkOptions = {}): Promise<WalkedDump> {
  requireStreams(dump)
  const { exception, breakpadInfo } = dump
  const requestingId = exception?.threadId ?? breakpadInfo?.requestingThreadId ?? null
  const loader = createLoader(dump, options.symbols ?? noSymbols)
  const maxFrames = options.maxFrames ?? defaultMaxFrames
  const threads: WalkedThread[] = []
  let requestingThread: number | null = null
  for (const [index, thread] of dump.threads.entries()) {
    if (thread.id === breakpadInfo?.dumpThreadId) {
      threads.push({ thread, context: null, cpu: null, frames: [], end: 'dump-writer' })
      continue
    }
    const isRequesting = thread.id === requestingId
    if (isRequesting) requestingThread = index
    const context = (isRequesting ? exception?.context : null) ?? thread.context
    threads.push(await walkOne(dump, { thread, context }, { loader, maxFrames }))
  }
  const { annotations = {} } = options
  return {
    dump,
    threads,
    requestingThread,
    symbols: loader.found,
    certificates: readCertificates(annotations.ModuleSignatureInfo),
    microcode: readMicrocode(annotations.CPUMicrocodeVersion),
    unloadedAt: createUnloadedLookup(dump.unloadedModules),
  }
}

function requireStreams(dump: Minidump): void {
  if (!dump.hasStream(streamTypes.threadList))
    throw new CrashError('bad-dump', 'MissingThreadList: the dump has no list of threads')
  if (!dump.systemInfo)
    throw new CrashError('bad-dump', 'MissingSystemInfo: the dump has no system information')
}

async function walkOne(
  dump: Minidump,
  { thread, context }: { thread: ThreadRecord; context: CpuContext | null },
  { loader, maxFrames }: { loader: Loader; maxFrames: number },
): Promise<WalkedThread> {
  if (!context) return { thread, context, cpu: null, frames: [], end: 'no-context' }
  const cpu = cpus[context.cpu]
  const walk = startWalk({
    cpu,
    os: dump.systemInfo!.os,
    stack: stackOf(dump, thread, context),
    modules: dump.modules,
    bases: loader.bases,
    symbols: loader.symbols,
    space: loader.space,
    maxFrames,
    registers: Array.from(context.values, wordOf),
  })
  await walkThread(walk, loader.load)
  return { thread, context, cpu, frames: walk.frames, end: walk.end! }
}

/** The thread's own stack, or the region that the stack pointer is in. */
export function stackOf(dump: Minidump, thread: ThreadRecord, context: CpuContext): StackMemory | null {
  const sp = wordOf(context.stackPointer)
  const own = thread.stack && memoryOf(thread.stack, dump)
  if (own && stackOffset(own, sp, 8) >= 0) return own
  const other = dump.memory.regionAtPair(highHalf(sp), lowHalf(sp))
  return other ? memoryOf(other, dump) : own
}

const memoryOf = (region: MemoryRegion, dump: Minidump) =>
  createStackMemory(wordOf(region.base), region.bytes, dump.littleEndian)

interface Loader {
  bases: readonly Word[]
  space: AddressSpace
  found: Map<number, SymbolsOfModule>
  symbols: (module: number) => SymbolTable | null | undefined
  load: (module: number, offset: number) => Promise<void>
}

/** Requests the symbols of each module once per dump. */
function createLoader(dump: Minidump, source: SymbolSource): Loader {
  const { list } = dump.modules
  const found = new Map<number, SymbolsOfModule>()
  const byKey = new Map<string, SymbolsOfModule>()
  return {
    bases: list.map((module) => wordOf(module.base)),
    space: addressSpaceOf(dump),
    found,
    symbols: (module) => (source === noSymbols ? null : found.get(module)?.table),
    async load(module, offset) {
      const known = found.get(module)
      if (known) return known.table?.load(offset)
      const key = moduleKey(list[module]!)
      const text = moduleKeyText(key)
      const answer = byKey.get(text) ?? (await ask(source, key))
      byKey.set(text, answer)
      found.set(module, answer)
    },
  }
}

async function ask(source: SymbolSource, key: ModuleKey): Promise<SymbolsOfModule> {
  try {
    const table = await source.load(key)
    const name = `${baseName(key.debugFile || key.codeFile)} ${key.debugId || key.codeId}`
    const failure = table?.problem ? `The symbol file of ${name} cannot be used: ${table.problem}` : null
    return { table, failure }
  } catch (error) {
    if (!(error instanceof CrashError)) throw error
    return { table: null, failure: error.message }
  }
}

/** Identifies a module to symbol sources. */
const moduleKey = (module: ModuleRecord): ModuleKey => ({
  debugFile: module.debugFile ?? '',
  debugId: module.debugId ?? '',
  codeFile: module.codeFile,
  codeId: module.codeId ?? '',
})
