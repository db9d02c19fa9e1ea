// 32-bit and 64-bit MIPS: call frame information and scans, as in rust-minidump.
import { contextLayout } from '../../minidump/context.ts'
import type { Cpu } from '../frame.ts'
import { cpuWith } from './registers.ts'

/** How far to scan: the largest frame, in bytes. */
const maxFrameBytes = 1024
/** Words that the 32-bit calling convention reserves for arguments in the frame of a function that calls others. */
const argumentWords = 4

function mipsCpu(name: 'mips' | 'mips64'): Cpu {
  const layout = contextLayout(name)
  const words = maxFrameBytes / layout.registerSize
  const reserved = layout.registerSize === 4 ? argumentWords : 0
  return cpuWith(layout, {
    calleeSaved: ['s0', 's1', 's2', 's3', 's4', 's5', 's6', 's7', 'gp', 'fp'],
    // The call and the instruction in its delay slot.
    returnDelta: 8,
    linkRegister: 'ra',
    isPlausibleReturn: (high, low) => high !== 0 || low >= 0x1000,
    scanRange: ({ trust }) => (trust === 'context' ? [0, words] : [reserved, words]),
  })
}

export const mips = mipsCpu('mips')
export const mips64 = mipsCpu('mips64')
