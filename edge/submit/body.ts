// The body of a request, read into buffers that are used again: making and clearing them costs more than reading.
import { Refusal } from '../../shared/report/refusals.ts'

/** Reads a body piece by piece. */
export interface BodyReader {
  /** The next piece, to be used before the next call; null at the end. @throws Refusal when nothing comes for too long */
  read(): Promise<Uint8Array | null>
  /** The end of a read that was given up, or at once. */
  settled(): Promise<void>
  /** Tells the sender to stop. */
  cancel(): Promise<void>
  /** Gives the buffer back; the last call. */
  release(): void
}

const bufferBytes = 64 * 1024
const spareBuffers: ArrayBuffer[] = []
const maxSpareBuffers = 8

/** @param timeoutMs when nothing comes for so long, at most twice as long, the body is given up */
export function openBody(stream: ReadableStream<Uint8Array>, timeoutMs: number): BodyReader {
  const reader = byteReader(stream)
  return reader ? intoBuffer(reader, timeoutMs) : asItComes(stream.getReader(), timeoutMs)
}

interface Watch {
  /** The result of a read, if it does not take too long. */
  over<T>(read: () => Promise<T>): Promise<T>
  settled(): Promise<void>
  end(): void
}

/** Gives up reads that bring nothing; one timer a body, since setting one for each read would cost more. */
function watch(timeoutMs: number): Watch {
  let something = false
  let timedOut = false
  let giveUp = () => {}
  let last: Promise<unknown> = Promise.resolve()
  const timer = setInterval(() => {
    timedOut ||= !something
    something = false
    if (timedOut) giveUp()
  }, timeoutMs)
  return {
    over: (read) =>
      new Promise((resolve, reject) => {
        giveUp = () => reject(new Refusal('body_timeout'))
        if (timedOut) return giveUp()
        last = read().then((result) => {
          something = true
          resolve(result)
        }, reject)
      }),
    async settled() {
      await last
    },
    end: () => clearInterval(timer),
  }
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

function intoBuffer(reader: ReadableStreamBYOBReader, timeoutMs: number): BodyReader {
  const { over, settled, end } = watch(timeoutMs)
  let buffer = spareBuffers.pop() ?? new ArrayBuffer(bufferBytes)
  return {
    async read() {
      const { done, value } = await over(() => reader.read(new Uint8Array(buffer)))
      if (value) buffer = value.buffer
      return done ? null : value
    },
    settled,
    cancel: () => reader.cancel(),
    release() {
      end()
      // A read that failed has kept the buffer.
      if (buffer.byteLength === bufferBytes && spareBuffers.length < maxSpareBuffers)
        spareBuffers.push(buffer)
    },
  }
}

function asItComes(reader: ReadableStreamDefaultReader<Uint8Array>, timeoutMs: number): BodyReader {
  const { over, settled, end } = watch(timeoutMs)
  return {
    async read() {
      const { done, value } = await over(() => reader.read())
      return done ? null : value
    },
    settled,
    cancel: () => reader.cancel(),
    release: end,
  }
}
