// The origin of this server in URLs that clients are given.
import type { EdgeDeps } from '../../deps.ts'

/** A proxy in front of the server may have received the request over TLS. */
export function publicOrigin(request: Request, { config }: EdgeDeps): string {
  const url = new URL(request.url)
  const isBehindProxy = config.clientAddressHeader !== null
  if (isBehindProxy && request.headers.get('x-forwarded-proto')?.split(',')[0]?.trim() === 'https')
    url.protocol = 'https:'
  return url.origin
}
