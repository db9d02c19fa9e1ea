// The file format of a symdex: a fixed header, MODULE and INFO records, a table of pages, the pages.
import { CrashError } from '../../errors.ts'
import type { SymFileInfo } from '../sym/state.ts'

/** Changes with every change of the format; files of other versions are rebuilt. */
const symdexVersion = 4
const magic = 'SYMDEX\r\n'

/**
 * Little-endian u32 words: magic (2 words), version, bytes of the root (header, info and page table), number of
 * pages, bytes of info, number of bad lines, flags (1: the symbol file was corrupt), checksum of the root, then
 * zeros.
 */
export const symdexHeaderBytes = 64

/** Words per page in the table: first address, bytes stored, bytes inflated, checksum of the stored bytes. */
const pageWords = 4

/** The pages in address order. `offset` is from the start of the file and has one more entry: the end. */
export interface SymdexRoot {
  info: SymFileInfo
  corrupt: boolean
  badLines: number
  address: Uint32Array
  rawLength: Uint32Array
  checksum: Uint32Array
  offset: Float64Array
}

/** One entry of the page table. */
export interface StoredPage {
  address: number
  rawLength: number
  /** Deflated. */
  stored: Uint8Array
}

/** A fast checksum against damage, not forgery: little-endian words in two lanes, then the remaining bytes. */
export function checksumOf(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = bytes.length & ~7
  let a = bytes.length
  let b = 0x9e3779b1
  for (let at = 0; at < end; at += 8) {
    a = Math.imul(a ^ view.getUint32(at, true), 0x85ebca6b)
    b = Math.imul(b ^ view.getUint32(at + 4, true), 0xc2b2ae35)
    a ^= a >>> 15
    b ^= b >>> 13
  }
  for (let at = end; at < bytes.length; at++) a = Math.imul(a ^ bytes[at]!, 0x01000193)
  a = Math.imul(a ^ (b >>> 16) ^ (b << 16), 0x85ebca6b)
  return (a ^ (a >>> 13) ^ b) >>> 0
}

const checksumAt = 32

/** Of the root, without the checksum itself and the zeros after it. */
const rootChecksum = (file: Uint8Array, rootBytes: number): number =>
  (Math.imul(checksumOf(file.subarray(0, checksumAt)), 31) +
    checksumOf(file.subarray(symdexHeaderBytes, rootBytes))) >>>
  0

const padded = (length: number) => (length + 3) & ~3

/** The whole file. */
export function encodeSymdex(
  source: { info: SymFileInfo; corrupt: boolean; badLines: number },
  pages: readonly StoredPage[],
): Uint8Array {
  const info = new TextEncoder().encode(JSON.stringify(source.info))
  const infoBytes = padded(info.length)
  const rootBytes = symdexHeaderBytes + infoBytes + pages.length * pageWords * 4
  const total = pages.reduce((sum, page) => sum + page.stored.length, rootBytes)
  const file = new Uint8Array(total)
  const view = new DataView(file.buffer)
  file.set(new TextEncoder().encode(magic))
  file.set(info, symdexHeaderBytes)
  let entry = symdexHeaderBytes + infoBytes
  let at = rootBytes
  for (const { address, rawLength, stored } of pages) {
    const words = [address, stored.length, rawLength, checksumOf(stored)]
    for (const [i, word] of words.entries()) view.setUint32(entry + i * 4, word, true)
    file.set(stored, at)
    entry += pageWords * 4
    at += stored.length
  }
  const words = [symdexVersion, rootBytes, pages.length, info.length, source.badLines, source.corrupt ? 1 : 0]
  for (const [i, word] of words.entries()) view.setUint32(8 + i * 4, word, true)
  view.setUint32(checksumAt, rootChecksum(file, rootBytes), true)
  return file
}

/**
 * Bytes of the root, from a header of `symdexHeaderBytes`.
 * @throws CrashError 'bad-symbols' when it is not a symdex of this version.
 */
export function rootLength(header: Uint8Array): number {
  if (header.length < symdexHeaderBytes) throw bad('it is too short')
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength)
  for (let i = 0; i < magic.length; i++)
    if (header[i] !== magic.charCodeAt(i)) throw bad('it has another signature')
  const version = view.getUint32(8, true)
  if (version !== symdexVersion) throw bad(`its version is ${version}, not ${symdexVersion}`)
  return view.getUint32(12, true)
}

const bad = (why: string) => new CrashError('bad-symbols', `Not a usable symbol index: ${why}`)

/**
 * The root of a symdex from its first bytes, at least `rootLength` of them.
 * @throws CrashError 'bad-symbols' when it is damaged or of another version.
 */
export function decodeRoot(bytes: Uint8Array): SymdexRoot {
  const length = rootLength(bytes)
  if (length > bytes.length || length < symdexHeaderBytes) throw bad('its root is truncated')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const [count, infoLength, badLines, flags] = [16, 20, 24, 28].map((at) => view.getUint32(at, true)) as [
    number,
    number,
    number,
    number,
  ]
  const table = symdexHeaderBytes + padded(infoLength)
  if (table + count * pageWords * 4 !== length) throw bad('its root does not have the size that it states')
  if (rootChecksum(bytes, length) !== view.getUint32(checksumAt, true)) throw bad('its root is damaged')
  const info = JSON.parse(
    new TextDecoder().decode(bytes.subarray(symdexHeaderBytes, symdexHeaderBytes + infoLength)),
  ) as SymFileInfo
  return { info, corrupt: (flags & 1) === 1, badLines, ...pageTable(view, table, count, length) }
}

function pageTable(view: DataView, table: number, count: number, rootBytes: number) {
  const address = new Uint32Array(count)
  const rawLength = new Uint32Array(count)
  const checksum = new Uint32Array(count)
  const offset = new Float64Array(count + 1)
  offset[0] = rootBytes
  for (let i = 0; i < count; i++) {
    const entry = table + i * pageWords * 4
    address[i] = view.getUint32(entry, true)
    offset[i + 1] = offset[i]! + view.getUint32(entry + 4, true)
    rawLength[i] = view.getUint32(entry + 8, true)
    checksum[i] = view.getUint32(entry + 12, true)
  }
  return { address, rawLength, checksum, offset }
}
