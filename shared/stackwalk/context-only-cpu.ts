// A processor without unwinding support: each thread shows its first frame only.
import type { CpuContext } from '../minidump/context.ts'
import type { Cpu } from '../unwind/frame.ts'
import { indexesByName } from '../unwind/registers.ts'

/** Names and indexes of the registers of a context; nothing that finds callers. */
export function contextOnlyCpu(context: CpuContext): Cpu {
  return {
    names: context.names,
    indexes: indexesByName(context.names),
    wordSize: context.registerSize,
    ip: context.values.indexOf(context.instructionPointer),
    sp: context.values.indexOf(context.stackPointer),
    calleeSaved: [],
    returnDelta: 0,
    linkRegister: -1,
    isPlausibleReturn: () => false,
    byFramePointer: () => null,
    refineScan: () => {},
    isProgress: () => false,
    strip: (_, pointer) => pointer,
  }
}
