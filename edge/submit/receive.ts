// Reads the body of a submission from the wire: headers, decoding, limits. Nothing is gathered but the report itself.
import { type BodyDecoder, createBodyDecoder } from '../../shared/codecs/body-decoder.ts'
import type { Codecs } from '../../shared/codecs/codecs.ts'
import { contentEncoding } from '../../shared/codecs/content-encoding.ts'
import { addNote } from '../../shared/report/notes.ts'
import { Refusal, type SubmissionLimits } from '../../shared/report/refusals.ts'
import { type BodyReader, openBody } from './body.ts'
import { Overloaded, type Share } from '../lib/memory-budget.ts'
import type { PartSeen, Submission } from '../../shared/report/report-builder.ts'
import type { ReadTools, ReportReader } from '../../shared/report/report-reader.ts'
import { openSubmission } from '../../shared/report/submission.ts'
import { unwrapDumps } from '../../shared/report/unwrap.ts'

export interface Received {
  submission: Submission
  wireBytes: number
  encoding: string | null
}

/** The body broke off: the client went away. There is nobody to answer. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone'
}

/** What reading a request takes beside the report: chunks, the inflater's windows. */
const bufferBytes = 256 * 1024

export interface ReceiveOptions {
  /** How long a body may bring nothing. */
  bodyTimeoutMs: number
  /** `EdgeDeps` */
  readsMustEnd?: boolean | undefined
  /** Told how much memory the report holds, again and again. */
  share?: Share
  /** Told of every part that arrives. */
  onPart?: (part: PartSeen) => void
  /** Opens the reader for the format of the body; that of /submit unless set. */
  openReader?: OpenReader
}

/** Opens a reader as URL and headers of the request announce the body. @throws Refusal when they do not */
export type OpenReader = (request: Request, tools: ReadTools) => ReportReader

/**
 * Reads a whole submission. When it is refused or turned away, the rest of the body is read and dropped, because many
 * clients read the answer only after they have sent everything.
 * @throws Refusal; Overloaded; ClientGone
 */
export async function receive(
  request: Request,
  codecs: Codecs,
  limits: SubmissionLimits,
  options: ReceiveOptions,
): Promise<Received> {
  const body = request.body ? openBody(request.body, options.bodyTimeoutMs) : undefined
  try {
    return await read(request, body, codecs, limits, options)
  } catch (error) {
    if (body && (error instanceof Refusal || error instanceof Overloaded)) {
      options.share?.release()
      await drain(body)
      if (options.readsMustEnd) await body.settled()
    }
    throw error
  } finally {
    body?.release()
  }
}

async function read(
  request: Request,
  body: BodyReader | undefined,
  codecs: Codecs,
  limits: SubmissionLimits,
  { share, onPart, openReader = openSubmission }: ReceiveOptions,
): Promise<Received> {
  const { headers } = request
  const reader = openReader(request, { codecs, limits, onPart })
  const announced = headers.get('content-length')
  if (announced === '0' || !body) throw new Refusal('no_content_length')
  if (Number(announced) > limits.maxBodyBytes) throw new Refusal('body_too_large')
  const encoding = contentEncoding(headers.get('content-encoding'))
  const decoder = createBodyDecoder(encoding, { codecs, limits, onOutput: (bytes) => reader.write(bytes) })
  try {
    await pump(body, decoder, () => share?.hold(reader.heldBytes + bufferBytes))
    const onHold = (bytes: number) => share?.hold(reader.heldBytes + bytes)
    const submission = await unwrapDumps(reader.finish(), { codecs, limits, onHold })
    const { wireBytes, ignoredBytes } = decoder
    if (ignoredBytes > 0) addNote(submission.notes, ignoredNote(ignoredBytes))
    return { submission, wireBytes, encoding }
  } catch (error) {
    reader.free()
    throw error
  } finally {
    decoder.close()
  }
}

const ignoredNote = (bytes: number) =>
  `ignored ${bytes} byte${bytes === 1 ? '' : 's'} after the compressed body`

async function pump(body: BodyReader, decoder: BodyDecoder, onProgress: () => void): Promise<void> {
  for (;;) {
    const piece = await readFrom(body)
    if (!piece) break
    const pending = decoder.write(piece)
    if (pending) await pending
    onProgress()
  }
  if (decoder.wireBytes === 0) throw new Refusal('no_content_length')
  await decoder.end()
}

async function readFrom(body: BodyReader): Promise<Uint8Array | null> {
  try {
    return await body.read()
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw new ClientGone('The body broke off', { cause: error })
  }
}

/** To the end, however long: workerd resets the connection of a client whose body is left unread. */
async function drain(body: BodyReader): Promise<void> {
  try {
    while (await body.read());
  } catch {
    // The client went away, or nothing comes any more: it has its answer or does not want it.
  }
}
