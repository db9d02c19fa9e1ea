// URLs of pages.
import { pagePaths, reportPagePath } from '../shared/pages.ts'
import { inSite } from './site.ts'

/** The pages and the parameters in their path (not their query). */
export type Route =
  | { page: keyof typeof pagePaths }
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

const pageAt = new Map(
  (Object.keys(pagePaths) as (keyof typeof pagePaths)[]).map((page) => [
    pagePaths[page].replace(/\/$/, ''),
    page,
  ]),
)

/** The page of a path of the site; a trailing slash is optional, `bp-` before a crash ID is removed, its case does not matter. */
export function parseRoute(path: string): Route {
  const clean = path.replace(/\/+$/, '')
  const page = pageAt.get(clean.replace(/\/index\.html$/, ''))
  if (page) return { page }
  const crashId = /^\/report\/(?:index|pending)\/(?:bp-)?([^/]+)$/i.exec(clean)?.[1]?.toLowerCase()
  return crashId !== undefined && isCrashId(crashId) ? { page: 'report', crashId } : { page: 'not-found' }
}

/** Where a URL of Crash Stats has another form here, that form; null where it has none. */
export function redirectOf(path: string, query: URLSearchParams): string | null {
  const route = parseRoute(path)
  if (route.page === 'report')
    return inSite(path) === reportHref(route.crashId) ? null : reportHref(route.crashId)
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
  return `${inSite(pagePaths.signature)}?${parameters}`
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
  return text ? `${inSite(path)}?${text}` : inSite(path)
}

export const homeHref = (product?: string) => withQuery(pagePaths.home, { product })
export const topCrashersHref = (filters: Parameters = {}) => withQuery(pagePaths['top-crashers'], filters)
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
) => withQuery(pagePaths.signature, { signature, product, version, ...exploration })
/** `product`, one of `version`, `build` and `channel`, and `against`: another of its kind. */
export const releaseHref = (parameters: Parameters = {}) => withQuery(pagePaths.release, parameters)
/** The search page: parameters of Super Search, `page`, and `_dont_run=1` for the form alone. */
export const searchPageHref = (parameters: URLSearchParams) => {
  const text = parameters.toString()
  return inSite(text ? `${pagePaths.search}?${text}` : pagePaths.search)
}
/** All signatures of the last year; `q`: with this in their name. */
export const signaturesHref = (filters: Parameters = {}) => withQuery(pagePaths.signatures, filters)
export const symbolicateHref = inSite(pagePaths.symbolicate)
export const apiHref = inSite(pagePaths.api)
/** `compare`: `common` or the crash ID of another report, whose stack is shown beside this one's. */
export const reportHref = (crashId: string, { compare }: { compare?: string } = {}) =>
  withQuery(reportPagePath(crashId), { compare })
export const helpHref = inSite(pagePaths.help)
/** All fields, or the page of one. */
export const fieldsHref = (name?: string) => withQuery(pagePaths.fields, { name })
export const productsHref = inSite(pagePaths.products)
export const statusHref = inSite(pagePaths.status)
export const missingSymbolsHref = (filters: Parameters = {}) =>
  withQuery(pagePaths['missing-symbols'], filters)

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
