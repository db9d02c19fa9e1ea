// Crashes that holders of tokens want processed again: requests that the API stored.
import { isCrashError } from '../../shared/errors.ts'
import { reprocessingPrefix } from '../../shared/keys.ts'
import { decodeReprocessing, type RulesetName } from '../../shared/api/reprocessing.ts'
import type { Storage } from '../../shared/storage/storage.ts'

/** More wait for the next round. */
const maxRequests = 1000

export interface Requested {
  /** Crash IDs by ruleset. A crash that all rules shall process is not in the other set. */
  crashes: Readonly<Record<RulesetName, ReadonlySet<string>>>
  requests: number
  /** Keys of requests that cannot be read. */
  unreadable: readonly string[]
  /** Removes the requests. */
  finish(): Promise<void>
}

/** The requests so far, oldest first. @param crashes the bucket `crashes` */
export async function readRequested(crashes: Storage): Promise<Requested> {
  const keys: string[] = []
  const unreadable: string[] = []
  const wanted = { default: new Set<string>(), regenerate_signature: new Set<string>() }
  for await (const { key } of crashes.list(reprocessingPrefix)) {
    if (keys.length === maxRequests) break
    keys.push(key)
    try {
      const object = await crashes.get(key)
      for (const { crash_id, ruleset } of object ? decodeReprocessing(await object.bytes()).crashes : [])
        wanted[ruleset].add(crash_id)
    } catch (error) {
      if (!isCrashError(error) || error.code !== 'bad-json') throw error
      unreadable.push(key)
    }
  }
  for (const id of wanted.default) wanted.regenerate_signature.delete(id)
  return {
    crashes: wanted,
    requests: keys.length - unreadable.length,
    unreadable,
    async finish() {
      if (keys.length > 0) await crashes.delete(keys)
    },
  }
}
