// amd64: the frame pointer chain with its checks, and registers recovered by a scan, as in rust-minidump.
import { contextLayout } from '../../minidump/context.ts'
import type { CallerFrame, Frame, ScannedCaller, Walk } from '../frame.ts'
import { readStack, type StackMemory } from '../stack-memory.ts'
import { distance, offsetWord, type Word } from '../word.ts'
import { cpuWith, registersOf } from './registers.ts'

const layout = contextLayout('amd64')
const count = layout.names.length
const rbp = 6
const rsp = 7
const rip = 16
/** Frames further apart are rejected. */
const maxGap = 128 * 1024
const lowEnd = 0x8000_0000_0000
const highStart = 0xffff_8000_0000_0000n
/** From here on, a saved pair would pass the end of the address space. */
const lastPair = 0xffff_ffff_ffff_ffefn

/** True for an address outside the canonical form of amd64. */
const isNonCanonical = (address: Word) => address >= lowEnd && address < highStart

/** On Windows the frame pointer may be up to 240 bytes below the saved pair, in steps of 16. */
function byFramePointer({ stack, os }: Walk, callee: Frame): CallerFrame | null {
  const base = callee.registers[rbp]!
  const calleeSp = callee.registers[rsp]!
  if (base === null || calleeSp === null || (typeof base === 'bigint' && base >= lastPair)) return null
  const steps = os === 'windows' ? 16 : 1
  for (let step = 0; step < steps; step++) {
    const found = pairAt(stack!, base, step * 16, calleeSp)
    if (found !== 'rejected') return found
  }
  return null
}

/**
 * The saved frame pointer and return address at `base + offset`; null outside the stack, 'rejected' when implausible.
 */
function pairAt(
  stack: StackMemory,
  base: Word,
  offset: number,
  calleeSp: Word,
): CallerFrame | null | 'rejected' {
  const at = offsetWord(base, offset)
  const ipAt = offsetWord(base, offset + 8)
  const callerSp = offsetWord(base, offset + 16)
  if (at === null || ipAt === null || callerSp === null) return null
  const callerIp = readStack(stack, ipAt, 8)
  const callerBp = readStack(stack, at, 8)
  if (callerIp === null || callerBp === null) return null
  if (callerSp <= base || callerBp < callerSp) return 'rejected'
  if (readStack(stack, callerBp, 8) === null) return null
  if (isNonCanonical(callerIp) || callerSp <= calleeSp || readStack(stack, callerSp, 8) === null)
    return 'rejected'
  const registers = registersOf(count)
  registers[rip] = callerIp
  registers[rsp] = callerSp
  registers[rbp] = callerBp
  return { trust: 'frame_pointer', registers }
}

/**
 * The word below the return address is the saved frame pointer if the callee's points there; otherwise the callee's
 * value still applies.
 */
function refineScan({ stack }: Walk, { callee, caller, slot, index }: ScannedCaller): void {
  const current = callee.registers[rbp]!
  if (index === 0 || current === null) return
  const below = offsetWord(slot, -8)!
  const saved = readStack(stack!, below, 8)!
  const gap = distance(saved, below)
  if (current === below && saved > slot && gap !== null && gap <= maxGap) {
    if (readStack(stack!, saved, 8) !== null) caller.registers[rbp] = saved
  } else if (current >= caller.registers[rsp]!) caller.registers[rbp] = current
}

const calleeSaved = ['rbx', 'rbp', 'r12', 'r13', 'r14', 'r15']

export const amd64 = cpuWith(layout, {
  calleeSaved,
  calleeSavedOnWindows: [...calleeSaved, 'rsi', 'rdi'],
  returnDelta: 1,
  isPlausibleReturn: (high, low) => (high < 0x8000 || high >= 0xffff_8000) && (high !== 0 || low !== 0),
  byFramePointer,
  refineScan,
})
