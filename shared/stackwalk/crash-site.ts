// The crash location from the dump alone, identical with and without symbols.
import { baseName } from '../text/base-name.ts'
import { isApplication, type KeyFrame, stackKey } from '../signature/stack-key.ts'
import type { Walk } from '../unwind/frame.ts'
import { readStack } from '../unwind/stack-memory.ts'
import { advanceWalk, startWalk } from '../unwind/unwind.ts'
import { highHalf, lowHalf, offsetWord, wordOf } from '../unwind/word.ts'
import { addressSpaceOf } from './address-space.ts'
import { stackOf, type WalkedDump } from './walked-dump.ts'

/**
 * How many frames to follow along frame pointers, and how many bytes of stack to scan, in search of the application.
 */
const maxFrames = 32
const maxScanBytes = 16_384

/**
 * The stack key of the thread that crashed (the first one if the dump names none); null when it has no registers.
 * Call frame information is ignored even when present, because the key must not change when symbols arrive: the
 * application's first frame comes from the frame pointer chain, else from the first word on the stack that is a
 * return address into the application's code.
 */
export function crashSiteKey({ dump, threads, requestingThread }: WalkedDump): string | null {
  const { thread, context, cpu } = threads[requestingThread ?? 0] ?? {}
  if (!thread || !context || !cpu) return null
  const walk = startWalk({
    cpu,
    os: dump.systemInfo!.os,
    stack: stackOf(dump, thread, context),
    modules: dump.modules,
    bases: dump.modules.list.map((module) => wordOf(module.base)),
    symbols: () => null,
    space: addressSpaceOf(dump),
    maxFrames,
    registers: Array.from(context.values, wordOf),
  })
  advanceWalk(walk)
  const modules = dump.modules.list.map((module) => ({
    filename: baseName(module.codeFile),
    debug_id: module.debugId,
    code_id: module.codeId,
  }))
  const nameOf = (module: number) => modules[module]?.filename ?? null
  const outside = walk.frames[0]!.module < 0
  const frames = walk.frames
    .filter(({ trust }, i) => i === 0 || trust === 'frame_pointer' || (i === 1 && outside))
    .map(({ module, moduleOffset, trust }, i) => ({
      module: nameOf(module),
      module_offset: `0x${moduleOffset.toString(16)}`,
      // After a call to an address outside all modules the return address is still in place: as reliable as a chain.
      trust: i === 1 && outside ? 'frame_pointer' : trust,
    }))
  const scanned = isApplication(frames[0]!) ? null : scanForApplication(walk, nameOf)
  return stackKey(scanned ? [...frames, scanned] : frames, modules)
}

/** The frame of the first word on the stack that points into the application's code; null when there is none. */
function scanForApplication(walk: Walk, nameOf: (module: number) => string | null): KeyFrame | null {
  const { cpu, stack, bases, space } = walk
  const start = walk.frames[0]!.registers[cpu.sp] ?? null
  if (!stack || start === null) return null
  for (let at = 0; at < maxScanBytes; at += cpu.wordSize) {
    const slot = offsetWord(start, at)
    const word = slot === null ? null : readStack(stack, slot, cpu.wordSize)
    if (word === null) return null
    const call = offsetWord(cpu.strip(walk, word), -cpu.returnDelta)
    if (call === null || !cpu.isPlausibleReturn(highHalf(call), lowHalf(call))) continue
    const module = walk.modules.indexAtPair(highHalf(call), lowHalf(call))
    // Constants in data look like return addresses.
    if (module < 0 || !space.isCode(highHalf(call), lowHalf(call))) continue
    const offset = BigInt(call) - BigInt(bases[module]!)
    const frame = { module: nameOf(module), module_offset: `0x${offset.toString(16)}`, trust: 'scan' }
    if (isApplication(frame)) return frame
  }
  return null
}
