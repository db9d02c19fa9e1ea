// Requests to the API of a bug tracker: JSON within limits, retries, rate limits, no redirect to other servers.
import { collectBytes } from '../../shared/bytes/streams.ts'
import { CrashError, reasonOf } from '../../shared/errors.ts'
import { type Attempt, retry, type RetryOptions } from '../../shared/retry.ts'
import { fetchFollowing, isPrivateHost } from '../../shared/symbols/sources/redirects.ts'
import { resolveHost } from '../../shared/symbols/sources/resolve-host.node.ts'
import type { Bytes, Millis } from '../../shared/units.ts'

export interface TrackerClient {
  /**
   * The JSON of a GET; null for 404.
   * @param path below the root, without a leading `/`
   * @throws CrashError 'storage' when the tracker fails or refuses, TrackerBusy when it asks to wait for long
   */
  get(path: string, query?: URLSearchParams): Promise<unknown>
}

export interface ClientOptions extends Partial<Pick<RetryOptions, 'sleep' | 'random'>> {
  /** Sent with every request. Values are secret. */
  headers?: Readonly<Record<string, string>>
  /** Longest time for one request with its retries. */
  timeout?: Millis
  maxBytes?: Bytes
  signal?: AbortSignal
}

/** The tracker asks to wait longer than a request may take. */
export class TrackerBusy extends CrashError {
  readonly until: Date

  constructor(origin: string, until: Date) {
    super('storage', `The bug tracker at ${origin} asks to wait until ${until.toISOString()}`)
    this.until = until
  }
}

const defaults = { timeout: 120_000, maxBytes: 64 * 1024 * 1024, headers: {} } as const
/** One attempt, with the body. */
const attemptTimeout: Millis = 60_000
/** Longer waits that a tracker asks for end the request. */
const longestWait: Millis = 60_000

/** An answer that another attempt may change. */
class Transient extends Error {
  readonly status: number
  readonly wait: Millis

  constructor(status: number, wait: Millis) {
    super(`HTTP ${status}`)
    this.status = status
    this.wait = wait
  }
}

/** @param root URL of the API, without a trailing `/` */
export function trackerClient(root: string, options: ClientOptions = {}): TrackerClient {
  const { timeout, maxBytes, headers, signal, ...rest } = { ...defaults, ...options }
  const { origin, hostname } = new URL(root)
  const isPrivate = () => isPrivateHost(hostname, resolveHost)
  const send = async (url: string, { remaining }: Attempt): Promise<unknown> => {
    const limit = AbortSignal.timeout(Math.max(1, Math.ceil(Math.min(attemptTimeout, remaining))))
    const response = await fetchFollowing(
      url,
      {
        headers: { accept: 'application/json', 'user-agent': 'mayday', ...headers },
        signal: signal ? AbortSignal.any([limit, signal]) : limit,
      },
      { mayBePrivate: isPrivate, resolve: resolveHost, sameOrigin: true, what: 'bug tracker' },
    )
    if (response.ok)
      return parse(await collectBytes(response.body ?? [], maxBytes, `An answer of ${origin}`), origin)
    await response.body?.cancel()
    return refuse(response, origin)
  }
  return {
    async get(path, query) {
      const url = `${root}/${path}${query?.size ? `?${query}` : ''}`
      try {
        return await retry((attempt) => send(url, attempt), {
          ...rest,
          attempts: 5,
          firstPause: 500,
          longestPause: longestWait,
          timeout,
          isTransient: (error) => !(error instanceof CrashError) && !signal?.aborted,
          pauseAfter: (error) => (error instanceof Transient ? error.wait : 0),
        })
      } catch (cause) {
        if (cause instanceof CrashError) throw cause
        if (signal?.aborted) throw new CrashError('timeout', `The bug tracker at ${origin} was interrupted`)
        const why =
          cause instanceof Transient ? `answered ${cause.status}` : `did not respond: ${reasonOf(cause)}`
        throw new CrashError('storage', `The bug tracker at ${origin} ${why}`)
      }
    },
  }
}

function parse(bytes: Uint8Array, origin: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    throw new CrashError('storage', `The bug tracker at ${origin} sent an answer that is not JSON`)
  }
}

/** Null for 404. @throws for every other status */
function refuse({ status, headers }: Response, origin: string): null {
  if (status === 404) return null
  const wait = waitOf(headers, Date.now())
  const isLimit = status === 429 || (status === 403 && wait !== null)
  if (isLimit && wait !== null && wait > longestWait)
    throw new TrackerBusy(origin, new Date(Date.now() + wait))
  if (isLimit || status === 408 || status >= 500) throw new Transient(status, wait ?? 0)
  const cure = status === 401 || status === 403 ? '; BUG_TOKENS may have a token for its host' : ''
  throw new CrashError('storage', `The bug tracker at ${origin} refused a request with ${status}${cure}`)
}

/** The wait that an answer asks for: `Retry-After`, or the end of an exhausted rate limit; null: none. */
function waitOf(headers: Headers, now: Millis): Millis | null {
  const after = headers.get('retry-after')
  if (after !== null) {
    const ms = /^\d+$/.test(after) ? Number(after) * 1000 : Date.parse(after) - now
    if (Number.isFinite(ms)) return Math.max(0, ms)
  }
  const left = headers.get('x-ratelimit-remaining') ?? headers.get('ratelimit-remaining')
  const reset = Number(headers.get('x-ratelimit-reset') ?? headers.get('ratelimit-reset') ?? Number.NaN)
  return left === '0' && Number.isFinite(reset) ? Math.max(0, reset * 1000 - now) : null
}
