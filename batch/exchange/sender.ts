// Sends crash reports to an edge: many at once on kept connections, with bounded patience.
import { setTimeout as sleep } from 'node:timers/promises'
import type { SubmissionRequest } from './client-requests.ts'

const attempts = 5
const firstWaitMs = 250
const longestWaitMs = 4000
/** Answers that say "not now": sent again, because a report that is sent twice is stored once. */
const transient = new Set([429, 500, 502, 503, 504])

/** What became of one report. */
export type SendResult =
  | { kind: 'accepted'; crashId: string }
  /** The edge answered and does not want it: `reason` as in `Discarded=<reason>`. */
  | { kind: 'refused'; status: number; reason: string }
  /** No usable answer after every attempt. */
  | { kind: 'failed'; reason: string }

/** Posts one report; tries again, at most four times, when the edge is unreachable or says "not now". */
export async function sendReport(url: string, request: SubmissionRequest): Promise<SendResult> {
  let last: SendResult = { kind: 'failed', reason: 'not sent' }
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (attempt) await sleep(Math.min(longestWaitMs, firstWaitMs * 2 ** (attempt - 1)))
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: request.headers,
        body: request.chunked ? inChunks(request.body) : request.body,
        duplex: 'half',
      } as RequestInit)
      const text = await response.text()
      if (!transient.has(response.status)) return readAnswer(response.status, text)
      last = { kind: 'failed', reason: `the edge answered ${response.status}` }
    } catch (error) {
      last = { kind: 'failed', reason: reasonOf(error) }
    }
  }
  return last
}

/** Understands `CrashID=bp-…` and `Discarded=…`. */
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

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message || cause.name : String(cause)
}

/**
 * Runs `work` over `items`, at most `limit` at once, and yields the results in the order of the items.
 * An error of `work` surfaces when its turn comes.
 */
export async function* mapConcurrent<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<R>,
): AsyncGenerator<R> {
  const running: Promise<R>[] = []
  let next = 0
  const start = () => {
    const result = work(items[next]!, next++)
    result.catch(() => {}) // it is awaited below, in its turn
    running.push(result)
  }
  while (next < items.length && running.length < limit) start()
  while (running.length) {
    const result = await running.shift()!
    if (next < items.length) start()
    yield result
  }
}
