// Rate limits for runtimes whose platform has none: a token bucket per client, in memory.

export interface RateLimiter {
  /** Takes one token of `client`; false when there is none. */
  take(client: string): boolean
}

interface Tokens {
  left: number
  at: number
}

const maxClients = 50_000
const maxKeyLength = 64

/** `perMinute` tokens are added per minute, which is also the maximum. `clock` in milliseconds, monotonic. */
export function createRateLimiter(perMinute: number, clock: () => number): RateLimiter {
  const clients = new Map<string, Tokens>()
  return {
    take(key) {
      const client = key.slice(0, maxKeyLength)
      const now = clock()
      const before = clients.get(client) ?? { left: perMinute, at: now }
      const left = Math.min(perMinute, before.left + ((now - before.at) * perMinute) / 60_000)
      // Deleted and set again: the map is in the order of last use, and the first entry is removed first.
      clients.delete(client)
      if (clients.size >= maxClients) clients.delete(clients.keys().next().value!)
      clients.set(client, { left: left >= 1 ? left - 1 : left, at: now })
      return left >= 1
    },
  }
}
