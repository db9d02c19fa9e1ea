// Unwraps minidumps that were sent compressed, or inside a multipart body.

import { type Format, lengthOfEmptyLines } from '../../bytes/format.ts'
import { createBodyDecoder, type Pace } from '../../codecs/body-decoder.ts'
import type { Codecs } from '../../codecs/codecs.ts'
import {
  contentOf,
  DumpEncoder,
  type EncodedDump,
  freeDump,
  isWrappedMinidump,
  retitle,
} from './encoded-dump.ts'
import { nameFiles } from '../file-names.ts'
import { addNote } from '../notes.ts'
import { Refusal, type SubmissionLimits } from '../refusals.ts'
import { requireContent, type Submission } from '../report-builder.ts'
import type { ReportReader } from '../report-reader.ts'
import { readMultipart, submissionBoundary } from '../submission.ts'

/** Maximum number of nested wrappers to remove. */
const maxLayers = 3

export interface UnwrapTools {
  codecs: Codecs
  limits: SubmissionLimits
  /** Called repeatedly with the memory held in addition to the submission, in bytes. */
  onHold?: (bytes: number) => void
  /** What all files may inflate to together; the limit of a body unless set. */
  maxBytes?: number
  /** Called between slices of work with their size in bytes; its promise is awaited. */
  pace?: Pace
}

/** Limit of the inflated size of all files of a submission, including intermediate layers and failed attempts. */
interface InflateAllowance {
  /** Remaining bytes. */
  bytes: number
  /** Bytes of memory held by unwrapped files. */
  held: number
}

/**
 * Completes a submission: unwraps its minidumps and names its files. Other files stay unchanged. Other files inside a
 * wrapper are added, and so are its annotations, unless the submission has one of the name. A minidump that cannot be
 * unwrapped within the limits stays unchanged, and a note reports it.
 * @throws Refusal as `requireContent`
 */
export async function unwrapDumps(submission: Submission, tools: UnwrapTools): Promise<Submission> {
  if (!submission.dumps.some(isWrappedMinidump)) return submission
  const whole: Whole = {
    ...submission,
    annotations: new Map(submission.annotations),
    replaced: new Map(submission.replaced),
    notes: [...submission.notes],
    dumps: [...submission.dumps],
  }
  const bytes = Math.min(tools.limits.maxInflatedBytes, tools.maxBytes ?? Number.POSITIVE_INFINITY)
  const room: InflateAllowance = { bytes, held: 0 }
  const queue = submission.dumps.map((dump) => ({ dump, layer: 0 }))
  for (const { dump, layer } of queue) {
    if (layer === maxLayers || !isWrappedMinidump(dump)) continue
    const { format } = dump
    const inner = await unwrap(dump, format, room, tools)
    const fits = inner && whole.dumps.length + inner.dumps.length <= tools.limits.maxFiles
    addNote(whole.notes, `${fits ? 'unwrapped' : 'could not unwrap'} ${format}: ${dump.name}`)
    if (inner && !fits) [inner.dump, ...inner.dumps].forEach(freeDump)
    if (!inner || !fits) continue
    mergeInto(whole, dump, inner, tools.codecs)
    queue.push(...[dump, ...inner.dumps].map((next) => ({ dump: next, layer: layer + 1 })))
  }
  nameFiles(whole.dumps, tools.codecs)
  requireContent(whole)
  return whole
}

/** The submission being completed. */
type Whole = Submission & { annotations: Map<string, unknown> }

/** The content of a wrapper: the minidump, and the other parts of a body. */
type WrapperContent = Pick<Submission, 'annotations' | 'replaced' | 'notes' | 'dumps' | 'payload'> & {
  dump: EncodedDump
}

/** The unwrapped file keeps position, name and origin of the wrapped one. */
function mergeInto(whole: Whole, wrapped: EncodedDump, inner: WrapperContent, codecs: Codecs): void {
  freeDump(wrapped)
  const { name, origin } = wrapped
  retitle(inner.dump, { name, origin }, codecs)
  Object.assign(wrapped, inner.dump)
  whole.dumps.push(...inner.dumps)
  if (inner.payload === 'json') whole.payload = 'json'
  for (const note of inner.notes) addNote(whole.notes, note)
  for (const [key, value] of inner.replaced) whole.replaced.set(key, value)
  for (const [key, value] of inner.annotations) {
    if (!whole.annotations.has(key)) whole.annotations.set(key, value)
    else if (whole.annotations.get(key) !== value) whole.replaced.set(key, value)
  }
}

