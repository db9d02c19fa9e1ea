// The common interface of all decoders.

/** Memory of an inflater of zlib: its state with the window, and a chunk of output. */
export const zlibInflaterBytes = 112 * 1024

/** Receives compressed data in slices; passes the inflated data to the function given at creation. */
export interface StreamDecoder {
  /** Bytes after the compressed data that were ignored. */
  readonly ignoredBytes: number
  /** Gzip members, zstd frames: each has its own cost. */
  readonly streams: number
  /** Approximate memory use in bytes. */
  readonly heldBytes: number
  /**
   * Consumes some of the bytes and resolves to how many: possibly none, but not twice in a row.
   * Rejects when the data is damaged, and with errors thrown by the receiver of the output.
   */
  write(bytes: Uint8Array): Promise<number>
  /** Marks the end of the input. Rejects when the data is truncated. */
  end(): Promise<void>
  /** Frees memory; the last call. */
  close(): void
}
