// Puts the blocks of a search file together (FORMATS.md, "Search files").
import { coreColumns, type SearchColumn, searchColumns } from './columns.ts'
import type { EncodedBlock } from './encode.ts'
import type { Bytes } from '../units.ts'
import type { Block, SearchFile } from './manifest.ts'

const coreNames: ReadonlySet<string> = new Set(searchColumns.slice(0, coreColumns).map(({ name }) => name))

/** A block as raw DEFLATE data. */
export interface CompressedBlock extends EncodedBlock {
  /** Length of the bytes before compression. */
  inflated: Bytes
}

/** Collects the bytes of one file. */
export class FileAssembler {
  /** The bytes of the file so far. */
  readonly pieces: Uint8Array[] = []
  private readonly blocks: Block[] = []
  private at = 0
  private core = 0

  /** Adds a column, in the order of `searchColumns`. */
  add({ name }: SearchColumn, { bytes, inflated, width, values }: CompressedBlock): void {
    this.blocks.push([name, this.at, bytes.length, inflated, width, values])
    this.append(bytes)
    if (coreNames.has(name)) this.core = this.at
  }

  /** Adds the crash IDs, 16 bytes a row; returns what the manifest states about the layout. */
  finish(ids: Uint8Array): Pick<SearchFile, 'bytes' | 'core' | 'blocks' | 'ids'> {
    const start = this.at
    this.append(ids)
    return { bytes: this.at, core: this.core, blocks: this.blocks, ids: start }
  }

  private append(bytes: Uint8Array): void {
    this.pieces.push(bytes)
    this.at += bytes.length
  }
}
