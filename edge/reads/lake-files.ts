// GET /search-data/… and /tables/…: search files and public tables of the lake, by range.
import {
  isSearchFileKey,
  parseTableKey,
  publicTables,
  searchManifestKey,
  searchPrefix,
} from '../../shared/keys.ts'
import type { EdgeDeps } from '../deps.ts'
import { isCached, problem } from '../lib/http.ts'
import { storedAnswer } from '../lib/stored-answer.ts'

const searchRoot = 'search-data/'
/** `search-data/` in the path is the folder of search files in the lake. */
const searchKeyOf = (path: string) =>
  path.startsWith(searchRoot) ? `${searchPrefix.split('/', 1)[0]}/${path.slice(searchRoot.length)}` : null

/** True for files that are sent as stored, never compressed. */
export const isLakeFileRequest = ({ url }: Request): boolean =>
  /^\/(?:search-data\/.*\.cols|tables\/.*\.parquet)$/.test(new URL(url).pathname)

/** Pages of any origin may read. */
const common = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'accept-ranges, content-length, content-range, etag',
}

/** Sent as stored: a range of compressed bytes would be useless. */
const lasting = 'public, max-age=31536000, immutable, no-transform'
/** Table files change under one name, and so do their tags: a reader that sends If-Range notices. */
const changing = 'no-cache, no-transform'

/** The file that the path names, or part of it. */
export async function readLakeFile(request: Request, deps: EdgeDeps): Promise<Response> {
  const path = decodedPath(request)
  const key = path === null ? null : (searchKeyOf(path) ?? path)
  if (key === searchManifestKey) return readManifest(request, deps)
  const type = key === null ? null : contentType(key)
  const info = key === null || type === null ? null : await deps.stores.lake.head(key)
  if (!info || type === null) return problem(404, 'No such file', common)
  const content = {
    'content-type': type,
    'cache-control': isSearchFileKey(info.key) ? lasting : changing,
    'x-content-type-options': 'nosniff',
  }
  return storedAnswer(request, { storage: deps.stores.lake, info, common, content })
}

/** Null for the key of any other object. Keys match as a whole, so no path leaves its folder. */
function contentType(key: string): string | null {
  if (isSearchFileKey(key)) return 'application/octet-stream'
  const table = parseTableKey(key)?.table
  return table !== undefined && publicTables.has(table) ? 'application/vnd.apache.parquet' : null
}

/** The manifest changes, and platforms compress it: its tag is weak. */
async function readManifest(request: Request, deps: EdgeDeps): Promise<Response> {
  const object = await deps.stores.lake.get(searchManifestKey)
  if (!object) return problem(404, 'There are no search files; `mayday aggregate` writes them', common)
  const headers = {
    ...common,
    etag: `W/"${object.etag}"`,
    'cache-control': 'no-cache',
    vary: 'accept-encoding',
  }
  const isKnown = isCached(request, headers.etag)
  if (isKnown || request.method === 'HEAD') await object.body.cancel()
  if (isKnown) return new Response(null, { status: 304, headers })
  return new Response(request.method === 'HEAD' ? null : object.body, {
    headers: { ...headers, 'content-type': 'application/json', 'content-length': `${object.size}` },
  })
}

function decodedPath({ url }: Request): string | null {
  try {
    return decodeURIComponent(new URL(url).pathname.slice(1))
  } catch {
    return null
  }
}
