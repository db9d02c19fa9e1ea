// Walks the stack of one thread in synchronous steps, between which missing symbols are loaded.
import { findSymbol } from '../symbols/symdex/symbol-page.ts'
import {
  type CallerFrame,
  type EndReason,
  type Frame,
  pageOf,
  type Registers,
  type SymbolsNeeded,
  type Walk,
} from './frame.ts'
import { bySignalFrame } from './signal-frame.ts'
import { byCallFrameInfo, byReturnInPlace, byScan, moduleOffset } from './techniques.ts'
import { highHalf, lowHalf, offsetWord } from './word.ts'

/** Input of a walk; `Walk` documents the members. */
export type WalkStart = Pick<
  Walk,
  'cpu' | 'os' | 'stack' | 'modules' | 'bases' | 'symbols' | 'space' | 'maxFrames'
> & {
  /** Registers of the innermost frame. */
  registers: Registers
}

/** A walk whose first frame is not symbolicated yet. */
export function startWalk(start: WalkStart): Walk {
  const { registers, ...rest } = start
  const next: CallerFrame = { trust: 'context', registers }
  return { ...rest, frames: [], next, end: null, missing: null }
}

/**
 * Walks as far as the loaded symbols allow. Null when the walk has ended; otherwise the symbols to load before
 * calling it again.
 */
export function advanceWalk(walk: Walk): SymbolsNeeded | null {
  while (walk.end === null) {
    const missing = step(walk)
    if (missing) return missing
  }
  return null
}

/** Walks to the end, calling `load` whenever symbols are missing. */
export async function walkThread(
  walk: Walk,
  load: (module: number, offset: number) => Promise<void>,
): Promise<Walk> {
  for (let need = advanceWalk(walk); need; need = advanceWalk(walk)) await load(need.module, need.offset)
  return walk
}

/**
 * Either symbolicates the latest frame or finds the caller of the last symbolicated one. Returns the symbols that it
 * lacks; the walk is then unchanged, and the step is done again when they are loaded.
 */
function step(walk: Walk): SymbolsNeeded | null {
  walk.missing = null
  const frame = walk.next && lookUp(walk, walk.next)
  const caller = frame ? null : findCaller(walk)
  if (walk.missing) return walk.missing
  if (frame) walk.frames.push(frame)
  if (typeof caller === 'string') walk.end = caller
  else walk.next = caller
  return null
}

function lookUp(walk: Walk, { trust, registers, exact }: CallerFrame): Frame {
  const { cpu, modules } = walk
  const ip = registers[cpu.ip]!
  const instruction = trust === 'context' || exact ? ip : offsetWord(ip, -cpu.returnDelta)!
  const module = modules.indexAtPair(highHalf(instruction), lowHalf(instruction))
  if (module < 0) return { trust, registers, instruction, module, moduleOffset: 0, symbol: null }
  const offset = moduleOffset(walk, module, instruction)
  const page = pageOf(walk, module, offset)
  return {
    trust,
    registers,
    instruction,
    module,
    moduleOffset: offset,
    symbol: page && findSymbol(page, offset),
  }
}

/** Addresses below this count as null. */
const firstPage = 4096

function findCaller(walk: Walk): CallerFrame | EndReason {
  const { cpu, frames, stack } = walk
  const callee = frames[frames.length - 1]!
  if (!stack) return 'no-stack-memory'
  if (frames.length >= walk.maxFrames) return 'frame-limit'
  const byRules = byCallFrameInfo(walk, callee)
  if (byRules === 'end') return 'no-caller'
  const caller =
    byRules ??
    bySignalFrame(walk, callee) ??
    byReturnInPlace(walk, callee) ??
    cpu.byFramePointer(walk, callee) ??
    byScan(walk, callee)
  if (!caller) return 'no-caller'
  if (caller.registers[cpu.ip]! < firstPage) return 'null-instruction'
  return cpu.isProgress(callee, caller) ? caller : 'stack-pointer'
}
