// Registers of a frame, all or some of them unknown, and what a processor's context record determines.
import type { ContextLayout } from '../../minidump/context.ts'
import type { CallerFrame, Cpu, Frame, Registers } from '../frame.ts'
import type { Word } from '../word.ts'

/** `count` registers, unknown except those given. */
export function registersOf(
  count: number,
  known: ReadonlyArray<readonly [index: number, value: Word | null]> = [],
): Registers {
  const registers: Registers = new Array<Word | null>(count).fill(null)
  for (const [index, value] of known) registers[index] = value
  return registers
}

/** How many words to scan; more after a reliable frame. */
const scanWords = 40
const scanWordsAfterSureFrame = 160

const usualScanRange = ({ trust }: Frame) =>
  [0, trust === 'context' || trust === 'cfi' ? scanWordsAfterSureFrame : scanWords] as const

/** Techniques of a processor, with registers by name. */
type Techniques = Partial<Omit<Cpu, 'calleeSaved' | 'calleeSavedOnWindows' | 'linkRegister'>> & {
  calleeSaved?: readonly string[]
  calleeSavedOnWindows?: readonly string[]
  linkRegister?: string
}

/**
 * Registers of the layout with these techniques. Without any, nothing finds a caller. The caller's stack pointer must be
 * above the callee's, or equal to that of the innermost frame where a link register exists: a leaf function.
 */
export function cpuWith(
  { names, index, registerSize, ip, sp: spName }: ContextLayout,
  { calleeSaved = [], calleeSavedOnWindows = calleeSaved, linkRegister, ...techniques }: Techniques,
): Cpu {
  const sp = index.get(spName)!
  const hasLink = linkRegister !== undefined
  return {
    names,
    indexes: index,
    wordSize: registerSize,
    ip: index.get(ip)!,
    sp,
    calleeSaved: calleeSaved.map((name) => index.get(name)!),
    calleeSavedOnWindows: calleeSavedOnWindows.map((name) => index.get(name)!),
    returnDelta: 0,
    linkRegister: hasLink ? index.get(linkRegister)! : -1,
    isPlausibleReturn: () => false,
    byFramePointer: () => null,
    scanRange: usualScanRange,
    refineScan: () => {},
    isProgress: (callee: Frame, caller: CallerFrame) => {
      const [from, to] = [callee.registers[sp]!, caller.registers[sp]!]
      return to > from || (hasLink && to === from && callee.trust === 'context')
    },
    strip: (_, pointer) => pointer,
    ...techniques,
  }
}
