// Writes one report: conditionally, with retries within a time limit, and never reported as lost while it may be
// stored.
import { CrashError } from '../../shared/errors.ts'
import { retry, type RetryOptions } from '../../shared/retry.ts'
import type { PutOptions, Storage } from '../../shared/storage/storage.ts'
import type { Millis } from '../../shared/units.ts'
import { within } from '../lib/timeout.ts'

/** `onRetry` is called before each attempt after the first. */
export type StoreTools = Pick<RetryOptions, 'clock' | 'sleep' | 'random' | 'onRetry'>

const attempts = 5
const firstPause: Millis = 200
const lookups = 3
const lookupTimeout: Millis = 1000

/**
 * Writes `body` under `key` unless an object exists there. `duplicate` means that a report with this id is stored.
 * Ids depend on content, so it is the same report, possibly written by an attempt whose response was lost.
 * @throws CrashError 'storage' when it could not be written and does not exist
 */
export async function storeReport(
  storage: Storage,
  key: string,
  body: readonly Uint8Array[],
  options: PutOptions & { timeoutMs: Millis },
  tools: StoreTools,
): Promise<'stored' | 'duplicate'> {
  const { timeoutMs: timeout, ...putOptions } = options
  try {
    return await retry(
      async ({ remaining }) => {
        const put = storage.put(key, body, { ...putOptions, ifNoneMatch: '*' })
        return (await within(put, remaining)) ? 'stored' : 'duplicate'
      },
      { ...tools, attempts, firstPause, timeout },
    )
  } catch (cause) {
    if (await isStored(storage, key)) return 'duplicate'
    throw new CrashError('storage', `${key} could not be stored`, { cause })
  }
}

/** Also false when the store fails. */
async function isStored(storage: Storage, key: string): Promise<boolean> {
  const look = () => within(storage.head(key), lookupTimeout)
  return retry(look, { attempts: lookups, firstPause: 0 }).then(
    (info) => info !== null,
    () => false,
  )
}
