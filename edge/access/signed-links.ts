// Links that give access to one path for a short time without a token: a page can hand them to the browser.
import { isSameHash } from '../../shared/access/tokens.ts'
import { includesPermission } from '../../shared/access/permissions.ts'
import type { Millis } from '../../shared/units.ts'
import { crashIdKeyFor } from '../config.ts'
import type { EdgeDeps } from '../deps.ts'
import { denied, requirePermission, type Wanted } from './access.ts'
import type { Holder } from './token-source.ts'

const lifetime: Millis = 600_000

/** What the links of one answer have in common. */
export interface LinkSigner {
  expiresAt: Date
  /** @param path of a URL; its characters need no encoding */
  sign(path: string): string
}

/** Signs links for the holder of a token, in whose name they are used. @throws CrashError 'bad-config' without a key */
export function createLinkSigner(request: Request, holder: Holder, deps: EdgeDeps): LinkSigner {
  const { key } = crashIdKeyFor(deps.config, deps.isLocal(request))
  const expiresAt = new Date(deps.now().getTime() + lifetime)
  const expires = String(expiresAt.getTime())
  const { tokenId } = holder
  return {
    expiresAt,
    sign: (path) => {
      const signature = signatureOf({ path, expires, tokenId }, key, deps)
      return `${path}?${new URLSearchParams({ expires, token: tokenId, signature })}`
    },
  }
}

/**
 * The sender of a request with a permission, or the holder in whose name a signed link was made: the token must still
 * be valid and have the permission.
 * @throws AccessDenied, TokensUnknown
 */
export async function requireLinkOrPermission(
  request: Request,
  deps: EdgeDeps,
  wanted: Wanted,
): Promise<Holder> {
  const { pathname: path, searchParams } = new URL(request.url)
  const signature = searchParams.get('signature')
  if (signature === null) return requirePermission(request, deps, wanted)
  const expires = searchParams.get('expires') ?? ''
  const tokenId = searchParams.get('token') ?? ''
  const isSigned = keysOf(request, deps).some((key) =>
    isSameHash(signatureOf({ path, expires, tokenId }, key, deps), signature),
  )
  if (!isSigned || Number(expires) <= deps.now().getTime()) throw denied('link', deps, wanted)
  const found = await deps.tokens.findById(tokenId, deps.now())
  const isAllowed = found.is === 'holder' && includesPermission(found.holder.permissions, wanted.permission)
  if (!isAllowed) throw denied('link', deps, wanted)
  return found.holder
}

/** Links outlive a change of the key. */
function keysOf(request: Request, { config, isLocal }: EdgeDeps): string[] {
  const { key } = crashIdKeyFor(config, isLocal(request))
  return config.previousCrashIdKey === null ? [key] : [key, config.previousCrashIdKey]
}

interface Signed {
  path: string
  expires: string
  tokenId: string
}

/** 64 hexadecimal digits. The key also identifies reports, whose texts start differently. */
function signatureOf({ path, expires, tokenId }: Signed, key: string, { codecs }: EdgeDeps): string {
  const text = JSON.stringify(['mayday link 1', path, expires, tokenId])
  const mac = codecs.hmacSha256(key, new TextEncoder().encode(text))
  return [...mac].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
