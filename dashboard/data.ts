// Fetches JSON documents, once per visit, checks them, and provides them to components as state.

import { useLayoutEffect, useState } from 'preact/hooks'
import * as z from 'zod/mini'
import {
  aggregatesVersion,
  allCrashersSchema,
  homeSchema,
  type LocationsAggregate,
  locationsSchema,
  missingSymbolsSchema,
  type PastSignature,
  pastSchema,
  roundSchema,
  type SignatureAggregate,
  signatureSchema,
  statusSchema,
  type TopCrashersAggregate,
  type TopCrashersDays,
  topCrashersSchema,
} from '../shared/aggregates/documents.ts'
import { alertsSchema } from '../shared/alerts/alert.ts'
import type { PartialCrash } from '../shared/crash.ts'
import { unpackTopCrashers } from '../shared/aggregates/crash-cells.ts'
import { readProcessedCrash } from '../shared/fields/public-view.ts'
import { check } from '../shared/json/schema.ts'
import { aggregatesPrefix } from '../shared/keys.ts'
import { reportDataPath } from '../shared/pages.ts'
import { present } from '../shared/present.ts'
import type { Millis } from '../shared/units.ts'
import { type Home, homeWith } from './model/freshness.ts'
import { inSite } from './site.ts'

// The content security policy forbids generated code.
z.config({ jitless: true })

/** A document: loading, loaded, missing, or failed. */
export type Loaded<T> =
  | { state: 'loading' }
  | { state: 'ready'; value: T }
  | { state: 'missing'; reason?: string }
  | { state: 'failed'; message: string }

const aggregates = inSite(`/${aggregatesPrefix.replace(/\/$/, '')}`)
/** @param name of a document, relative to the folder of aggregates */
export const aggregatePath = (name: string) => `${aggregates}/${name}`
const homePath = `${aggregates}/home.json`
const statusPath = `${aggregates}/status.json`
const topCrashersPath = (slug: string, days: TopCrashersDays) =>
  `${aggregates}/top-crashers/${encodeURIComponent(slug)}/${days}.json`
const allCrashersPath = (days: TopCrashersDays) => `${aggregates}/all-crashers/${days}.json`
const locationsPath = `${aggregates}/locations.json`
const signaturePath = (id: string, slug?: string) =>
  `${aggregates}/signatures/${id}${slug === undefined ? '' : `/${encodeURIComponent(slug)}`}.json`
/** The public view of one processed crash. */
export const reportPath = (crashId: string) => inSite(reportDataPath(crashId))

const cache = new Map<string, Loaded<unknown>>()
const waiting = new Set<() => void>()

/** Ends the visit: the next page requests every document again. */
export function forgetDocuments(): void {
  cache.clear()
}

/** A value of a document, or why it is not one. */
type ReadAs<T> = { value: T } | { problem: string }
type Read = (json: unknown) => ReadAs<unknown>

function load(path: string, read: Read): Loaded<unknown> {
  const loading = { state: 'loading' } as const
  cache.set(path, loading)
  reload({ path, read })
  return loading
}

/** Replaces the cached document once there is an answer. */
function reload({ path, read }: Request): void {
  void fetchJson(path).then((loaded) => {
    cache.set(path, loaded.state === 'ready' ? readSafely(path, loaded.value, read) : loaded)
    for (const render of waiting) render()
  })
}

/** A document that cannot be read fails, so that no page shows a part of it. */
function readSafely(path: string, json: unknown, read: Read): Loaded<unknown> {
  try {
    const result = read(json)
    if ('value' in result) return { state: 'ready', value: result.value }
    return { state: 'failed', message: `${path} is not readable: ${result.problem}.` }
  } catch (error) {
    return { state: 'failed', message: `${path} is not readable: ${String(error)}.` }
  }
}

/** Checks the shape of a document, and with `problemOf` whether it is the one that was requested. */
export const bySchema =
  <Schema extends z.ZodMiniType>(
    schema: Schema,
    problemOf: (value: z.output<Schema>) => string | false = () => false,
  ) =>
  (json: unknown): ReadAs<z.output<Schema>> => {
    const { data, problems } = check(schema, json)
    if (problems) return { problem: problems[0] }
    const problem = problemOf(data)
    return problem ? { problem } : { value: data }
  }

/** Applies a function to the value that `read` returns. */
const mapped =
  <T>(read: (json: unknown) => ReadAs<T>, map: (value: T) => unknown): Read =>
  (json) => {
    const result = read(json)
    return 'value' in result ? { value: map(result.value) } : result
  }

