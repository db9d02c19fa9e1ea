// The sender of a request and their permissions, which are checked before anything is fetched.
import type { AuditEvent } from '../../shared/access/audit.ts'
import { includesPermission, type Permission } from '../../shared/access/permissions.ts'
import { presentedToken } from '../../shared/access/presented-token.ts'
import { readReportMetadata } from '../../shared/report/stored.ts'
import type { StoredObject } from '../../shared/storage/storage.ts'
import type { MetricsRegistry } from '../lib/metrics.ts'
import { AccessDenied, type DenialReason, type DenialStyle, ownDenial } from './denial.ts'
import type { AuditLog } from './audit-log.ts'
import type { Holder, TokenMatch, TokenSource } from './token-source.ts'

export interface AccessDeps {
  audit: AuditLog
  tokens: TokenSource
  metrics: MetricsRegistry
  now(): Date
}

export interface Wanted {
  permission: Permission
  /** The form of the denial. Default: that of Mayday's own routes. */
  style?: DenialStyle
  /** The presented token; null for none. Default: that of the headers. */
  token?: string | null
}

/** The sender of a request. @throws TokensUnknown */
export async function access(
  request: Request,
  deps: AccessDeps,
  token = presentedToken(request.headers),
): Promise<TokenMatch | { is: 'anonymous' }> {
  if (token === null) return { is: 'anonymous' }
  const found = await deps.tokens.find(token, deps.now())
  if (found.is === 'holder') deps.audit.noteUse(found.holder)
  return found
}

/** The sender of a request if they have a permission, else null. @throws TokensUnknown */
export async function holderWith(
  request: Request,
  permission: Permission,
  deps: AccessDeps,
): Promise<Holder | null> {
  const found = await access(request, deps)
  if (found.is !== 'holder') return null
  return includesPermission(found.holder.permissions, permission) ? found.holder : null
}

/** Whether a token gives access to crashes of a product. */
export const covers = ({ products }: Holder, product: string): boolean => products?.has(product) ?? true

/** The sender of a request with a permission. @throws AccessDenied, TokensUnknown */
export async function requirePermission(request: Request, deps: AccessDeps, wanted: Wanted): Promise<Holder> {
  const found = await access(request, deps, wanted.token)
  if (found.is !== 'holder') throw denied(found.is, deps, wanted)
  if (!includesPermission(found.holder.permissions, wanted.permission))
    throw denied('forbidden', deps, wanted)
  return found.holder
}

/**
 * Checks that a token gives access to the product of a stored report or processed crash, and records that it is read.
 * Otherwise releases the object.
 * @throws AccessDenied, Overloaded
 */
export async function grantRead(
  object: StoredObject,
  holder: Holder,
  { deps, event, ...wanted }: Omit<Wanted, 'token'> & { deps: AccessDeps; event: AuditEvent },
): Promise<void> {
  try {
    const { product } = readReportMetadata(object.metadata)
    if (!covers(holder, product)) throw denied('product', deps, wanted)
    deps.audit.record(holder, { ...event, product })
  } catch (error) {
    await object.body.cancel()
    throw error
  }
}

/** Counts a denial. */
export function denied(
  reason: DenialReason,
  { metrics }: AccessDeps,
  { permission, style = ownDenial }: Wanted,
): AccessDenied {
  metrics.record('access_denied_total', 1, { permission, reason })
  return new AccessDenied({ reason, permission }, style)
}
