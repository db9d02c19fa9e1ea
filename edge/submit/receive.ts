// Reads the body of a submission: headers, decoding, limits. Only the report itself is collected.
import { type BodyDecoder, createBodyDecoder, type Pace } from '../../shared/codecs/body-decoder.ts'
import type { Codecs } from '../../shared/codecs/codecs.ts'
import { contentEncoding } from '../../shared/codecs/content-encoding.ts'
import { addNote } from '../../shared/report/notes.ts'
import { Refusal, type SubmissionLimits } from '../../shared/report/refusals.ts'
import { type BodyOptions, type BodyReader, openBody, TimedOut } from './body.ts'
import type { Deadline } from '../lib/deadline.ts'
import { type MemoryReservation, Overloaded } from '../lib/memory-budget.ts'
import { startTimer } from '../lib/timer.ts'
import type { Turn } from '../lib/turns.ts'
import type { PartSeen, Submission } from '../../shared/report/report-builder.ts'
import type { ReadTools, ReportReader } from '../../shared/report/report-reader.ts'
import { openSubmission } from '../../shared/report/submission.ts'
import { unwrapDumps } from '../../shared/report/unwrap.ts'

export interface Received {
  submission: Submission
  wireBytes: number
  encoding: string | null
}

/** The body ended early: the client left. There is no one to respond to. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone'
}

export interface ReceiveOptions {
  /** How long a client may send nothing. */
  bodyTimeoutMs: number
  /** `EdgeDeps`; real ones by default. */
  clock?: BodyOptions['clock']
  startTimer?: BodyOptions['startTimer']
  /** `EdgeDeps` */
  minReadBytes?: number | undefined
  readsMustEnd?: boolean | undefined
  /** Counts the memory of the request, and allows evicting its client. */
  share?: MemoryReservation
  deadline?: Deadline
  /** Long work takes turns and is called between its slices, as in `InFlight`. */
  turn?: Turn
  pace?: Pace
  /** Called at the end of each part. */
  onPart?: (part: PartSeen) => void
  /** Opens the reader for the format of the body; by default that of /submit. */
  openReader?: OpenReader
}

/** Opens a reader according to the URL and headers of the request. @throws Refusal for an unsupported body */
export type OpenReader = (request: Request, tools: ReadTools) => ReportReader

/**
 * Reads a whole submission. When it is refused, the rest of the body is read and discarded, because many clients read
 * the response only after sending everything.
 * @throws Refusal, for a slow client TimedOut; Overloaded, also for an evicted client; ClientGone
 */
export async function receive(
  request: Request,
  codecs: Codecs,
  limits: SubmissionLimits,
  options: ReceiveOptions,
): Promise<Received> {
  if (!request.body) return read(request, undefined, codecs, limits, options)
  const { share, deadline } = options
  const body = openBody(request.body, {
    timeoutMs: options.bodyTimeoutMs,
    clock: options.clock ?? (() => performance.now()),
    startTimer: options.startTimer ?? startTimer,
    minReadBytes: options.minReadBytes,
  })
  share?.setClient({
    get lagMs() {
      return body.lagMs
    },
    evict: (reason) => void body.abandon(reason),
  })
  deadline?.onPass(() => body.abandon(new TimedOut('deadline')))
  try {
    return await read(request, body, codecs, limits, options)
  } catch (error) {
    if (error instanceof Refusal) share?.hold(0)
    if (error instanceof Refusal || error instanceof Overloaded) {
      await drain(body)
      if (options.readsMustEnd) await body.settled()
    }
    throw error
  } finally {
    share?.setClient(null)
    deadline?.onPass(null)
    body.release()
  }
}

async function read(
  request: Request,
  body: BodyReader | undefined,
  codecs: Codecs,
  limits: SubmissionLimits,
  options: ReceiveOptions,
): Promise<Received> {
  const { onPart, openReader = openSubmission } = options
  const { headers } = request
  const reader = openReader(request, { codecs, limits, onPart })
  const announced = headers.get('content-length')
  if (announced === '0' || !body) throw new Refusal('no_content_length')
  if (Number(announced) > limits.maxBodyBytes) throw new Refusal('body_too_large')
  const encoding = contentEncoding(headers.get('content-encoding'))
  const { turn, pace } = options
  const hold = (more: number) => options.share?.hold(reader.heldBytes + more)
  const decoder = createBodyDecoder(encoding, {
    codecs,
    limits,
    onOutput: (bytes) => reader.write(bytes),
    pace(bytes) {
      hold(body.heldBytes + decoder.heldBytes)
      return pace?.(bytes)
    },
  })
  try {
    await pump(body, decoder, { turn, onPiece: () => hold(body.heldBytes + decoder.heldBytes) })
    decoder.close()
    const { wireBytes, ignoredBytes } = decoder
    const maxBytes = Math.max(limits.ratioFreeBytes, wireBytes * limits.maxNestedRatio)
    const unwrapTools = { codecs, limits, maxBytes, onHold: hold, ...(pace && { pace }) }
    const submission = await unwrapDumps(reader.finish(), unwrapTools)
    hold(0)
    if (ignoredBytes > 0) addNote(submission.notes, ignoredNote(ignoredBytes))
    return { submission, wireBytes, encoding }
  } catch (error) {
    reader.free()
    throw error
  } finally {
    decoder.close()
    turn?.rest()
  }
}

const ignoredNote = (bytes: number) =>
  `ignored ${bytes} byte${bytes === 1 ? '' : 's'} after the compressed body`

interface PumpTools {
  turn: Turn | undefined
  onPiece: () => void
}

async function pump(body: BodyReader, decoder: BodyDecoder, { turn, onPiece }: PumpTools): Promise<void> {
  for (;;) {
    turn?.rest()
    const piece = await readFrom(body)
    if (!piece) break
    const pending = decoder.write(piece)
    if (pending) await pending
    onPiece()
  }
  if (decoder.wireBytes === 0) throw new Refusal('no_content_length')
  await decoder.end()
}

async function readFrom(body: BodyReader): Promise<Uint8Array | null> {
  try {
    return await body.read()
  } catch (error) {
    if (error instanceof Refusal || error instanceof Overloaded) throw error
    throw new ClientGone('The body ended early', { cause: error })
  }
}

/** To the end, however long: workerd resets the connection of a client whose body is left unread. */
async function drain(body: BodyReader): Promise<void> {
  try {
    while (await body.read());
  } catch {
    // The client left, or is too slow: it has its response or does not want it.
  }
}
