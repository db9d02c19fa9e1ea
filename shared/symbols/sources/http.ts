// Symbol files from an HTTP symbol server that keeps the usual layout.
import { CrashError } from '../../errors.ts'
import type { Bytes } from '../../units.ts'
import { maxSymbolBytes, type StoredSymbolFile, type SymbolFiles } from './symbol-files.ts'
import { codeIdPath, leafOf, type ModuleKey, symbolPath } from './symbol-path.ts'

export interface HttpFilesOptions {
  sleep?: (ms: number) => Promise<void>
  /** How often a request is sent that meets 429, 5xx or no answer. */
  tries?: number
  /** For all tries of a request with their bodies; less than a crash may take to process. */
  timeoutMs?: number
  /** How long a server that failed is not asked again: a dump has many modules. */
  restMs?: number
  maxBytes?: Bytes
  now?: () => number
}

/** With why the server failed the last time, and until when that counts. */
type Settings = Required<HttpFilesOptions> & { trouble: { error: CrashError; until: number } | null }

const defaults: Required<HttpFilesOptions> = {
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  tries: 4,
  timeoutMs: 90_000,
  restMs: 60_000,
  maxBytes: maxSymbolBytes,
  now: Date.now,
}

/**
 * The symbol files of a server. 4xx except 408 and 429 means that there is none; anything else is tried again, then
 * an error: a server in trouble must not look like missing symbols.
 * @param base URL under which `<debug_file>/<debug_id>/<name>.sym` is found
 * @throws CrashError 'bad-usage' when `base` is no http or https URL, or has a password in it.
 */
export function httpFiles(base: string, options: HttpFilesOptions = {}): SymbolFiles {
  const settings: Settings = { ...defaults, ...options, trouble: null }
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
      `${base} is no URL of a symbol server; it must begin with http:// or https://`,
    )
  }
  // Not shown: messages end up in logs.
  if (url.username || url.password) {
    throw new CrashError(
      'bad-usage',
      `The URL of the symbol server at ${url.origin} has a user name or password in it, which cannot be sent; leave it out`,
    )
  }
  return base.replace(/\/+$/, '')
}

const encodePath = (path: string) => path.split('/').map(encodeURIComponent).join('/')

function fileAt(root: string, path: string, module: ModuleKey, settings: Settings): StoredSymbolFile {
  const query = new URLSearchParams()
  if (module.codeFile) query.set('code_file', leafOf(module.codeFile))
  if (module.codeId) query.set('code_id', module.codeId.toLowerCase())
  const url = `${root}/${encodePath(path)}${query.size ? `?${query}` : ''}`
  return {
    stamp: 'http',
    url: `${root}/${encodePath(path)}`,
    isThere: () => isThere(url, settings),
    read: () => download(url, settings),
  }
}

const isTrouble = (status: number) => status === 408 || status === 429 || status >= 500

/** The body, or null when the server says that there is none. */
const download = (url: string, settings: Settings): Promise<Uint8Array | null> =>
  withRetries(url, settings, { redirect: 'follow' }, (response) =>
    response.ok ? readBody(response, settings.maxBytes) : drop(response),
  )

/** By the status of a GET, whose body is not waited for: not every server answers HEAD. */
const isThere = (url: string, settings: Settings): Promise<boolean> =>
  withRetries(url, settings, { redirect: 'follow' }, async (response) => {
    await drop(response)
    return response.ok
  })

/** Sends a request until it gets an answer that is no trouble; the one place where requests are tried again. */
async function withRetries<T>(
  url: string,
  settings: Settings,
  init: RequestInit,
  use: (response: Response) => Promise<T>,
): Promise<T> {
  const { now, trouble } = settings
  if (trouble && trouble.until > now()) throw trouble.error
  const deadline = now() + settings.timeoutMs
  let last: unknown = null
  let attempt = 0
  for (; attempt < settings.tries; attempt++) {
    const wait = attempt > 0 ? waitBefore(attempt, last) : 0
    if (now() + wait >= deadline) break
    if (wait > 0) await settings.sleep(wait)
    try {
      const signal = AbortSignal.timeout(Math.max(1, deadline - now()))
      const response = await fetch(url, { ...init, signal })
      if (!isTrouble(response.status)) return await use(response)
      await drop(response)
      last = response
    } catch (error) {
      if (error instanceof CrashError) throw error
      last = error
    }
  }
  const why = last instanceof Response ? `answered ${last.status}` : 'did not answer'
  const times = attempt === 1 ? '' : `, ${attempt} times`
  const error = new CrashError('storage', `The symbol server at ${new URL(url).origin} ${why}${times}`)
  settings.trouble = { error, until: now() + settings.restMs }
  throw error
}

const longestWaitMs = 30_000

/** Doubles from 250 ms; what the server asks for by Retry-After, up to 30 s. */
function waitBefore(attempt: number, last: unknown): number {
  const asked = last instanceof Response ? Number(last.headers.get('retry-after')) * 1000 : 0
  return Math.min(longestWaitMs, Math.max(250 * 2 ** (attempt - 1), asked || 0))
}

/** Frees the connection. */
async function drop(response: Response): Promise<null> {
  await response.body?.cancel()
  return null
}

async function readBody(response: Response, maxBytes: Bytes): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > maxBytes)
      throw new CrashError('limit', `A symbol file of more than ${maxBytes} bytes was refused`)
    chunks.push(chunk)
  }
  const whole = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

/** Asks by code file and code id: the server redirects to `…/<debug_file>/<debug_id>/<name>`. */
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

/** Null for a location that is no URL, or whose escapes are none. */
function identityIn(location: string, root: string) {
  try {
    const parts = new URL(location, `${root}/`).pathname.split('/').map(decodeURIComponent)
    return { debugFile: parts.at(-3) ?? '', debugId: parts.at(-2) ?? '' }
  } catch {
    return null
  }
}
