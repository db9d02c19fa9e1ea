// The body of a request, read into buffers that are used again: making and clearing them costs more than reading.

/** Reads a body piece by piece. */
export interface BodyReader {
  /** The next piece, to be used before the next call; null at the end. */
  read(): Promise<Uint8Array | null>
  /** Tells the sender to stop. */
  cancel(): Promise<void>
  /** Gives the buffer back; the last call. */
  release(): void
}

const bufferBytes = 64 * 1024
const spareBuffers: ArrayBuffer[] = []
const maxSpareBuffers = 8

export function openBody(stream: ReadableStream<Uint8Array>): BodyReader {
  const reader = byteReader(stream)
  return reader ? intoBuffer(reader) : asItComes(stream.getReader())
}

/** Null for a stream that hands out buffers of its own. */
function byteReader(stream: ReadableStream<Uint8Array>): ReadableStreamBYOBReader | null {
  try {
    return stream.getReader({ mode: 'byob' })
  } catch (error) {
    if (error instanceof TypeError && !stream.locked) return null
    throw error
  }
}

function intoBuffer(reader: ReadableStreamBYOBReader): BodyReader {
  let buffer = spareBuffers.pop() ?? new ArrayBuffer(bufferBytes)
  return {
    async read() {
      const { done, value } = await reader.read(new Uint8Array(buffer))
      if (value) buffer = value.buffer
      return done ? null : value
    },
    cancel: () => reader.cancel(),
    release() {
      // A read that failed has kept the buffer.
      if (buffer.byteLength === bufferBytes && spareBuffers.length < maxSpareBuffers)
        spareBuffers.push(buffer)
    },
  }
}

function asItComes(reader: ReadableStreamDefaultReader<Uint8Array>): BodyReader {
  return {
    async read() {
      const { done, value } = await reader.read()
      return done ? null : value
    },
    cancel: () => reader.cancel(),
    release() {},
  }
}
