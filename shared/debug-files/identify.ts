// Identifies debug files that are only available by ranges, as in an object store: by the few ranges that their headers are in.
import type { Bytes } from '../units.ts'
import type { ByteSource } from './byte-source.ts'
import { type DebugFile, openDebugFile } from './debug-file.ts'
import { DamagedError } from './module-symbols.ts'

/** A file of which ranges can be requested. */
export interface RangeSource {
  size: Bytes
  /** The bytes from `offset` (inclusive), fewer than `length` at the end only. */
  read(offset: number, length: number): Promise<Uint8Array>
}

const pageBytes: Bytes = 64 * 1024
/** What headers may take: they are held until the file is identified. */
const maxHeldBytes: Bytes = 3 * 1024 * 1024

/** A range was needed that has not been requested. */
class Missing extends Error {
  readonly first: number
  readonly end: number

  /** Pages from `first` to `end` (exclusive). */
  constructor(first: number, end: number) {
    super('a part of the file is missing')
    this.first = first
    this.end = end
  }
}

/**
 * The modules of a file, as `openDebugFile` finds them. Reads headers only, at most 3 MiB.
 * @throws DamagedError with the reason when the file cannot be used; errors of the source
 */
export async function identifyDebugFile(name: string, source: RangeSource): Promise<DebugFile[]> {
  const pages = new Map<number, Uint8Array>()
  for (;;) {
    try {
      const files = openDebugFile(name, sparse(source.size, pages))
      if (!files.some(({ helper }) => helper)) return files
      throw new DamagedError(
        'a part of the debug data of a program, which is not read alone: use mayday symbols add',
      )
    } catch (error) {
      if (!(error instanceof Missing)) throw error
      await load(error, source, pages)
    }
  }
}

async function load({ first, end }: Missing, source: RangeSource, pages: Map<number, Uint8Array>) {
  if ((pages.size + end - first) * pageBytes > maxHeldBytes)
    throw new DamagedError('its headers are larger than an upload may have: use mayday symbols add')
  const bytes = await source.read(first * pageBytes, (end - first) * pageBytes)
  for (let page = first; page < end; page++)
    pages.set(page, bytes.subarray((page - first) * pageBytes, (page - first + 1) * pageBytes))
}

/** @throws Missing, by its methods, for what is not in `pages` */
function sparse(size: Bytes, pages: ReadonlyMap<number, Uint8Array>): ByteSource {
  return {
    size,
    read(offset, length) {
      const end = Math.min(size, offset + length)
      if (!(offset >= 0 && end > offset)) return new Uint8Array(0)
      const [first, last] = [Math.floor(offset / pageBytes), Math.ceil(end / pageBytes)]
      let lacking = first
      while (lacking < last && pages.has(lacking)) lacking++
      if (lacking < last) {
        let next = lacking + 1
        while (next < last && !pages.has(next)) next++
        throw new Missing(lacking, next)
      }
      const bytes = new Uint8Array(end - offset)
      for (let page = first; page < last; page++) {
        const from = Math.max(offset, page * pageBytes)
        const to = Math.min(end, (page + 1) * pageBytes)
        const part = pages.get(page)!.subarray(from - page * pageBytes, to - page * pageBytes)
        bytes.set(part, from - offset)
      }
      return bytes
    },
  }
}
