// Crash analysis: the reason, what the crashing instruction did, and whether the two agree.

import type { MappedMemory, MappedRange } from '../memory/permissions.ts'
import type { Minidump } from '../minidump.ts'
import type { CrashReason } from '../reasons/reason.ts'
import { crashReason } from '../reasons/reason.ts'
import { instructionText } from './amd64-instruction.ts'
import type { BitFlip } from './bit-flips.ts'
import { findBitFlips } from './bit-flips.ts'
import type { Inconsistency } from './inconsistencies.ts'
import { findInconsistencies } from './inconsistencies.ts'
import type {
  AdjustedAddress,
  InstructionAnalysis,
  MemoryAccess,
  PointerUpdate,
} from './instruction-analysis.ts'
import { analyzeInstruction, isGeneralProtectionFault, isNonCanonical } from './instruction-analysis.ts'

export interface CrashAnalysis extends CrashReason {
  readonly adjustedAddress: AdjustedAddress | null
  /** The instruction as text; null when its bytes are not in the dump, or the processor is not amd64. */
  readonly instruction: string | null
  /** Null when they cannot be determined. */
  readonly memoryAccesses: readonly MemoryAccess[] | null
  readonly instructionPointerUpdate: PointerUpdate
  readonly possibleBitFlips: readonly BitFlip[]
  readonly inconsistencies: readonly Inconsistency[]
}

/** Everything known about a crash apart from its stack; null when the dump has no exception. */
export function analyzeCrash(dump: Minidump): CrashAnalysis | null {
  const crash = crashReason(dump)
  if (!crash) return null
  const context = dump.exception?.context ?? null
  const analysis = context && analyzeInstruction(dump, context)
  const adjustedAddress = analysis && adjustAddress(dump, crash, analysis)
  const mapped = dump.mappedMemory
  return {
    ...crash,
    adjustedAddress,
    instruction: analysis && instructionText(analysis.instruction),
    memoryAccesses: analysis?.accesses?.map((access) => markGuardPage(access, mapped)) ?? null,
    instructionPointerUpdate: analysis?.pointerUpdate ?? null,
    possibleBitFlips: findBitFlips(dump, { crash, adjustedAddress, context, analysis }),
    inconsistencies: findInconsistencies(dump, { crash, context, analysis }),
  }
}

function adjustAddress(
  dump: Minidump,
  crash: CrashReason,
  { accesses, pointerUpdate: update }: InstructionAnalysis,
): AdjustedAddress | null {
  if (!accesses) return null
  const jump = update && update !== 'none' ? [{ ...update, isLikelyNullPointer: update.address === 0n }] : []
  const addresses = [...accesses, ...jump]
  const nullPointer = addresses.find((at) => at.isLikelyNullPointer)
  if (nullPointer) return { kind: 'null-pointer', offset: nullPointer.address }
  if (dump.systemInfo?.cpu !== 'amd64' || !isGeneralProtectionFault(dump, crash)) return null
  const culprit = addresses.find((at) => isNonCanonical(at.address))
  return culprit ? { kind: 'non-canonical', address: culprit.address } : null
}

const guardMaxBytes = 32_768n

const isAccessible = (range: MappedRange | undefined) =>
  range !== undefined && (range.readable || range.writable || range.executable)

/** A small range without permissions, next to one with permissions, is likely a guard page. */
function markGuardPage(access: MemoryAccess, mapped: MappedMemory | null): MemoryAccess {
  const range = mapped?.at(access.address)
  if (!mapped || !range || isAccessible(range) || range.last - range.start >= guardMaxBytes) return access
  const before = mapped.sorted.find(({ last }) => last + 1n === range.start)
  const after = mapped.sorted.find(({ start }) => range.last + 1n === start)
  return isAccessible(before) || isAccessible(after) ? { ...access, isLikelyGuardPage: true } : access
}
