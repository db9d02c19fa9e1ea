// What one request may read from the store: requests, bytes and time.
import { CrashError } from '../../../shared/errors.ts'
import type { Bytes, Millis } from '../../../shared/units.ts'
import { within } from '../../lib/timeout.ts'

/** A request to Workers may cause 10,000 others, and six at a time. */
const maxReads = 5000
const maxBytes: Bytes = 128 * 1024 * 1024

export interface ReadBudget {
  readonly reads: number
  readonly bytes: Bytes
  /** Of all reads, several of which may run at a time. */
  readonly seconds: number
  /** Roots of indexes that were in memory. */
  cachedRoots: number
  /** Time left, at least 0. */
  remaining(): Millis
  /**
   * The result of a read.
   * @throws CrashError 'limit', 'timeout', errors of the read
   */
  run<T>(read: () => Promise<T>): Promise<T>
  /** Counts what a read returned. */
  took(bytes: Bytes): void
}

export function createReadBudget(timeoutMs: Millis, clock: () => Millis): ReadBudget {
  const end = clock() + timeoutMs
  const remaining = () => Math.max(0, end - clock())
  const used = { reads: 0, bytes: 0, ms: 0 }
  return {
    get reads() {
      return used.reads
    },
    get bytes() {
      return used.bytes
    },
    get seconds() {
      return used.ms / 1000
    },
    cachedRoots: 0,
    remaining,
    async run(read) {
      if (used.bytes >= maxBytes)
        throw new CrashError(
          'limit',
          `please request fewer addresses: they need more than ${maxBytes} bytes of symbols`,
        )
      if (++used.reads > maxReads)
        throw new CrashError('limit', `please request fewer modules: they need more than ${maxReads} reads`)
      const startedAt = clock()
      try {
        return await within(read(), remaining())
      } finally {
        used.ms += clock() - startedAt
      }
    },
    took(bytes) {
      used.bytes += bytes
    },
  }
}
