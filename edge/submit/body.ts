// The body of a request, read into reused buffers: allocating and clearing them costs more than reading. Clients that
// send too slowly are abandoned.
import { Refusal } from '../../shared/report/refusals.ts'
import type { Bytes, Millis } from '../../shared/units.ts'
import type { EdgeDeps } from '../deps.ts'

/** Why a body timed out: nothing arrived, too little arrived, or the whole request took too long. */
export type TimeoutKind = 'idle' | 'slow' | 'deadline'

/** A body that was abandoned because it was slow. */
export class TimedOut extends Refusal {
  readonly kind: TimeoutKind

  constructor(kind: TimeoutKind) {
    super('body_timeout')
    this.kind = kind
  }
}

/** The body ended early: the client left. There is no one to respond to. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone'
}

export interface BodyOptions extends Pick<EdgeDeps, 'clock' | 'startTimer' | 'minReadBytes'> {
  /** How long a client may send nothing. */
  timeoutMs: Millis
}

/** The minimum rate of a client, after it has used up its idle time. */
const minBytesPerSecond = 500
const msPerByte = 1000 / minBytesPerSecond

/** Enough for the first chunk of most clients; slow ones hold no more. */
const firstBufferBytes = 16 * 1024
const bufferBytes = 64 * 1024
const spareBuffers: ReadonlyMap<number, ArrayBuffer[]> = new Map([
  [firstBufferBytes, []],
  [bufferBytes, []],
])
const maxSpareBuffers = 8

const takeBuffer = (size: Bytes) => spareBuffers.get(size)?.pop() ?? new ArrayBuffer(size)

function keepBuffer(buffer: ArrayBuffer): void {
  const spare = spareBuffers.get(buffer.byteLength)
  if (spare && spare.length < maxSpareBuffers) spare.push(buffer)
}

export const openBody = (stream: ReadableStream<Uint8Array>, options: BodyOptions): Body =>
  new Body(bufferedSource(stream, options) ?? plainSource(stream), options)

/** Not every runtime's types know the options. */
interface ByteReader {
  /** https://streams.spec.whatwg.org/#byob-reader-read */
  read(
    view: Uint8Array<ArrayBuffer>,
    options?: { min: number },
  ): Promise<{ done: boolean; value?: Uint8Array<ArrayBuffer> | undefined }>
}

/** The origin of a body. */
interface Source {
  readonly heldBytes: Bytes
  read(): Promise<Uint8Array | null>
  release(): void
}

/** Null for a stream that allocates its own buffers. */
function bufferedSource(stream: ReadableStream<Uint8Array>, { minReadBytes }: BodyOptions): Source | null {
  try {
    return new BufferedSource(stream.getReader({ mode: 'byob' }), minReadBytes)
  } catch (error) {
    if (error instanceof TypeError && !stream.locked) return null
    throw error
  }
}

function plainSource(stream: ReadableStream<Uint8Array>): Source {
  const reader = stream.getReader()
  return {
    heldBytes: 0,
    read: async () => (await reader.read()).value ?? null,
    release() {},
  }
}

class BufferedSource implements Source {
  heldBytes = firstBufferBytes
  private readonly reader: ByteReader
  private readonly readOptions: [{ min: number }?]
  private buffer = takeBuffer(firstBufferBytes)

  constructor(reader: ByteReader, minReadBytes: Bytes | undefined) {
    this.reader = reader
    this.readOptions = minReadBytes === undefined ? [] : [{ min: minReadBytes }]
  }

  async read(): Promise<Uint8Array | null> {
    if (this.buffer.byteLength !== this.heldBytes) {
      keepBuffer(this.buffer)
      this.buffer = takeBuffer(this.heldBytes)
    }
    const { value } = await this.reader.read(new Uint8Array(this.buffer), ...this.readOptions)
    if (value) this.buffer = value.buffer
    // The last bytes come with `done`.
    if (!value?.length) return null
    // More data may be available.
    if (value.length === firstBufferBytes) this.heldBytes = bufferBytes
    return value
  }

  release(): void {
    // A failed read has kept the buffer.
    keepBuffer(this.buffer)
  }
}

