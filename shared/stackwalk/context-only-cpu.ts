// A processor of which only the first frame of a thread can be shown.
import type { CpuContext } from '../minidump/context.ts'
import type { Cpu } from '../unwind/frame.ts'
import { placesOf } from '../unwind/registers.ts'

/** Names and places of the registers of a context; nothing that finds callers. */
export function contextOnlyCpu(context: CpuContext): Cpu {
  return {
    names: context.names,
    places: placesOf(context.names),
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
