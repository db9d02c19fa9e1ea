// Registers of a frame, all or some of them unknown, and what a processor's context record determines.
import type { ContextLayout } from '../minidump/context.ts'
import type { Cpu, Registers } from './frame.ts'
import type { Word } from './word.ts'

/** `count` registers, unknown except those given. */
export function registersOf(
  count: number,
  known: ReadonlyArray<readonly [index: number, value: Word | null]> = [],
): Registers {
  const registers: Registers = new Array<Word | null>(count).fill(null)
  for (const [index, value] of known) registers[index] = value
  return registers
}

/** Registers of the layout; without techniques: nothing finds a caller. */
export function cpuWith(
  { names, index, registerSize, ip, sp }: ContextLayout,
  techniques: Partial<Cpu>,
): Cpu {
  return {
    names,
    indexes: index,
    wordSize: registerSize,
    ip: index.get(ip)!,
    sp: index.get(sp)!,
    calleeSaved: [],
    returnDelta: 0,
    linkRegister: -1,
    isPlausibleReturn: () => false,
    byFramePointer: () => null,
    refineScan: () => {},
    isProgress: () => false,
    strip: (_, pointer) => pointer,
    ...techniques,
  }
}
