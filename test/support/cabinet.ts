// Writes cabinets with one file for tests (MS-CAB).
import { deflateRawSync } from 'node:zlib'
import { type LzxOptions, lzxFrames } from './lzx.ts'

interface Block {
  data: Uint8Array
  length: number
}

const blockBytes = 32_768

/** Compressed with MSZIP, or with LZX where its options are given. */
export function cabinetOf(content: Uint8Array, lzx?: LzxOptions): Uint8Array {
  const blocks = lzx ? lzxFrames(content, lzx) : zipBlocks(content)
  const pieces = blocks.flatMap(({ data, length }) => {
    const header = Buffer.alloc(8)
    header.writeUInt16LE(data.length, 4)
    header.writeUInt16LE(length, 6)
    return [header, data]
  })
  const head = Buffer.alloc(36 + 8 + 18)
  head.write('MSCF')
  head.writeUInt32LE(head.length + pieces.reduce((sum, { length }) => sum + length, 0), 8)
  head.writeUInt32LE(44, 16)
  head.writeUInt16LE(0x0103, 24)
  head.writeUInt16LE(1, 26)
  head.writeUInt16LE(1, 28)
  head.writeUInt32LE(head.length, 36)
  head.writeUInt16LE(blocks.length, 40)
  head.writeUInt16LE(lzx ? 3 + 256 * lzx.windowBits : 1, 42)
  head.writeUInt32LE(content.length, 44)
  head.write('f\0', 60)
  return Buffer.concat([head, ...pieces])
}

function zipBlocks(content: Uint8Array): Block[] {
  const blocks: Block[] = []
  for (let at = 0; at < content.length; at += blockBytes) {
    const part = content.subarray(at, at + blockBytes)
    const dictionary = content.subarray(Math.max(0, at - blockBytes), at)
    const data = Buffer.concat([Buffer.from('CK'), deflateRawSync(part, at === 0 ? {} : { dictionary })])
    blocks.push({ data, length: part.length })
  }
  return blocks
}
