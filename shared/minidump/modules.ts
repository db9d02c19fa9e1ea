// Loaded and unloaded modules: address ranges, and the ids that select their symbols.

import type { Section } from './dump-view.ts'
import { bytesAt, fileBytes, location, section, spend, u32, u64 } from './dump-view.ts'
import type { OsName } from './format.ts'
import { extendedList, plainList } from './lists.ts'
import { createRangeMap } from './memory/ranges.ts'
import { lossyCString, utf16String } from './strings.ts'

export interface ModuleRecord {
  /** First address. */
  readonly base: bigint
  /** Bytes of the image. */
  readonly size: number
  readonly checksum: number
  readonly timestamp: number
  /** Path as stored, '' when it could not be read. */
  readonly codeFile: string
  /** Lower case; null when there is none. */
  readonly codeId: string | null
  /** Path as stored; null when there is none. */
  readonly debugFile: string | null
  /** GUID in upper case and age in lower case hex; null when there is none. */
  readonly debugId: string | null
  readonly version: string | null
}

export interface ModuleList {
  /** In dump order; the first is the main module. */
  readonly list: readonly ModuleRecord[]
  /** The addressable modules by address: without empty ones; of overlapping ones only the lowest. */
  readonly byAddress: readonly ModuleRecord[]
  /** The module whose image contains `address`, or null. Of overlapping modules the lowest wins. */
  at(address: bigint): ModuleRecord | null
  /** The same for an address as two u32 halves, as an index into `list`, or -1. */
  indexAtPair(high: number, low: number): number
}

export interface UnloadedModule {
  readonly base: bigint
  readonly size: number
  readonly checksum: number
  readonly timestamp: number
  readonly codeFile: string
  readonly codeId: string
}

export type CodeView =
  | { readonly kind: 'pdb70'; readonly signature: string; readonly age: number; readonly file: string }
  | { readonly kind: 'pdb20'; readonly signature: string; readonly age: number; readonly file: string }
  | { readonly kind: 'elf'; readonly buildId: Uint8Array }
  | { readonly kind: 'unknown'; readonly bytes: Uint8Array }

/**
 * ModuleList, 108 bytes per entry. An entry with an impossible range is skipped; one whose name or CodeView record
 * cannot be read stays without it. Both are reported to `damaged`.
 */
export function readModuleList(s: Section, os: OsName, damaged: (detail: string) => void): ModuleRecord[] {
  const modules: ModuleRecord[] = []
  for (const at of plainList(s, 108)) {
    const base = u64(s, at)
    const size = u32(s, at + 8)
    if (size === 0 || base + BigInt(size) > 0xffff_ffff_ffff_ffffn) {
      damaged(`ModuleReadFailure: module ${modules.length} has an impossible range`)
    } else modules.push(readModule(s, at, os, damaged))
  }
  return modules
}

function readModule(s: Section, at: number, os: OsName, damaged: (detail: string) => void): ModuleRecord {
  const codeFile = utf16String(s.file, u32(s, at + 20))
  if (codeFile === null)
    damaged(`ModuleReadFailure: the name of the module at offset ${s.base + at} is unreadable`)
  const codeView = moduleCodeView(s, at, damaged)
  const timestamp = u32(s, at + 16)
  const size = u32(s, at + 8)
  return {
    base: u64(s, at),
    size,
    checksum: u32(s, at + 12),
    timestamp,
    codeFile: codeFile ?? '',
    codeId: codeIdOf(codeView, os, timestamp, size),
    debugFile: debugFileOf(codeView, codeFile),
    debugId: debugIdOf(codeView, s.file.littleEndian),
    version: versionOf(s, at + 24, os),
  }
}

function moduleCodeView(s: Section, at: number, damaged: (detail: string) => void): CodeView | null {
  const { size, rva } = location(s, at + 76)
  if (size === 0) return null
  const bytes = fileBytes(s.file, rva, size)
  if (bytes && size >= 4) return readCodeView(section(s.file, rva, size), damaged)
  damaged(`CodeViewReadFailure: ${size} bytes at offset ${rva} are not a CodeView record`)
  return null
}

const signaturePdb70 = 0x5344_5352
const signaturePdb20 = 0x3031_424e
const signatureElf = 0x4270_454c

