// Unwinds through a Linux signal handler: the kernel saved the interrupted registers on the stack (struct
// rt_sigframe).
import type { CallerFrame, Frame, Registers, Walk } from './frame.ts'
import { registersOf } from './registers.ts'
import { readStack } from './stack-memory.ts'
import { highHalf, lowHalf, offsetWord, type Word } from './word.ts'
import { own } from '../own.ts'

/** Where a kernel saves registers in a signal frame, relative to the stack pointer of the trampoline. */
interface SignalLayout {
  /** Offset of a pointer to the saved context; without it the context is at the stack pointer. */
  pointerAt?: number
  /** Offset of `uc_link`, always null in a frame built by the kernel; absent where there is none. */
  linkAt?: number
  /** Offsets of saved registers by name. */
  registers: Readonly<Record<string, number>>
  /** A word that distinguishes a saved context from other data: offset, mask, accepted values. */
  mark: { at: number; mask: number; values: readonly number[] }
}

/** Registers in sequence. */
const row = (names: string, at: number, size: number) =>
  Object.fromEntries(names.split(' ').map((name, i) => [name, at + i * size]))

/** Code segments of 32-bit programs on 64-bit and 32-bit kernels. */
const segments32 = [0x23, 0x73]

/** Marks the record of vector registers, the first after the general registers on arm64. */
const fpsimdMagic = 0x4650_8001

const sigcontext32 = (at: number) => ({ ...row('edi esi ebp esp ebx edx ecx eax', at + 16, 4), eip: at + 56 })

const layouts: Readonly<Record<string, readonly SignalLayout[]>> = {
  rip: [
    {
      linkAt: 8,
      registers: row('r8 r9 r10 r11 r12 r13 r14 r15 rdi rsi rbp rbx rdx rax rcx rsp rip', 40, 8),
      mark: { at: 40 + 18 * 8, mask: 0xffff, values: [0x33] },
    },
  ],
  eip: [
    {
      pointerAt: 8,
      linkAt: 4,
      registers: sigcontext32(20),
      mark: { at: 20 + 60, mask: 0xffff, values: segments32 },
    },
    { registers: sigcontext32(4), mark: { at: 4 + 60, mask: 0xffff, values: segments32 } },
  ],
  pc: [
    {
      linkAt: 128 + 8,
      registers: {
        ...Object.fromEntries(Array.from({ length: 29 }, (_, i) => [`x${i}`, 312 + i * 8])),
        ...row('fp lr sp pc', 312 + 29 * 8, 8),
      },
      mark: { at: 312 + 35 * 8, mask: 0xffff_ffff, values: [fpsimdMagic] },
    },
  ],
}

/**
 * The function that a signal interrupted, when the callee is the trampoline that a handler returns to. All its
 * registers are known, and its instruction is exact.
 */
export function bySignalFrame(walk: Walk, callee: Frame): CallerFrame | null {
  const { cpu, os } = walk
  if ((os !== 'linux' && os !== 'android') || callee.trust === 'context') return null
  const ip = cpu.names[cpu.ip]!
  if (ip === 'pc' && cpu.wordSize === 4) return null
  for (const layout of own(layouts, ip) ?? []) {
    const registers = savedRegisters(walk, callee.registers[cpu.sp]!, layout)
    if (registers) return { trust: 'cfi', registers, exact: true }
  }
  return null
}

function savedRegisters(walk: Walk, sp: Word | null, layout: SignalLayout): Registers | null {
  const { cpu } = walk
  const stack = walk.stack!
  const read = (base: Word, offset: number) => {
    const address = offsetWord(base, offset)
    return address === null ? null : readStack(stack, address, cpu.wordSize)
  }
  const base = sp === null || layout.pointerAt === undefined ? sp : read(sp, layout.pointerAt)
  if (base === null) return null
  const mark = read(base, layout.mark.at)
  if (mark === null || !layout.mark.values.includes(Number(BigInt(mark) & BigInt(layout.mark.mask))))
    return null
  if (layout.linkAt !== undefined && read(base, layout.linkAt) !== 0) return null
  const registers = registersOf(cpu.names.length)
  for (const [name, offset] of Object.entries(layout.registers)) {
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
