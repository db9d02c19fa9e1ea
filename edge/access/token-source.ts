// The tokens that the edge accepts: those of the token document, and those in the settings.
import type { Permission } from '../../shared/access/permissions.ts'
import { bareToken } from '../../shared/access/presented-token.ts'
import {
  decodeTokens,
  hashToken,
  isExpired,
  isSameHash,
  maxTokenDocumentBytes,
  type StoredToken,
  tokenIdOf,
} from '../../shared/access/tokens.ts'
import type { Codecs } from '../../shared/codecs/codecs.ts'
import { CrashError } from '../../shared/errors.ts'
import { tokensKey } from '../../shared/keys.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import type { Millis } from '../../shared/units.ts'
import type { Config } from '../config.ts'
import { describeError, type Log } from '../lib/log.ts'
import { within } from '../lib/timeout.ts'

/** Who holds a token, and what it gives access to. */
export interface Holder {
  /** For the audit; that of a token in the settings is the name of the setting. */
  label: string
  tokenId: string
  permissions: ReadonlySet<Permission>
  /** Names of the products whose crashes it gives access to; null: all. */
  products: ReadonlySet<string> | null
  /** Absent: never. */
  expiresAt?: Date
}

export type TokenMatch = { is: 'holder'; holder: Holder } | { is: 'unmatched' | 'expired' }

export interface TokenSource {
  /**
   * The holder of a presented token, with or without a label behind `-`.
   * @throws TokensUnknown when only the token document could tell, and it has not been readable for 30 s
   */
  find(presented: string, now: Date): Promise<TokenMatch>
  /** The holder of the token with an id. @throws TokensUnknown */
  findById(tokenId: string, now: Date): Promise<TokenMatch>
}

/** The token document cannot be read: whether a token is valid is not known. */
export class TokensUnknown extends Error {
  override readonly name = 'TokensUnknown'
}

export interface TokenSourceTools {
  config: Pick<Config, 'readToken' | 'submitToken' | 'operatorToken'>
  /** The bucket `crashes`. */
  storage: Storage
  codecs: Pick<Codecs, 'createSha256'>
  log: Log
  /** Milliseconds, monotonic. */
  clock(): number
}

const maxPresented = 1000
const unmatched: TokenMatch = { is: 'unmatched' }

/**
 * Reads the token document when a token is presented that is not in the settings, at most once in 15 s. What was read
 * more than 30 s ago is no longer believed, so that a revocation takes effect within that time.
 */
export function createTokenSource(tools: TokenSourceTools): TokenSource {
  const { codecs } = tools
  const fromSettings = settingTokens(tools)
  const current = cacheTokens(tools)
  return {
    async find(presented, now) {
      if (presented.length > maxPresented) return unmatched
      const hash = hashToken(presented, codecs)
      const known = fromSettings.filter(({ sha256 }) => isSameHash(sha256, hash))
      if (known.length > 0) return { is: 'holder', holder: joinHolders(known) }
      const bare = bareToken(presented)
      if (bare === null) return unmatched
      const bareHash = hashToken(bare, codecs)
      return matchOf(
        (await current()).find(({ sha256 }) => isSameHash(sha256, bareHash)),
        now,
      )
    },
    async findById(tokenId, now) {
      const known = fromSettings.filter((token) => tokenIdOf(token) === tokenId)
      if (known.length > 0) return { is: 'holder', holder: joinHolders(known) }
      return matchOf(
        (await current()).find((token) => tokenIdOf(token) === tokenId),
        now,
      )
    },
  }
}

function matchOf(token: StoredToken | undefined, now: Date): TokenMatch {
  if (!token) return unmatched
  return isExpired(token, now) ? { is: 'expired' } : { is: 'holder', holder: holderOf(token) }
}

const holderOf = (token: StoredToken): Holder => ({
  label: token.label,
  tokenId: tokenIdOf(token),
  permissions: new Set(token.permissions),
  products: token.products ? new Set(token.products) : null,
  ...(token.expires_at !== undefined && { expiresAt: new Date(token.expires_at) }),
})

interface SettingToken {
  sha256: string
  label: string
  permissions: readonly Permission[]
}

function settingTokens({ config, codecs }: TokenSourceTools): SettingToken[] {
  const rows: [label: string, tokens: readonly string[], permissions: readonly Permission[]][] = [
    ['READ_TOKEN', config.readToken, ['view_pii', 'view_rawdump']],
    ['SUBMIT_TOKEN', config.submitToken, ['submit_ids']],
    ['OPERATOR_TOKEN', config.operatorToken, ['operate']],
  ]
  return rows.flatMap(([label, tokens, permissions]) =>
    tokens.map((token) => ({ sha256: hashToken(token, codecs), label, permissions })),
  )
}

/** One token may be the value of several settings. */
const joinHolders = (tokens: readonly SettingToken[]): Holder => ({
  label: tokens.map(({ label }) => label).join('+'),
  tokenId: tokenIdOf(tokens[0]!),
  permissions: new Set(tokens.flatMap(({ permissions }) => permissions)),
  products: null,
})

const lookEvery: Millis = 15_000
const maxAge: Millis = 30_000
const lookTimeout: Millis = 2000

function cacheTokens({ storage, log, clock }: TokenSourceTools): () => Promise<readonly StoredToken[]> {
  let known: { tokens: readonly StoredToken[]; at: number } | null = null
  let lookedAt = Number.NEGATIVE_INFINITY
  const isFresh = (at: number) => known !== null && at - known.at < maxAge
  return async () => {
    const now = clock()
    if (known && isFresh(now) && now - lookedAt < lookEvery) return known.tokens
    // Set before reading: one request waits for the store, the others use the known tokens.
    lookedAt = now
    try {
      const tokens = await within(readTokens(storage), lookTimeout)
      if (!known || known.at <= now) known = { tokens, at: now }
      return tokens
    } catch (error) {
      log('error', 'tokens_not_read', { error: describeError(error) })
      if (known && isFresh(clock())) return known.tokens
      throw new TokensUnknown()
    }
  }
}

async function readTokens(storage: Storage): Promise<StoredToken[]> {
  const object = await storage.get(tokensKey)
  if (!object) return []
  if (object.size <= maxTokenDocumentBytes) return decodeTokens(await object.bytes())
  await object.body.cancel()
  throw new CrashError('bad-config', `${tokensKey} is too large`)
}
