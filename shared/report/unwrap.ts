// Minidumps that came as gzip, or as a whole multipart body with the minidump in it: taken out of what is around them.
import { mainDumpName } from '../crash.ts'
import type { Codecs } from '../codecs/codecs.ts'
import { contentOf, DumpEncoder, type EncodedDump, freeDump } from './encoded-dump.ts'
import { Refusal, type SubmissionLimits } from './refusals.ts'
import type { Submission } from './report-builder.ts'
import { type ReportReader, readMultipart, submissionBoundary } from './submission.ts'

/** Wrappers within wrappers that are taken off. */
const maxLayers = 3

/** Told again and again how many bytes of memory are held beside the submission. */
type Hold = (bytes: number) => void

/** What all gzip of a submission may still inflate to, layers in between and what was given up included. */
interface Room {
  bytes: number
}

/**
 * The submission with its minidumps unwrapped; other files stay as they are, whatever they hold. Annotations found in a
 * wrapper are added where there is none of the name. What cannot be unwrapped within the limits stays as it came, with
 * a note.
 */
export async function unwrapDumps(
  submission: Submission,
  codecs: Codecs,
  limits: SubmissionLimits,
  onHold: Hold = () => {},
): Promise<Submission> {
  if (!submission.dumps.some(isWrapped)) return submission
  const annotations = new Map(submission.annotations)
  const notes = [...submission.notes]
  const dumps: EncodedDump[] = []
  const room = { bytes: limits.maxInflatedBytes }
  for (const wrapped of submission.dumps) {
    let dump = wrapped
    for (let layer = 0; layer < maxLayers && isWrapped(dump); layer++) {
      const inner = await unwrap(dump, codecs, limits, room, onHold)
      notes.push(`${inner ? 'unwrapped' : 'could not unwrap'} ${dump.wrapping}: ${dump.name}`)
      if (!inner) break
      freeDump(dump)
      dump = inner.dump
      for (const [name, value] of inner.annotations) if (!annotations.has(name)) annotations.set(name, value)
    }
    dumps.push(dump)
  }
  return { ...submission, annotations, notes, dumps }
}

const isWrapped = ({ name, wrapping }: EncodedDump) => wrapping !== null && name.startsWith(mainDumpName)

interface Inner {
  dump: EncodedDump
  annotations: ReadonlyMap<string, unknown>
}

/** What is inside; null when it cannot be had. */
async function unwrap(
  dump: EncodedDump,
  codecs: Codecs,
  limits: SubmissionLimits,
  room: Room,
  onHold: Hold,
): Promise<Inner | null> {
  try {
    return dump.wrapping === 'gzip'
      ? { dump: await gunzip(dump, codecs, limits, room, onHold), annotations: new Map() }
      : readBody(dump, codecs, limits, onHold)
  } catch (error) {
    if (error instanceof Refusal) return null
    throw error
  }
}

async function gunzip(
  dump: EncodedDump,
  codecs: Codecs,
  limits: SubmissionLimits,
  room: Room,
  onHold: Hold,
): Promise<EncodedDump> {
  const encoder = new DumpEncoder(dump.name, codecs)
  const most = Math.max(limits.ratioFreeBytes, dump.size * limits.maxRatio)
  let size = 0
  const inflater = codecs.createInflater('gzip', (bytes) => {
    size += bytes.length
    room.bytes -= bytes.length
    if (size > most || room.bytes < 0) throw new Refusal('inflated_body_too_large')
    encoder.append(bytes)
  })
  try {
    for (const piece of contentOf(dump, codecs)) {
      await asRefusal(inflater.write(piece))
      onHold(encoder.heldBytes)
    }
    await asRefusal(inflater.end())
  } catch (error) {
    inflater.abort()
    throw error
  }
  return encoder.finish()
}

async function asRefusal(work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal('bad_gzip', { cause: error })
  }
}

/** The minidump of an inner body: the file of its name, else the first; null when there is no file. */
function readBody(dump: EncodedDump, codecs: Codecs, limits: SubmissionLimits, onHold: Hold): Inner | null {
  let reader: ReportReader | undefined
  for (const piece of contentOf(dump, codecs)) {
    reader ??= readMultipart(submissionBoundary(contentTypeOfBody(piece)), { codecs, limits })
    reader.write(piece)
    onHold(reader.heldBytes)
  }
  const inner = reader?.finish({ bare: true })
  const found = inner?.dumps.find(({ name }) => name === dump.name) ?? inner?.dumps[0]
  return inner && found ? { dump: renamed(found, dump.name, codecs), annotations: inner.annotations } : null
}

/** The name stands in the stored form, too. */
function renamed(dump: EncodedDump, name: string, codecs: Codecs): EncodedDump {
  if (dump.name === name) return dump
  const encoder = new DumpEncoder(name, codecs)
  for (const piece of contentOf(dump, codecs)) encoder.append(piece)
  freeDump(dump)
  return encoder.finish()
}

/**
 * The Content-Type of a multipart body that came without one: its first line names the boundary. `body` may be its
 * beginning.
 */
export function contentTypeOfBody(body: Uint8Array): string {
  const line = new TextDecoder('latin1').decode(body.subarray(0, 200)).split(/\r?\n/, 1)[0]!
  return `multipart/form-data; boundary="${line.slice(2).trimEnd().replaceAll(/["\\]/g, '\\$&')}"`
}
