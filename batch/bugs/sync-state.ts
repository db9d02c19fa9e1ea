// How far the bugs of a tracker were read: a document in the bucket `crashes`. Without it, everything is read again.
import * as z from 'zod/mini'
import { bugSyncKey } from '../../shared/keys.ts'
import { check, exactObject } from '../../shared/json/schema.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { trackerHash } from './bug-table.ts'

const time = z.string()
const orNever = z.nullable(time)

const document = exactObject({
  version: z.literal(1),
  tracker: z.string(),
  /** `private_bugs` when it was last read as a whole; a change requires to read it again. */
  private_bugs: z.enum(['omit', 'include']),
  /** Changes since then are not read yet; null: nothing is. */
  changes_since: orNever,
  /** When a reading of all bugs began that was completed. */
  full_at: orNever,
  /** When a reading last ended. */
  checked_at: orNever,
  /** The tracker asks not to send requests before. */
  not_before: orNever,
  /** A reading that has not ended. */
  pass: z.nullable(
    exactObject({
      full: z.boolean(),
      began: time,
      /** The newest change seen. */
      newest: orNever,
      cursor: exactObject({ since: orNever, at: z.int() }),
    }),
  ),
})
export type SyncState = z.output<typeof document>
export type Pass = NonNullable<SyncState['pass']>

/** A document that cannot be read counts as none. */
export async function readSyncState(crashes: Storage, tracker: string): Promise<SyncState> {
  const object = await crashes.get(bugSyncKey(trackerHash(tracker)))
  const nothing = { changes_since: null, full_at: null, checked_at: null, not_before: null, pass: null }
  const empty: SyncState = { version: 1, tracker, private_bugs: 'omit', ...nothing }
  if (!object) return empty
  try {
    return check(document, JSON.parse(new TextDecoder().decode(await object.bytes()))).data ?? empty
  } catch (error) {
    if (error instanceof SyntaxError) return empty
    throw error
  }
}

export async function writeSyncState(crashes: Storage, state: SyncState): Promise<void> {
  const bytes = new TextEncoder().encode(JSON.stringify(state))
  await crashes.put(bugSyncKey(trackerHash(state.tracker)), bytes, { contentType: 'application/json' })
}

/** Reads everything again at the next sync. */
export const forgetSyncState = (crashes: Storage, tracker: string): Promise<void> =>
  crashes.delete([bugSyncKey(trackerHash(tracker))])
