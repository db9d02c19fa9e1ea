// Symbol files from an HTTP symbol server with the usual layout.
import { collectBytes } from '../../bytes/streams.ts'
import { baseName } from '../../base-name.ts'
import { CrashError, reasonOf } from '../../errors.ts'
import { type Attempt, retry, type RetryOptions } from '../../retry.ts'
import type { Bytes, Millis } from '../../units.ts'
import { maxSymbolBytes, type StoredSymbolFile, type SymbolFiles } from './symbol-files.ts'
import { codeIdPath, type ModuleKey, symbolPath } from './symbol-path.ts'

export interface HttpFilesOptions extends Partial<Pick<RetryOptions, 'clock' | 'sleep' | 'random'>> {
  /** Attempts per request after 408, 429, 5xx or no response. */
  attempts?: number
  /** For all attempts of a request including bodies; less than the time limit of a crash. */
  timeout?: Millis
  /** How long a failed server is skipped: a dump has many modules. */
  rest?: Millis
  maxBytes?: Bytes
}

type Settings = Required<Omit<HttpFilesOptions, 'sleep' | 'random'>> &
  Pick<HttpFilesOptions, 'sleep' | 'random'> & {
    /** The last failure of the server, and until when to skip it. */
    failure: { error: CrashError; until: Millis } | null
  }

const defaults = {
  attempts: 4,
  timeout: 90_000,
  rest: 60_000,
  maxBytes: maxSymbolBytes,
  clock: () => performance.now(),
}

/**
 * The symbol files of a server. 4xx except 408 and 429 means that there is none; anything else is retried, then an
 * error: a failing server must not look like missing symbols.
 * @param base URL under which `<debug_file>/<debug_id>/<name>.sym` is found
 * @throws CrashError 'bad-usage' when `base` is not an http or https URL, or contains a password.
 */
export function httpFiles(base: string, options: HttpFilesOptions = {}): SymbolFiles {
  const settings: Settings = { ...defaults, ...options, failure: null }
  const root = parseBase(base)
  return {
    async find(module) {
      const path = symbolPath(module)
      if (path !== null) return fileAt(root, path, module, settings)
      const identity = await findByCode(root, module, settings)
      if (!identity) return null
      const known = { ...module, ...identity }
      const file = fileAt(root, symbolPath(known)!, known, settings)
      return { ...file, identity }
    },
  }
}

function parseBase(base: string): string {
  const url = URL.canParse(base) ? new URL(base) : null
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new CrashError(
      'bad-usage',
      `${base} is not the URL of a symbol server; it must start with http:// or https://`,
    )
  }
  // The value is not shown, because messages end up in logs.
  if (url.username || url.password) {
    throw new CrashError(
      'bad-usage',
      `The URL of the symbol server at ${url.origin} contains a user name or password, which cannot be sent; remove it`,
    )
  }
  return base.replace(/\/+$/, '')
}

const encodePath = (path: string) => path.split('/').map(encodeURIComponent).join('/')

function fileAt(root: string, path: string, module: ModuleKey, settings: Settings): StoredSymbolFile {
  const query = new URLSearchParams()
  if (module.codeFile) query.set('code_file', baseName(module.codeFile))
  if (module.codeId) query.set('code_id', module.codeId.toLowerCase())
  const url = `${root}/${encodePath(path)}${query.size ? `?${query}` : ''}`
  return {
    stamp: 'http',
    url: `${root}/${encodePath(path)}`,
    isThere: () => isThere(url, settings),
    read: () => download(url, settings),
  }
}

const isTransientStatus = (status: number) => status === 408 || status === 429 || status >= 500

/** The body, or null when the server has no such file. */
const download = (url: string, settings: Settings): Promise<Uint8Array | null> =>
  withRetries(url, settings, { redirect: 'follow' }, (response) =>
    response.ok ? collectBytes(response.body ?? [], settings.maxBytes, 'A symbol file') : drop(response),
  )

/** By the status of a GET whose body is not read: not every server supports HEAD. */
const isThere = (url: string, settings: Settings): Promise<boolean> =>
  withRetries(url, settings, { redirect: 'follow' }, async (response) => {
    await drop(response)
    return response.ok
  })

/** Sends a request until the response has a status that another attempt would not change. */
async function withRetries<T>(
  url: string,
  settings: Settings,
  init: RequestInit,
  use: (response: Response) => Promise<T>,
): Promise<T> {
  const { failure, clock, rest } = settings
  if (failure && failure.until > clock()) throw failure.error
  let attempts = 0
  const attempt = async ({ number, remaining }: Attempt) => {
    attempts = number
    const signal = AbortSignal.timeout(Math.max(1, Math.ceil(remaining)))
    const response = await fetch(url, { ...init, signal })
    if (!isTransientStatus(response.status)) return use(response)
    await drop(response)
    throw new TransientResponse(response)
  }
  const isTransient = (error: unknown) => !(error instanceof CrashError)
  try {
    return await retry(attempt, { ...settings, firstPause: 250, isTransient, pauseAfter })
  } catch (cause) {
    if (cause instanceof CrashError) throw cause
    const why =
      cause instanceof TransientResponse
        ? `answered ${cause.response.status}`
        : `did not respond: ${reasonOf(cause)}`
    const times = attempts === 1 ? '' : `, ${attempts} times`
    const error = new CrashError('storage', `The symbol server at ${new URL(url).origin} ${why}${times}`)
    settings.failure = { error, until: clock() + rest }
    throw error
  }
}

class TransientResponse extends Error {
  readonly response: Response
  constructor(response: Response) {
    super(`HTTP ${response.status}`)
    this.response = response
  }
}

/** The pause that the server requests by Retry-After in seconds. */
const pauseAfter = (error: unknown): Millis =>
  error instanceof TransientResponse ? Number(error.response.headers.get('retry-after')) * 1000 || 0 : 0

/** Frees the connection. */
async function drop(response: Response): Promise<null> {
  await response.body?.cancel()
  return null
}

/** Requests by code file and code ID: the server redirects to `…/<debug_file>/<debug_id>/<name>`. */
async function findByCode(root: string, module: ModuleKey, settings: Settings) {
  const path = codeIdPath(module)
  if (path === null) return null
  return withRetries(`${root}/${encodePath(path)}`, settings, { redirect: 'manual' }, async (response) => {
    const location = response.headers.get('location')
    await drop(response)
    if ((response.status !== 301 && response.status !== 302) || location === null) return null
    const identity = identityIn(location, root)
    return identity && symbolPath({ ...module, ...identity }) !== null ? identity : null
  })
}

/** Null for a location that is not a URL, or has invalid escapes. */
function identityIn(location: string, root: string) {
  try {
    const parts = new URL(location, `${root}/`).pathname.split('/').map(decodeURIComponent)
    return { debugFile: parts.at(-3) ?? '', debugId: parts.at(-2) ?? '' }
  } catch {
    return null
  }
}
