// Contradictions between the reported reason and the crashing instruction: signs of faulty hardware or reporting.
import type { CpuContext } from '../context.ts'
import type { Minidump } from '../minidump.ts'
import type { CrashReason } from '../reasons/reason.ts'
import type { AccessType } from './amd64-instruction.ts'
import { privileged } from './amd64-opcodes.ts'
import type { InstructionAnalysis, MemoryAccess } from './instruction-analysis.ts'
import { isAccessDerivable, isGeneralProtectionFault, isNonCanonical } from './instruction-analysis.ts'

export type Inconsistency =
  | 'int_div_by_zero_not_possible'
  | 'priv_instruction_crash_without_priv_instruction'
  | 'non_canonical_address_falsely_reported'
  | 'access_violation_when_access_allowed'
  | 'crashing_access_not_found_in_memory_accesses'

interface Crash {
  readonly crash: CrashReason
  readonly context: CpuContext | null
  readonly analysis: InstructionAnalysis | null
}

const divisionReasons = new Set([
  'EXCEPTION_INT_DIVIDE_BY_ZERO',
  'SIGFPE / FPE_INTDIV',
  'EXC_ARITHMETIC / EXC_I386_DIV',
  'EXC_ARITHMETIC / EXC_PPC_ZERO_DIVIDE',
])

const accessViolation = /^EXCEPTION_ACCESS_VIOLATION_(READ|WRITE|EXEC)$/

export function findInconsistencies(dump: Minidump, found: Crash): Inconsistency[] {
  const { crash, analysis } = found
  const mnemonic = analysis?.instruction.mnemonic
  if (divisionReasons.has(crash.reason)) {
    const divides = mnemonic === undefined || mnemonic === 'div' || mnemonic === 'idiv'
    return divides ? [] : ['int_div_by_zero_not_possible']
  }
  if (crash.reason === 'EXCEPTION_PRIV_INSTRUCTION') {
    const fits = mnemonic === undefined || privileged.has(mnemonic)
    return fits ? [] : ['priv_instruction_crash_without_priv_instruction']
  }
  const notFound = isAccessMissing(found)
  if (notFound && isGeneralProtectionFault(dump, crash)) {
    return isFalselyNonCanonical(analysis) ? ['non_canonical_address_falsely_reported'] : []
  }
  const list: Inconsistency[] = []
  if (notFound) list.push('crashing_access_not_found_in_memory_accesses')
  if (isAccessAllowed(dump, crash)) list.push('access_violation_when_access_allowed')
  return list
}

/** The instruction can fault this way only for a non-canonical address, and it has none. */
function isFalselyNonCanonical(analysis: InstructionAnalysis | null): boolean {
  if (!analysis?.accesses || !isAccessDerivable(analysis.instruction)) return false
  if (analysis.instruction.mnemonic === 'movaps' || analysis.pointerUpdate === null) return false
  const { accesses, pointerUpdate } = analysis
  if (accesses.some(({ address }) => isNonCanonical(address))) return false
  return pointerUpdate === 'none' || !isNonCanonical(pointerUpdate.address)
}

/** No memory access of the instruction matches the reported one; false when accesses are unknown. */
function isAccessMissing({ crash, context, analysis }: Crash): boolean {
  if (!analysis?.accesses) return false
  const known = isAccessDerivable(analysis.instruction)
  if (crash.reason === 'EXCEPTION_STACK_OVERFLOW') return known && analysis.accesses.length === 0
  const operation = accessViolation.exec(crash.reason)?.[1]
  if (operation === undefined) return false
  if (operation === 'EXEC') return context !== null && context.instructionPointer !== crash.address
  const wanted: readonly AccessType[] = [operation === 'READ' ? 'read' : 'write', 'readwrite']
  const { accesses } = analysis
  return known && !accesses.some((access) => covers(access, crash.address) && isOneOf(access, wanted))
}

const isOneOf = ({ accessType }: MemoryAccess, wanted: readonly AccessType[]) =>
  accessType !== null && wanted.includes(accessType)

function covers({ address: start, size }: MemoryAccess, address: bigint): boolean {
  if (size === null) return false
  const end = BigInt.asUintN(64, start + BigInt(size))
  return end < start ? address >= start || address < end : address >= start && address < end
}

/** The dump lists the memory as mapped with permission for the access. */
function isAccessAllowed(dump: Minidump, { reason, address }: CrashReason): boolean {
  const range = dump.mappedMemory?.at(address)
  const operation = accessViolation.exec(reason)?.[1]
  if (!range || operation === undefined) return false
  if (operation === 'READ') return range.readable
  return operation === 'WRITE' ? range.writable : range.executable
}
