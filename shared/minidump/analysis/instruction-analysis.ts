// Applies one amd64 instruction to the registers: the memory it accesses and the next instruction pointer.

import type { CpuContext } from '../context.ts'
import type { MemoryRegion } from '../memory/memory.ts'
import { regionBytes } from '../memory/memory.ts'
import type { Minidump } from '../minidump.ts'
import type { CrashReason } from '../reasons/reason.ts'
import type { AccessType, Instruction, MemoryOperand, Operand } from './amd64-instruction.ts'
import { accessTypes } from './amd64-opcodes.ts'
import { decodeAmd64 } from './decode-amd64.ts'

export interface MemoryAccess {
  readonly address: bigint
  /** Bytes, or null when the instruction does not determine it. */
  readonly size: number | null
  /** Null for instructions whose kind of access is not in the table. */
  readonly accessType: AccessType | null
  /** The base register held 0, or an implicit access went to 0. */
  readonly isLikelyNullPointer: boolean
  readonly isLikelyGuardPage: boolean
}

/** The next instruction pointer of a branch: an address, `none` for other instructions, or null when unknown. */
export type PointerUpdate = { readonly address: bigint } | 'none' | null

/** An address that explains the crash better than the one reported. */
export type AdjustedAddress =
  | { readonly kind: 'non-canonical'; readonly address: bigint }
  | { readonly kind: 'null-pointer'; readonly offset: bigint }

/** An instruction and what follows from it and the registers. */
export interface InstructionAnalysis {
  readonly instruction: Instruction
  readonly accesses: readonly MemoryAccess[] | null
  readonly pointerUpdate: PointerUpdate
  /** Registers of memory operands, sorted by name. */
  readonly registers: readonly string[]
}

/**
 * Decodes the instruction at the instruction pointer; null for other processors, missing bytes and unknown
 * instructions.
 */
export function analyzeInstruction(dump: Minidump, context: CpuContext): InstructionAnalysis | null {
  if (context.cpu !== 'amd64') return null
  const bytes = bytesAt(dump.memory.regionAt(context.instructionPointer), context.instructionPointer)
  const instruction = bytes && decodeAmd64(bytes)
  if (!instruction) return null
  const thread = dump.threads.findLast(({ id }) => id === dump.exception?.threadId)
  return {
    instruction,
    accesses: memoryAccesses(instruction, context),
    pointerUpdate: pointerUpdate(instruction, context, dump, thread?.stack ?? null),
    registers: memoryRegisters(instruction),
  }
}

function bytesAt(region: MemoryRegion | null, address: bigint): Uint8Array | null {
  return region?.bytes.subarray(Number(address - region.base)) ?? null
}

const mask64 = (value: bigint) => BigInt.asUintN(64, value)

/** Null when a register of the operand is not in the context. */
function operandAddress(op: MemoryOperand, context: CpuContext): { address: bigint; isNull: boolean } | null {
  const base = op.base === null ? 0n : context.get(op.base)
  const index = op.index === null ? 0n : context.get(op.index)
  if (base === null || index === null) return null
  const address = mask64(base + index * BigInt(op.scale) + op.displacement)
  return { address, isNull: op.base !== null && base === 0n }
}

/** A memory operand without a mask; the accessed part of masked memory is unknown. */
const isUnmasked = (op: Operand): op is MemoryOperand => op.kind === 'memory' && op.mask === undefined

const conditionalJump = /^j(n?[obzaslp]|ge|le|g|np)$/

/** True for instructions whose accesses are fully known, so that a missing one is significant. */
export const isAccessDerivable = ({ mnemonic }: Instruction) =>
  accessTypes.has(mnemonic) || conditionalJump.test(mnemonic)

function memoryAccesses(instruction: Instruction, context: CpuContext): MemoryAccess[] | null {
  const { mnemonic, operands, memorySize } = instruction
  if (memorySize === null) return []
  const size = memorySize === 0 ? null : memorySize
  const found: MemoryAccess[] = []
  for (const [position, op] of operands.entries()) {
    if (!isUnmasked(op) || mnemonic === 'lea') continue
    const at = operandAddress(op, context)
    if (!at) return null
    const accessType = accessTypes.get(mnemonic)?.[position] ?? null
    found.push({
      address: at.address,
      size,
      accessType,
      isLikelyNullPointer: at.isNull,
      isLikelyGuardPage: false,
    })
  }
  const implicit = stackAccess(mnemonic, context.stackPointer)
  return implicit ? [...found, { ...implicit, size }] : found
}

/** Implicit stack accesses. */
function stackAccess(mnemonic: string, sp: bigint): Omit<MemoryAccess, 'size'> | null {
  const writes = mnemonic === 'call' || mnemonic === 'push'
  const reads = mnemonic === 'pop' || mnemonic === 'ret' || mnemonic === 'retf'
  if (!writes && !reads) return null
  const address = writes ? mask64(sp - 8n) : sp
  return {
    address,
    accessType: writes ? 'write' : 'read',
    isLikelyNullPointer: address === 0n,
    isLikelyGuardPage: false,
  }
}

const branches = new Set(['call', 'callf', 'jmp', 'jmpf', 'jmpe'])
const returns = new Set(['ret', 'retf', 'iret', 'iretd', 'iretq'])

function pointerUpdate(
  { mnemonic, operands }: Instruction,
  context: CpuContext,
  dump: Minidump,
  stack: MemoryRegion | null,
): PointerUpdate {
  if (conditionalJump.test(mnemonic)) return null
  let address: bigint | null = null
  if (returns.has(mnemonic)) {
    const bytes = stack && regionBytes(stack, context.stackPointer, 8)
    if (bytes) address = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, dump.littleEndian)
  } else if (branches.has(mnemonic)) {
    const [target] = operands
    if (target?.kind === 'register') address = context.get(target.name)
    const at = target?.kind === 'memory' ? operandAddress(target, context) : null
    if (at) address = dump.memory.readU64(at.address)
  } else return 'none'
  return address === null ? null : { address }
}

function memoryRegisters({ operands }: Instruction): string[] {
  const names = operands.flatMap((op) => (isUnmasked(op) ? [op.base, op.index] : []))
  return [...new Set(names.filter((name) => name !== null))].sort()
}

const firstNonCanonical = 0x0000_8000_0000_0000n
const lastNonCanonical = 0xffff_7fff_ffff_ffffn

/** Addresses outside the 48-bit canonical form of amd64. */
export const isNonCanonical = (address: bigint) => address >= firstNonCanonical && address <= lastNonCanonical

/** True for a general protection fault, which the system reports without the address. */
export function isGeneralProtectionFault(dump: Minidump, { reason, address }: CrashReason): boolean {
  switch (dump.systemInfo?.os) {
    case 'windows':
      return reason === 'EXCEPTION_ACCESS_VIOLATION_READ' && address === 0xffff_ffff_ffff_ffffn
    case 'mac':
      return reason === 'EXC_BAD_ACCESS / EXC_I386_GPFLT' && address === 0n
    case 'linux':
      return (reason === 'SIGSEGV / SI_KERNEL' || reason === 'SIGBUS / SI_KERNEL') && address === 0n
    default:
      return false
  }
}
