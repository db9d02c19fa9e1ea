// Lists the days that have objects in a bucket.
import { dateOfFolder, rawPrefix } from '../../shared/keys.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import type { IsoDate } from '../../shared/units.ts'

/** The days that have stored reports, oldest first. One request per 1,000 days. */
export const listDates = (crashes: Storage): Promise<IsoDate[]> => listKeyDates(crashes, rawPrefix())

/** The days that have a folder `<prefix><yyyymmdd>/`, oldest first. */
export async function listKeyDates(crashes: Storage, prefix: string): Promise<IsoDate[]> {
  const dates: IsoDate[] = []
  for await (const folder of crashes.folders(prefix)) {
    const date = dateOfFolder(folder, prefix)
    if (date !== null) dates.push(date)
  }
  return dates
}
