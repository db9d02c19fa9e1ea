// The container of PDB files: streams in blocks (https://llvm.org/docs/PDB/MsfFile.html).
import { ByteCursor } from '../byte-cursor.ts'
import { type ByteSource, emptySource } from '../byte-source.ts'
import { DamagedError } from '../module-symbols.ts'

const magic = 'Microsoft C/C++ MSF 7.00\r\n\x1aDS\0\0\0'
const maxDirectoryBytes = 256 << 20
const absent = 0xffff_ffff

/** What a file is that has another format of the same name; null for none of them. */
export function otherPdbFormat(head: Uint8Array): string | null {
  const start = String.fromCharCode(...head.subarray(0, 40))
  if (start.startsWith('BSJB')) return 'a portable PDB of .NET, which describes no native code'
  if (start.startsWith('Microsoft MSFZ'))
    return 'a compressed PDB (MSFZ): convert it with its own tools first'
  if (start.startsWith('Microsoft C/C++ program database 2.00')) return 'a PDB of Visual C++ 6 or older'
  return null
}

export const isMsf = (head: Uint8Array) => String.fromCharCode(...head.subarray(0, magic.length)) === magic

/** Streams by number. An absent one is empty. */
export class Msf {
  readonly count: number
  /** Of the whole file. */
  readonly size: number
  private readonly source: ByteSource
  private readonly blockSize: number
  private readonly sizes: readonly number[]
  private readonly blocks: readonly Uint32Array[]

  /** @throws DamagedError, RangeError when the directory cannot be read */
  constructor(source: ByteSource) {
    this.source = source
    this.size = source.size
    const cursor = new ByteCursor(source.read(0, 56))
    if (!isMsf(cursor.bytes)) throw new DamagedError('not a PDB')
    cursor.at = 32
    this.blockSize = cursor.u32()
    cursor.skip(8)
    const directoryBytes = cursor.u32()
    cursor.skip(4)
    const mapAt = cursor.u32() * this.blockSize
    const isValid = this.blockSize >= 512 && directoryBytes >= 4 && directoryBytes <= maxDirectoryBytes
    if (!isValid) throw new DamagedError('its directory has no valid size')
    const directoryBlocks = Math.ceil(directoryBytes / this.blockSize)
    const map = numbers(new ByteCursor(source.read(mapAt, 4 * directoryBlocks)), directoryBlocks)
    const directory = new ByteCursor(this.streamOf(map, directoryBytes).read(0, directoryBytes))
    this.count = directory.u32()
    if (this.count > directoryBytes / 4) throw new DamagedError('its directory has no valid size')
    this.sizes = Array.from(numbers(directory, this.count), (size) => (size === absent ? 0 : size))
    this.blocks = this.sizes.map((size) => numbers(directory, Math.ceil(size / this.blockSize)))
  }

  stream(index: number): ByteSource {
    const blocks = this.blocks[index]
    return blocks && this.sizes[index]! > 0 ? this.streamOf(blocks, this.sizes[index]!) : emptySource
  }

  private streamOf(blocks: Uint32Array, size: number): ByteSource {
    const { source, blockSize } = this
    return {
      size,
      read(offset, length) {
        const end = Math.min(size, offset + length)
        if (!(offset >= 0 && end > offset)) return new Uint8Array(0)
        const first = Math.floor(offset / blockSize)
        if (end <= (first + 1) * blockSize)
          return source.read(blocks[first]! * blockSize + (offset - first * blockSize), end - offset)
        const bytes = new Uint8Array(end - offset)
        for (let at = offset; at < end; ) {
          const block = Math.floor(at / blockSize)
          const within = at - block * blockSize
          const part = source.read(
            blocks[block]! * blockSize + within,
            Math.min(blockSize - within, end - at),
          )
          if (part.length === 0) break
          bytes.set(part, at - offset)
          at += part.length
        }
        return bytes
      },
    }
  }
}

function numbers(cursor: ByteCursor, count: number): Uint32Array {
  if (cursor.at + 4 * count > cursor.end) throw new RangeError('a list is longer than its data')
  return Uint32Array.from({ length: count }, () => cursor.u32())
}
