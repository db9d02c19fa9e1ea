// 32-bit and 64-bit PowerPC: the chain of stack pointers, as in Breakpad.
import { contextLayout } from '../../minidump/context.ts'
import type { CallerFrame, Cpu, Frame, Walk } from '../frame.ts'
import { readStack } from '../stack-memory.ts'
import { offsetWord } from '../word.ts'
import { cpuWith, registersOf } from './registers.ts'

/** The first word of a frame is the caller's stack pointer; the third of the caller's frame is the return address. */
function byFramePointer({ cpu, stack }: Walk, callee: Frame): CallerFrame | null {
  const sp = callee.registers[cpu.sp]!
  const callerSp = sp === null ? null : readStack(stack!, sp, cpu.wordSize)
  const returnAt = callerSp === null ? null : offsetWord(callerSp, 2 * cpu.wordSize)
  const returnAddress = returnAt === null ? null : readStack(stack!, returnAt, cpu.wordSize)
  if (returnAddress === null) return null
  const known = [
    [cpu.ip, returnAddress],
    [cpu.sp, callerSp],
  ] as const
  return { trust: 'frame_pointer', registers: registersOf(cpu.names.length, known) }
}

const ppcCpu = (name: 'ppc' | 'ppc64'): Cpu =>
  cpuWith(contextLayout(name), { returnDelta: 4, byFramePointer })

export const ppc = ppcCpu('ppc')
export const ppc64 = ppcCpu('ppc64')
