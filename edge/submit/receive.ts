// Reads the body of a submission: headers, decoding, limits. Only the report itself is collected.
import { type BodyDecoder, createBodyDecoder } from '../../shared/codecs/body-decoder.ts'
import { contentEncoding } from '../../shared/codecs/content-encoding.ts'
import { addNote } from '../../shared/report/notes.ts'
import { Refusal, type SubmissionLimits } from '../../shared/report/refusals.ts'
import type { PartSeen, Submission } from '../../shared/report/report-builder.ts'
import type { ReadTools, ReportReader } from '../../shared/report/report-reader.ts'
import { openSubmission } from '../../shared/report/submission.ts'
import { unwrapDumps } from '../../shared/report/body/unwrap.ts'
import type { Bytes } from '../../shared/units.ts'
import type { Config } from '../config.ts'
import type { EdgeDeps } from '../deps.ts'
import { Overloaded } from '../lib/memory-budget.ts'
import type { Turn } from '../lib/turns.ts'
import { type Body, openBody } from './body.ts'
import { type InFlight, limitBody } from './in-flight.ts'

export interface Received {
  submission: Submission
  wireBytes: number
  encoding: string | null
}

export interface ReceiveOptions
  extends InFlight,
    Pick<EdgeDeps, 'codecs' | 'clock' | 'startTimer' | 'minReadBytes' | 'readsMustEnd'> {
  config: Pick<Config, 'bodyTimeoutMs'>
  limits: SubmissionLimits
  /** Called at the end of each part. */
  onPart?: (part: PartSeen) => void
  /** Opens the reader for the format of the body; by default that of /submit. */
  openReader?: OpenReader | undefined
}

/** Opens a reader according to the URL and headers of the request. @throws Refusal for an unsupported body */
export type OpenReader = (request: Request, tools: ReadTools) => ReportReader

/**
 * Reads a whole submission. When it is refused, the rest of the body is read and discarded, because many clients read
 * the response only after sending everything.
 * @throws Refusal, for a slow client TimedOut; Overloaded, also for an evicted client; ClientGone
 */
export async function receive(request: Request, options: ReceiveOptions): Promise<Received> {
  if (!request.body) return read(request, null, options)
  const body = openBody(request.body, { ...options, timeoutMs: options.config.bodyTimeoutMs })
  using _limits = limitBody(body, options)
  try {
    return await read(request, body, options)
  } catch (error) {
    if (error instanceof Refusal) options.share.hold(0)
    if (error instanceof Refusal || error instanceof Overloaded) {
      await drain(body)
      if (options.readsMustEnd) await body.settled()
    }
    throw error
  }
}

async function read(request: Request, body: Body | null, options: ReceiveOptions): Promise<Received> {
  const { codecs, limits, share, turn, onPart, openReader = openSubmission } = options
  const reader = openReader(request, { codecs, limits, onPart })
  const announced = request.headers.get('content-length')
  if (announced === '0' || !body) throw new Refusal('no_content_length')
  if (Number(announced) > limits.maxBodyBytes) throw new Refusal('body_too_large')
  const encoding = contentEncoding(request.headers.get('content-encoding'))
  const holdAll = () => share.hold(reader.heldBytes + body.heldBytes + decoder.heldBytes)
  const decoder = createBodyDecoder(encoding, {
    codecs,
    limits,
    onOutput: (bytes) => reader.write(bytes),
    pace(bytes) {
      holdAll()
      return options.pace(bytes)
    },
  })
  try {
    await pump(body, decoder, { turn, onPiece: holdAll })
    decoder.close()
    return { submission: await finish(reader, decoder, options), wireBytes: decoder.wireBytes, encoding }
  } catch (error) {
    reader.free()
    throw error
  } finally {
    decoder.close()
    turn.rest()
  }
}

/** The submission, with its nested dumps unwrapped. */
async function finish(
  reader: ReportReader,
  { wireBytes, ignoredBytes }: BodyDecoder,
  { codecs, limits, share, pace }: ReceiveOptions,
): Promise<Submission> {
  const onHold = (more: Bytes) => share.hold(reader.heldBytes + more)
  const maxBytes = Math.max(limits.ratioFreeBytes, wireBytes * limits.maxNestedRatio)
  const submission = await unwrapDumps(reader.finish(), { codecs, limits, maxBytes, onHold, pace })
  onHold(0)
  if (ignoredBytes > 0) {
    const bytes = `${ignoredBytes} byte${ignoredBytes === 1 ? '' : 's'}`
    addNote(submission.notes, `ignored ${bytes} after the compressed body`)
  }
  return submission
}

interface PumpTools {
  turn: Turn
  onPiece: () => void
}

async function pump(body: Body, decoder: BodyDecoder, { turn, onPiece }: PumpTools): Promise<void> {
  for (;;) {
    turn.rest()
    const piece = await body.read()
    if (!piece) break
    const pending = decoder.write(piece)
    if (pending) await pending
    onPiece()
  }
  if (decoder.wireBytes === 0) throw new Refusal('no_content_length')
  await decoder.end()
}

/** To the end, however long: workerd resets the connection of a client whose body is left unread. */
async function drain(body: Body): Promise<void> {
  try {
    while (await body.read());
  } catch {
    // The client left, or is too slow: it has its response or does not want it.
  }
}
