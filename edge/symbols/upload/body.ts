// The body of an upload: read at the pace of its client, within limits of time, size and memory.
import type { Bytes, Millis } from '../../../shared/units.ts'
import type { EdgeDeps } from '../../deps.ts'
import { startDeadline } from '../../lib/deadline.ts'
import { type Body, openBody, TimedOut } from '../../submit/body.ts'
import { UploadRefused } from './refused.ts'

/** What one upload needs: parts that are being written, and blocks that are being compressed. */
const heldBytes: Bytes = 24 * 1024 * 1024

const open = (request: Request, deps: EdgeDeps): Body | null =>
  request.body && openBody(request.body, { ...deps, timeoutMs: deps.config.bodyTimeoutMs })

/**
 * Runs the work of one upload. `pieces` are the body's; each is valid until the next one is requested. What the work
 * leaves of the body is read and discarded.
 * @throws Overloaded, TimedOut, ClientGone, UploadRefused for a body that is too large; errors of the work
 */
export async function withBody<T>(
  request: Request,
  deps: EdgeDeps,
  work: (pieces: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  const share = deps.budget.open()
  const body = open(request, deps)
  const late = () => new TimedOut('deadline')
  const deadline = startDeadline(deps.config.symbolUploadTimeoutMs, deps.startTimer, late)
  deadline.onPass(() => body?.abandon(late()) ?? false)
  try {
    share.hold(heldBytes)
    return await deadline.over(work(body ? piecesOf(body, request, maxBytesOf(deps)) : none()))
  } finally {
    if (body) await drain(body, deps)
    deadline.end()
    share.release()
  }
}

async function* none(): AsyncGenerator<Uint8Array> {}

async function* piecesOf(body: Body, request: Request, maxBytes: Bytes): AsyncGenerator<Uint8Array> {
  const tooLarge = () =>
    new UploadRefused(
      413,
      `The upload has more than ${maxBytes} bytes. Split it, or send its files one by one: POST /upload/v2/`,
    )
  if (Number(request.headers.get('content-length')) > maxBytes) throw tooLarge()
  let size = 0
  for (;;) {
    const piece = await body.read()
    if (!piece) return
    size += piece.length
    if (size > maxBytes) throw tooLarge()
    yield piece
  }
}

/** How long a body that no one needs is read. */
const maxDrainMs: Millis = 300_000

/** Reads and discards the body of a request if nothing else has begun to read it. */
export async function drainUnread(request: Request, deps: EdgeDeps): Promise<void> {
  const body = request.bodyUsed ? null : open(request, deps)
  if (body) await drain(body, deps)
}

/**
 * To the end, because most clients read the answer only after sending everything, and a runtime resets the connection of
 * a client whose body is left unread. Only a body that is larger than any upload may be is cut off, or one that takes
 * longer than `maxDrainMs`.
 */
async function drain(body: Body, deps: EdgeDeps): Promise<void> {
  const late = () => new TimedOut('deadline')
  const deadline = startDeadline(maxDrainMs, deps.startTimer, late)
  deadline.onPass(() => body.abandon(late()))
  let left = maxBytesOf(deps)
  try {
    for (let piece = await body.read(); piece && left > 0; piece = await body.read()) left -= piece.length
  } catch {
    // The client left, or is too slow: it has its answer or does not want it.
  }
  deadline.end()
  if (deps.readsMustEnd) await body.settled()
  body.release()
}

const maxBytesOf = ({ config }: EdgeDeps): Bytes => config.symbolUploadMb * 1024 * 1024
