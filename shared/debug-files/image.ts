// What readers of DWARF and call frame information need of an executable file of any format.
import type { ImageBase } from './byte-cursor.ts'
import type { ByteSource } from './byte-source.ts'
import { countBefore } from './lists/search.ts'

export interface Image {
  littleEndian: boolean
  addressSize: 4 | 8
  base: ImageBase
  /** As in MODULE records. */
  arch: string
  /** Contents of a debug section, inflated; its name without format, such as `info` or `str`. Null when absent or empty. */
  debugSection(name: string): ByteSource | null
  /** Whether there is code at an address relative to the base: descriptions of removed functions remain in files. */
  isCode(address: number): boolean
}

export interface CodeRange {
  address: number
  size: number
}

/** A lookup in sorted, merged ranges. */
export function codeLookup(ranges: readonly CodeRange[]): (address: number) => boolean {
  const sorted = ranges.filter(({ size }) => size > 0).toSorted((a, b) => a.address - b.address)
  return (address) => {
    const low = countBefore(sorted.length, (middle) => sorted[middle]!.address <= address)
    const range = sorted[low - 1]
    return range !== undefined && address < range.address + range.size
  }
}