/** Reads a body piece by piece. */
export class Body {
  private readonly source: Source
  private readonly pace: Pace
  private readonly clock
  private failure: Error | undefined
  /** Rejects the pending read. */
  private failRead: ((reason: Error) => void) | null = null
  private last: Promise<unknown> = Promise.resolve()
  /** When the latest read ended. */
  private arrivedAt: number
  /** When a client at the slowest rate would have sent the received bytes; never in the future. */
  private dueAt: number

  constructor(source: Source, options: BodyOptions) {
    this.source = source
    this.clock = options.clock
    this.arrivedAt = this.clock()
    this.dueAt = this.arrivedAt
    this.pace = new Pace(options, (kind) => this.abandon(new TimedOut(kind)))
  }

  /** Memory of the buffer. */
  get heldBytes(): Bytes {
    return this.source.heldBytes
  }

  /** How far the client is behind `minBytesPerSecond`; 0 while no read is pending. */
  get lagMs(): Millis {
    return this.failRead ? this.clock() - this.dueAt : 0
  }

  /**
   * The next piece, valid until the next call; null at the end.
   * @throws ClientGone, TimedOut, or the error passed to `abandon`
   */
  read(): Promise<Uint8Array | null> {
    return new Promise((resolve, reject) => {
      if (this.failure) return reject(this.failure)
      this.failRead = reject
      this.pace.waiting = true
      // The client is not charged for the processing time of its bytes.
      this.dueAt += this.clock() - this.arrivedAt
      this.last = this.source.read().then(
        (bytes) => {
          this.arrived(bytes?.length ?? 0)
          resolve(bytes)
        },
        (error) => {
          this.arrived(0)
          reject(new ClientGone('The body ended early', { cause: error }))
        },
      )
    })
  }

  /** Makes the pending read and all later ones throw. Returns whether a read has not ended, abandoned or not. */
  abandon(reason: Error): boolean {
    this.failure ??= reason
    this.pace.end()
    this.failRead?.(this.failure)
    this.failRead = null
    return this.pace.waiting
  }

  /** Fulfilled when the last read has ended, even if it was abandoned. */
  settled(): Promise<unknown> {
    return this.last
  }

  /** Returns the buffer; the last call. */
  release(): void {
    this.pace.end()
    this.source.release()
  }

  private arrived(bytes: number): void {
    this.failRead = null
    this.pace.arrived(bytes)
    this.arrivedAt = this.clock()
    this.dueAt = Math.min(this.arrivedAt, this.dueAt + bytes * msPerByte)
  }
}

/** How often a client's pace is checked during its idle time. */
const looks = 4

/**
 * The remaining time of a client: its idle time, minus waiting time, plus time for every received byte. One timer
 * counts it, since a timer for each read would cost more; it may fire up to a quarter late.
 */
class Pace {
  /** A read is pending. */
  waiting = false
  private readonly options: BodyOptions
  private readonly onTimeout
  private leftMs: Millis
  private arrivedBytes = 0
  private quietLooks = 0
  private cancelTimer = () => {}

  constructor(options: BodyOptions, onTimeout: (kind: TimeoutKind) => void) {
    this.options = options
    this.onTimeout = onTimeout
    this.leftMs = options.timeoutMs
    this.lookLater()
  }

  arrived(bytes: number): void {
    this.waiting = false
    this.arrivedBytes += bytes
  }

  end(): void {
    this.cancelTimer()
  }

  private lookLater(): void {
    this.cancelTimer = this.options.startTimer(this.options.timeoutMs / looks, () => this.look())
  }

  private look(): void {
    const { timeoutMs } = this.options
    const waitedMs = this.waiting ? timeoutMs / looks : 0
    this.leftMs = Math.min(timeoutMs, this.leftMs - waitedMs + this.arrivedBytes * msPerByte)
    this.quietLooks = this.waiting && this.arrivedBytes === 0 ? this.quietLooks + 1 : 0
    this.arrivedBytes = 0
    this.lookLater()
    if (this.waiting && this.leftMs <= 0) this.onTimeout(this.quietLooks >= looks ? 'idle' : 'slow')
  }
}
