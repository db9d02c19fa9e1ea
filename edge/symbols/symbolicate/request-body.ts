// The whole body of a small request, within a size, a time and the memory budget.
import { concatBytes } from '../../../shared/bytes/concat.ts'
import type { Bytes } from '../../../shared/units.ts'
import type { EdgeDeps } from '../../deps.ts'
import { type Body, openBody } from '../../submit/body.ts'
import { type InFlight, limitBody } from '../../submit/in-flight.ts'

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
  const body = openBody(stream, { ...deps, timeoutMs: deps.config.bodyTimeoutMs })
  using _limits = limitBody(body, bounds)
  try {
    return await collect(body, maxBytes, (bytes) => bounds.share.hold(bytes))
  } catch (error) {
    if (deps.readsMustEnd) await body.settled().catch(() => {})
    throw error
  }
}

async function collect(
  body: Body,
  maxBytes: Bytes,
  hold: (bytes: Bytes) => void,
): Promise<Uint8Array | null> {
  const pieces: Uint8Array[] = []
  let length = 0
  for (let piece = await body.read(); piece; piece = await body.read()) {
    length += piece.length
    if (length > maxBytes) pieces.length = 0
    else pieces.push(piece.slice())
    hold(length > maxBytes ? 0 : 2 * length + body.heldBytes)
  }
  return length > maxBytes ? null : concatBytes(pieces)
}
