// How much memory all in-flight reports may hold together, so that many large ones at once cannot end the isolate, and
// clients that send next to nothing cannot keep others out.
import type { Bytes, Millis } from '../../shared/units.ts'

/** The budget is spent: try again later. */
export class Overloaded extends Error {
  override readonly name: string = 'Overloaded'
}

/** The client was too slow while others needed the memory: try again later. */
export class Evicted extends Overloaded {
  override readonly name = 'Evicted'
}

/** A client whose request may be ended in favor of others. */
export interface SlowClient {
  /** How far it is behind the slowest rate that is allowed; 0 while it is not the client that is waited for. */
  readonly lagMs: Millis
  /** Ends its request. Its memory counts as free from then on. */
  evict(reason: Evicted): void
}

/** The memory of one request. */
export interface MemoryReservation {
  /**
   * Sets how much the request holds. To make room, the slowest clients are evicted.
   * @throws Overloaded when all requests together still hold more than the budget, or when the reservation was released
   */
  hold(bytes: Bytes): void
  /** Lets the client be evicted from now on; null ends that. */
  setClient(client: SlowClient | null): void
  /** Idempotent. */
  release(): void
}

export interface MemoryBudget {
  readonly heldBytes: Bytes
  /** Requests that are in flight. */
  readonly openCount: number
  /** Opens the reservation of a request. @throws Overloaded when too many are in flight, and none of them is slow */
  open(): MemoryReservation
}

/** A client that lags less has just begun, or had a hiccup. */
const minLagMs = 1000
/** Every request takes about as much beside its report. */
const bytesPerRequest = 32 * 1024
const minRequests = 16

/** What is known of a reservation that is open. */
interface Entry {
  bytes: Bytes
  client: SlowClient | null
}

/**
 * `maxBytes`, inclusive, which also bounds the number of requests: one for each 32 KiB. A single request always gets as
 * much as it is allowed to send.
 */
export function createBudget(maxBytes: Bytes): MemoryBudget {
  const entries = new Set<Entry>()
  const maxRequests = Math.max(minRequests, Math.floor(maxBytes / bytesPerRequest))
  let held = 0
  const close = (entry: Entry) => {
    held -= entry.bytes
    entry.bytes = 0
    entry.client = null
    entries.delete(entry)
  }
  /** Returns whether there was a client to evict. */
  const evictSlowest = (asker: Entry): boolean => {
    const slowest = slowestOf(entries, asker)
    if (!slowest) return false
    const { client } = slowest
    close(slowest)
    client?.evict(new Evicted('The client was too slow while others needed the memory'))
    return true
  }
  return {
    get heldBytes() {
      return held
    },
    get openCount() {
      return entries.size
    },
    open() {
      const entry: Entry = { bytes: 0, client: null }
      if (entries.size >= maxRequests && !evictSlowest(entry)) {
        throw new Overloaded(`${entries.size} requests are in flight`)
      }
      entries.add(entry)
      return {
        hold(bytes) {
          if (!entries.has(entry)) throw new Overloaded('The request has ended')
          held += bytes - entry.bytes
          entry.bytes = bytes
          while (held > maxBytes && entries.size > 1) {
            if (evictSlowest(entry)) continue
            const all = held
            // At once, so that a request that ends makes room for the others.
            close(entry)
            throw new Overloaded(`In-flight reports hold ${all} bytes`)
          }
        },
        setClient(client) {
          if (entries.has(entry)) entry.client = client
        },
        release: () => close(entry),
      }
    },
  }
}

function slowestOf(entries: Iterable<Entry>, asker: Entry): Entry | null {
  let slowest: Entry | null = null
  let lag = minLagMs
  for (const entry of entries) {
    const { lagMs = 0 } = entry.client ?? {}
    if (entry === asker || lagMs < lag) continue
    slowest = entry
    lag = lagMs
  }
  return slowest
}
