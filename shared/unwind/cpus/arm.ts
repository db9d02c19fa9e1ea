// 32-bit arm: a frame pointer chain on iOS only, as in rust-minidump.
import { contextLayout } from '../../minidump/context.ts'
import type { CallerFrame, Frame, Walk } from '../frame.ts'
import { readStack } from '../stack-memory.ts'
import type { Word } from '../word.ts'
import { cpuWith, registersOf } from './registers.ts'

const layout = contextLayout('arm')
const count = layout.names.length
const fp = 12
const sp = 13
const pc = 15

/** A frame pointer of 0 ends the chain: a return address of 0 ends the walk. */
function byFramePointer({ stack, os }: Walk, callee: Frame): CallerFrame | null {
  if (os !== 'ios') return null
  const base = callee.registers[fp] as number | null
  const calleeSp = callee.registers[sp]!
  if (base === null || calleeSp === null || base >= 0xffff_ffff - 8) return null
  const callerFp: Word | null = base === 0 ? 0 : readStack(stack!, base, 4)
  const callerPc: Word | null = base === 0 ? 0 : readStack(stack!, base + 4, 4)
  if (callerFp === null || callerPc === null) return null
  const known = [
    [pc, callerPc],
    [sp, base === 0 ? calleeSp : base + 8],
    [fp, callerFp],
  ] as const
  return { trust: 'frame_pointer', registers: registersOf(count, known) }
}

export const arm = cpuWith(layout, {
  calleeSaved: ['r4', 'r5', 'r6', 'r7', 'r8', 'r9', 'r10', 'fp'],
  returnDelta: 2,
  linkRegister: 'lr',
  isPlausibleReturn: () => true,
  byFramePointer,
})
