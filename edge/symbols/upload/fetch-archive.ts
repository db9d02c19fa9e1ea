// Archives that the server fetches itself. Only from hosts that the operator allows, also behind redirects.
import { isCrashError, reasonOf } from '../../../shared/errors.ts'
import { retry } from '../../../shared/retry.ts'
import type { SymbolServer } from '../context.ts'
import { UploadRefused } from './refused.ts'
import { type Staged, stage } from './staged.ts'

const maxRedirects = 5
const headTimeoutMs = 5000

export interface FetchedArchive {
  name: string
  content: Staged
  urls: string[]
}

/** @throws UploadRefused with the texts of Tecken (tecken/upload/forms.py) */
export async function fetchArchive(text: string, server: SymbolServer): Promise<FetchedArchive> {
  const urls = await followRedirects(text, server)
  const { config, stores } = server.deps
  const last = urls.at(-1)!
  const response = await request(last, { method: 'GET', timeoutMs: config.symbolUploadTimeoutMs })
  const { body, status } = response
  if (status !== 200 || !body) {
    await body?.cancel()
    throw new UploadRefused(400, `non-200 status code when retrieving ${last}`)
  }
  try {
    const content = await stage(bounded(body, config.symbolUploadMb * 1024 * 1024, last), stores.symbols)
    return { name: new URL(urls[0]!).pathname.split('/').at(-1)!, content, urls }
  } catch (cause) {
    if (isCrashError(cause) || cause instanceof UploadRefused) throw cause
    throw new UploadRefused(500, `ConnectionError trying to open ${last}`, { cause })
  }
}

async function* bounded(body: ReadableStream<Uint8Array>, maxBytes: number, url: string) {
  let size = 0
  for await (const piece of body) {
    size += piece.length
    if (size > maxBytes) throw new UploadRefused(400, `${url} has more than ${maxBytes} bytes`)
    yield piece
  }
}

/** The URL, then those it redirects to. */
async function followRedirects(text: string, server: SymbolServer): Promise<string[]> {
  const urls: string[] = []
  let next = text.trim()
  for (;;) {
    const url = allowedUrl(next, server)
    urls.push(url)
    if (urls.length > maxRedirects + 1)
      throw new UploadRefused(400, `Too many redirects trying to open ${urls[0]}`)
    const response = await request(url, { method: 'HEAD', timeoutMs: headTimeoutMs })
    const { status } = response
    if (status >= 500) throw new UploadRefused(500, `${url} errored (${status})`)
    if (status >= 400) throw new UploadRefused(400, `${url} can't be found (${status})`)
    const location = response.headers.get('location')
    if (status < 300 || location === null) return urls
    next = URL.canParse(location, url) ? new URL(location, url).href : location
  }
}

/** @throws UploadRefused unless the operator allows the host */
function allowedUrl(text: string, { deps }: SymbolServer): string {
  if (!URL.canParse(text) || !/^[a-z]+:\/\/[^/]/i.test(text))
    throw new UploadRefused(400, 'Enter a valid URL.')
  const url = new URL(text)
  const { symbolUploadHosts: hosts } = deps.config
  if (hosts.includes(url.origin)) return text
  if (url.protocol !== 'https:') throw new UploadRefused(400, 'Insecure URL')
  if (!hosts.includes(url.hostname))
    throw new UploadRefused(400, `Not an allowed domain ('${url.hostname}') to download from.`)
  return text
}

class Transient extends Error {}

/** Retried after 429, 500 and failed connections. */
async function request(
  url: string,
  { method, timeoutMs }: { method: string; timeoutMs: number },
): Promise<Response> {
  const attempt = async () => {
    const signal = AbortSignal.timeout(timeoutMs)
    const response = await fetch(url, { method, redirect: 'manual', signal })
    if (response.status !== 429 && response.status !== 500) return response
    await response.body?.cancel()
    throw new Transient(`${response.status}`)
  }
  try {
    return await retry(attempt, { isTransient: () => true })
  } catch (cause) {
    const what = cause instanceof Transient ? 'RetryError' : 'ConnectionError'
    throw new UploadRefused(500, `${what} trying to open ${url}`, { cause: reasonOf(cause) })
  }
}
