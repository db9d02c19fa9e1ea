// Forms with one file, as clients that upload send them.
import { concatBytes } from '../../../shared/bytes/concat.ts'
import { collectBytes } from '../../../shared/bytes/streams.ts'
import { isCrashError } from '../../../shared/errors.ts'
import { MultipartReader, type PartHead } from '../../../shared/report/body/multipart.ts'
import { Refusal } from '../../../shared/report/refusals.ts'
import { submissionBoundary } from '../../../shared/report/submission.ts'
import type { Storage } from '../../../shared/storage/storage.ts'
import { UploadRefused } from './refused.ts'
import { type Staged, stage } from './staged.ts'

export interface Form {
  /** The first value of each name. */
  fields: ReadonlyMap<string, string>
  /** The first file; `name` is that of its field, `filename` its own. */
  file: { name: string; filename: string; content: Staged } | null
}

const limits = { maxPartHeaderBytes: 16 * 1024, maxParts: 100 }
const maxFieldBytes = 64 * 1024

export const notAForm = (): UploadRefused =>
  new UploadRefused(400, 'Must be multipart form data with at least one file')

/**
 * Reads a form of either encoding. A file is staged, and must be removed.
 * @throws UploadRefused for any other body
 */
export async function readForm(
  request: Request,
  pieces: AsyncIterable<Uint8Array>,
  symbols: Storage,
): Promise<Form> {
  const type = request.headers.get('content-type') ?? ''
  if (/^application\/x-www-form-urlencoded\b/i.test(type)) {
    const text = new TextDecoder().decode(await collectField(pieces))
    return { fields: new Map([...new URLSearchParams(text)].reverse()), file: null }
  }
  const events = eventsOf(boundaryOf(type), pieces)
  const fields = new Map<string, string>()
  let file: Form['file'] = null
  try {
    for (;;) {
      const { done, value } = await events.next()
      if (done) return { fields, file }
      if (value.is !== 'part') continue
      const { name, filename } = value.head
      const content = contentOf(events)
      if (filename !== null && !file) file = { name, filename, content: await stage(content, symbols) }
      else if (filename !== null) for await (const _ of content);
      else {
        const text = new TextDecoder().decode(await collectField(content))
        if (!fields.has(name)) fields.set(name, text)
      }
    }
  } catch (error) {
    await file?.content.remove()
    throw error instanceof Refusal && !isTimeout(error)
      ? new UploadRefused(400, 'The multipart body is damaged, or ended early', { cause: error })
      : error
  }
}

const isTimeout = ({ reason }: Refusal) => reason === 'body_timeout'

function boundaryOf(contentType: string): string {
  try {
    return submissionBoundary(contentType)
  } catch (error) {
    throw error instanceof Refusal ? notAForm() : error
  }
}

async function collectField(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  async function* copies() {
    for await (const piece of pieces) yield piece.slice()
  }
  try {
    return concatBytes([await collectBytes(copies(), maxFieldBytes, 'A field')])
  } catch (error) {
    if (isCrashError(error) && error.code === 'limit') throw new UploadRefused(400, error.message)
    throw error
  }
}

type Event = { is: 'part'; head: PartHead } | { is: 'data'; bytes: Uint8Array } | { is: 'end' }

async function* eventsOf(
  boundary: string,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Event, undefined> {
  const events: Event[] = []
  const handler = {
    part: (head: PartHead) => void events.push({ is: 'part', head }),
    data: (bytes: Uint8Array) => void events.push({ is: 'data', bytes }),
    end: () => void events.push({ is: 'end' }),
  }
  const reader = new MultipartReader(boundary, handler, limits)
  for await (const piece of pieces) {
    reader.write(piece)
    yield* events.splice(0)
  }
  reader.finish()
  yield* events.splice(0)
}

/** The content of the current part. */
async function* contentOf(events: AsyncIterator<Event, undefined>): AsyncGenerator<Uint8Array> {
  for (;;) {
    const { done, value } = await events.next()
    if (done || value.is === 'end') return
    if (value.is === 'data') yield value.bytes
  }
}
