// Posts JSON to a webhook: deadlines, retries, no redirects, and no secret in errors.
import { CrashError, isCrashError, reasonOf } from '../../../shared/errors.ts'
import { type Attempt, type RetryOptions, retry } from '../../../shared/retry.ts'
import { isPrivateHost } from '../../../shared/symbols/sources/redirects.ts'
import type { Millis } from '../../../shared/units.ts'
import { visible } from '../../../shared/text/visible.ts'

/** How to wait between attempts. */
export type SendWait = Partial<Pick<RetryOptions, 'sleep' | 'random'>>

/** One attempt, and all of them with their pauses. */
const attemptTimeout: Millis = 10_000
const timeout: Millis = 40_000
/** Characters of an answer in an error: receivers explain there what is wrong. */
const mostOfAnswer = 100

/** An answer that another attempt may change. */
class Transient extends Error {
  readonly wait: Millis

  constructor(message: string, wait: Millis) {
    super(message)
    this.wait = wait
  }
}

/**
 * @param id the same for the same message: receivers may use it to recognize one that arrives again
 * @throws CrashError 'storage' without path and query of the address, which are secret
 */
export async function postWebhook(
  target: string,
  { body, id }: { body: object; id: string },
  wait: SendWait = {},
): Promise<void> {
  const url = new URL(target)
  if (url.protocol !== 'https:' && !(await isPrivateHost(url.hostname)))
    throw new CrashError('storage', `${url.host} must have an https address: its path is secret`)
  const request = requestOf(url, { body, id })
  try {
    await retry((attempt) => postOnce(url, request, attempt), {
      ...{ attempts: 3, firstPause: 1000, longestPause: 20_000, timeout, ...wait },
      isTransient: (error) => !isCrashError(error),
      pauseAfter: (error) => (error instanceof Transient ? error.wait : 0),
    })
  } catch (error) {
    if (isCrashError(error)) throw error
    const why = error instanceof Transient ? error.message : `did not respond: ${reasonOf(error)}`
    throw new CrashError('storage', `${url.host} ${why}`)
  }
}

/** `user:password@` before the host becomes a header, which `fetch` requires. */
function requestOf(url: URL, { body, id }: { body: object; id: string }): RequestInit {
  const { username, password } = url
  url.username = ''
  url.password = ''
  const basic = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString(
    'base64',
  )
  return {
    method: 'POST',
    headers: {
      ...{ 'content-type': 'application/json', 'user-agent': 'mayday', 'idempotency-key': id },
      ...(username !== '' && { authorization: `Basic ${basic}` }),
    },
    body: JSON.stringify(body),
    redirect: 'manual',
  }
}

async function postOnce(url: URL, request: RequestInit, { remaining }: Attempt): Promise<void> {
  const limit = Math.max(1, Math.ceil(Math.min(attemptTimeout, remaining)))
  const response = await fetch(url, { ...request, signal: AbortSignal.timeout(limit) })
  if (response.ok) return void (await response.body?.cancel())
  const { status, headers } = response
  const answer = await startOf(response)
  if (status >= 300 && status < 400)
    throw new CrashError(
      'storage',
      `${url.host} redirects, which is not followed: use the address that it leads to`,
    )
  const said = `answered ${status}${answer === '' ? '' : ` (${answer})`}`
  if (status === 408 || status === 429 || status >= 500) throw new Transient(said, waitOf(headers))
  throw new CrashError('storage', `${url.host} ${said}`)
}

/** The first characters of an answer of any length. */
async function startOf({ body }: Response): Promise<string> {
  const reader = body?.getReader()
  if (!reader) return ''
  const { value } = await reader.read()
  await reader.cancel()
  const text = new TextDecoder().decode(value?.subarray(0, 4 * mostOfAnswer)).slice(0, mostOfAnswer)
  return visible(text.replace(/\s+/g, ' ').trim())
}

function waitOf(headers: Headers): Millis {
  const seconds = Number(headers.get('retry-after') ?? 0)
  return Number.isFinite(seconds) ? Math.max(0, seconds * 1000) : 0
}
