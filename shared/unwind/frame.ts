// The data of a walk: processors, frames, modules, symbols.
import type { SymbolInfo, SymbolPage } from '../symbols/symdex/symbol-page.ts'
import type { SymbolTable } from '../symbols/symdex/symbol-table.ts'
import type { StackMemory } from './stack-memory.ts'
import type { Word } from './word.ts'

/** The technique that found a frame, most reliable first. */
export type Trust = 'context' | 'cfi' | 'frame_pointer' | 'scan'

/** Values in the order of the processor's `names`; null where the value in this frame is unknown. */
export type Registers = (Word | null)[]

/** One function on a stack; functions inlined into it are in `symbol`. */
export interface Frame {
  trust: Trust
  registers: Registers
  /** The address to symbolicate: the instruction itself, or an address inside the call before a return address. */
  instruction: Word
  /** Index of the module that contains `instruction`, or -1. */
  module: number
  /** `instruction` relative to the base of the module; 0 without one. */
  moduleOffset: number
  /** Null when no symbol covers the instruction. */
  symbol: SymbolInfo | null
}

/** Why a walk ended. */
export type EndReason =
  | 'no-context'
  | 'no-stack-memory'
  | 'no-caller'
  | 'null-instruction'
  | 'stack-pointer'
  | 'frame-limit'

/** Loaded modules by address; `ModuleList` of a minidump satisfies it. */
export interface ModuleMap {
  readonly list: readonly { readonly base: bigint; readonly size: number }[]
  indexAtPair(high: number, low: number): number
}

/** What is known about the addresses of the process. */
export interface AddressSpace {
  /** False for an address, as two u32 halves, where no code can be. */
  isCode(high: number, low: number): boolean
  /** The bits of an arm64 pointer that are its address. */
  readonly pointerMask: bigint
}

/** What is specific to a processor. Registers are identified by their index in `names`. */
export interface Cpu {
  readonly names: readonly string[]
  /** Register indexes by name, aliases included. */
  readonly indexes: ReadonlyMap<string, number>
  readonly wordSize: 4 | 8
  readonly ip: number
  readonly sp: number
  /** Registers preserved across calls unless call frame information overrides them. */
  readonly calleeSaved: readonly number[]
  /** The same where Windows has a convention of its own. */
  readonly calleeSavedOnWindows: readonly number[]
  /** Bytes from a return address back into the call. */
  readonly returnDelta: number
  /** Index of the register that holds the return address at a function's entry; -1 where the stack holds it. */
  readonly linkRegister: number
  /** Cheap plausibility check of a word, as two u32 halves, as a return address. */
  isPlausibleReturn(high: number, low: number): boolean
  /** The caller according to the frame pointer chain. */
  byFramePointer(walk: Walk, callee: Frame): CallerFrame | null
  /** Where to scan: words from the callee's stack pointer, the first and the end. */
  scanRange(callee: Frame): readonly [first: number, end: number]
  /** Adds registers to a caller found by a scan. */
  refineScan(walk: Walk, found: ScannedCaller): void
  /** False when the caller's stack pointer shows that the walk must end. */
  isProgress(callee: Frame, caller: CallerFrame): boolean
  /** Removes the bits that hardware adds to a pointer (pointer authentication). */
  strip(walk: Walk, pointer: Word): Word
}

/** A caller before module and symbols are looked up. */
export interface CallerFrame {
  trust: Trust
  registers: Registers
  /** True when the instruction is where the function was interrupted rather than a return address. */
  exact?: boolean
}

/** A caller found by a scan: its return address is the `index`th word from the callee's stack pointer, at `slot`. */
export interface ScannedCaller {
  callee: Frame
  caller: CallerFrame
  slot: Word
  index: number
}

/** A thread's walk in progress. */
export interface Walk {
  readonly cpu: Cpu
  readonly os: string
  readonly stack: StackMemory | null
  readonly modules: ModuleMap
  /** The bases of `modules.list`. */
  readonly bases: readonly Word[]
  /** Symbols of a module; null when there are none, undefined when they were not requested yet. */
  readonly symbols: (module: number) => SymbolTable | null | undefined
  readonly space: AddressSpace
  readonly maxFrames: number
  /** Symbolicated, innermost first. */
  readonly frames: Frame[]
  /** The latest caller, not yet symbolicated. */
  next: CallerFrame | null
  end: EndReason | null
  /** Symbols that the current step lacks: its result does not count. */
  missing: SymbolsNeeded | null
}

/** Symbols to load before a walk can continue. */
export interface SymbolsNeeded {
  readonly module: number
  readonly offset: number
}

/** The page of symbols at an offset in a module, or null. If it is not loaded yet, `walk.missing` names it. */
export function pageOf(walk: Walk, module: number, offset: number): SymbolPage | null {
  const table = walk.symbols(module)
  if (table === null) return null
  const page = table?.page(offset)
  if (page === undefined) walk.missing ??= { module, offset }
  return page ?? null
}
