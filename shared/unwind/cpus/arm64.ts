// arm64: the frame pointer chain with the link register it implies, and pointer authentication, as in rust-minidump.
import { contextLayout } from '../../minidump/context.ts'
import type { CallerFrame, Frame, Walk } from '../frame.ts'
import { readStack } from '../stack-memory.ts'
import { offsetWord, type Word, wordOf } from '../word.ts'
import { cpuWith, registersOf } from './registers.ts'

const layout = contextLayout('arm64')
const count = layout.names.length
const fp = 29
const lr = 30
const sp = 31
const pc = 32

/** Plausible return addresses range from here to 2^52 (exclusive). */
const lowest = 0x1000
const highest = 0x000f_ffff_ffff_ffff

/** Bits above those of an address carry authentication codes. */
const strip = ({ space }: Walk, pointer: Word): Word => wordOf(BigInt(pointer) & space.pointerMask)

/**
 * A frame pointer of 0 that a reliable step restored ends the chain: a return address of 0 ends the walk. Otherwise 0
 * means that no frame pointer was saved.
 */
function byFramePointer(walk: Walk, callee: Frame): CallerFrame | null {
  const stack = walk.stack!
  const base = callee.registers[fp]!
  const calleeSp = callee.registers[sp]!
  if (base === null || calleeSp === null || base >= 0xffff_ffff_ffff_ffffn - 16n) return null
  if (base === 0 && callee.trust !== 'cfi' && callee.trust !== 'frame_pointer') return null
  const savedFp: Word | null = base === 0 ? 0 : readStack(stack, base, 8)
  const savedPc: Word | null = base === 0 ? 0 : readStack(stack, offsetWord(base, 8)!, 8)
  if (savedFp === null || savedPc === null) return null
  const callerFp = strip(walk, savedFp)
  const callerPc = strip(walk, savedPc)
  if (base !== 0 && (callerPc < lowest || callerPc > highest)) return null
  const lrAt = callerFp === 0 ? null : offsetWord(callerFp, 8)
  const savedLr = lrAt === null ? null : readStack(stack, lrAt, 8)
  const known = [
    [pc, callerPc],
    [sp, base === 0 ? calleeSp : offsetWord(base, 16)],
    [fp, callerFp],
    [lr, savedLr === null ? null : strip(walk, savedLr)],
  ] as const
  return { trust: 'frame_pointer', registers: registersOf(count, known) }
}

/** Equal stack pointers: a leaf function, or the entry of one; the instruction must then differ. */
function isProgress(callee: Frame, caller: CallerFrame): boolean {
  const from = callee.registers[sp]!
  const to = caller.registers[sp]!
  if (to !== from) return to > from
  return (
    caller.registers[pc] !== callee.registers[pc] && (callee.trust === 'context' || caller.trust === 'cfi')
  )
}

export const arm64 = cpuWith(layout, {
  calleeSaved: ['x19', 'x20', 'x21', 'x22', 'x23', 'x24', 'x25', 'x26', 'x27', 'x28', 'fp'],
  returnDelta: 4,
  linkRegister: 'lr',
  isPlausibleReturn: (high, low) => high < 0x0010_0000 && (high !== 0 || low >= lowest),
  byFramePointer,
  isProgress,
  strip,
})