/** A CodeView record, by the signature in its first four bytes; null, and reported, when it is truncated. */
function readCodeView(s: Section, damaged: (detail: string) => void): CodeView | null {
  const signature = u32(s, 0)
  const needed = signature === signaturePdb70 ? 24 : signature === signaturePdb20 ? 16 : 4
  if (s.size < needed) {
    damaged(`CodeViewReadFailure: record of ${s.size} bytes at offset ${s.base}, ${needed} needed`)
    return null
  }
  spend(s.file, s.size)
  const rest = bytesAt(s, needed, s.size - needed)
  if (signature === signatureElf) return { kind: 'elf', buildId: rest }
  if (signature === signaturePdb70) {
    return {
      kind: 'pdb70',
      signature: guid(bytesAt(s, 4, 16), s.file.littleEndian),
      age: u32(s, 20),
      file: lossyCString(rest),
    }
  }
  if (signature === signaturePdb20) {
    return {
      kind: 'pdb20',
      signature: hex8(u32(s, 8)).toUpperCase(),
      age: u32(s, 12),
      file: lossyCString(rest),
    }
  }
  return { kind: 'unknown', bytes: rest }
}

const hexDigits = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'))
const hex8 = (value: number) => value.toString(16).padStart(8, '0')

/** Bytes as lower case hex. */
function hex(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i++) text += hexDigits[bytes[i]!]
  return text
}

const guidOrder = {
  little: [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15],
  big: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
} as const

/** Sixteen bytes of a GUID in the given byte order as 32 upper case hex digits. Missing bytes count as zeros. */
export function guid(bytes: Uint8Array, littleEndian: boolean): string {
  let text = ''
  for (const i of littleEndian ? guidOrder.little : guidOrder.big) text += hexDigits[bytes[i] ?? 0]
  return text.toUpperCase()
}

const isZero = (bytes: Uint8Array) => bytes.every((byte) => byte === 0)
const zeroGuid = '0'.repeat(32)

function debugFileOf(codeView: CodeView | null, codeFile: string | null): string | null {
  if (codeView?.kind === 'pdb70' || codeView?.kind === 'pdb20') return codeView.file
  return codeView?.kind === 'elf' ? codeFile : null
}

function debugIdOf(codeView: CodeView | null, littleEndian: boolean): string | null {
  if (codeView?.kind === 'pdb70') {
    return codeView.signature === zeroGuid ? null : codeView.signature + codeView.age.toString(16)
  }
  if (codeView?.kind === 'pdb20') return codeView.signature + codeView.age.toString(16)
  if (codeView?.kind !== 'elf' || isZero(codeView.buildId)) return null
  return `${guid(codeView.buildId, littleEndian)}0`
}

function codeIdOf(codeView: CodeView | null, os: OsName, timestamp: number, size: number): string | null {
  const stamped = hex8(timestamp) + size.toString(16)
  if (codeView?.kind === 'elf') return isZero(codeView.buildId) ? null : hex(codeView.buildId)
  if (codeView?.kind === 'pdb20') return stamped
  if (codeView?.kind === 'pdb70')
    return os === 'mac' || os === 'ios' ? codeView.signature.toLowerCase() : stamped
  return codeView === null && os === 'windows' ? stamped : null
}

const fixedInfoSignature = 0xfeef_04bd
const fixedInfoVersion = 0x0001_0000

function versionOf(s: Section, at: number, os: OsName): string | null {
  if (u32(s, at) !== fixedInfoSignature || u32(s, at + 4) !== fixedInfoVersion) return null
  const high = u32(s, at + 8)
  const low = u32(s, at + 12)
  const split = os === 'windows' || os === 'mac' || os === 'ios'
  const numbers = split
    ? [high >>> 16, high & 0xffff, low >>> 16, low & 0xffff]
    : [high, low, u32(s, at + 16), u32(s, at + 20)]
  return numbers.join('.')
}

export function createModuleList(list: readonly ModuleRecord[]): ModuleList {
  const ranges = createRangeMap(
    list.length,
    (i) => list[i]!.base,
    (i) => BigInt(list[i]!.size),
  )
  return {
    list,
    byAddress: Array.from(ranges.order, (i) => list[i]!),
    at: (address) => list[ranges.find(address)] ?? null,
    indexAtPair: ranges.findPair,
  }
}

/** UnloadedModuleList, 24 bytes per entry; entries without size or readable name are skipped and reported. */
export function readUnloadedModules(s: Section, damaged: (detail: string) => void): UnloadedModule[] {
  const modules: UnloadedModule[] = []
  for (const at of extendedList(s, 24)) {
    const base = u64(s, at)
    const size = u32(s, at + 8)
    const timestamp = u32(s, at + 16)
    const codeFile = utf16String(s.file, u32(s, at + 20))
    if (size === 0 || base + BigInt(size) > 0xffff_ffff_ffff_ffffn || codeFile === null) {
      damaged(`ModuleReadFailure: the unloaded module at offset ${s.base + at} is unreadable`)
      continue
    }
    const codeId = hex8(timestamp) + size.toString(16)
    modules.push({ base, size, checksum: u32(s, at + 12), timestamp, codeFile, codeId })
  }
  return modules
}
