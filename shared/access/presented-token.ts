// The token that a request presents.

/**
 * The token in `Auth-Token`, else in `Authorization: Bearer`; null for an anonymous request. An empty `Auth-Token` is
 * none, as some clients always send the header. Authorization of other schemes is that of a proxy.
 */
export function presentedToken(headers: Headers): string | null {
  const own = headers.get('auth-token')?.trim()
  if (own) return own
  const bearer = /^bearer(?:[ \t]+(.*))?$/is.exec(headers.get('authorization')?.trim() ?? '')
  return bearer && (bearer[1] ?? '')
}

/**
 * The part of a presented token that identifies it: without `-` and the label that a client may append; null for text
 * that is not a token of the token document.
 */
export const bareToken = (presented: string): string | null =>
  /^([0-9a-f]{32})(?:-.*)?$/s.exec(presented)?.[1] ?? null
