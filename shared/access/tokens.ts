// The token document: holders and permissions. It has the SHA-256 of tokens, never the tokens. FORMATS.md, "Tokens".
import * as z from 'zod/mini'
import type { Codecs } from '../codecs/codecs.ts'
import { CrashError } from '../errors.ts'
import { exactObject, readDocument } from '../json/schema.ts'
import { permissionNames } from './permissions.ts'

const maxTokens = 1000
/** The largest document: about 1,000 tokens with all permissions and some products each. */
export const maxTokenDocumentBytes = 4 * 1024 * 1024

const labelText = 'must be 1 to 64 letters, digits and . _ @ + -, and start with a letter or digit'
/** Names the holder of a token, in lists and in the audit. */
export const tokenLabel = z.string().check(z.regex(/^[A-Za-z0-9][\w.@+-]{0,63}$/, labelText))

const productName = z.string().check(z.minLength(1), z.maxLength(100, 'must have at most 100 characters'))

const storedToken = exactObject({
  /** Of the token's text, lower-case hex. */
  sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits')),
  label: tokenLabel,
  permissions: z.array(z.enum(permissionNames)).check(z.minLength(1, 'must name at least one permission')),
  /** The products whose crashes it gives access to; absent: all. */
  products: z.optional(z.array(productName).check(z.minLength(1), z.maxLength(100))),
  created_at: z.iso.datetime('must be a time like 2026-10-21T12:00:00Z'),
  /** Absent: never. */
  expires_at: z.optional(z.iso.datetime('must be a time like 2026-10-21T12:00:00Z')),
})
/** One token. After a rotation two have the same label. */
export type StoredToken = z.output<typeof storedToken>

const tokenDocument = exactObject({
  version: z.literal(1),
  tokens: z.array(storedToken).check(z.maxLength(maxTokens)),
})

/** A valid token. @throws CrashError 'bad-usage' */
export const checkToken = (token: StoredToken): StoredToken =>
  readDocument(storedToken, token, { code: 'bad-usage', prefix: 'The token: ' })

/** @throws CrashError 'limit' */
export function encodeTokens(tokens: readonly StoredToken[]): Uint8Array {
  if (tokens.length > maxTokens)
    throw new CrashError('limit', `There may be ${maxTokens} tokens: revoke those that are not used`)
  return new TextEncoder().encode(`${JSON.stringify({ version: 1, tokens }, null, 2)}\n`)
}

/** @throws CrashError 'bad-config' */
export function decodeTokens(bytes: Uint8Array): StoredToken[] {
  const prefix = 'The token document: '
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder().decode(bytes))
  } catch (cause) {
    throw new CrashError('bad-config', `${prefix}it is not JSON`, { cause })
  }
  return readDocument(tokenDocument, value, { code: 'bad-config', prefix }).tokens
}

/** Identifies a token in lists and in the audit: the first 12 digits of its SHA-256. */
export const tokenIdOf = ({ sha256 }: Pick<StoredToken, 'sha256'>): string => sha256.slice(0, 12)

/** The SHA-256 of a token, lower-case hex. */
export function hashToken(token: string, codecs: Pick<Codecs, 'createSha256'>): string {
  const hasher = codecs.createSha256()
  hasher.update(new TextEncoder().encode(token))
  return hasher.hex()
}

/** Whether two hashes of the same length are equal, in a time that does not depend on where they differ. */
export function isSameHash(a: string, b: string): boolean {
  let difference = a.length ^ b.length
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i)
  return difference === 0
}

export const isExpired = ({ expires_at }: Pick<StoredToken, 'expires_at'>, now: Date): boolean =>
  expires_at !== undefined && Date.parse(expires_at) <= now.getTime()
