// The whole body of a small request, within a size, a time and the memory budget.
import { concatBytes } from '../../../shared/bytes/concat.ts'
import type { Bytes } from '../../../shared/units.ts'
import type { EdgeDeps } from '../../deps.ts'
import { Overloaded } from '../../lib/memory-budget.ts'
import { type Body, openBody, TimedOut } from '../../submit/body.ts'
import type { InFlight } from '../../submit/in-flight.ts'
import { ClientGone } from '../../submit/receive.ts'

/**
 * The body; null for one of more than `maxBytes`, which is read to its end, because clients read the response after
 * sending everything.
 * @throws TimedOut, Overloaded, ClientGone
 */
export async function readBody(
  { body: stream }: Request,
  maxBytes: Bytes,
  { deps, bounds }: { deps: EdgeDeps; bounds: InFlight },
): Promise<Uint8Array | null> {
  if (!stream) return new Uint8Array(0)
  const { share, deadline } = bounds
  const body = openBody(stream, { ...deps, timeoutMs: deps.config.bodyTimeoutMs })
  share.setClient({
    get lagMs() {
      return body.lagMs
    },
    evict: (reason) => void body.abandon(reason),
  })
  deadline.onPass(() => body.abandon(new TimedOut('deadline')))
  try {
    return await collect(body, maxBytes, (bytes) => share.hold(bytes))
  } catch (error) {
    if (deps.readsMustEnd) await body.settled().catch(() => {})
    throw error
  } finally {
    share.setClient(null)
    deadline.onPass(null)
    body.release()
  }
}

async function collect(
  body: Body,
  maxBytes: Bytes,
  hold: (bytes: Bytes) => void,
): Promise<Uint8Array | null> {
  const pieces: Uint8Array[] = []
  let length = 0
  for (let piece = await next(body); piece; piece = await next(body)) {
    length += piece.length
    if (length > maxBytes) pieces.length = 0
    else pieces.push(piece.slice())
    hold(length > maxBytes ? 0 : 2 * length + body.heldBytes)
  }
  return length > maxBytes ? null : concatBytes(pieces)
}

async function next(body: Body): Promise<Uint8Array | null> {
  try {
    return await body.read()
  } catch (error) {
    if (error instanceof TimedOut || error instanceof Overloaded) throw error
    throw new ClientGone('The body ended early', { cause: error })
  }
}
