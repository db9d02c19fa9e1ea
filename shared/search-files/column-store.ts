// Loads columns of search files, and keeps those that were used last.
import { LRUCache } from 'lru-cache'
import type { SegmentColumn } from '../search/segment.ts'
import type { Bytes } from '../units.ts'
import { decodeBlock } from './decode.ts'
import { inflateBlock } from './inflate.ts'
import { type Block, idBytes, idChunkRows, type Manifest, type SearchFile, shapeOf } from './manifest.ts'
import { damagedBlock } from './packed.ts'
import { type FileRange, type HasBlock, rangesOf } from './read-plan.ts'
import type { SearchSource } from './source.ts'

type Packed = Uint8Array<ArrayBuffer>

export interface LoadRequest {
  manifest: Manifest
  file: SearchFile
  columns: ReadonlySet<string>
  signal?: AbortSignal | undefined
}

export interface ColumnStoreOptions {
  /** Memory of decoded columns; a quarter of it in addition for blocks that are not decoded yet. */
  maxBytes: Bytes
  /** Requests at once. */
  concurrency?: number
}

/** Columns of the files of a source. Files never change, so what was read once stays valid. */
export class ColumnStore {
  /** All requests so far. */
  readonly fetched: { requests: number; bytes: Bytes } = { requests: 0, bytes: 0 }
  readonly source: SearchSource
  private readonly packed: LRUCache<string, Packed>
  private readonly decoded: LRUCache<string, SegmentColumn>
  private readonly inTurn

  constructor(source: SearchSource, { maxBytes, concurrency = 6 }: ColumnStoreOptions) {
    this.source = source
    this.packed = new LRUCache({
      maxSize: Math.ceil(maxBytes / 4),
      sizeCalculation: ({ length }) => Math.max(1, length),
    })
    this.decoded = new LRUCache({ maxSize: maxBytes })
    this.inTurn = createTurns(concurrency)
  }

  /** True for a column that needs no request. */
  readonly has: HasBlock = (file, column) =>
    this.decoded.has(nameOf(file, column)) || this.packed.has(nameOf(file, column))

  /**
   * The columns of a file that have values; the others are null in every row.
   * @throws CrashError 'missing', 'damaged', 'storage'; the reason of the signal
   */
  async load(request: LoadRequest): Promise<Map<string, SegmentColumn>> {
    const { file, columns, signal } = request
    const wanted = file.blocks.filter(([name]) => columns.has(name))
    // Held here, as the caches may forget them while others are fetched.
    const held = new Map<string, SegmentColumn | Packed>()
    for (const [name] of wanted) {
      const known = this.decoded.get(nameOf(file, name)) ?? this.packed.get(nameOf(file, name))
      if (known) held.set(name, known)
    }
    const ranges = rangesOf(file, columns, (_, name) => held.has(name) || this.has(file, name))
    const read = await Promise.all(ranges.map((range) => this.readBlocks(file, range, signal)))
    for (const [name, bytes] of read.flat()) held.set(name, bytes)
    const loaded = new Map<string, SegmentColumn>()
    for (const block of wanted) {
      const known = held.get(block[0])!
      loaded.set(block[0], known instanceof Uint8Array ? await this.decode(request, block, known) : known)
    }
    return loaded
  }

  /** The crash IDs of the rows of a chunk, 16 bytes each. */
  async loadIds(file: SearchFile, chunk: number, signal?: AbortSignal): Promise<Uint8Array> {
    const known = this.packed.get(nameOf(file, chunk))
    if (known) return known
    const first = chunk * idChunkRows
    const length = Math.min(idChunkRows, file.rows - first) * idBytes
    const bytes = await this.read(file, { offset: file.ids + first * idBytes, length }, signal)
    this.packed.set(nameOf(file, chunk), bytes)
    return bytes
  }

  private async readBlocks(
    file: SearchFile,
    { offset, length, blocks }: FileRange,
    signal: AbortSignal | undefined,
  ): Promise<[name: string, bytes: Packed][]> {
    const bytes = await this.read(file, { offset, length }, signal)
    return blocks.map(([name, start, size]) => {
      const block = bytes.slice(start - offset, start - offset + size)
      this.packed.set(nameOf(file, name), block)
      return [name, block]
    })
  }

  private read(
    { key }: SearchFile,
    range: { offset: Bytes; length: Bytes },
    signal: AbortSignal | undefined,
  ) {
    return this.inTurn(async () => {
      signal?.throwIfAborted()
      const bytes = await this.source.read(key, range, signal)
      this.fetched.requests++
      this.fetched.bytes += bytes.length
      return bytes
    })
  }

  private async decode({ manifest, file }: LoadRequest, block: Block, bytes: Packed): Promise<SegmentColumn> {
    const [name, , , inflated] = block
    const kind = manifest.columns.find(([column]) => column === name)?.[1]
    if (!kind) throw damagedBlock(`the kind of ${name} is not stated`)
    const column = decodeBlock(kind, await inflateBlock(bytes, inflated), shapeOf(file, block))
    // Text in memory takes about twice its bytes.
    this.decoded.set(nameOf(file, name), column, { size: Math.max(1, 2 * inflated) })
    this.packed.delete(nameOf(file, name))
    return column
  }
}

/** A column by its name, a chunk of crash IDs by its number. */
const nameOf = ({ key }: SearchFile, part: string | number) => `${key}#${part}`

/** Runs at most `most` pieces of work at once, in the order of the calls. */
function createTurns(most: number) {
  let running = 0
  const waiting: (() => void)[] = []
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running < most) running++
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
