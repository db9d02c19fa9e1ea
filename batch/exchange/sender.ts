// Sends crash reports to an edge, with retries.
import { reasonOf } from '../../shared/errors.ts'
import { retry, type RetryOptions } from '../../shared/retry.ts'
import type { Millis } from '../../shared/units.ts'
import type { SubmissionRequest } from './client-requests.ts'

/** Retrying is safe: a report that is sent twice is stored once. */
const retryOptions: Partial<RetryOptions> = { attempts: 5, firstPause: 250, longestPause: 4000 }
const transientStatuses = new Set([429, 500, 502, 503, 504])
/** For one attempt, including the whole body and the response. */
const requestTimeout: Millis = 300_000

/** How to wait between attempts. */
export type SendWait = Partial<Pick<RetryOptions, 'sleep' | 'random'>>

/** The outcome of one report. */
export type SendResult =
  | { kind: 'accepted'; crashId: string }
  /** The edge refused it: `reason` as in `Discarded=<reason>`. */
  | { kind: 'refused'; status: number; reason: string }
  /** No usable response after all attempts. */
  | { kind: 'failed'; reason: string }

/** Posts one report; retries up to four times when the edge is unreachable or asks to try later. */
export async function sendReport(
  url: string,
  request: SubmissionRequest,
  wait: SendWait = {},
): Promise<SendResult> {
  try {
    return await retry(() => postReport(url, request), { ...retryOptions, ...wait })
  } catch (error) {
    return { kind: 'failed', reason: reasonOf(error) }
  }
}

/** Throws when another attempt may succeed. */
async function postReport(url: string, request: SubmissionRequest): Promise<SendResult> {
  const response = await fetch(url, {
    method: 'POST',
    headers: request.headers,
    body: request.chunked ? inChunks(request.body) : request.body,
    duplex: 'half',
    signal: AbortSignal.timeout(requestTimeout),
  } as RequestInit)
  const text = await response.text()
  if (transientStatuses.has(response.status))
    throw new Error(`the edge responded with status ${response.status}`)
  return readAnswer(response.status, text)
}

/** Parses `CrashID=bp-…` and `Discarded=…`. */
function readAnswer(status: number, text: string): SendResult {
  const id = /^CrashID=(?:bp-)?([0-9a-f-]{36})\s*$/m.exec(text)
  if (id && status < 400) return { kind: 'accepted', crashId: id[1]! }
  const discarded = /^Discarded=(\S+)/m.exec(text)
  if (discarded) return { kind: 'refused', status, reason: discarded[1]! }
  return { kind: 'failed', reason: `HTTP ${status}: ${text.slice(0, 200).trim() || 'no text'}` }
}

/** The body as a stream, which makes the request chunked. */
function inChunks(body: Uint8Array, size = 16_384): ReadableStream<Uint8Array> {
  let at = 0
  return new ReadableStream({
    pull(controller) {
      if (at >= body.length) return controller.close()
      controller.enqueue(body.subarray(at, at + size))
      at += size
    },
  })
}
