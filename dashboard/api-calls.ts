// Calls of the API of the edge that serves the dashboard.
import type { ApiRequest } from './model/reference/api-request.ts'

export interface ApiAnswer {
  status: number
  /** Those that matter to programs, in a fixed order. */
  headers: (readonly [name: string, value: string])[]
  /** Null for an answer that is not text. */
  text: string | null
  isJson: boolean
  /** Whether `text` is all of the answer. */
  isWhole: boolean
}

export type CallState =
  | { is: 'idle' }
  | { is: 'working' }
  | { is: 'failed'; message: string }
  | { is: 'done'; answer: ApiAnswer }

const shownHeaders = ['content-type', 'content-length', 'content-disposition', 'cache-control', 'retry-after']
/** Of an answer. The rest is not downloaded. */
export const maxShownBytes = 256 * 1024
/** A call ends after 30 s, and one that was passed on after 35 s. */
const timeoutSeconds = 45

/** @param signal cancels the call @throws Error with a message for the reader */
export async function callApi(
  { method, path, body }: ApiRequest,
  { token, signal }: { token: string; signal: AbortSignal },
): Promise<ApiAnswer> {
  const late = AbortSignal.timeout(timeoutSeconds * 1000)
  const headers = new Headers(body ? { 'content-type': body.type } : {})
  try {
    if (token !== '') headers.set('auth-token', token)
    const response = await fetch(path, {
      method,
      headers,
      body: body?.text ?? null,
      // The answer to one token must not be shown for another.
      cache: 'no-store',
      credentials: 'omit',
      signal: AbortSignal.any([late, signal]),
    })
    return await answerOf(response)
  } catch (error) {
    if (late.aborted) throw new Error(`No answer within ${timeoutSeconds} seconds.`)
    if (signal.aborted) throw new Error('Cancelled.')
    throw new Error(`The call failed: ${error instanceof Error ? error.message : String(error)}.`)
  }
}

async function answerOf(response: Response): Promise<ApiAnswer> {
  const type = response.headers.get('content-type') ?? ''
  const isText = /^(?:text\/|application\/(?:[\w.+-]*json|jsonl)\b)/i.test(type)
  const { bytes, isWhole } = await firstBytes(response, isText ? maxShownBytes : 0)
  return {
    status: response.status,
    headers: shownHeaders.flatMap((name) => {
      const value = response.headers.get(name)
      return value === null ? [] : [[name, value] as const]
    }),
    // A character that was cut in two is dropped.
    text: isText ? new TextDecoder().decode(bytes, { stream: !isWhole }) : null,
    isJson: /^application\/[\w.+-]*json\s*(?:;|$)/i.test(type),
    isWhole,
  }
}

/** Reads at most `max` bytes and lets the server stop. */
async function firstBytes(
  { body }: Response,
  max: number,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; isWhole: boolean }> {
  const bytes = new Uint8Array(max)
  let length = 0
  if (!body) return { bytes: bytes.subarray(0, 0), isWhole: true }
  const reader = body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return { bytes: bytes.subarray(0, length), isWhole: true }
    bytes.set(value.subarray(0, max - length), length)
    length += value.length
    if (length <= max) continue
    await reader.cancel()
    return { bytes: bytes.subarray(0, max), isWhole: false }
  }
}
