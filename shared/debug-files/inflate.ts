// Inflates compressed sections, within the size that their header declares.
import { unzlibSync } from 'fflate'
import { decompress } from 'fzstd'
import { readZstdFrameHeader, zstdFrames } from '../codecs/zstd-frames.ts'
import { DamagedError } from './module-symbols.ts'

/** Bytes of one inflated section. */
const maxInflatedBytes = 1 << 30

/** @throws DamagedError when the data is damaged, or longer or shorter than `size` */
export function inflateSection(bytes: Uint8Array, format: 'zlib' | 'zstd', size: number): Uint8Array {
  if (!(size <= maxInflatedBytes))
    throw new DamagedError(`a section declares ${size} bytes, more than are read`)
  // One more, which only data that is too long fills.
  const out = new Uint8Array(size + 1)
  let inflated: Uint8Array
  try {
    inflated = format === 'zlib' ? unzlibSync(bytes, { out }) : inflateFrames(bytes, out)
  } catch (cause) {
    throw new DamagedError('a compressed section cannot be inflated', { cause })
  }
  if (inflated.length !== size) throw new DamagedError('a compressed section does not have its declared size')
  return inflated
}

/** Linkers that compress in parallel write several frames. One of unknown size is taken to fill what is left. */
function inflateFrames(bytes: Uint8Array, out: Uint8Array): Uint8Array {
  let at = 0
  for (const frame of zstdFrames(bytes)) {
    const { contentBytes } = readZstdFrameHeader(frame)!
    const end = contentBytes === null ? out.length - 1 : at + contentBytes
    if (end > at) at += decompress(frame, out.subarray(at, end)).length
  }
  return out.subarray(0, at)
}