/** Compressed data has no other parts. */
const nothingBeside = (): Omit<WrapperContent, 'dump' | 'notes'> => ({
  annotations: new Map(),
  replaced: new Map(),
  dumps: [],
  payload: 'multipart',
})

/** The content; null when it cannot be read. */
async function unwrap(
  dump: EncodedDump,
  format: Format | null,
  room: InflateAllowance,
  tools: UnwrapTools,
): Promise<WrapperContent | null> {
  try {
    if (format === 'multipart') return await readBody(dump, room, tools)
    if (format !== 'gzip' && format !== 'zstd') return null
    const { inflated, ignoredBytes } = await inflate(dump, format, room, tools)
    const notes = ignoredBytes > 0 ? [`ignored ${ignoredBytes} bytes after ${format}: ${dump.name}`] : []
    return { ...nothingBeside(), dump: inflated, notes }
  } catch (error) {
    if (error instanceof Refusal) return null
    throw error
  }
}

async function inflate(
  dump: EncodedDump,
  encoding: 'gzip' | 'zstd',
  room: InflateAllowance,
  { codecs, limits, onHold = () => {}, pace }: UnwrapTools,
): Promise<{ inflated: EncodedDump; ignoredBytes: number }> {
  const encoder = new DumpEncoder(dump.name, codecs, dump.origin)
  const decoder = createBodyDecoder(encoding, {
    codecs,
    limits: { ...limits, maxBodyBytes: dump.size, maxInflatedBytes: room.bytes },
    onOutput: (bytes) => {
      room.bytes -= bytes.length
      encoder.append(bytes)
    },
    pace(bytes) {
      onHold(room.held + decoder.heldBytes + encoder.heldBytes)
      return pace?.(bytes)
    },
  })
  try {
    for (const piece of contentOf(dump, codecs)) await decoder.write(piece)
    await decoder.end()
    room.held += encoder.heldBytes
    return { inflated: encoder.finish(), ignoredBytes: decoder.ignoredBytes }
  } catch (error) {
    encoder.free()
    throw error
  } finally {
    decoder.close()
  }
}

/**
 * Reads an inner body. Its minidump is the file of the same name, else a minidump, else the first file; null without
 * files.
 */
async function readBody(
  dump: EncodedDump,
  room: InflateAllowance,
  { codecs, limits, onHold = () => {}, pace }: UnwrapTools,
): Promise<WrapperContent | null> {
  let reader: ReportReader | undefined
  try {
    for (const piece of contentOf(dump, codecs)) {
      reader ??= readMultipart(submissionBoundary(contentTypeOfBody(piece)), { codecs, limits })
      reader.write(piece)
      onHold(room.held + reader.heldBytes)
      await pace?.(piece.length)
    }
    const inner = reader?.finish({ bare: true })
    const candidates = inner?.dumps ?? []
    const found =
      candidates.find(({ name }) => name === dump.name) ??
      candidates.find(({ format }) => format === 'minidump') ??
      candidates[0]
    if (reader && inner && found) {
      room.held += reader.heldBytes
      return { ...inner, dump: found, dumps: candidates.filter((candidate) => candidate !== found) }
    }
    reader?.free()
    return null
  } catch (error) {
    reader?.free()
    throw error
  }
}

/**
 * The Content-Type of a multipart body that has none: its first non-empty line contains the boundary. `body` may be
 * just the start.
 */
export function contentTypeOfBody(body: Uint8Array): string {
  const start = lengthOfEmptyLines(body)
  const line = new TextDecoder('latin1').decode(body.subarray(start, start + 200)).split(/\r?\n/, 1)[0]!
  return `multipart/form-data; boundary="${line.slice(2).trimEnd().replaceAll(/["\\]/g, '\\$&')}"`
}
