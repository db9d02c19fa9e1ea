// Inflates compressed sections, within the size that their header declares.
import { unzlibSync } from 'fflate'
import { decompress } from 'fzstd'
import { DamagedError } from './module-symbols.ts'

/** Bytes of one inflated section. */
const maxInflatedBytes = 1 << 30

/** @throws DamagedError when the data is damaged, or longer or shorter than `size` */
export function inflateSection(bytes: Uint8Array, format: 'zlib' | 'zstd', size: number): Uint8Array {
  if (!(size <= maxInflatedBytes))
    throw new DamagedError(`a section declares ${size} bytes, more than are read`)
  const out = new Uint8Array(size)
  let inflated: Uint8Array
  try {
    inflated = format === 'zlib' ? unzlibSync(bytes, { out }) : decompress(bytes, out)
  } catch (cause) {
    throw new DamagedError('a compressed section cannot be inflated', { cause })
  }
  if (inflated.length !== size) throw new DamagedError('a compressed section does not have its declared size')
  return inflated
}
