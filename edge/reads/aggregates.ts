// GET /aggregates/…: the dashboard's data, directly from the lake.
import { aggregatesPrefix } from '../../shared/keys.ts'
import type { EdgeDeps } from '../deps.ts'
import { problem } from '../lib/http.ts'

const root = aggregatesPrefix.split('/', 1)[0]!

/** Returns the object whose key is the path. */
export async function readAggregate(request: Request, deps: EdgeDeps): Promise<Response> {
  const key = keyOf(new URL(request.url).pathname)
  const object = key === null ? null : await deps.stores.lake.get(key)
  if (!object) return problem(404, 'No such aggregate; `mayday aggregate` builds them')
  return new Response(object.body, {
    headers: {
      etag: `W/"${object.etag}"`,
      'content-type': object.contentType ?? 'application/json',
      'content-length': `${object.size}`,
      'cache-control': 'public, max-age=60, stale-while-revalidate=600',
      vary: 'accept-encoding',
      'access-control-allow-origin': '*',
      'last-modified': object.uploaded.toUTCString(),
    },
  })
}

/** The storage key of a path below `/aggregates/`, percent-decoded; null when it is invalid. */
function keyOf(path: string): string | null {
  try {
    const key = decodeURIComponent(path.slice(1))
    const inside =
      key.startsWith(`${root}/`) && !key.split('/').some((part) => part === '' || /^\.+$/.test(part))
    return inside && !key.includes('\\') && !key.includes('\0') ? key : null
  } catch {
    return null
  }
}
