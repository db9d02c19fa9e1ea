// Redirects of servers: they must not lead into the network of this machine.
import ipaddr from 'ipaddr.js'
import { CrashError } from '../../errors.ts'

const maxRedirects = 5

/** The addresses of a host name. */
export type ResolveHost = (name: string) => Promise<readonly string[]>

export interface FollowOptions {
  /** Whether the server is in the network of this machine itself, so that redirects may be, too. */
  mayBePrivate(): Promise<boolean>
  /** Where absent, only addresses and local names are recognized. */
  resolve?: ResolveHost | undefined
  /** Follow redirects only to the same scheme, host and port: requests with a token. */
  sameOrigin?: boolean
  /** Names the server in errors. Default: symbol server. */
  what?: string
}

/**
 * Fetches a URL and follows redirects, except to loopback, link-local, private and other special addresses. A name whose
 * address changes between the check and the request is not recognized.
 * @throws CrashError 'storage' for a redirect that is not followed; errors of `fetch`
 */
export async function fetchFollowing(
  url: string,
  init: RequestInit,
  options: FollowOptions,
): Promise<Response> {
  let at = url
  const refused = (how: string) => refusal(url, options.what ?? 'symbol server', how)
  for (let redirects = 0; ; redirects++) {
    const response = await fetch(at, { ...init, redirect: 'manual' })
    const location = response.headers.get('location')
    if (!isRedirect(response.status) || location === null) return response
    await response.body?.cancel()
    if (redirects === maxRedirects) throw refused('redirects too often')
    const next = URL.canParse(location, at) ? new URL(location, at) : null
    if (!next || !/^https?:$/.test(next.protocol)) throw refused('redirects to what is not a URL')
    if ((await isPrivateHost(next.hostname, options.resolve)) && !(await options.mayBePrivate()))
      throw refused('redirects to a private address, which is not followed')
    if (options.sameOrigin && next.origin !== new URL(url).origin)
      throw refused('redirects to another server, which is not followed')
    at = next.href
  }
}

const isRedirect = (status: number) => [301, 302, 303, 307, 308].includes(status)

const refusal = (url: string, what: string, how: string) =>
  new CrashError('storage', `The ${what} at ${new URL(url).origin} ${how}`)

/** Whether a host is, or by its name resolves to, an address that is not public. */
export async function isPrivateHost(hostname: string, resolve?: ResolveHost): Promise<boolean> {
  const host = hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase()
  if (host === 'localhost' || host.endsWith('.localhost')) return true
  if (ipaddr.isValid(host)) return isPrivateAddress(host)
  return (await resolve?.(host).catch(() => []))?.some(isPrivateAddress) ?? false
}

/** `process` also understands IPv4 addresses in IPv6. */
const isPrivateAddress = (address: string): boolean =>
  ipaddr.isValid(address) && ipaddr.process(address).range() !== 'unicast'