/** For a document with its body; a large one takes seconds on a slow phone. */
const timeLimit: Millis = 45_000

async function fetchJson(path: string): Promise<Loaded<unknown>> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), timeLimit)
  try {
    // Without headers, or what index.html preloads would be loaded again.
    const response = await fetch(path, { signal: late.signal })
    if (response.status === 404) return { state: 'missing', ...present({ reason: await reasonOf(response) }) }
    if (isPage(response))
      return {
        state: 'failed',
        message: `The server has a page at ${path} instead of data: is this the right bucket?`,
      }
    if (!response.ok)
      return { state: 'failed', message: `The server responded with status ${response.status} to ${path}.` }
    return checkVersion(path, await response.json())
  } catch (error) {
    if (late.signal.aborted)
      return { state: 'failed', message: `${path} did not arrive within ${timeLimit / 1000} seconds.` }
    const reason = error instanceof Error ? error.message : String(error)
    return { state: 'failed', message: `${path} could not be read: ${reason}.` }
  } finally {
    clearTimeout(timer)
  }
}

/** The description in an error of the server. */
async function reasonOf(response: Response): Promise<string | undefined> {
  const answer = (await response.json().catch(() => null)) as { description?: unknown } | null
  return typeof answer?.description === 'string' ? answer.description : undefined
}

/** Static hosts respond to unknown paths with the dashboard itself. */
const isPage = (response: Response) => response.headers.get('content-type')?.startsWith('text/html') === true

function checkVersion(path: string, value: unknown): Loaded<unknown> {
  if (!path.startsWith(aggregates)) return { state: 'ready', value }
  const version = (value as { version?: unknown } | null)?.version
  if (version === aggregatesVersion) return { state: 'ready', value }
  return {
    state: 'failed',
    message: `${path} has version ${String(version)}; this page reads version ${aggregatesVersion}. Reload the page; if that does not help, run “mayday aggregate” of the same release.`,
  }
}

/** A document, and how it is read. */
export interface Request {
  path: string
  read: Read
}

/** The state of each document, loaded at most once per visit. */
export function useDocuments(requests: readonly Request[]): { all: Loaded<unknown>[]; retry: () => void } {
  const [, setCount] = useState(0)
  const render = () => setCount((count) => count + 1)
  useLayoutEffect(() => {
    waiting.add(render)
    return () => {
      waiting.delete(render)
    }
  }, [])
  const retry = () => {
    for (const { path } of requests) if (cache.get(path)?.state !== 'ready') cache.delete(path)
    render()
  }
  return { all: requests.map(({ path, read }) => cache.get(path) ?? load(path, read)), retry }
}

/** The state of a document, and a function to request it again. */
export interface Resource<T> {
  loaded: Loaded<T>
  retry: () => void
}

const homeRequest = { path: homePath, read: bySchema(homeSchema) }
const statusRequest = { path: statusPath, read: bySchema(statusSchema) }

export function useHome(): Resource<Home> {
  const { all, retry } = useDocuments([homeRequest, statusRequest])
  const [home, status] = all as [Loaded<z.infer<typeof homeSchema>>, Loaded<z.infer<typeof statusSchema>>]
  return { loaded: joinHome(home, status), retry }
}

/** Without a readable status, the time of the home aggregate counts. */
function joinHome(
  home: Loaded<z.infer<typeof homeSchema>>,
  status: Loaded<z.infer<typeof statusSchema>>,
): Loaded<Home> {
  if (home.state !== 'ready') return home
  if (status.state === 'loading') return status
  return { state: 'ready', value: homeWith(home.value, status.state === 'ready' ? status.value : null) }
}

/** The lists of several products, and the products whose list is missing or not readable. */
export interface ProductLists {
  documents: TopCrashersAggregate[]
  lacking: string[]
}

const otherList = 'it is the list of another product or period'

/** The list of one product. */
function listRequest({ name, slug }: ProductName, days: TopCrashersDays): Request {
  const read = bySchema(
    topCrashersSchema,
    (value) => (value.product !== name || value.days !== days) && otherList,
  )
  return { path: topCrashersPath(slug, days), read: mapped(read, (list) => [unpackTopCrashers(list)]) }
}

/** The lists of all products: one document. */
function allListsRequest(days: TopCrashersDays): Request {
  const read = bySchema(allCrashersSchema, (value) => value.days !== days && otherList)
  return {
    path: allCrashersPath(days),
    read: mapped(read, ({ products, ...common }) =>
      products.map((list) => unpackTopCrashers({ ...common, ...list })),
    ),
  }
}

