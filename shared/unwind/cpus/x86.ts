// 32-bit x86: the frame pointer chain, and registers recovered by a scan, as in rust-minidump.
import { contextLayout } from '../../minidump/context.ts'
import type { CallerFrame, Frame, ScannedCaller, Walk } from '../frame.ts'
import { readStack } from '../stack-memory.ts'
import { cpuWith, registersOf } from './registers.ts'

const layout = contextLayout('x86')
const count = layout.names.length
const eip = 0
const esp = 1
const ebp = 2
/** Frames further apart are rejected. */
const maxGap = 128 * 1024

function byFramePointer({ stack }: Walk, callee: Frame): CallerFrame | null {
  const base = callee.registers[ebp] as number | null
  if (base === null || base >= 0xffff_ffff - 8) return null
  const callerIp = readStack(stack!, base + 4, 4)
  const callerBp = readStack(stack!, base, 4)
  if (callerIp === null || callerBp === null) return null
  const known = [
    [eip, callerIp],
    [esp, base + 8],
    [ebp, callerBp],
  ] as const
  return { trust: 'frame_pointer', registers: registersOf(count, known) }
}

/** The word below the return address may be the saved frame pointer; otherwise the callee's value may still apply. */
function refineScan({ stack }: Walk, { callee, caller, slot, index }: ScannedCaller): void {
  if (index === 0) return
  const at = slot as number
  const saved = readStack(stack!, at - 4, 4) as number
  const current = callee.registers[ebp]!
  if (saved > at && saved - (at - 4) <= maxGap) {
    if (readStack(stack!, saved, 4) !== null) caller.registers[ebp] = saved
  } else if (current !== null && current >= at + 4 && readStack(stack!, current, 4) !== null) {
    caller.registers[ebp] = current
  }
}

export const x86 = cpuWith(layout, {
  calleeSaved: ['ebp', 'ebx', 'esi', 'edi'],
  returnDelta: 1,
  isPlausibleReturn: (_, low) => low !== 0,
  byFramePointer,
  refineScan,
})
