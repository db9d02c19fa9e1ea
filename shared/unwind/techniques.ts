// Techniques shared by all processors: call frame information, unsaved return address, stack scan.
import { findFunctionName, findSymbol } from '../symbols/symdex/symbol-page.ts'
import { cfiRowAt, cfiRulesAt, evaluateCfi, isEndOfStack } from './cfi.ts'
import { registersOf } from './cpus/registers.ts'
import { type CallerFrame, type Frame, pageOf, type Registers, type Walk } from './frame.ts'
import { readStack, stackOffset } from './stack-memory.ts'
import { evaluateWin, winRecordAt } from './stack-win.ts'
import { distance, highHalf, lowHalf, offsetWord, type Word } from './word.ts'

/**
 * By the symbol file: STACK WIN first, STACK CFI when there is none or it fails. `'end'` for a function that,
 * according to it, has no caller.
 */
export function byCallFrameInfo(walk: Walk, callee: Frame): CallerFrame | 'end' | null {
  if (callee.module < 0 || callee.registers[walk.cpu.sp] === null) return null
  const page = pageOf(walk, callee.module, callee.moduleOffset)
  if (!page) return null
  const registers = byWin(walk, callee) ?? byCfi(walk, callee)
  return registers === 'end' ? registers : registers && { trust: 'cfi', registers }
}

/** Registers that the caller preserves by default. */
function forwarded({ cpu, os }: Walk, callee: Frame): Registers {
  const registers = registersOf(cpu.names.length)
  const preserved = os === 'windows' ? cpu.calleeSavedOnWindows : cpu.calleeSaved
  for (const index of preserved) registers[index] = callee.registers[index]!
  return registers
}

function byWin(walk: Walk, callee: Frame): Registers | null {
  const { cpu, frames } = walk
  const page = pageOf(walk, callee.module, callee.moduleOffset)!
  const record = winRecordAt(page, callee.moduleOffset)
  if (!record || cpu.wordSize !== 4) return null
  const index = frames.length - 1
  const result = evaluateWin(record, {
    register: (name) => (callee.registers[cpu.indexes.get(name) ?? -1] ?? null) as number | null,
    read: (address) => readStack(walk.stack!, address, 4) as number | null,
    grandCalleeParameters: frames[index - 1]?.symbol?.parameterSize ?? 0,
    isContextFrame: index === 0,
  })
  if (!result?.has('eip')) return null
  const registers = forwarded(walk, callee)
  for (const [name, value] of result) {
    const index = cpu.indexes.get(name)
    if (index !== undefined) registers[index] = value
  }
  return registers[cpu.sp] === null || registers[cpu.ip] === null ? null : registers
}

function byCfi(walk: Walk, callee: Frame): Registers | 'end' | null {
  const { cpu } = walk
  const page = pageOf(walk, callee.module, callee.moduleOffset)!
  const row = cfiRowAt(page, callee.moduleOffset)
  if (row < 0) return null
  // Compact unwind tables apply the rule of a function's entry to all of it: that the link register is the return
  // address. After a frame pointer chain the link register is only a guess.
  const guessed = callee.trust === 'frame_pointer' && page.tables.cfi.address[row] !== callee.moduleOffset
  const rules = cfiRulesAt(page, row, callee.moduleOffset)
  if (isEndOfStack(rules)) return 'end'
  const result = evaluateCfi(rules, {
    wordSize: cpu.wordSize,
    register: (name) => {
      const index = cpu.indexes.get(name) ?? -1
      return guessed && index === cpu.linkRegister ? null : (callee.registers[index] ?? null)
    },
    read: (address) => readStack(walk.stack!, address, cpu.wordSize),
  })
  if (!result) return null
  const registers = forwarded(walk, callee)
  for (const [name, value] of result.registers) {
    const index = cpu.indexes.get(name)
    if (index !== undefined) registers[index] = value
  }
  registers[cpu.sp] ??= result.cfa
  registers[cpu.ip] ??= result.returnAddress
  stripPointers(walk, registers)
  return registers
}

function stripPointers(walk: Walk, registers: Registers): void {
  const { cpu } = walk
  for (const index of [cpu.ip, cpu.linkRegister, cpu.indexes.get('fp') ?? -1]) {
    const pointer = registers[index]
    if (pointer !== null && pointer !== undefined) registers[index] = cpu.strip(walk, pointer)
  }
}

