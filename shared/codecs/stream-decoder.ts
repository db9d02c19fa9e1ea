// What the decoders of all encodings have in common.

/** Memory of an inflater of zlib: its state with the window, and a chunk of output. */
export const zlibInflaterBytes = 112 * 1024

/** Takes compressed data in slices; what it inflates to goes to the function it was created with. */
export interface StreamDecoder {
  /** Bytes that followed the compressed data and were ignored. */
  readonly ignoredBytes: number
  /** Gzip members, zstd frames: each costs time of its own. */
  readonly streams: number
  /** About how many bytes of memory it takes. */
  readonly heldBytes: number
  /**
   * Takes some of the bytes and resolves to how many: perhaps none, but not twice in a row.
   * Rejects when the data is damaged, and with what the receiver of the output threw.
   */
  write(bytes: Uint8Array): Promise<number>
  /** Says that no more bytes come. Rejects when the data is cut off. */
  end(): Promise<void>
  /** Frees memory; the last call. */
  close(): void
}
