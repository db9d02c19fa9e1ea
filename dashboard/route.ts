// URLs of pages: the only file that contains paths.

/** The pages and the parameters in their path (not their query). */
export type Route =
  | { page: 'home' }
  | { page: 'top-crashers' }
  | { page: 'signature' }
  | { page: 'signatures' }
  | { page: 'release' }
  | { page: 'search' }
  | { page: 'symbolicate' }
  | { page: 'api' }
  | { page: 'help' }
  | { page: 'fields' }
  | { page: 'field'; name: string }
  | { page: 'products' }
  | { page: 'status' }
  | { page: 'missing-symbols' }
  | { page: 'report'; crashId: string }
  | { page: 'not-found' }

const crashIdPattern = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{6}\d{6}(?![0-9a-z])/

/** Whether `text` has the form of a crash ID: 36 characters that end in an existing date `YYMMDD`. */
export function isCrashId(text: string): boolean {
  if (text.length !== 36 || !crashIdPattern.test(text)) return false
  const [year, month, day] = [text.slice(30, 32), text.slice(32, 34), text.slice(34)].map(Number)
  const date = new Date(Date.UTC(2000 + year!, month! - 1, day!))
  return date.getUTCMonth() === month! - 1 && date.getUTCDate() === day!
}

/** The page of a path; a trailing slash is optional, `bp-` before a crash ID is removed, its case does not matter. */
export function parseRoute(path: string): Route {
  const clean = path.replace(/\/+$/, '')
  if (clean === '' || clean === '/index.html') return { page: 'home' }
  if (clean === '/topcrashers') return { page: 'top-crashers' }
  if (clean === '/signature') return { page: 'signature' }
  if (clean === '/signatures') return { page: 'signatures' }
  if (clean === '/release') return { page: 'release' }
  if (clean === '/search') return { page: 'search' }
  if (clean === '/symbolicate') return { page: 'symbolicate' }
  if (clean === '/api') return { page: 'api' }
  if (clean === '/help') return { page: 'help' }
  if (clean === '/fields') return { page: 'fields' }
  if (clean === '/products') return { page: 'products' }
  if (clean === '/status') return { page: 'status' }
  if (clean === '/missing-symbols') return { page: 'missing-symbols' }
  const field = /^\/fields\/([a-z0-9_]+)$/.exec(clean)?.[1]
  if (field !== undefined) return { page: 'field', name: field }
  const crashId = /^\/report\/(?:index|pending)\/(?:bp-)?([^/]+)$/i.exec(clean)?.[1]?.toLowerCase()
  return crashId !== undefined && isCrashId(crashId) ? { page: 'report', crashId } : { page: 'not-found' }
}

/** Where a URL of Crash Stats has another form here, that form; null where it has none. */
export function redirectOf(path: string, query: URLSearchParams): string | null {
  const route = parseRoute(path)
  if (route.page === 'report') return path === reportHref(route.crashId) ? null : reportHref(route.crashId)
  const product = /^\/home\/products?\/([^/]+)\/?$/.exec(path)?.[1]
  if (product !== undefined) return homeHref(decoded(product))
  if (/^\/search\/quick\/?$/.test(path)) return searchHref(query.get('query') ?? query.get('q') ?? '')
  if (route.page === 'signature') return withoutOperator(query)
  return null
}

/** `signature==X` asks for exactly X, which is all that the page can show. */
function withoutOperator(query: URLSearchParams): string | null {
  const signature = query.get('signature') ?? ''
  if (!/^=./s.test(signature)) return null
  const parameters = new URLSearchParams(query)
  parameters.set('signature', signature.slice(1))
  return `/signature/?${parameters}`
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Parameters by name; a list is repeated, undefined is omitted. */
export type Parameters = Record<string, string | readonly string[] | undefined>

/** A path with the parameters that have a value. */
function withQuery(path: string, parameters: Parameters): string {
  const query = new URLSearchParams()
  for (const [name, values] of Object.entries(parameters))
    for (const value of [values ?? []].flat()) if (value) query.append(name, value)
  const text = query.toString()
  return text ? `${path}?${text}` : path
}

export const homeHref = (product?: string) => withQuery('/', { product })
export const topCrashersHref = (filters: Parameters = {}) => withQuery('/topcrashers/', filters)
/** Undefined: all. */
export interface SignatureFilters {
  product?: string | undefined
  version?: string | undefined
}
/** `exploration`: the further parameters of `model/signature/exploration.ts`. */
export const signatureHref = (
  signature: string,
  { product, version }: SignatureFilters = {},
  exploration: Parameters = {},
) => withQuery('/signature/', { signature, product, version, ...exploration })
/** `product`, one of `version`, `build` and `channel`, and `against`: another of its kind. */
export const releaseHref = (parameters: Parameters = {}) => withQuery('/release/', parameters)
/** The search page: parameters of Super Search, `page`, and `_dont_run=1` for the form alone. */
export const searchPageHref = (parameters: URLSearchParams) => {
  const text = parameters.toString()
  return text ? `/search/?${text}` : '/search/'
}
/** All signatures of the last year; `q`: with this in their name. */
export const signaturesHref = (filters: Parameters = {}) => withQuery('/signatures/', filters)
export const symbolicateHref = '/symbolicate/'
export const apiHref = '/api/'
/** `compare`: `common` or the crash ID of another report, whose stack is shown beside this one's. */
export const reportHref = (crashId: string, { compare }: { compare?: string } = {}) =>
  withQuery(`/report/index/${encodeURIComponent(crashId)}`, { compare })
export const helpHref = '/help/'
/** All fields, or the page of one. */
export const fieldsHref = (name?: string) =>
  name === undefined ? '/fields/' : `/fields/${encodeURIComponent(name)}/`
export const productsHref = '/products/'
export const statusHref = '/status/'
export const missingSymbolsHref = (filters: Parameters = {}) => withQuery('/missing-symbols/', filters)

/** The first crash ID in a text, in lower case, as in a pasted URL or `bp-…`; null where there is none. */
export function findCrashId(text: string): string | null {
  const id = crashIdPattern.exec(text.toLowerCase())?.[0]
  return id && isCrashId(id) ? id : null
}

/** The report if the text contains a crash ID, else the signatures that contain the text. */
export function searchHref(text: string): string {
  const crashId = findCrashId(text)
  return crashId === null ? signaturesHref({ q: text.trim() }) : reportHref(crashId)
}

/** `url` if a page may link to it (absolute https or http, no credentials), else null. */
export function safeHref(url: unknown): string | null {
  if (typeof url !== 'string' || !URL.canParse(url)) return null
  const { protocol, username, password, href } = new URL(url)
  return (protocol === 'https:' || protocol === 'http:') && !username && !password ? href : null
}
