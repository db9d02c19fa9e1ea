// Bounds-checked reads from part of a dump, in its byte order, with a budget against amplification.
import { CrashError } from '../errors.ts'

/** Stable names of dump errors. The message of every CrashError('bad-dump') starts with one of them. */
export const dumpErrorNames = [
  'MissingHeader',
  'HeaderMismatch',
  'VersionMismatch',
  'MissingDirectory',
  'StreamReadFailure',
  'StreamSizeMismatch',
  'StreamNotFound',
  'ModuleReadFailure',
  'MemoryReadFailure',
  'DataError',
  'CodeViewReadFailure',
  'UnknownElementType',
] as const
export type DumpErrorName = (typeof dumpErrorNames)[number]

export function dumpError(name: DumpErrorName, detail: string): CrashError {
  return new CrashError('bad-dump', `${name}: ${detail}`)
}

/** The stable name at the start of a dump error's message, or null for any other error. */
export function dumpErrorName(error: unknown): DumpErrorName | null {
  if (!(error instanceof CrashError) || error.code !== 'bad-dump') return null
  const name = error.message.slice(0, error.message.indexOf(':'))
  return dumpErrorNames.find((known) => known === name) ?? null
}

/** `size` bytes of a dump from file offset `base`. Read offsets are relative to `base`. */
export interface Section {
  readonly file: DumpFile
  readonly base: number
  readonly size: number
}

/** The whole file. `budget` limits how many bytes overlapping references may decode again. */
export interface DumpFile {
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly littleEndian: boolean
  budget: number
}

/** {size, rva} as dumps write it: `size` bytes at file offset `rva`. */
export interface Location {
  readonly size: number
  readonly rva: number
}

export function createDumpFile(bytes: Uint8Array, littleEndian: boolean): DumpFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return { bytes, view, littleEndian, budget: 8 * bytes.byteLength + 65_536 }
}

/**
 * Charges `bytes` of work to the file's budget. Many records may reference the same bytes; without a budget a small
 * hostile file could cost time and memory quadratic in its size.
 */
export function spend(file: DumpFile, bytes: number): void {
  file.budget -= bytes
  if (file.budget < 0) throw dumpError('DataError', 'records refer to the same bytes too many times')
}

/** The part of the file at `rva`; throws StreamReadFailure when it is not inside the file. */
export function section(file: DumpFile, rva: number, size: number): Section {
  if (rva + size > file.bytes.byteLength) {
    throw dumpError('StreamReadFailure', `${size} bytes at offset ${rva} pass the end of the file`)
  }
  return { file, base: rva, size }
}

function at(s: Section, offset: number, length: number): number {
  if (offset + length > s.size) {
    throw dumpError(
      'StreamReadFailure',
      `${length} bytes at offset ${s.base + offset} pass the end of the record`,
    )
  }
  return s.base + offset
}

export const u8 = (s: Section, offset: number) => s.file.view.getUint8(at(s, offset, 1))
export const u16 = (s: Section, offset: number) =>
  s.file.view.getUint16(at(s, offset, 2), s.file.littleEndian)
export const u32 = (s: Section, offset: number) =>
  s.file.view.getUint32(at(s, offset, 4), s.file.littleEndian)
export const i32 = (s: Section, offset: number) => s.file.view.getInt32(at(s, offset, 4), s.file.littleEndian)
export const u64 = (s: Section, offset: number) =>
  s.file.view.getBigUint64(at(s, offset, 8), s.file.littleEndian)

/** A u64 file offset or size; inexact above 2^53, which is outside any file anyway. */
export function fileOffset(s: Section, offset: number): number {
  const first = u32(s, offset)
  const second = u32(s, offset + 4)
  return s.file.littleEndian ? second * 4_294_967_296 + first : first * 4_294_967_296 + second
}

export const location = (s: Section, offset: number): Location => ({
  size: u32(s, offset),
  rva: u32(s, offset + 4),
})

/** `length` bytes at `offset`, as a view. */
export function bytesAt(s: Section, offset: number, length: number): Uint8Array {
  const start = at(s, offset, length)
  return s.file.bytes.subarray(start, start + length)
}

/** `length` bytes at file offset `rva` as a view, or null when they are not inside the file. */
export function fileBytes(file: DumpFile, rva: number, length: number): Uint8Array | null {
  return rva + length > file.bytes.byteLength ? null : file.bytes.subarray(rva, rva + length)
}

/** Throws StreamReadFailure unless the section has at least `size` bytes; for fixed-size records. */
export function needSize(s: Section, size: number, what: string): void {
  if (s.size < size) throw dumpError('StreamReadFailure', `${what} of ${s.size} bytes, ${size} needed`)
}
