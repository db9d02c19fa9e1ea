// Lists the days that have objects in a bucket.
import { parseCrashKey, rawPrefix } from '../../shared/keys.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import type { IsoDate } from '../../shared/units.ts'

/** The days that have stored reports, oldest first. Sends one listing request per day, not per report. */
export const listDates = (crashes: Storage): Promise<IsoDate[]> => listKeyDates(crashes, rawPrefix())

/** The days that have reports or processed crashes under a prefix, oldest first. */
export const listKeyDates = (crashes: Storage, prefix: string): Promise<IsoDate[]> =>
  datesUnder(crashes, prefix, (key) => parseCrashKey(key)?.date ?? null)

/**
 * The dates of the keys under a prefix, ascending. Keys of a date must be contiguous and sort before `<key up to its
 * last slash>~`.
 */
async function datesUnder(
  storage: Storage,
  prefix: string,
  dateOf: (key: string) => IsoDate | null,
): Promise<IsoDate[]> {
  const dates: IsoDate[] = []
  let startAfter: string | undefined
  for (;;) {
    const key = await firstKey(storage, prefix, startAfter)
    if (key === null) return dates
    const date = dateOf(key)
    if (date) dates.push(date)
    startAfter = date ? `${key.slice(0, key.lastIndexOf('/') + 1)}~` : key
  }
}

async function firstKey(storage: Storage, prefix: string, startAfter?: string): Promise<string | null> {
  for await (const info of storage.list(prefix, startAfter === undefined ? {} : { startAfter }))
    return info.key
  return null
}
