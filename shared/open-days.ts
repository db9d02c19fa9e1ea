// Marks days as open, before anything changes in them: batch then lists them again.
import { LRUCache } from 'lru-cache'
import { openDayKey } from './keys.ts'
import type { Storage } from './storage/storage.ts'
import type { IsoDate, Millis } from './units.ts'

/**
 * How long a day stays open after a mark: it is not settled by a check that began earlier. Every write must end within
 * half of this time after `openDay` returned; the rest allows for clocks that differ.
 */
export const openFor: Millis = 3_600_000

/** A day is marked again after this time, so that the last mark is never older when something is written. */
const remarkAfter: Millis = openFor / 4
/** Days remembered as marked. */
const maxDays = 1000

/** Marks a day as open. Call it before each write into a day that may be settled. */
export type OpenDay = (date: IsoDate) => Promise<void>

/**
 * @param crashes the bucket `crashes`
 * @param clock monotonic. The marks of this process are remembered, so that most calls send no request. Pending ones
 * are not shared: on Workers, a request cannot wait for another one.
 */
export function createDayOpener(crashes: Pick<Storage, 'put'>, clock = () => performance.now()): OpenDay {
  const marked = new LRUCache<IsoDate, Millis>({ max: maxDays })
  return async (date) => {
    const now = clock()
    const last = marked.get(date)
    if (last !== undefined && now - last < remarkAfter) return
    await crashes.put(openDayKey(date), new Uint8Array())
    marked.set(date, now)
  }
}
