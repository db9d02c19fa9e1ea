// The memory saved in a dump: regions as views into the file, reads by address.

import type { DumpFile, Section } from '../dump-view.ts'
import { dumpError, fileBytes, fileOffset, location, u64 } from '../dump-view.ts'
import { plainList } from '../lists.ts'
import type { RangeMap } from './ranges.ts'
import { createRangeMap } from './ranges.ts'

/** Bytes of the crashed process, from address `base`; a view, never a copy. */
export interface MemoryRegion {
  readonly base: bigint
  readonly bytes: Uint8Array
}

export interface MemoryMap {
  /** All readable regions in dump order, overlapping ones included. */
  readonly regions: readonly MemoryRegion[]
  /** The region that contains `address`, or null. Of overlapping regions the lowest wins. */
  regionAt(address: bigint): MemoryRegion | null
  /** The same for an address as two u32 halves. */
  regionAtPair(high: number, low: number): MemoryRegion | null
  /** `length` bytes at `address` when a single region holds them all, else null. */
  read(address: bigint, length: number): Uint8Array | null
  /** The u32 at `address` in the dump's byte order, or null. */
  readU32(address: bigint): number | null
  /** The u64 at `address` in the dump's byte order, or null. */
  readU64(address: bigint): bigint | null
}

/** `length` bytes of a region from `address`, or null when it does not hold them all. */
export function regionBytes(region: MemoryRegion, address: bigint, length: number): Uint8Array | null {
  if (address < region.base) return null
  const offset = address - region.base
  if (offset + BigInt(length) > BigInt(region.bytes.byteLength)) return null
  return region.bytes.subarray(Number(offset), Number(offset) + length)
}

/** @param littleEndian byte order of the words read */
export function createMemoryMap(regions: readonly MemoryRegion[], littleEndian: boolean): MemoryMap {
  let ranges: RangeMap | null = null
  const index = () => {
    ranges ??= createRangeMap(
      regions.length,
      (i) => regions[i]!.base,
      (i) => BigInt(regions[i]!.bytes.byteLength),
    )
    return ranges
  }
  const regionAt = (address: bigint) => regions[index().find(address)] ?? null
  const read = (address: bigint, length: number) => {
    const region = regionAt(address)
    return region && regionBytes(region, address, length)
  }
  const view = (address: bigint, length: number) => {
    const bytes = read(address, length)
    return bytes && new DataView(bytes.buffer, bytes.byteOffset)
  }
  return {
    regions,
    regionAt,
    regionAtPair: (high, low) => regions[index().findPair(high, low)] ?? null,
    read,
    readU32: (address) => view(address, 4)?.getUint32(0, littleEndian) ?? null,
    readU64: (address) => view(address, 8)?.getBigUint64(0, littleEndian) ?? null,
  }
}

/** MemoryList: 16-byte entries {start u64, LOC}. Entries that point outside the file are skipped and reported. */
export function readMemoryList(s: Section, skipped: (detail: string) => void): MemoryRegion[] {
  const regions: MemoryRegion[] = []
  for (const at of plainList(s, 16)) {
    const { size, rva } = location(s, at + 8)
    const bytes = fileBytes(s.file, rva, size)
    if (bytes) regions.push({ base: u64(s, at), bytes })
    else skipped(`MemoryReadFailure: region at offset ${rva} of ${size} bytes passes the end of the file`)
  }
  return regions
}

/** Memory64List: count u64, base RVA u64, entries {start u64, size u64}; the data of the regions is contiguous. */
export function readMemory64List(s: Section): MemoryRegion[] {
  const count = fileOffset(s, 0)
  if (s.size !== 16 + 16 * count) throw dumpError('StreamSizeMismatch', `${count} regions in ${s.size} bytes`)
  const regions: MemoryRegion[] = []
  let rva = fileOffset(s, 8)
  for (let at = 16; at < s.size; at += 16) {
    const size = fileOffset(s, at + 8)
    regions.push({ base: u64(s, at), bytes: memory64Bytes(s.file, rva, size) })
    rva += size
  }
  return regions
}

function memory64Bytes(file: DumpFile, rva: number, size: number): Uint8Array {
  const bytes = fileBytes(file, rva, size)
  if (!bytes) throw dumpError('MemoryReadFailure', `${size} bytes at offset ${rva} pass the end of the file`)
  return bytes
}
