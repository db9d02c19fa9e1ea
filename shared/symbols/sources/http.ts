// Symbol files from an HTTP symbol server with the usual layout.

import { baseName } from '../../text/base-name.ts'
import { collectBytes } from '../../bytes/streams.ts'
import { CrashError, reasonOf } from '../../errors.ts'
import { type Attempt, type RetryOptions, retry } from '../../retry.ts'
import { symbolFetchMb } from '../../settings.ts'
import type { Bytes, Millis } from '../../units.ts'
import { fetchFollowing, isPrivateHost, type ResolveHost } from './redirects.ts'
import type { StoredSymbolFile, SymbolFiles } from './symbol-files.ts'
import { type ModuleKey, pathsWithoutCase, symbolPath } from './symbol-path.ts'

export interface HttpFilesOptions extends Partial<Pick<RetryOptions, 'clock' | 'sleep' | 'random'>> {
  /** Attempts per request after 408, 429, 5xx or no response. */
  attempts?: number
  /** For all attempts of a request including bodies; less than the time limit of a crash. */
  timeout?: Millis
  /** How long a failed server is skipped: a dump has many modules. */
  rest?: Millis
  /** Of a file, downloaded and inflated. Default: that of `SYMBOL_FETCH_MB`. */
  maxBytes?: Bytes
  /** Finds the addresses of hosts to which a server redirects. */
  resolve?: ResolveHost
}

type Settings = Required<Omit<HttpFilesOptions, 'sleep' | 'random' | 'resolve'>> &
  Pick<HttpFilesOptions, 'sleep' | 'random' | 'resolve'> & {
    /** The server is in the network of this machine. */
    isPrivate(): Promise<boolean>
    /** The last failure of the server, and until when to skip it. */
    failure: { error: CrashError; until: Millis } | null
  }

const defaults = {
  attempts: 4,
  timeout: 90_000,
  rest: 60_000,
  maxBytes: symbolFetchMb.fallback * 1024 * 1024,
  clock: () => performance.now(),
}

function settingsFor(root: string, options: HttpFilesOptions): Settings {
  const isPrivate = () => isPrivateHost(new URL(root).hostname, options.resolve)
  return { ...defaults, ...options, isPrivate, failure: null }
}

/** A server whose files are downloaded whole. */
export interface HttpServer {
  /** The body of a file, or null when the server has none. @throws CrashError 'storage' when it fails, 'limit' for a large one */
  download(path: string): Promise<Uint8Array | null>
  isThere(path: string): Promise<boolean>
  urlOf(path: string): string
  readonly maxBytes: Bytes
}

/** @throws CrashError 'bad-usage' as `httpFiles` */
export function httpServer(base: string, options: HttpFilesOptions = {}): HttpServer {
  const root = parseBase(base)
  const settings = settingsFor(root, options)
  const urlOf = (path: string) => `${root}/${encodePath(path)}`
  return {
    download: (path) => download(urlOf(path), settings),
    isThere: (path) => isThere(urlOf(path), settings),
    urlOf,
    maxBytes: settings.maxBytes,
  }
}

/**
 * The symbol files of a server. 4xx except 408 and 429 means that there is none; anything else is retried, then an
 * error: a failing server must not look like missing symbols.
 * @param base URL under which `<debug_file>/<debug_id>/<name>.sym` is found
 * @throws CrashError 'bad-usage' when `base` is not an http or https URL, or contains a password.
 */
export function httpFiles(base: string, options: HttpFilesOptions = {}): SymbolFiles {
  const root = parseBase(base)
  const settings = settingsFor(root, options)
  return {
    async find(module) {
      const paths = pathsWithoutCase(module)
      if (symbolPath(module) !== null) return fileAt(root, paths, module, settings)
      for (const path of paths) {
        const found = await findByCode(root, path, module, settings)
        if (found === 'here') return fileAt(root, [path], module, settings)
        if (!found) continue
        const known = { ...module, ...found }
        return { ...fileAt(root, pathsWithoutCase(known), known, settings), identity: found }
      }
      return null
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

/** The file at the first of the paths that the server has. */
function fileAt(
  root: string,
  paths: readonly string[],
  module: ModuleKey,
  settings: Settings,
): StoredSymbolFile {
  const query = new URLSearchParams()
  if (module.codeFile) query.set('code_file', baseName(module.codeFile))
  if (module.codeId) query.set('code_id', module.codeId.toLowerCase())
  const urls = paths.map((path) => `${root}/${encodePath(path)}`)
  const requested = (url: string) => (query.size ? `${url}?${query}` : url)
  let found = urls[0]!
  return {
    stamp: 'http',
    maxBytes: settings.maxBytes,
    get url() {
      return found
    },
    async isThere() {
      for (const url of urls) if (await isThere(requested(url), settings)) return true
      return false
    },
    async read() {
      for (const url of urls) {
        const bytes = await download(requested(url), settings)
        if (!bytes) continue
        found = url
        return bytes
      }
      return null
    },
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
    const { isPrivate, resolve } = settings
    const response =
      init.redirect === 'manual'
        ? await fetch(url, { ...init, signal })
        : await fetchFollowing(url, { ...init, signal }, { mayBePrivate: isPrivate, resolve })
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

/**
 * Requests a path of a code file and code ID. A server of other debug IDs redirects to
 * `…/<debug_file>/<debug_id>/<name>`; one without has the file there.
 */
async function findByCode(root: string, path: string, module: ModuleKey, settings: Settings) {
  const init = { redirect: 'manual' } as const
  return withRetries(`${root}/${encodePath(path)}`, settings, init, async (response) => {
    const { ok, headers } = response
    await drop(response)
    if (ok) return 'here'
    const location = headers.get('location')
    if (response.status < 300 || response.status > 399 || location === null) return null
    const identity = identityIn(location, root)
    if (!identity || symbolPath({ ...module, ...identity }) === null) return null
    return path.startsWith(`${identity.debugFile}/${identity.debugId}/`) ? 'here' : identity
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
