// Streams of Windows dumps: open handles, and all mapped memory with its permissions.

import type { Section } from './dump-view.ts'
import { dumpError, fileBytes, needSize, section, spend, u32, u64 } from './dump-view.ts'
import { extendedList } from './lists.ts'
import { utf16String } from './strings.ts'

export interface MemoryInfo {
  readonly base: bigint
  readonly allocationBase: bigint
  readonly allocationProtection: number
  /** Bytes. */
  readonly size: bigint
  /** 0x1000 committed, 0x2000 reserved, 0x10000 free. */
  readonly state: number
  readonly protection: number
  /** 0x20000 private, 0x40000 mapped, 0x1000000 image. */
  readonly type: number
}

/** MemoryInfoList, 48 bytes per entry. */
export function readMemoryInfo(s: Section): MemoryInfo[] {
  return extendedList(s, 48, true).map((at) => ({
    base: u64(s, at),
    allocationBase: u64(s, at + 8),
    allocationProtection: u32(s, at + 16),
    size: u64(s, at + 24),
    state: u32(s, at + 32),
    protection: u32(s, at + 36),
    type: u32(s, at + 40),
  }))
}

export interface HandleRecord {
  readonly handle: bigint
  readonly typeName: string | null
  /** Path of a file, name of a mutex; Linux writers store file descriptors here. */
  readonly objectName: string | null
  readonly attributes: number
  readonly grantedAccess: number
  readonly handleCount: number
  readonly pointerCount: number
  readonly objectInfo: readonly ObjectInfo[]
}

/** Additional data about a handle's object, by kind; not decoded. */
export interface ObjectInfo {
  readonly type: number
  readonly bytes: Uint8Array
}

/** HandleData: descriptors of 32 bytes, or 40 with object information. */
export function readHandles(s: Section): HandleRecord[] {
  needSize(s, 16, 'HandleData')
  const header = u32(s, 0)
  const descriptor = u32(s, 4)
  const count = u32(s, 8)
  if (header < 16 || (descriptor !== 32 && descriptor !== 40) || header + count * descriptor > s.size) {
    throw dumpError('StreamSizeMismatch', `${count} handles of ${descriptor} bytes in a stream of ${s.size}`)
  }
  return Array.from({ length: count }, (_, i) => readHandle(s, header + i * descriptor, descriptor === 40))
}

function readHandle(s: Section, at: number, hasInfo: boolean): HandleRecord {
  return {
    handle: u64(s, at),
    typeName: name(s, at + 8),
    objectName: name(s, at + 12),
    attributes: u32(s, at + 16),
    grantedAccess: u32(s, at + 20),
    handleCount: u32(s, at + 24),
    pointerCount: u32(s, at + 28),
    objectInfo: hasInfo ? objectInfo(s, u32(s, at + 32)) : [],
  }
}

function name(s: Section, at: number): string | null {
  const rva = u32(s, at)
  return rva === 0 ? null : utf16String(s.file, rva)
}

/** A chain of {next rva, type, size, bytes}. It ends at an unreadable or already visited link. */
function objectInfo(s: Section, first: number): ObjectInfo[] {
  const found: ObjectInfo[] = []
  const seen = new Set<number>()
  for (let rva = first; rva !== 0 && !seen.has(rva) && fileBytes(s.file, rva, 12); ) {
    seen.add(rva)
    spend(s.file, 12)
    const link = section(s.file, rva, 12)
    const bytes = fileBytes(s.file, rva + 12, u32(link, 8))
    if (!bytes) break
    found.push({ type: u32(link, 4), bytes })
    rva = u32(link, 0)
  }
  return found
}
