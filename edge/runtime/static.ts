// The dashboard's files from a folder, for runtimes without an asset store; any other page is the dashboard itself.
import { etagMatches } from '../lib/http.ts'

/** A file with something that changes whenever it does. */
export interface AssetFile {
  bytes: Uint8Array
  version: string
}

const types: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  ico: 'image/x-icon',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  map: 'application/json',
  png: 'image/png',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
  webmanifest: 'application/manifest+json',
  woff2: 'font/woff2',
}
const indexPath = 'index.html'

/**
 * Serves files of one folder. `read` gets a path relative to the folder, of plain names joined by slashes: it cannot
 * lead out of it; it returns null where there is no file.
 */
export function createStaticFiles(
  read: (path: string) => Promise<AssetFile | null>,
): (request: Request) => Promise<Response> {
  return async (request) => {
    const wanted = plainPath(new URL(request.url).pathname)
    const asked = wanted === null ? null : await read(wanted)
    const path = asked ? wanted! : indexPath
    const file = asked ?? (await read(indexPath))
    if (!file) return new Response(null, { status: 404 })
    const etag = `"${file.version}"`
    const headers = {
      'content-type': types[path.split('.').at(-1)!] ?? 'application/octet-stream',
      'cache-control': 'public, max-age=0, must-revalidate',
      etag,
    }
    if (etagMatches(request, etag)) return new Response(null, { status: 304, headers })
    return new Response(file.bytes as BodyInit, { headers })
  }
}

/** `/a/b.js` as `a/b.js`; null when a name is empty, hidden, or anything but plain letters. */
function plainPath(pathname: string): string | null {
  const path = pathname === '/' ? indexPath : pathname.slice(1)
  return path.split('/').every((name) => /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(name)) ? path : null
}
