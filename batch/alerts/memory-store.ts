// The memory of alerts in a store: read, and changed on condition, so that concurrent rounds raise an event once.
import type { Alert } from '../../shared/alerts/alert.ts'
import { CrashError } from '../../shared/errors.ts'
import { check } from '../../shared/json/schema.ts'
import { alertMemoryKey } from '../../shared/keys.ts'
import { retry } from '../../shared/retry.ts'
import type { Storage, StoredObject } from '../../shared/storage/storage.ts'
import { type AlertMemory, emptyMemory, type Finding, memoryDocument, remember } from './memory.ts'

/**
 * The memory; an empty one where there is none.
 * @param crashes the bucket `crashes`
 * @throws CrashError 'bad-json' for one that cannot be read: starting again would repeat all alerts
 */
export async function readMemory(crashes: Storage, now: Date): Promise<AlertMemory> {
  return decode(await crashes.get(alertMemoryKey), now)
}

/** Another round changed the memory. */
class Conflict extends Error {}

const attempts = 10

/**
 * Remembers what was found; the memory after that, and the alerts that are new.
 * @throws CrashError 'bad-json', 'storage'
 */
export async function rememberFound(
  crashes: Storage,
  finding: Finding,
): Promise<{ memory: AlertMemory; raised: Alert[] }> {
  const attempt = async () => {
    const object = await crashes.get(alertMemoryKey)
    const before = await decode(object, finding.now)
    const result = remember(before, finding)
    if (result.memory === before) return result
    const bytes = new TextEncoder().encode(JSON.stringify(result.memory))
    const condition = object ? { ifMatch: object.etag } : ({ ifNoneMatch: '*' } as const)
    if (await crashes.put(alertMemoryKey, bytes, { contentType: 'application/json', ...condition }))
      return result
    throw new Conflict()
  }
  try {
    return await retry(attempt, { attempts, isTransient: (error) => error instanceof Conflict })
  } catch (error) {
    if (!(error instanceof Conflict)) throw error
    throw new CrashError('storage', `${alertMemoryKey} changes all the time: try again`, { cause: error })
  }
}

async function decode(object: StoredObject | null, now: Date): Promise<AlertMemory> {
  if (!object) return emptyMemory(now)
  const { data, problems } = check(memoryDocument, parseJson(new TextDecoder().decode(await object.bytes())))
  if (data) return data
  throw new CrashError(
    'bad-json',
    `${alertMemoryKey} cannot be read (${problems[0]}): restore it, or delete it; then current alerts are raised again`,
  )
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