/** The nearest word up the stack that looks like a return address. */
export function byScan(walk: Walk, callee: Frame): CallerFrame | null {
  const { cpu } = walk
  const stack = walk.stack!
  const start = callee.registers[cpu.sp]!
  if (start === null) return null
  const bottom = stackOffset(stack, start, cpu.wordSize)
  if (bottom < 0) return null
  const [first, end] = cpu.scanRange(callee)
  for (let i = first; i < end; i++) {
    const offset = bottom + i * cpu.wordSize
    if (offset + cpu.wordSize > stack.view.byteLength) return null
    if (!isReturnAt(walk, offset)) continue
    const slot = offsetWord(start, i * cpu.wordSize)!
    const caller = scanned(walk, slot)
    if (caller) cpu.refineScan(walk, { callee, caller, slot, index: i })
    return caller
  }
  return null
}

/** The frame whose return address is at `slot`. */
function scanned({ cpu, stack }: Walk, slot: Word): CallerFrame | null {
  const registers = registersOf(cpu.names.length)
  registers[cpu.ip] = readStack(stack!, slot, cpu.wordSize)
  registers[cpu.sp] = offsetWord(slot, cpu.wordSize)
  return registers[cpu.sp] === null ? null : { trust: 'scan', registers }
}

/**
 * True when the word at an offset into the stack, minus one, is in code of a module, and in a function if symbols are
 * known.
 */
function isReturnAt(walk: Walk, offset: number): boolean {
  const { view, littleEndian } = walk.stack!
  if (walk.cpu.wordSize === 4) return isReturnAddress(walk, 0, view.getUint32(offset, littleEndian))
  const first = view.getUint32(offset, littleEndian)
  const second = view.getUint32(offset + 4, littleEndian)
  return littleEndian ? isReturnAddress(walk, second, first) : isReturnAddress(walk, first, second)
}

function isReturnAddress(walk: Walk, high: number, low: number): boolean {
  if (!walk.cpu.isPlausibleReturn(high, low)) return false
  const callHigh = low === 0 ? high - 1 : high
  const callLow = low === 0 ? 0xffff_ffff : low - 1
  if (callHigh < 0 || (callHigh === 0 && callLow === 0)) return false
  const module = walk.modules.indexAtPair(callHigh, callLow)
  if (module < 0 || !walk.space.isCode(callHigh, callLow)) return false
  const table = walk.symbols(module)
  if (table === null || table?.corrupt) return true
  const base = walk.bases[module]!
  const at = callHigh * 0x1_0000_0000 + callLow
  const address =
    typeof base === 'number' ? at - base : Number((BigInt(callHigh) << 32n) + BigInt(callLow) - base)
  const page = pageOf(walk, module, address)
  return page !== null && Boolean(findFunctionName(page, address))
}

/**
 * The innermost function has not moved its return address yet: it is in the link register or at the stack pointer.
 * True for a call to an address outside all modules, where no code ran, and for a named function while the link
 * register points into another one. Preserved registers then hold the caller's values.
 */
export function byReturnInPlace(walk: Walk, callee: Frame): CallerFrame | null {
  const { cpu } = walk
  const sp = callee.registers[cpu.sp]!
  const byLink = cpu.linkRegister >= 0
  if (callee.trust !== 'context' || sp === null || (callee.module >= 0 && !byLink)) return null
  const word = byLink ? callee.registers[cpu.linkRegister]! : readStack(walk.stack!, sp, cpu.wordSize)
  if (word === null) return null
  const target = cpu.strip(walk, word)
  if (!isReturnAddress(walk, highHalf(target), lowHalf(target))) return null
  if (callee.module >= 0) {
    if (!isInAnotherFunction(walk, callee, target)) return null
    // The frame pointer leads to the same address: the function has saved it, and the chain recovers more registers.
    if (cpu.byFramePointer(walk, callee)?.registers[cpu.ip] === target) return null
  }
  const registers = forwarded(walk, callee)
  registers[cpu.ip] = target
  registers[cpu.sp] = byLink ? sp : offsetWord(sp, cpu.wordSize)
  return { trust: 'scan', registers }
}

/**
 * True when both functions are known and differ: after the callee makes a call, the link register points into the
 * callee.
 */
function isInAnotherFunction(walk: Walk, callee: Frame, target: Word): boolean {
  const call = offsetWord(target, -walk.cpu.returnDelta)!
  const module = walk.modules.indexAtPair(highHalf(call), lowHalf(call))
  if (!callee.symbol || module < 0) return false
  const offset = moduleOffset(walk, module, call)
  const page = pageOf(walk, module, offset)
  const symbol = page && findSymbol(page, offset)
  return Boolean(symbol) && (module !== callee.module || symbol!.base !== callee.symbol.base)
}

/** `address` relative to the base of module `module`. */
export const moduleOffset = (walk: Walk, module: number, address: Word) =>
  distance(address, walk.bases[module]!)!
