// Unwinds through a Linux signal handler: the kernel saved the interrupted registers on the stack (struct
// rt_sigframe).
import { type RegisterRows, registersAt } from '../minidump/context.ts'
import { registersOf } from './cpus/registers.ts'
import type { CallerFrame, Frame, Registers, Walk } from './frame.ts'
import signalFrames from './signal-frames.json' with { type: 'json' }
import { readStack } from './stack-memory.ts'
import { highHalf, lowHalf, offsetWord, type Word } from './word.ts'

/** Where a kernel saves registers in a signal frame, relative to the stack pointer of the trampoline. */
interface SignalLayout {
  /** Offset of a pointer to the saved context; without it the context is at the stack pointer. */
  readonly pointerAt?: number
  /** Offset of `uc_link`, always null in a frame built by the kernel; absent where there is none. */
  readonly linkAt?: number
  readonly registers: RegisterRows
  /**
   * A word that distinguishes a saved context from other data: the code segment on x86 (that of 32-bit programs depends on
   * the kernel's width), the magic number of the vector registers on arm64.
   */
  readonly mark: { readonly at: number; readonly mask: string; readonly values: readonly string[] }
}

/** By the name of the instruction pointer. */
const layouts = new Map(
  Object.entries<readonly SignalLayout[]>(signalFrames).map(([ip, list]) => [
    ip,
    list.map(({ registers, mark, ...layout }) => ({
      ...layout,
      registers: registersAt(registers, ip === 'eip' ? 4 : 8),
      mark: { at: mark.at, mask: BigInt(mark.mask), values: mark.values.map(BigInt) },
    })),
  ]),
)

/**
 * The function that a signal interrupted, when the callee is the trampoline that a handler returns to. All its
 * registers are known, and its instruction is exact.
 */
export function bySignalFrame(walk: Walk, callee: Frame): CallerFrame | null {
  const { cpu, os } = walk
  if ((os !== 'linux' && os !== 'android') || callee.trust === 'context') return null
  const ip = cpu.names[cpu.ip]!
  if (ip === 'pc' && cpu.wordSize === 4) return null
  for (const layout of layouts.get(ip) ?? []) {
    const registers = savedRegisters(walk, callee.registers[cpu.sp]!, layout)
    if (registers) return { trust: 'cfi', registers, exact: true }
  }
  return null
}

type Layout = NonNullable<ReturnType<typeof layouts.get>>[number]

function savedRegisters(walk: Walk, sp: Word | null, layout: Layout): Registers | null {
  const { cpu } = walk
  const stack = walk.stack!
  const read = (base: Word, offset: number) => {
    const address = offsetWord(base, offset)
    return address === null ? null : readStack(stack, address, cpu.wordSize)
  }
  const base = sp === null || layout.pointerAt === undefined ? sp : read(sp, layout.pointerAt)
  if (base === null) return null
  const mark = read(base, layout.mark.at)
  if (mark === null || !layout.mark.values.includes(BigInt(mark) & layout.mark.mask)) return null
  if (layout.linkAt !== undefined && read(base, layout.linkAt) !== 0) return null
  const registers = registersOf(cpu.names.length)
  for (const { name, offset } of layout.registers) {
    registers[cpu.indexes.get(name)!] = read(base, offset)
  }
  return isPlausible(walk, registers) ? registers : null
}

/** The interrupted function ran in a module and on this stack. */
function isPlausible({ cpu, modules, stack }: Walk, registers: Registers): boolean {
  const ip = registers[cpu.ip]
  const sp = registers[cpu.sp]
  if (ip === null || ip === undefined || sp === null || sp === undefined) return false
  return modules.indexAtPair(highHalf(ip), lowHalf(ip)) >= 0 && readStack(stack!, sp, cpu.wordSize) !== null
}
