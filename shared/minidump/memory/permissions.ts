// Memory permissions of the crashed process, from the mapping lists of Windows or Linux.
import type { LinuxMapping } from '../linux.ts'
import type { MemoryInfo } from '../windows.ts'
import { createRangeMap } from './ranges.ts'

/** A mapped range, both ends inclusive. */
export interface MappedRange {
  readonly start: bigint
  readonly last: bigint
  readonly readable: boolean
  readonly writable: boolean
  readonly executable: boolean
}

export interface MappedMemory {
  /** All ranges in dump order. */
  readonly ranges: readonly MappedRange[]
  /** The addressable ranges, lowest first. */
  readonly sorted: readonly MappedRange[]
  at(address: bigint): MappedRange | null
  /** True for an address, as two u32 halves, in executable memory, and for every address if the map is empty. */
  isCode(high: number, low: number): boolean
}

const readableBits = 0x02 | 0x04 | 0x20 | 0x40
const writableBits = 0x04 | 0x08 | 0x40 | 0x80
const executableBits = 0x10 | 0x20 | 0x40 | 0x80

function fromWindows({ base, size, protection }: MemoryInfo): MappedRange {
  return {
    start: base,
    last: base + size - 1n,
    readable: (protection & readableBits) !== 0,
    writable: (protection & writableBits) !== 0,
    executable: (protection & executableBits) !== 0,
  }
}

/** The Windows list is preferred when both exist; null when neither does. */
export function createMappedMemory(
  windows: readonly MemoryInfo[] | null,
  linux: readonly LinuxMapping[] | null,
): MappedMemory | null {
  const ranges: readonly MappedRange[] | undefined =
    windows?.filter(({ size }) => size > 0n).map(fromWindows) ?? linux ?? undefined
  if (!ranges) return null
  const map = createRangeMap(
    ranges.length,
    (i) => ranges[i]!.start,
    (i) => (ranges[i]!.last < ranges[i]!.start ? 0n : ranges[i]!.last - ranges[i]!.start + 1n),
  )
  return {
    ranges,
    sorted: Array.from(map.order, (i) => ranges[i]!),
    at: (address) => ranges[map.find(address)] ?? null,
    isCode: (high, low) => ranges.length === 0 || (ranges[map.findPair(high, low)]?.executable ?? false),
  }
}
