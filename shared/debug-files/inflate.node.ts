// Inflates compressed sections, within the size that their header declares.
import { inflateSync, zstdDecompressSync } from 'node:zlib'
import { concatBytes } from '../bytes/concat.ts'
import { readZstdFrameHeader, zstdFrames } from '../codecs/zstd-frames.ts'
import { DamagedError } from './module-symbols.ts'

/** Bytes of one inflated section. */
const maxInflatedBytes = 1 << 30
/** More room than the result needs: then it is one piece, and data that is too long is noticed. */
const slack = 64

/** @throws DamagedError when the data is damaged, or longer or shorter than `size` */
export function inflateSection(bytes: Uint8Array, format: 'zlib' | 'zstd', size: number): Uint8Array {
  if (!(size <= maxInflatedBytes))
    throw new DamagedError(`a section declares ${size} bytes, more than are read`)
  let inflated: Uint8Array
  try {
    inflated = format === 'zlib' ? inflateSync(bytes, roomFor(size)) : inflateFrames(bytes, size)
  } catch (cause) {
    throw new DamagedError('a compressed section cannot be inflated', { cause })
  }
  if (inflated.length !== size) throw new DamagedError('a compressed section does not have its declared size')
  return inflated
}

const roomFor = (size: number) => ({ chunkSize: size + slack, maxOutputLength: size + slack })

/** Linkers that compress in parallel write several frames, of which zlib reads one. */
function inflateFrames(bytes: Uint8Array, size: number): Uint8Array {
  const parts: Uint8Array[] = []
  let left = size
  for (const frame of zstdFrames(bytes)) {
    if (readZstdFrameHeader(frame)!.skippableBytes !== null) continue
    const part = zstdDecompressSync(frame, roomFor(left))
    parts.push(part)
    left = Math.max(0, left - part.length)
  }
  return parts.length === 1 ? parts[0]! : concatBytes(parts)
}
