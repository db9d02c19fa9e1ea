// GET /search-data/…, /tables/… and /iceberg/…: search files, public tables and what is published of them, by range.
import {
  isSearchFileKey,
  lakeDatabaseKey,
  lakeSqlKey,
  parsePublishedKey,
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
  /^\/(?:search-data\/.*\.cols|tables\/.*\.parquet|iceberg\/(?!v1\/).*)$/.test(new URL(url).pathname)

/** Pages of any origin may read. */
export const openToAll = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'accept-ranges, content-length, content-range, etag',
}

/** Sent as stored: a range of compressed bytes would be useless. */
const lasting = 'public, max-age=31536000, immutable, no-transform'
/** Names of published objects are used once. */
const isLasting = (key: string): boolean =>
  isSearchFileKey(key) || ![undefined, 'hint'].includes(parsePublishedKey(key)?.kind)
/** Table files change under one name, and so do their tags: a reader that sends If-Range notices. */
const changing = 'no-cache, no-transform'

/** The file that the path names, or part of it. */
export async function readLakeFile(request: Request, deps: EdgeDeps): Promise<Response> {
  const path = decodedPath(request)
  const key = path === null ? null : (searchKeyOf(path) ?? path)
  if (key === searchManifestKey) return readManifest(request, deps)
  const type = key === null ? null : contentType(key)
  const info = key === null || type === null ? null : await deps.stores.lake.head(key)
  if (!info || type === null) return problem(404, 'No such file', openToAll)
  const content = {
    'content-type': type,
    'cache-control': isLasting(info.key) ? lasting : changing,
    'x-content-type-options': 'nosniff',
  }
  return storedAnswer(request, { storage: deps.stores.lake, info, common: openToAll, content })
}

/** Null for the key of any other object. Keys match as a whole, so no path leaves its folder. */
function contentType(key: string): string | null {
  if (isSearchFileKey(key)) return 'application/octet-stream'
  if (key === lakeDatabaseKey) return 'application/vnd.duckdb'
  if (key === lakeSqlKey) return 'text/plain; charset=utf-8'
  const published = parsePublishedKey(key)
  const table = published?.table ?? parseTableKey(key)?.table
  if (table === undefined || !publicTables.has(table)) return null
  return published ? publishedTypes[published.kind] : parquetType
}

const parquetType = 'application/vnd.apache.parquet'
const publishedTypes = {
  data: parquetType,
  schema: parquetType,
  metadata: 'application/json',
  hint: 'text/plain',
  list: 'application/avro',
  manifest: 'application/avro',
} as const

/** The manifest changes, and platforms compress it: its tag is weak. */
async function readManifest(request: Request, deps: EdgeDeps): Promise<Response> {
  const object = await deps.stores.lake.get(searchManifestKey)
  if (!object) return problem(404, 'There are no search files; `mayday aggregate` writes them', openToAll)
  const headers = {
    ...openToAll,
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
