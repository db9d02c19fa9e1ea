// The token document in a store: read, and changed on condition, so that concurrent changes all survive.
import { decodeTokens, encodeTokens, type StoredToken } from '../../shared/access/tokens.ts'
import { CrashError } from '../../shared/errors.ts'
import { lastUsePrefix, tokensKey } from '../../shared/keys.ts'
import { retry } from '../../shared/retry.ts'
import type { Storage } from '../../shared/storage/storage.ts'

/** @param crashes the bucket `crashes` @throws CrashError 'bad-config', 'storage' */
export async function readTokens(crashes: Storage): Promise<StoredToken[]> {
  const object = await crashes.get(tokensKey)
  return object ? decodeTokens(await object.bytes()) : []
}

/** When tokens were last used, to the day, by id. */
export async function readLastUses(crashes: Storage): Promise<Map<string, Date>> {
  const uses = new Map<string, Date>()
  for await (const { key, uploaded } of crashes.list(lastUsePrefix))
    uses.set(key.slice(lastUsePrefix.length), uploaded)
  return uses
}

/** Another command changed the document. */
class Conflict extends Error {}

const attempts = 20

/**
 * Replaces the tokens by what `change` makes of them; it is called again after a concurrent change.
 * @throws CrashError 'bad-config', 'limit', 'storage'; errors of `change`: nothing is written
 */
export async function changeTokens(
  crashes: Storage,
  change: (tokens: readonly StoredToken[]) => Promise<StoredToken[]>,
): Promise<void> {
  const attempt = async () => {
    const object = await crashes.get(tokensKey)
    const tokens = await change(object ? decodeTokens(await object.bytes()) : [])
    const condition = object ? { ifMatch: object.etag } : ({ ifNoneMatch: '*' } as const)
    const options = { contentType: 'application/json', ...condition }
    if (!(await crashes.put(tokensKey, encodeTokens(tokens), options))) throw new Conflict()
  }
  try {
    await retry(attempt, { attempts, longestPause: 1000, isTransient: (error) => error instanceof Conflict })
  } catch (error) {
    if (!(error instanceof Conflict)) throw error
    throw new CrashError('storage', 'The tokens change all the time: try again', { cause: error })
  }
}
