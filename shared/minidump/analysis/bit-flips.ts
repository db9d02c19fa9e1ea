// Whether a single flipped bit in an address or register would explain a crash, and with what confidence.
import type { CpuContext } from '../context.ts'
import type { MappedMemory, MappedRange } from '../memory/permissions.ts'
import type { Minidump } from '../minidump.ts'
import type { CrashReason } from '../reasons/reason.ts'
import type { AdjustedAddress, InstructionAnalysis } from './instruction-analysis.ts'

export interface BitFlip {
  /** The probable address. */
  readonly address: bigint
  /** The register whose value is one bit away from `address`; null when it is the crash address itself. */
  readonly sourceRegister: string | null
  /** 0 to 1, in single precision. */
  readonly confidence: number
  readonly details: BitFlipDetails
}

export interface BitFlipDetails {
  readonly wasNonCanonical: boolean
  readonly isNull: boolean
  /** `address` is null and the value found was small. */
  readonly wasLow: boolean
  /** How many registers point near `address`. */
  readonly nearbyRegisters: number
  /** A register holds a pattern that allocators fill free memory with. */
  readonly poisonRegisters: boolean
}

interface Crash {
  readonly crash: CrashReason
  readonly adjustedAddress: AdjustedAddress | null
  readonly context: CpuContext | null
  readonly analysis: InstructionAnalysis | null
}

/** Input of one search. */
interface Search {
  readonly mapped: MappedMemory | null
  readonly allowed: (range: MappedRange) => boolean
  readonly context: CpuContext | null
  readonly firstBit: number
  readonly endBit: number
  /** Size of the crashing access in bytes, or null. */
  readonly accessSize: number | null
}

/**
 * Candidates for the crash address, then for each register of a memory operand. Only for 64-bit processors whose
 * address space is sparse enough for a hit to be significant; not for arm64, whose accesses are not decoded.
 */
export function findBitFlips(dump: Minidump, found: Crash): BitFlip[] {
  const cpu = dump.systemInfo?.cpu
  if (cpu !== 'amd64' && cpu !== 'ppc64' && cpu !== 'mips64') return []
  const { crash, adjustedAddress, context, analysis } = found
  if (adjustedAddress?.kind === 'null-pointer') return []
  const nonCanonical = adjustedAddress?.kind === 'non-canonical'
  const access = analysis?.accesses?.find(
    ({ address, size }) => crash.address >= address && crash.address < address + BigInt(size ?? 0),
  )
  const search: Search = {
    mapped: dump.mappedMemory,
    allowed: operationAllowed(crash.reason),
    context,
    firstBit: nonCanonical ? 48 : 0,
    endBit: cpu === 'amd64' && !nonCanonical ? 48 : 64,
    accessSize: access?.size ?? null,
  }
  const start = access?.address ?? (nonCanonical ? adjustedAddress.address : crash.address)
  const flips = tryAddress(start, null, search)
  for (const name of analysis?.registers ?? []) {
    const value = context?.get(name) ?? null
    if (value !== null) flips.push(...tryAddress(value, name, search))
  }
  return flips
}

/** Whether a range permits the crashing operation; when the operation is unknown, any mapped range does. */
function operationAllowed(reason: string): (range: MappedRange) => boolean {
  if (reason === 'EXCEPTION_ACCESS_VIOLATION_READ') return (range) => range.readable
  if (reason === 'EXCEPTION_ACCESS_VIOLATION_WRITE') return (range) => range.writable
  if (reason === 'EXCEPTION_ACCESS_VIOLATION_EXEC') return (range) => range.executable
  return () => true
}

function tryAddress(address: bigint, sourceRegister: string | null, search: Search): BitFlip[] {
  const { mapped, allowed, accessSize } = search
  const isAllowed = (at: bigint) => {
    const range = mapped?.at(at)
    return range ? allowed(range) : false
  }
  if (isAllowed(address)) return []
  const distance = mapped && distanceToMapping(address, mapped, allowed)
  if (accessSize !== null && distance !== null && distance < BigInt(accessSize)) return []
  const flips: BitFlip[] = []
  for (let bit = search.firstBit; bit < search.endBit; bit++) {
    const meant = address ^ (1n << BigInt(bit))
    if (meant === 0n || isAllowed(meant)) flips.push(describeFlip(meant, address, sourceRegister, search))
  }
  return flips
}

/** Bytes to the nearest range that allows the operation, or null when there is none. */
function distanceToMapping(
  address: bigint,
  mapped: MappedMemory,
  allowed: (range: MappedRange) => boolean,
): bigint | null {
  let nearest: bigint | null = null
  for (const range of mapped.sorted) {
    if (!allowed(range)) continue
    const distance = address < range.start ? range.start - address : address - range.last
    const away = distance < 0n ? 0n : distance
    if (nearest === null || away < nearest) nearest = away
  }
  return nearest
}

const lowAddresses = 8192n
const nearbyBytes = 4096n
const poisonBytes = new Set(
  [
    0x2b, 0x2d, 0x2f, 0x49, 0x4b, 0x4d, 0x4f, 0x6b, 0x8b, 0x9b, 0x9f, 0xa5, 0xbb, 0xcc, 0xcd, 0xce, 0xdb,
    0xe5,
  ].map((byte) => BigInt(byte) * 0x0101_0101_0101_0101n),
)

function describeFlip(
  meant: bigint,
  original: bigint,
  sourceRegister: string | null,
  search: Search,
): BitFlip {
  const registers = [...(search.context?.values ?? [])]
  const isNear = (value: bigint) => value - meant <= nearbyBytes && meant - value <= nearbyBytes
  const details: BitFlipDetails = {
    wasNonCanonical: search.firstBit === 48,
    isNull: meant === 0n,
    wasLow: meant === 0n && original <= lowAddresses,
    nearbyRegisters: meant > lowAddresses ? registers.filter(isNear).length : 0,
    poisonRegisters: registers.some((value) => poisonBytes.has(value)),
  }
  return { address: meant, sourceRegister, confidence: confidence(details), details }
}

const baseline = 0.25
const nearbyConfidence = [0.5, 0.55, 0.6, 0.65]

/** Combines independent signals, in single precision like the tools these numbers are compared with. */
function confidence(details: BitFlipDetails): number {
  const f = Math.fround
  const signs = [baseline]
  if (details.wasNonCanonical) signs.push(0.9)
  if (details.isNull) signs.push(details.wasLow ? 0.25 : 0.5)
  if (details.nearbyRegisters > 0) signs.push(nearbyConfidence[Math.min(details.nearbyRegisters, 4) - 1]!)
  const unlikely = signs.reduce((product, sign) => f(product * f(1 - f(sign))), 1)
  const result = f(1 - unlikely)
  return details.poisonRegisters ? f(result * 0.5) : result
}