interface ProductName {
  name: string
  slug: string
}

/** @param product null: all of `products` together */
export function useTopCrashers(
  product: ProductName | null,
  { products, days }: { products: readonly ProductName[]; days: TopCrashersDays },
): Resource<ProductLists> {
  const { all, retry } = useDocuments([product ? listRequest(product, days) : allListsRequest(days)])
  const [lists] = all as [Loaded<TopCrashersAggregate[]>]
  return { loaded: withLacking(lists, product ? [product] : products), retry }
}

function withLacking(
  lists: Loaded<TopCrashersAggregate[]>,
  products: readonly ProductName[],
): Loaded<ProductLists> {
  if (lists.state !== 'ready') return lists
  const listed = new Set(lists.value.map(({ product }) => product))
  const lacking = products.filter(({ name }) => !listed.has(name)).map(({ name }) => name)
  return { state: 'ready', value: { documents: lists.value, lacking } }
}

const signatureRequest = (id: string, of?: { product: string; slug: string }): Request => ({
  path: signaturePath(id, of?.slug),
  read: bySchema(signatureSchema, (value) =>
    value.id !== id || value.product !== (of?.product ?? null)
      ? 'it is the document of another signature'
      : false,
  ),
})

/** A signature and the days covered. */
export interface SignatureOfProduct {
  home: Home
  signature: SignatureAggregate
}

/** Of one product if it has crashes of the signature, else of all. With a null `id`: loading. */
export function useSignature(id: string | null, product: string | undefined): Resource<SignatureOfProduct> {
  const home = useHome()
  const whole = useDocuments(id ? [signatureRequest(id)] : [])
  const [signature] = whole.all as [Loaded<SignatureAggregate>?]
  const products = signature?.state === 'ready' ? signature.value.products : []
  const of = products.length > 1 ? products.find((one) => one.product === product) : undefined
  const part = useDocuments(id && of ? [signatureRequest(id, of)] : [])
  const shown = of ? (part.all[0] as Loaded<SignatureAggregate>) : signature
  return {
    loaded: joinSignature(shown ?? { state: 'loading' }, home.loaded),
    retry: () => {
      for (const { retry } of [home, whole, part]) retry()
    },
  }
}

function joinSignature(
  signature: Loaded<SignatureAggregate>,
  home: Loaded<Home>,
): Loaded<SignatureOfProduct> {
  if (signature.state !== 'ready') return signature
  if (home.state !== 'ready') return home
  return { state: 'ready', value: { home: home.value, signature: signature.value } }
}

/** What is known of a signature without a document; null: nothing. */
export function usePastSignature(id: string): Resource<PastSignature | null> {
  const start = id.slice(0, 2)
  const read = bySchema(
    pastSchema,
    (value) => value.start !== start && 'it is the document of other signatures',
  )
  const { all, retry } = useDocuments([{ path: `${aggregates}/past/${start}.json`, read }])
  const [loaded] = all as [Loaded<z.infer<typeof pastSchema>>]
  if (loaded.state !== 'ready') return { loaded, retry }
  return {
    loaded: { state: 'ready', value: loaded.value.signatures.find((one) => one.id === id) ?? null },
    retry,
  }
}

/** A document of the folder of aggregates with a fixed name. */
const useAggregate = <T>(name: string, schema: z.ZodMiniType<T>): Resource<T> => {
  const { all, retry } = useDocuments([{ path: aggregatePath(name), read: bySchema(schema) }])
  return { loaded: all[0] as Loaded<T>, retry }
}

export const useMissingSymbols = () => useAggregate('missing-symbols.json', missingSymbolsSchema)
/** Absent before the first run that looked for alerts. */
export const useAlerts = () => useAggregate('alerts.json', alertsSchema)
export const useRound = () => useAggregate('round.json', roundSchema)

export function useLocations(): Loaded<LocationsAggregate> {
  const request = { path: locationsPath, read: bySchema(locationsSchema) }
  return useDocuments([request]).all[0] as Loaded<LocationsAggregate>
}

const readCrash: Read = (json) =>
  typeof json === 'object' && json !== null && !Array.isArray(json)
    ? { value: readProcessedCrash(json) }
    : { problem: 'it must be an object' }

/** `refresh` requests the report again and keeps what is shown until the answer. */
export function useReport(crashId: string): Resource<PartialCrash> & { refresh: () => void } {
  const request = { path: reportPath(crashId), read: readCrash }
  const { all, retry } = useDocuments([request])
  return { loaded: all[0] as Loaded<PartialCrash>, retry, refresh: () => reload(request) }
}
