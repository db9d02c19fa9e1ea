// Limits the memory of all in-flight reports, so that many large ones cannot exhaust the isolate, and clients that
// send next to nothing cannot block others.
import type { Bytes, Millis } from '../../shared/units.ts'

/** The budget is exhausted: try again later. */
export class Overloaded extends Error {
  override readonly name: string = 'Overloaded'
}

/** The client was too slow while others needed the memory: try again later. */
export class Evicted extends Overloaded {
  override readonly name = 'Evicted'
}

/** A client whose request may be ended in favor of others. */
export interface SlowClient {
  /** How far it is behind the slowest allowed rate; 0 while the server is not waiting for it. */
  readonly lagMs: Millis
  /** Ends its request. Its memory counts as free from then on. */
  evict(reason: Evicted): void
}

/** The memory of one request. */
export interface MemoryReservation {
  readonly heldBytes: Bytes
  /**
   * Sets the memory of the request. To make space, the slowest clients are evicted.
   * @throws Overloaded when all requests together still exceed the budget, or when the reservation was released
   */
  hold(bytes: Bytes): void
  /** Allows evicting the client; null disallows it again. */
  setClient(client: SlowClient | null): void
  /** Idempotent. */
  release(): void
}

export interface MemoryBudget {
  readonly heldBytes: Bytes
  /** Number of in-flight requests. */
  readonly openCount: number
  /** Opens the reservation of a request. @throws Overloaded when too many are in flight, and none of them is slow */
  open(): MemoryReservation
}

/** A client that lags less has just started, or paused briefly. */
const minLagMs = 1000
/** Approximate memory of a request besides its report. */
const bytesPerRequest = 32 * 1024
const minRequests = 16

/** State of an open reservation. */
interface Entry {
  bytes: Bytes
  client: SlowClient | null
}

interface State {
  readonly maxBytes: Bytes
  held: Bytes
  readonly entries: Set<Entry>
}

/**
 * `maxBytes`, inclusive, also bounds the number of requests: one for each 32 KiB. A single request may always use its
 * own limit.
 */
export function createBudget(maxBytes: Bytes): MemoryBudget {
  const entries = new Set<Entry>()
  const state: State = { maxBytes, held: 0, entries }
  const maxRequests = Math.max(minRequests, Math.floor(maxBytes / bytesPerRequest))
  return {
    get heldBytes() {
      return state.held
    },
    get openCount() {
      return entries.size
    },
    open() {
      const entry: Entry = { bytes: 0, client: null }
      if (entries.size >= maxRequests && !evictSlowest(state, entry)) {
        throw new Overloaded(`${entries.size} requests are in flight`)
      }
      entries.add(entry)
      return {
        get heldBytes() {
          return entry.bytes
        },
        hold: (bytes) => hold(state, entry, bytes),
        setClient(client) {
          if (entries.has(entry)) entry.client = client
        },
        release: () => close(state, entry),
      }
    },
  }
}

function hold(state: State, entry: Entry, bytes: Bytes): void {
  if (!state.entries.has(entry)) throw new Overloaded('The request has ended')
  state.held += bytes - entry.bytes
  entry.bytes = bytes
  while (state.held > state.maxBytes && state.entries.size > 1) {
    if (evictSlowest(state, entry)) continue
    const all = state.held
    // Immediately, so that its memory is available to others.
    close(state, entry)
    throw new Overloaded(`In-flight reports hold ${all} bytes`)
  }
}

function close(state: State, entry: Entry): void {
  state.held -= entry.bytes
  entry.bytes = 0
  entry.client = null
  state.entries.delete(entry)
}

/** Returns whether there was a client to evict, other than that of `asker`. */
function evictSlowest(state: State, asker: Entry): boolean {
  let slowest: Entry | null = null
  let lag = minLagMs
  for (const entry of state.entries) {
    const { lagMs = 0 } = entry.client ?? {}
    if (entry === asker || lagMs < lag) continue
    slowest = entry
    lag = lagMs
  }
  if (!slowest) return false
  const { client } = slowest
  close(state, slowest)
  client?.evict(new Evicted('The client was too slow while others needed the memory'))
  return true
}
