// Creates tokens in a store, on record.
import type { AuditEvent } from '../../shared/access/audit.ts'
import { type StoredToken, tokenIdOf } from '../../shared/access/tokens.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { recordEvents } from './command-audit.ts'
import { createSecret, type Tokens } from './token-changes.ts'
import { changeTokens } from './token-store.ts'

export interface TokenIssue {
  action: AuditEvent['action']
  /** Adds the token as the last one. */
  change: (tokens: Tokens, secret: string) => StoredToken[]
  now: Date
}

/**
 * Adds a token; the audit has it before the store accepts it. The secret is stored nowhere.
 * @param crashes the bucket `crashes`
 * @throws CrashError 'bad-config', 'limit', 'storage'; errors of `change`: nothing is written
 */
export async function issueToken(
  crashes: Storage,
  { action, change, now }: TokenIssue,
): Promise<{ secret: string; token: StoredToken }> {
  const secret = createSecret()
  let token: StoredToken | undefined
  await changeTokens(crashes, async (tokens) => {
    const changed = change(tokens, secret)
    if (!token) await recordEvents(crashes, [tokenEvent(action, changed.at(-1)!)], now)
    token = changed.at(-1)!
    return changed
  })
  return { secret, token: token! }
}

/** What the audit records of a change of a token. */
export const tokenEvent = (action: AuditEvent['action'], token: StoredToken): AuditEvent => ({
  action,
  subject: `${token.label} ${tokenIdOf(token)}`,
  detail: [token.permissions.join(','), ...(token.products ?? [])].join(' '),
})
