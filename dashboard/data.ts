// Fetches JSON documents, once per visit, and provides them to components as state.
import { useLayoutEffect, useState } from 'preact/hooks'
import type { PartialCrash } from '../shared/crash.ts'
import { type DatedSignature, datedSignature } from './model/dated-signature.ts'
import { type Home, homeWith } from './model/freshness.ts'
import type { ReportFiles } from '../shared/report-files.ts'
import { readProcessedCrash } from '../shared/fields/public-view.ts'
import {
  aggregatesVersion,
  type HomeAggregate,
  type LocationsAggregate,
  type SignatureAggregate,
  type StatusAggregate,
  type TopCrashersAggregate,
  type TopCrashersDays,
} from '../shared/aggregates.ts'

/** A document: loading, loaded, missing, or failed. */
export type Loaded<T> =
  | { state: 'loading' }
  | { state: 'ready'; value: T }
  | { state: 'missing' }
  | { state: 'failed'; message: string }

const aggregates = `/aggregates/v${aggregatesVersion}`
const homePath = `${aggregates}/home.json`
const statusPath = `${aggregates}/status.json`
const topCrashersPath = (slug: string, days: TopCrashersDays) =>
  `${aggregates}/top-crashers/${encodeURIComponent(slug)}/${days}.json`
const locationsPath = `${aggregates}/locations.json`
const signaturePath = (id: string) => `${aggregates}/signatures/${id}.json`
/** The public view of one processed crash. */
export const reportPath = (crashId: string) => `/api/report/${encodeURIComponent(crashId)}`

/**
 * The files of a report, for a token with the permission `view_rawdump`. Not cached: its links expire.
 * @throws Error with the reason, for the reader
 */
export async function fetchReportFiles(crashId: string, token: string): Promise<ReportFiles> {
  const response = await fetch(`${reportPath(crashId)}/files`, { headers: { 'auth-token': token } })
  const answer = await response.json().catch(() => null)
  if (response.ok && answer) return answer
  throw new Error(answer?.description ?? `The server responded with status ${response.status}.`)
}

const cache = new Map<string, Loaded<unknown>>()
const waiting = new Set<() => void>()

function load(path: string, read: (json: unknown) => unknown): Loaded<unknown> {
  const loading = { state: 'loading' } as const
  cache.set(path, loading)
  void fetchJson(path).then((loaded) => {
    cache.set(path, loaded.state === 'ready' ? { ...loaded, value: read(loaded.value) } : loaded)
    for (const render of waiting) render()
  })
  return loading
}

async function fetchJson(path: string): Promise<Loaded<unknown>> {
  try {
    const response = await fetch(path, { headers: { accept: 'application/json' } })
    if (response.status === 404 || isPage(response)) return { state: 'missing' }
    if (!response.ok)
      return { state: 'failed', message: `The server responded with status ${response.status} to ${path}.` }
    return checkVersion(path, await response.json())
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { state: 'failed', message: `${path} could not be read: ${reason}.` }
  }
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

function useDocuments(
  paths: readonly string[],
  read = (json: unknown): unknown => json,
): { all: Loaded<unknown>[]; retry: () => void } {
  const [, setCount] = useState(0)
  const render = () => setCount((count) => count + 1)
  useLayoutEffect(() => {
    waiting.add(render)
    return () => {
      waiting.delete(render)
    }
  }, [])
  const retry = () => {
    for (const path of paths) if (cache.get(path)?.state !== 'ready') cache.delete(path)
    render()
  }
  return { all: paths.map((path) => cache.get(path) ?? load(path, read)), retry }
}

/** The state of a document, and a function to request it again. */
export interface Resource<T> {
  loaded: Loaded<T>
  retry: () => void
}

export function useHome(): Resource<Home> {
  const { all, retry } = useDocuments([homePath, statusPath])
  const [home, status] = all as [Loaded<HomeAggregate>, Loaded<StatusAggregate>]
  return { loaded: joinHome(home, status), retry }
}

/** A missing status leaves the time of the home aggregate. */
function joinHome(home: Loaded<HomeAggregate>, status: Loaded<StatusAggregate>): Loaded<Home> {
  if (home.state !== 'ready') return home
  if (status.state === 'loading') return status
  return { state: 'ready', value: homeWith(home.value, status.state === 'ready' ? status.value : null) }
}

/** The documents of several products that exist; missing only if none does. Without slugs: loading. */
export function useTopCrashers(
  slugs: readonly string[],
  days: TopCrashersDays,
): Resource<TopCrashersAggregate[]> {
  const { all, retry } = useDocuments(slugs.map((slug) => topCrashersPath(slug, days)))
  return { loaded: join(all as Loaded<TopCrashersAggregate>[]), retry }
}

function join<T>(all: Loaded<T>[]): Loaded<T[]> {
  const failed = all.find((one) => one.state === 'failed')
  if (failed) return failed
  if (all.length === 0 || all.some((one) => one.state === 'loading')) return { state: 'loading' }
  const value = all.flatMap((one) => (one.state === 'ready' ? [one.value] : []))
  return value.length ? { state: 'ready', value } : { state: 'missing' }
}

/** With a null `id`: loading. */
export function useSignature(id: string | null): Resource<DatedSignature> {
  const home = useHome()
  const { all, retry } = useDocuments(id ? [signaturePath(id)] : [])
  const [signature] = all as [Loaded<SignatureAggregate>?]
  return {
    loaded: signature ? dated(signature, home.loaded) : { state: 'loading' },
    retry: () => {
      home.retry()
      retry()
    },
  }
}

function dated(signature: Loaded<SignatureAggregate>, home: Loaded<Home>): Loaded<DatedSignature> {
  if (signature.state !== 'ready') return signature
  return home.state === 'ready' ? { ...home, value: datedSignature(signature.value, home.value) } : home
}

export function useLocations(): Loaded<LocationsAggregate> {
  return useDocuments([locationsPath]).all[0] as Loaded<LocationsAggregate>
}

export function useReport(crashId: string): Resource<PartialCrash> {
  const { all, retry } = useDocuments([reportPath(crashId)], readProcessedCrash)
  return { loaded: all[0] as Loaded<PartialCrash>, retry }
}

/** First 16 hex digits of the SHA-256 of the signature in UTF-8; throws where the browser provides no hashing. */
export async function signatureId(signature: string): Promise<string> {
  if (!globalThis.crypto?.subtle)
    throw new Error('Hashing requires https or localhost. Open this page with such a URL.')
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(signature))
  return [...new Uint8Array(digest, 0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
