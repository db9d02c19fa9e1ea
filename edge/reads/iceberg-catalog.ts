// GET /iceberg/v1/…: a read-only Iceberg REST catalog over what batch published.
// https://github.com/apache/iceberg/blob/main/open-api/rest-catalog-open-api.yaml
import { icebergMetadataKey, icebergPrefix, publicTables, versionHintKey } from '../../shared/keys.ts'
import { isObject } from '../../shared/own.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import type { EdgeDeps } from '../deps.ts'
import { jsonAnswer } from '../lib/http.ts'
import { openToAll } from './lake-files.ts'

const root = '/iceberg/v1/'
/** The only namespace. */
const namespace = 'mayday'

/** What clients may use; they then send no reports of scans, for example. */
const endpoints = [
  'namespaces',
  'namespaces/{namespace}',
  'namespaces/{namespace}/tables',
  'namespaces/{namespace}/tables/{table}',
]

export const isCatalogRequest = ({ url }: Request): boolean => new URL(url).pathname.startsWith(root)

const answer = (value: unknown, status = 200) =>
  jsonAnswer(value, { status, headers: { ...openToAll, 'cache-control': 'no-cache' } })

const missing = (type: 'NoSuchNamespaceException' | 'NoSuchTableException', message: string) =>
  answer({ error: { message, type, code: 404 } }, 404)

/** Answers the reads of the protocol. Other paths are 404. */
export async function readCatalog(request: Request, deps: EdgeDeps): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url)
  const parts = pathname.slice(root.length).replace(/\/$/, '').split('/')
  const [first, own, kind, table, ...more] = parts
  const { lake } = deps.stores
  if (parts.length === 1 && first === 'config') return answer(catalogConfig())
  if (first !== 'namespaces' || more.length > 0)
    return missing('NoSuchTableException', 'There is no such path')
  if (own === undefined) return listNamespaces(searchParams.get('parent'))
  if (own !== namespace) return missing('NoSuchNamespaceException', `The only namespace is ${namespace}`)
  if (kind === undefined) return answer({ namespace: [namespace], properties: {} })
  if (kind !== 'tables') return missing('NoSuchTableException', 'There are only tables')
  if (table === undefined) return answer({ identifiers: await listTables(lake) })
  return await loadTable(lake, table)
}

const catalogConfig = () => ({
  defaults: {},
  overrides: {},
  endpoints: endpoints.map((path) => `GET /v1/{prefix}/${path}`),
})

/** Without the namespaces below one, which do not exist: some clients would ask for them endlessly. */
function listNamespaces(parent: string | null): Response {
  if (parent === null || parent === '') return answer({ namespaces: [[namespace]] })
  if (parent === namespace) return answer({ namespaces: [] })
  return missing('NoSuchNamespaceException', `The only namespace is ${namespace}`)
}

async function listTables(lake: Storage): Promise<{ namespace: string[]; name: string }[]> {
  const names: string[] = []
  for await (const folder of lake.folders(icebergPrefix()))
    names.push(folder.slice(icebergPrefix().length, -1))
  return names.filter((name) => publicTables.has(name)).map((name) => ({ namespace: [namespace], name }))
}

async function loadTable(lake: Storage, table: string): Promise<Response> {
  const found = publicTables.has(table) ? await newestMetadata(lake, table) : null
  if (!found)
    return missing('NoSuchTableException', `${namespace}.${table} is not published: mayday publish does it`)
  const { version, metadata } = found
  const key = icebergMetadataKey(table, version)
  const location = `${String(metadata.location)}/${key.slice(icebergPrefix(table).length)}`
  return answer({ 'metadata-location': location, metadata, config: {} })
}

/** A hint is so many versions behind only if its writers were killed all the time. */
const mostBehind = 100

/** The newest version from the hint on. Null: the table is not published. */
async function newestMetadata(
  lake: Storage,
  table: string,
): Promise<{ version: number; metadata: Record<string, unknown> } | null> {
  const hint = await lake.get(versionHintKey(table))
  const from = hint ? Number(new TextDecoder().decode(await hint.bytes())) : 0
  let newest: { version: number; bytes: Uint8Array } | null = null
  for (let version = from; version > 0 && version < from + mostBehind; version++) {
    const object = await lake.get(icebergMetadataKey(table, version))
    if (!object) break
    newest = { version, bytes: await object.bytes() }
  }
  const metadata: unknown = newest && JSON.parse(new TextDecoder().decode(newest.bytes))
  return newest && isObject(metadata) ? { version: newest.version, metadata } : null
}
