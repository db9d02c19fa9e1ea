// Files that were missing a moment ago: repeated requests for them cost no lookup.
import { LRUCache } from 'lru-cache'
import type { Millis } from '../../shared/units.ts'

const maxFiles = 10_000
/** Files that are stored by another isolate, or by the command line, are found after this time. */
const rememberMs: Millis = 10_000

export interface MissingFiles {
  has(key: string): boolean
  /** Call it before a lookup; the result records that the lookup found nothing. */
  begin(key: string): () => void
  /** Forgets everything, because files were stored. Lookups that began earlier record nothing. */
  clear(): void
}

/** @param clock in milliseconds, monotonic */
export function createMissingFiles(clock: () => Millis): MissingFiles {
  const keys = new LRUCache<string, true>({
    max: maxFiles,
    ttl: rememberMs,
    perf: { now: clock },
    ttlResolution: 0,
  })
  let uploads = 0
  return {
    has: (key) => keys.has(key),
    begin(key) {
      const before = uploads
      return () => {
        if (uploads === before) keys.set(key, true)
      }
    },
    clear() {
      uploads++
      keys.clear()
    },
  }
}
