// Which bytes of which search files a question reads: known before anything is fetched.
import type { ByteRange } from '../storage/storage.ts'
import { ascending } from '../text/ascending.ts'
import type { Bytes } from '../units.ts'
import type { Block, Manifest, SearchFile } from './manifest.ts'

/** What a question reads. */
export interface Needs {
  /** First processed time, inclusive, in microseconds since 1970; and the time after the last. */
  from: number
  to: number
  /** Names in the table `crashes`. */
  columns: ReadonlySet<string>
}

/** One request, and the blocks in its bytes. */
export interface FileRange extends Required<ByteRange> {
  blocks: readonly Block[]
}

/** True for a block whose bytes are there already. */
export type HasBlock = (file: SearchFile, column: string) => boolean

/** Blocks with less between them are read by one request. */
const maxGap: Bytes = 16 * 1024

/** The files with crashes of the period, newest first. */
export function filesWithin({ files }: Manifest, { from, to }: Pick<Needs, 'from' | 'to'>): SearchFile[] {
  const within = files.filter(({ processed_at: span }) => span !== null && span[0] < to && span[1] >= from)
  return within.sort((a, b) => b.processed_at![1] - a.processed_at![1] || ascending(a.key, b.key))
}

/** The requests for columns of a file. The whole core is read where one of its columns is needed: other questions follow. */
export function rangesOf(file: SearchFile, columns: ReadonlySet<string>, has: HasBlock): FileRange[] {
  const missing = file.blocks.filter(([name]) => !has(file, name))
  const isCore = ([, offset]: Block) => offset < file.core
  const needsCore = missing.some((block) => isCore(block) && columns.has(block[0]))
  const wanted = missing.filter((block) => columns.has(block[0]) || (needsCore && isCore(block)))
  const ranges: { offset: number; length: number; blocks: Block[] }[] = []
  for (const block of wanted) {
    const [, offset, length] = block
    const last = ranges.at(-1)
    if (last && offset - (last.offset + last.length) <= maxGap) {
      last.length = offset + length - last.offset
      last.blocks.push(block)
    } else ranges.push({ offset, length, blocks: [block] })
  }
  return ranges
}

/** How much a question reads, for an announcement. Crash IDs of hits, 256 KiB a request, come in addition. */
export interface ReadCost {
  files: number
  rows: number
  requests: number
  bytes: Bytes
}

/** The cost of reading all columns of all files; pruning may save some. */
export function costOf(manifest: Manifest, needs: Needs, has: HasBlock = () => false): ReadCost {
  const files = filesWithin(manifest, needs)
  const ranges = files.flatMap((file) => rangesOf(file, needs.columns, has))
  return {
    files: files.length,
    rows: files.reduce((sum, { rows }) => sum + rows, 0),
    requests: ranges.length,
    bytes: ranges.reduce((sum, { length }) => sum + length, 0),
  }
}
