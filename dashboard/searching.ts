// Runs searches: in a worker over search files, or on the server through the API.
import type { Answer } from '../shared/search/answer.ts'
import { printQuery } from '../shared/search/parameters/print.ts'
import type { Query } from '../shared/search/query.ts'
import { isObject } from '../shared/own.ts'
import type { Bytes, Millis } from '../shared/units.ts'
import type { FromWorker, SearchState, ServerReason, ToWorker } from './model/search/messages.ts'
import { inSite, isStatic } from './site.ts'
import workerUrl from './search-worker.ts?worker&url'

/** A search that reads more asks first; a phone is slower and may pay for what it loads. */
const atOnce = (): Bytes => (matchMedia('(pointer: coarse)').matches ? 3e6 : 8e6)
/** A worker that computes longer than this after it was cancelled is ended. */
const cancelLimit: Millis = 1000
/** The server ends searches after 30 s. */
const serverLimit: Millis = 40_000

/** The path of the API that answers a query. `token`: it may have protected fields. */
export const apiPath = (query: Query, token: string | null = null): string =>
  inSite(`/api/SuperSearch${token === null ? '' : 'Unredacted'}/?${printQuery(query)}`)

type Listener = (state: SearchState) => void

/** One search; a new one is needed for another query. */
export class SearchRun {
  private readonly query: Query
  private readonly listener: Listener
  private state: SearchState = { state: 'starting' }
  private id = 0
  private request: AbortController | null = null

  /** @param listener receives every state after the first, until `end` */
  constructor(query: Query, listener: Listener) {
    this.query = query
    this.listener = listener
  }

  /** Searches the files; beyond the limit the state is `asking`. */
  start(maxBytes: Bytes | null = atOnce()): void {
    this.leave()
    this.id = startInWorker({ query: this.query, maxBytes }, (message) => this.receive(message))
    this.change(maxBytes === null ? { state: 'running', status: null, answer: null } : { state: 'starting' })
  }

  /** Asks the server. `token`: for a query with protected fields. */
  ask(reason: ServerReason, token: string | null = null): void {
    this.leave()
    const request = new AbortController()
    this.request = request
    this.change({ state: 'on-server', reason })
    fetchAnswer(this.query, request.signal, token).then(
      (answer) =>
        this.request === request && this.change({ state: 'done', source: 'server', reason, answer }),
      (error: Error) =>
        this.request === request &&
        this.change({
          state: 'failed',
          source: 'server',
          message: error.message,
          missing: reason === 'missing',
        }),
    )
  }

  /** Stops; what was found so far stays. */
  cancel(): void {
    const { state } = this
    this.leave()
    const kept = state.state === 'running' ? state : { status: null, answer: null }
    this.change({ state: 'cancelled', status: kept.status, answer: kept.answer })
  }

  /** Stops; the listener is not called again. */
  end(): void {
    this.leave()
  }

  private leave(): void {
    if (this.id > 0) cancelInWorker(this.id)
    this.id = 0
    this.request?.abort()
    this.request = null
  }

  private change(state: SearchState): void {
    this.state = state
    this.listener(state)
  }

  private receive(message: FromWorker): void {
    if (message.id !== this.id) return
    if (message.kind === 'missing') this.ask('missing')
    else if (message.kind !== 'cancelled') this.change(stateAfter(message))
  }
}

function stateAfter(message: Exclude<FromWorker, { kind: 'missing' | 'cancelled' }>): SearchState {
  switch (message.kind) {
    case 'too-large':
      return { state: 'asking', cost: message.cost }
    case 'progress':
      return { state: 'running', status: message.status, answer: message.answer }
    case 'done':
      return { state: 'done', source: 'files', status: message.status, answer: message.answer }
    case 'failed':
      return { state: 'failed', source: 'files', message: message.message, missing: false }
  }
}

/** @throws Error with the reason, for the reader */
export async function fetchAnswer(query: Query, signal: AbortSignal, token: string | null): Promise<Answer> {
  if (isStatic)
    throw new Error(
      'This site consists of files only: searching on a server needs “mayday serve” or the edge.',
    )
  const path = apiPath(query, token)
  const headers: Record<string, string> = token === null ? {} : { 'auth-token': token }
  const limit = AbortSignal.timeout(serverLimit)
  try {
    const response = await fetch(path, { headers, signal: AbortSignal.any([signal, limit]) })
    const answer = await response.json().catch(() => null)
    if (response.ok && isAnswer(answer)) return answer
    throw new Error(reasonIn(answer) ?? `The server responded with status ${response.status}.`)
  } catch (error) {
    throw limit.aborted ? new Error('The server did not answer in time.') : error
  }
}

const isAnswer = (value: unknown): value is Answer =>
  isObject(value) && Array.isArray(value.hits) && typeof value.total === 'number' && isObject(value.facets)

const reasonIn = (answer: unknown): string | null =>
  isObject(answer) && typeof answer.error === 'string' ? answer.error : null

type Receiver = (message: FromWorker) => void

let worker: Worker | null = null
let lastId = 0
/** Searches that the worker has not finished. */
const open = new Map<number, { request: ToWorker & { kind: 'search' }; receive: Receiver }>()

function startInWorker(
  request: Pick<ToWorker & { kind: 'search' }, 'query' | 'maxBytes'>,
  receive: Receiver,
) {
  const id = ++lastId
  const message = { kind: 'search', id, ...request } as const
  open.set(id, { request: message, receive })
  worker ??= startWorker()
  worker.postMessage(message satisfies ToWorker)
  return id
}

function cancelInWorker(id: number): void {
  const current = worker
  const search = open.get(id)
  if (!current || !search) return
  search.receive = () => {}
  current.postMessage({ kind: 'cancel', id } satisfies ToWorker)
  setTimeout(() => {
    if (open.has(id) && worker === current) replaceWorker(id)
  }, cancelLimit)
}

/** Ends a worker that does not react, and gives its other searches to a new one. */
function replaceWorker(cancelled: number): void {
  worker?.terminate()
  open.delete(cancelled)
  worker = open.size > 0 ? startWorker() : null
  for (const { request } of open.values()) worker?.postMessage(request)
}

function startWorker(): Worker {
  const started = new Worker(trusted(workerUrl), { type: 'module', name: 'search' })
  started.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
    const search = open.get(data.id)
    if (data.kind !== 'progress') open.delete(data.id)
    search?.receive(data)
  })
  started.addEventListener('error', (event) => {
    event.preventDefault()
    if (worker === started) worker = null
    const failed = [...open]
    open.clear()
    const message = event.message || 'The search program could not be loaded.'
    for (const [id, { receive }] of failed) receive({ kind: 'failed', id, message })
  })
  return started
}

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ): { createScriptURL(url: string): unknown }
}

/** The page's policy forbids text as the address of a script; this one is part of the build. */
function trusted(url: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes }
  policy ??= trustedTypes?.createPolicy('mayday-search', { createScriptURL: (text) => text })
  return (policy?.createScriptURL(url) ?? url) as string
}
let policy: ReturnType<TrustedTypes['createPolicy']> | undefined
