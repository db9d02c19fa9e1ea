// The crash itself: reason, address, instruction, bit flips, inconsistencies.
import type { CrashInfo } from '../fields/stackwalk.ts'
import { analyzeCrash } from '../minidump/analysis/analysis.ts'
import type { BitFlip } from '../minidump/analysis/bit-flips.ts'
import type { AdjustedAddress, MemoryAccess } from '../minidump/analysis/instruction-analysis.ts'
import type { Minidump } from '../minidump/minidump.ts'
import { present } from '../present.ts'

/** Formats an address of the dump: `0x` and as many digits as its registers have. */
export type Hex = (address: number | bigint) => string

/** `crash_info` of the output. */
export function crashInfo(dump: Minidump, requestingThread: number | null, hex: Hex): CrashInfo {
  const crash = analyzeCrash(dump)
  const update = crash?.instructionPointerUpdate ?? null
  return {
    address: crash && hex(crash.address),
    adjusted_address: crash?.adjustedAddress ? adjustedAddress(crash.adjustedAddress, hex) : null,
    assertion: null,
    crash_inconsistencies: crash ? [...crash.inconsistencies] : null,
    crashing_thread: requestingThread,
    instruction: crash?.instruction ?? null,
    instruction_pointer_update:
      update === null || update === 'none' ? null : { address: hex(update.address) },
    memory_accesses: crash?.memoryAccesses?.map((access) => memoryAccess(access, hex)) ?? null,
    possible_bit_flips: crash?.possibleBitFlips.length
      ? crash.possibleBitFlips.map((flip) => bitFlip(flip, hex))
      : null,
    type: crash?.reason ?? null,
  }
}

const adjustedAddress = (adjusted: AdjustedAddress, hex: Hex) =>
  adjusted.kind === 'null-pointer'
    ? { kind: adjusted.kind, offset: hex(adjusted.offset) }
    : { address: hex(adjusted.address), kind: adjusted.kind }

/** Keys that do not apply are omitted. */
function memoryAccess(access: MemoryAccess, hex: Hex): NonNullable<CrashInfo['memory_accesses']>[number] {
  return {
    ...present({ access_type: access.accessType }),
    address: hex(access.address),
    ...(access.isLikelyGuardPage ? { is_likely_guard_page: true as const } : {}),
    size: access.size,
  }
}

const bitFlip = (
  { address, confidence, details, sourceRegister }: BitFlip,
  hex: Hex,
): NonNullable<CrashInfo['possible_bit_flips']>[number] => ({
  address: hex(address),
  confidence,
  details: {
    is_null: details.isNull,
    nearby_registers: details.nearbyRegisters,
    poison_registers: details.poisonRegisters,
    was_low: details.wasLow,
    was_non_canonical: details.wasNonCanonical,
  },
  source_register: sourceRegister,
})
