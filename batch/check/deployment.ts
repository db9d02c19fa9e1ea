// The deployment that is checked, over HTTP.
import * as z from 'zod/mini'
import { collectBytes } from '../../shared/bytes/streams.ts'
import { CrashError, reasonOf } from '../../shared/errors.ts'
import { check } from '../../shared/json/schema.ts'
import type { Bytes, Millis } from '../../shared/units.ts'

const timeout: Millis = 30_000
const maxBytes: Bytes = 8 * 1024 * 1024

export interface Answer {
  status: number
  headers: Headers
  text: string
}

export interface AskOptions {
  method?: string
  /** Sent as `Auth-Token`. */
  token?: string | null
  headers?: Readonly<Record<string, string>>
  body?: Uint8Array<ArrayBuffer> | string | FormData
}

export interface Deployment {
  /** Without a slash at its end. */
  url: string
  /** On this machine: what protects a public address does not apply. */
  isLocal: boolean
  /** @throws CrashError 'storage' when it does not respond within 30 s, 'limit' for an answer of more than 8 MiB */
  ask(path: string, options?: AskOptions): Promise<Answer>
}

/** @throws CrashError 'bad-usage' */
export function openDeployment(text: string): Deployment {
  const url = URL.canParse(text) ? new URL(text) : null
  const isPlain = url && url.pathname === '/' && !url.username && !url.search && !url.hash
  if (!isPlain || !/^https?:$/.test(url.protocol))
    throw new CrashError('bad-usage', `The URL must be one like https://crash.example.org, not '${text}'`)
  const root = url.origin
  return {
    url: root,
    isLocal: /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname),
    ask: (path, options = {}) => ask(`${root}${path}`, options),
  }
}

async function ask(url: string, { token, headers = {}, ...init }: AskOptions): Promise<Answer> {
  try {
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeout),
      headers: { 'user-agent': 'mayday check', ...headers, ...(token && { 'auth-token': token }) },
    })
    const bytes = await collectBytes(response.body ?? [], maxBytes, `The answer of ${url}`)
    return { status: response.status, headers: response.headers, text: new TextDecoder().decode(bytes) }
  } catch (cause) {
    if (cause instanceof CrashError) throw cause
    const late = cause instanceof Error && cause.name === 'TimeoutError'
    const why = late ? `no answer within ${timeout / 1000} s` : reasonOf(cause)
    throw new CrashError('storage', `${url} did not respond: ${why}`, { cause })
  }
}

/** The JSON of an answer with this shape; null for any other answer. */
export function jsonOf<T>({ text }: Answer, schema: z.ZodMiniType<T>): T | null {
  try {
    return check(schema, JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}

const described = z.object({ description: z.optional(z.string()), error: z.optional(z.string()) })

/** Status and reason of an answer, for a finding. */
export function summaryOf(answer: Answer): string {
  const problem = jsonOf(answer, described)
  const reason = problem?.description ?? problem?.error ?? answer.text.trim()
  const isPage = /^</.test(reason)
  return `status ${answer.status}${reason === '' || isPage ? '' : `: ${reason.slice(0, 200)}`}`
}
