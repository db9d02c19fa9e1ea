// What a walk is made of: processors, frames, and what it may look at.
import type { SymbolInfo, SymbolPage } from '../symbols/symdex/symbol-page.ts'
import type { SymbolTable } from '../symbols/symdex/symbol-table.ts'
import type { StackMemory } from './stack-memory.ts'
import type { Word } from './word.ts'

/** How a frame was found, best first. */
export type Trust = 'context' | 'cfi' | 'frame_pointer' | 'scan'

/** Values in the order of the processor's `names`; null where the value in this frame is not known. */
export type Registers = (Word | null)[]

/** One function on a stack, callers of inlined functions included in `symbol`. */
export interface Frame {
  trust: Trust
  registers: Registers
  /** The address that is looked up: of the instruction itself, or inside the call before a return address. */
  instruction: Word
  /** Index of the module that holds `instruction`, or -1. */
  module: number
  /** `instruction` from the base of the module; 0 without one. */
  moduleOffset: number
  /** Null when no symbol is known. */
  symbol: SymbolInfo | null
}

/** Why a walk went no further. */
export type EndReason =
  | 'no-context'
  | 'no-stack-memory'
  | 'no-caller'
  | 'null-instruction'
  | 'stack-pointer'
  | 'frame-limit'

/** Which modules are loaded where; `ModuleList` of a minidump fits. */
export interface ModuleMap {
  readonly list: readonly { readonly base: bigint; readonly size: number }[]
  indexAtPair(high: number, low: number): number
}

/** What belongs to one kind of processor. Registers are named by their place in `names`. */
export interface Cpu {
  readonly names: readonly string[]
  /** Places by name, aliases included. */
  readonly places: ReadonlyMap<string, number>
  readonly wordSize: 4 | 8
  readonly ip: number
  readonly sp: number
  /** Kept in the caller by a function that has call frame information and does not say otherwise. */
  readonly calleeSaved: readonly number[]
  /** From a return address back into the call. */
  readonly returnDelta: number
  /** Place of the register that holds the return address at a function's entry; -1 where the stack holds it. */
  readonly linkRegister: number
  /** Cheap check of a word, as two u32 halves, that may be a return address. */
  isPlausibleReturn(high: number, low: number): boolean
  /** The caller by the chain of frame pointers. */
  byFramePointer(walk: Walk, callee: Frame): Found | null
  /** Adds what else is known of the caller whose return address a scan found in the `index`th word, at `slot`. */
  refineScan(walk: Walk, callee: Frame, found: Found, slot: Word, index: number): void
  /** False when the caller's stack pointer says that the walk must end. */
  isProgress(callee: Frame, caller: Found): boolean
  /** Removes what hardware adds to a pointer (pointer authentication). */
  strip(walk: Walk, pointer: Word): Word
}

/** A caller, before its instruction and symbols are looked up. */
export interface Found {
  trust: Trust
  registers: Registers
  /** True when the instruction is where the function was interrupted, not where it will be returned to. */
  exact?: boolean
}

/** A thread's walk in progress. */
export interface Walk {
  readonly cpu: Cpu
  readonly os: string
  readonly stack: StackMemory | null
  readonly modules: ModuleMap
  /** The bases of `modules.list`. */
  readonly bases: readonly Word[]
  /** Symbols of a module; null when there are none, undefined when nobody has asked for them yet. */
  readonly symbols: (module: number) => SymbolTable | null | undefined
  readonly maxFrames: number
  /** Looked up, innermost first. */
  readonly frames: Frame[]
  /** The caller that was found last, not yet looked up. */
  next: Found | null
  end: EndReason | null
  /** Mask of the bits of a pointer (arm64); made when first needed. */
  pointerMask: bigint | null
}

/** Thrown through a step of a walk, which is then done again: the symbols of `module` at `offset` must be brought. */
export interface SymbolsNeeded {
  readonly needed: true
  readonly module: number
  readonly offset: number
}

/** The page of symbols at an offset in a module, or null. Throws SymbolsNeeded. */
export function pageOf(walk: Walk, module: number, offset: number): SymbolPage | null {
  const table = walk.symbols(module)
  if (table === null) return null
  const page = table?.page(offset)
  if (page === undefined) {
    const need: SymbolsNeeded = { needed: true, module, offset }
    throw need
  }
  return page
}

export const isSymbolsNeeded = (error: unknown): error is SymbolsNeeded =>
  typeof error === 'object' && error !== null && 'needed' in error
