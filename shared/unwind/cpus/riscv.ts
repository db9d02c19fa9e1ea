// 32-bit and 64-bit RISC-V: call frame information and scans as in Breakpad, and the frame pointer chain of the
// calling convention (RISC-V psABI).
import { contextLayout } from '../../minidump/context.ts'
import type { CallerFrame, Cpu, Frame, Walk } from '../frame.ts'
import { readStack } from '../stack-memory.ts'
import { highHalf, lowHalf, offsetWord, type Word } from '../word.ts'
import { cpuWith, registersOf } from './registers.ts'

const saved = ['s0', 's1', 's2', 's3', 's4', 's5', 's6', 's7', 's8', 's9', 's10', 's11']

/**
 * The frame pointer is the caller's stack pointer; below it are the return address and the caller's frame pointer. Most
 * code has no frame pointer, so the return address must be in a module.
 */
function byFramePointer({ cpu, stack, modules }: Walk, callee: Frame): CallerFrame | null {
  const fp = cpu.indexes.get('fp')!
  const base = callee.registers[fp]!
  const below = (words: number): Word | null => {
    const at = base === null ? null : offsetWord(base, -words * cpu.wordSize)
    return at === null ? null : readStack(stack!, at, cpu.wordSize)
  }
  const returnAddress = below(1)
  const callerFp = below(2)
  if (returnAddress === null || modules.indexAtPair(highHalf(returnAddress), lowHalf(returnAddress)) < 0)
    return null
  const known = [
    [cpu.ip, returnAddress],
    [cpu.sp, base],
    [fp, callerFp],
  ] as const
  return { trust: 'frame_pointer', registers: registersOf(cpu.names.length, known) }
}

const riscvCpu = (name: 'riscv' | 'riscv64'): Cpu =>
  cpuWith(contextLayout(name), {
    calleeSaved: saved,
    returnDelta: 4,
    linkRegister: 'ra',
    isPlausibleReturn: (high, low) => high !== 0 || low >= 0x1000,
    byFramePointer,
  })

export const riscv = riscvCpu('riscv')
export const riscv64 = riscvCpu('riscv64')
