// Writes one report: conditional, tried again within a time limit, and never called lost while it may be there.
import { CrashError } from '../../shared/errors.ts'
import type { PutOptions, Storage } from '../../shared/storage/storage.ts'

export interface StoreTools {
  /** Milliseconds, steadily rising. */
  clock(): number
  sleep(ms: number): Promise<void>
  /** In [0, 1). */
  random(): number
  /** Called before each try after the first. */
  onRetry(error: unknown): void
}

const firstDelayMs = 100
const maxTries = 5
const lastLooks = 3
const lastLookMs = 1000

/**
 * Writes `body` under `key` unless something is there already. `duplicate` means that a report of this id is stored:
 * by content the same one, perhaps written by a try whose answer was lost.
 * @throws CrashError 'storage' when it could not be written and is not there
 */
export async function storeReport(
  storage: Storage,
  key: string,
  body: readonly Uint8Array[],
  options: PutOptions & { timeoutMs: number },
  tools: StoreTools,
): Promise<'stored' | 'duplicate'> {
  const { timeoutMs, ...putOptions } = options
  const until = tools.clock() + timeoutMs
  let failure: unknown
  for (let tries = 0; tries < maxTries; tries++) {
    if (tries > 0) {
      const pause = firstDelayMs * 3 ** (tries - 1) * (0.5 + tools.random())
      if (tools.clock() + pause >= until) break
      tools.onRetry(failure)
      await tools.sleep(pause)
    }
    try {
      const put = storage.put(key, body, { ...putOptions, ifNoneMatch: '*' })
      return (await within(put, until - tools.clock())) ? 'stored' : 'duplicate'
    } catch (error) {
      failure = error
    }
  }
  if (await isThere(storage, key)) return 'duplicate'
  throw new CrashError('storage', `${key} could not be stored`, { cause: failure })
}

/** True when something is stored under the key; false when nothing is, or when nobody can tell. */
async function isThere(storage: Storage, key: string): Promise<boolean> {
  for (let tries = 0; tries < lastLooks; tries++) {
    try {
      return (await within(storage.head(key), lastLookMs)) !== null
    } catch {
      // Looked at again: a report that is there should not be called lost.
    }
  }
  return false
}

/** The promise's value, or CrashError('timeout') after `ms` milliseconds. */
export async function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_resolve, reject) => {
    const fail = () => reject(new CrashError('timeout', `No answer within ${Math.round(ms)} ms`))
    timer = setTimeout(fail, Math.max(0, ms))
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
