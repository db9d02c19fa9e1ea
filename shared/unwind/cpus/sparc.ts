// SPARC V8: the register windows that were saved to the stack, as in Breakpad.
import { contextLayout } from '../../minidump/context.ts'
import type { CallerFrame, Frame, Walk } from '../frame.ts'
import { readStack } from '../stack-memory.ts'
import { offsetWord, type Word } from '../word.ts'
import { cpuWith, registersOf } from './registers.ts'

const layout = contextLayout('sparc')
const fp = layout.index.get('g_r30')!
/** Offsets of %i6 and %i7 in a saved window. */
const savedFpAt = 56
const savedCallAt = 60
/** A call and the instruction in its delay slot. */
const returnDelta = 8

/** The caller's stack pointer is the callee's frame pointer; %i7 is the address of the call. */
function byFramePointer({ cpu, stack }: Walk, callee: Frame): CallerFrame | null {
  const callerSp = callee.registers[fp]!
  const read = (offset: number): Word | null => {
    const at = callerSp === null ? null : offsetWord(callerSp, offset)
    return at === null ? null : readStack(stack!, at, 4)
  }
  const call = read(savedCallAt)
  const callerFp = read(savedFpAt)
  if (call === null || callerFp === null || call <= 1 || callerFp <= 1) return null
  const known = [
    [cpu.ip, offsetWord(call, returnDelta)],
    [cpu.sp, callerSp],
    [fp, callerFp],
  ] as const
  return { trust: 'frame_pointer', registers: registersOf(cpu.names.length, known) }
}

export const sparc = cpuWith(layout, { returnDelta, byFramePointer })
