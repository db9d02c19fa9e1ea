// What the commands change in the tokens: functions from tokens to tokens.
import { randomBytes } from 'node:crypto'
import type { Permission } from '../../shared/access/permissions.ts'
import { checkToken, hashToken, isExpired, type StoredToken, tokenIdOf } from '../../shared/access/tokens.ts'
import { nodeCodecs } from '../../shared/codecs/codecs.node.ts'
import { CrashError } from '../../shared/errors.ts'
import type { Millis } from '../../shared/units.ts'

export type Tokens = readonly StoredToken[]

/** A token of 32 hexadecimal digits. Only its hash is stored. */
export const createSecret = (): string => randomBytes(16).toString('hex')

export interface NewToken {
  label: string
  permissions: Permission[]
  /** Names of products; absent: all. */
  products?: string[]
  /** Absent: never. */
  expiresAt?: Date
}

/** @throws CrashError 'bad-usage' for an invalid value, or a label that another token has */
export function withToken(
  tokens: Tokens,
  secret: string,
  { wanted, now }: { wanted: NewToken; now: Date },
): StoredToken[] {
  const { label, permissions, products, expiresAt } = wanted
  if (tokens.some((token) => token.label === label)) {
    const fix = `replace it with "mayday tokens rotate ${label}", revoke it, or choose another label`
    throw new CrashError('bad-usage', `${label} has a token already: ${fix}`)
  }
  return [
    ...tokens,
    checkToken({
      sha256: hashToken(secret, nodeCodecs),
      label,
      permissions: [...new Set(permissions)],
      ...(products && { products: [...new Set(products)] }),
      created_at: now.toISOString(),
      ...(expiresAt && { expires_at: expiresAt.toISOString() }),
    }),
  ]
}

export interface Rotation {
  label: string
  /** How long the present token stays valid. */
  keep: Millis
  /** Null: never. Default: as long after now as that of the present token after its creation. */
  expiresAt?: Date | null
  now: Date
}

/**
 * Adds another token for a label, with the same permissions; the present one expires, and those that have are removed.
 * @throws CrashError 'missing' when there is no token with the label
 */
export function withRotated(tokens: Tokens, secret: string, rotation: Rotation): StoredToken[] {
  const { label, keep, now } = rotation
  const newest = tokens.findLast((token) => token.label === label)
  if (!newest) throw missing([label], tokens)
  const end = new Date(now.getTime() + keep)
  const kept = tokens
    .map((token) => (token.label === label ? endingBy(token, end) : token))
    .filter((token) => token.label !== label || !isExpired(token, now))
  const { expires_at: _, ...rest } = newest
  const expiresAt = rotation.expiresAt === undefined ? sameLifetime(newest, now) : rotation.expiresAt
  return [
    ...kept,
    checkToken({
      ...rest,
      sha256: hashToken(secret, nodeCodecs),
      created_at: now.toISOString(),
      ...(expiresAt && { expires_at: expiresAt.toISOString() }),
    }),
  ]
}

const endingBy = (token: StoredToken, end: Date): StoredToken =>
  isExpired(token, end) ? token : { ...token, expires_at: end.toISOString() }

const sameLifetime = ({ created_at, expires_at }: StoredToken, now: Date): Date | null =>
  expires_at === undefined ? null : new Date(now.getTime() + Date.parse(expires_at) - Date.parse(created_at))

/**
 * Removes tokens by label or id.
 * @throws CrashError 'missing' when one does not exist: nothing is removed
 */
export function withoutTokens(
  tokens: Tokens,
  names: readonly string[],
): { left: StoredToken[]; revoked: StoredToken[] } {
  const isNamed = (token: StoredToken) => [token.label, tokenIdOf(token)].some((name) => names.includes(name))
  const absent = names.filter(
    (name) => !tokens.some((token) => [token.label, tokenIdOf(token)].includes(name)),
  )
  if (absent.length > 0) throw missing(absent, tokens)
  return { left: tokens.filter((token) => !isNamed(token)), revoked: tokens.filter(isNamed) }
}

function missing(names: readonly string[], tokens: Tokens): CrashError {
  const labels = [...new Set(tokens.map(({ label }) => label))]
  const known = labels.length === 0 ? 'there are none' : `there are ${labels.slice(0, 50).join(', ')}`
  return new CrashError('missing', `No token ${names.join(', ')}: ${known}. Nothing was changed`)
}
