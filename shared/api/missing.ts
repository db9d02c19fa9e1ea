// Stored reports without a processed crash, as verification found them: a document that the API shows.
import * as z from 'zod/mini'
import { check, exactObject } from '../json/schema.ts'
import { missingProcessedKey } from '../keys.ts'
import type { Storage } from '../storage/storage.ts'

const missingCrash = exactObject({
  crash_id: z.string(),
  /** Whether it was processed since. */
  is_processed: z.boolean(),
  /** When it was found. */
  created: z.iso.datetime(),
})
export type MissingCrash = z.output<typeof missingCrash>

const missingDocument = exactObject({ version: z.literal(1), crashes: z.array(missingCrash) })

/** Older ones are dropped. */
const maxCrashes = 10_000

/** In the order in which they were found. A document that cannot be read counts as empty. @param crashes the bucket */
export async function readMissing(crashes: Storage): Promise<MissingCrash[]> {
  const object = await crashes.get(missingProcessedKey)
  if (!object) return []
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(await object.bytes()))
    return check(missingDocument, json).data?.crashes ?? []
  } catch (error) {
    if (error instanceof SyntaxError) return []
    throw error
  }
}

/**
 * Adds what a verification found; marks crashes of verified days that it did not find as processed. Writes only when
 * that changes something.
 * @param found IDs of stored reports without a processed crash
 * @param isVerified whether the day of a crash was looked at
 */
export async function recordMissing(
  crashes: Storage,
  { found, isVerified, now }: { found: ReadonlySet<string>; isVerified(crashId: string): boolean; now: Date },
): Promise<void> {
  const before = await readMissing(crashes)
  const known = new Set(before.map(({ crash_id }) => crash_id))
  const updated = before.map((crash) => {
    const isProcessed = isVerified(crash.crash_id) ? !found.has(crash.crash_id) : crash.is_processed
    return { ...crash, is_processed: isProcessed }
  })
  const added = [...found]
    .filter((id) => !known.has(id))
    .map((crash_id) => ({ crash_id, is_processed: false, created: now.toISOString() }))
  const isSame =
    added.length === 0 && updated.every((crash, i) => crash.is_processed === before[i]!.is_processed)
  if (isSame) return
  const content = { version: 1, crashes: [...updated, ...added].slice(-maxCrashes) }
  const bytes = new TextEncoder().encode(JSON.stringify(content))
  await crashes.put(missingProcessedKey, bytes, { contentType: 'application/json' })
}
