// Writes containers of PDB files, and their symbol records.
import { sourceOfBytes } from '../../shared/debug-files/byte-source.ts'
import { Msf } from '../../shared/debug-files/pdb/msf.ts'
import { type Assembler, createAssembler } from './assembler.ts'

/** What these write, one after another. */
export function assembled(...writes: ((a: Assembler) => void)[]): Uint8Array {
  const a = createAssembler()
  for (const write of writes) write(a)
  return a.finish()
}

export const magic = new TextEncoder().encode('Microsoft C/C++ MSF 7.00\r\n\x1aDS\0\0\0')
/** Of the container. */
export const blockSize = 512

/** A container with these streams, open. */
export function msfOf(
  streams: readonly (Uint8Array | null)[],
  change: (bytes: Uint8Array) => void = () => undefined,
) {
  const bytes = pdbOf(streams)
  change(bytes)
  return new Msf(sourceOfBytes(bytes))
}

/** The bytes of a container with these streams; null for an absent one. */
export function pdbOf(streams: readonly (Uint8Array | null)[]): Uint8Array {
  const blocks: Uint8Array[] = []
  const put = (bytes: Uint8Array): number[] => {
    const numbers: number[] = []
    for (let at = 0; at < bytes.length; at += blockSize) {
      const block = new Uint8Array(blockSize)
      block.set(bytes.subarray(at, at + blockSize))
      numbers.push(blocks.push(block))
    }
    return numbers
  }
  const placed = streams.map((bytes) => put(bytes ?? new Uint8Array(0)))
  const directory = assembled((a) => {
    a.u32(streams.length, ...streams.map((bytes) => (bytes ? bytes.length : 0xffff_ffff)))
    for (const numbers of placed) a.u32(...numbers)
  })
  const map = put(assembled((a) => a.u32(...put(directory))))
  const head = assembled((a) => a.bytes(magic).u32(blockSize, 1, 99, directory.length, 0, map[0]!))
  return new Uint8Array(Buffer.concat([head, new Uint8Array(blockSize - head.length), ...blocks]))
}

/** A record of symbols or types. */
export const record = (a: Assembler, kind: number, write: (a: Assembler) => void) => {
  const bytes = assembled(write)
  a.u16(bytes.length + 2, kind).bytes(bytes)
}
