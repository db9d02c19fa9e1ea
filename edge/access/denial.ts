// Responses to requests without the permission they need, in the form that the clients of a route expect.
import { type Permission, permissions } from '../../shared/access/permissions.ts'
import { jsonAnswer, problem } from '../lib/http.ts'

/**
 * `anonymous`: no token; `forbidden`: a token without the permission; `product`: it does not cover the product; `link`:
 * a signed link that is not valid, or has expired.
 */
export type DenialReason = 'anonymous' | 'unmatched' | 'expired' | 'forbidden' | 'product' | 'link'

export interface Denial {
  reason: DenialReason
  permission: Permission
}

/** Writes the response to a denial. */
export type DenialStyle = (denial: Denial) => Response

/** A request without the permission it needs. `answerError` responds with `answer`. */
export class AccessDenied extends Error {
  override readonly name = 'AccessDenied'
  readonly reason: DenialReason
  readonly answer: Response

  constructor(denial: Denial, style: DenialStyle) {
    super(`Denied: ${denial.reason}, ${denial.permission}`)
    this.reason = denial.reason
    this.answer = style(denial)
  }
}

/** Of answers that depend on a token. */
export const protectedHeaders = { 'cache-control': 'private, no-store', vary: 'auth-token, authorization' }

/** Mayday's own routes: 401 without a valid token, 403 with one that does not suffice. */
export const ownDenial: DenialStyle = ({ reason, permission }) => {
  const needed = `the permission ${permission} (${permissions[permission].doc})`
  const texts: Readonly<Record<DenialReason, string>> = {
    anonymous: `This needs a token with ${needed}: send it as "Authorization: Bearer TOKEN"`,
    unmatched: 'This token does not exist: it was revoked, or is not complete',
    expired: 'This token has expired: ask for another one',
    forbidden: `This token does not have ${needed}`,
    product: 'This token does not give access to crashes of this product',
    link: 'This link is not valid, or has expired: request another one',
  }
  const isFinal = reason === 'forbidden' || reason === 'product' || reason === 'link'
  return isFinal
    ? problem(403, texts[reason], protectedHeaders)
    : problem(401, texts[reason], { ...protectedHeaders, 'www-authenticate': 'Bearer' })
}

const forbidden = (error: string): Response =>
  jsonAnswer({ error }, { status: 403, headers: { 'cache-control': protectedHeaders['cache-control'] } })

const tokenErrors = { unmatched: 'API Token not matched', expired: 'API Token found but expired' } as const

/** Tecken's texts: https://github.com/mozilla-services/tecken/blob/main/tecken/tokens/middleware.py */
export const teckenDenial: DenialStyle = ({ reason }) => {
  if (reason === 'anonymous') return forbidden('This requires an Auth-Token to authenticate the request')
  return forbidden(reason === 'unmatched' || reason === 'expired' ? tokenErrors[reason] : 'Forbidden')
}

/** Socorro's texts: https://github.com/mozilla-services/socorro/blob/main/webapp/crashstats/api/views.py */
export const socorroDenial: DenialStyle = ({ reason, permission }) =>
  forbidden(
    reason === 'unmatched' || reason === 'expired'
      ? tokenErrors[reason]
      : `Use of this endpoint requires the '${permissions[permission].title}' permission`,
  )

/** The same, of a file. */
export const binaryDenial: DenialStyle = (denial) =>
  denial.reason === 'unmatched' || denial.reason === 'expired'
    ? socorroDenial(denial)
    : forbidden(`Binary response requires permissions: ${permissions[denial.permission].title}`)
