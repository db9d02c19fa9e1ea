// The stored report: canonical multipart/form-data in zstd frames, itself a valid submission.
import * as z from 'zod/mini'
import { ByteBuffer } from '../bytes/byte-buffer.ts'
import { concatBytes } from '../bytes/concat.ts'
import type { Pace } from '../codecs/body-decoder.ts'
import { type Codecs, eachZstdFrame, inflateZstd } from '../codecs/codecs.ts'
import type { CollectorMetadata, Dump, FileOrigin, RawCrash, StoredReport } from '../crash.ts'
import { CrashError } from '../errors.ts'
import { conform } from '../fields/shape.ts'
import { collectorMetadata } from '../fields/shapes.ts'
import { jsonSlices } from '../json/json-slices.ts'
import { readDocument } from '../json/schema.ts'
import type { Bytes } from '../units.ts'
import {
  boundaryDigits,
  boundaryPrefix,
  compressRest,
  type EncodedDump,
  freeRest,
  maxFrameBytes,
  partHeaders,
  replaceDelimiter,
  storedBoundary,
} from './body/encoded-dump.ts'
import { readOriginalNames } from './file-names.ts'
import { MultipartReader, type PartHandler, type PartHead } from './body/multipart.ts'

/** Name of the last part: annotations and collector data as one JSON object. */
export const rawCrashPart = 'raw_crash'
/** Content type of a stored object: zstd frames. The inflated content starts with `--` and its boundary. */
export const storedContentType = 'application/zstd'

const encoder = new TextEncoder()

/**
 * The bytes of the object, in pieces that need not be joined. Consumes the dumps: their memory is part of the object,
 * or free.
 */
export function encodeStoredReport(
  rawCrash: RawCrash,
  dumps: readonly EncodedDump[],
  codecs: Codecs,
): Uint8Array[] {
  const steps = encodeInSteps(rawCrash, dumps, codecs)
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

/** As `encodeStoredReport`, in slices: `pace` is called between them, and what it returns is waited for. */
export async function encodeStoredReportPaced(
  rawCrash: RawCrash,
  dumps: readonly EncodedDump[],
  { codecs, pace }: { codecs: Codecs; pace: Pace },
): Promise<Uint8Array[]> {
  const steps = encodeInSteps(rawCrash, dumps, codecs)
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
    await pace(value)
  }
}

/** Yields the bytes of each slice of work. */
function* encodeInSteps(
  rawCrash: RawCrash,
  dumps: readonly EncodedDump[],
  codecs: Codecs,
): Generator<Bytes, Uint8Array[]> {
  const boundary = dumps.some((dump) => dump.holdsBoundary) ? otherBoundary(dumps, codecs) : storedBoundary
  const delimiter = `--${boundary}`
  for (const dump of dumps) {
    if (boundary !== storedBoundary) replaceDelimiter(encoder.encode(delimiter), dump, codecs)
    if (dump === dumps.at(-1)) continue
    compressRest(dump, codecs)
    yield maxFrameBytes
  }
  // The rest of the last dump shares a frame with the raw crash.
  const last = dumps.at(-1)
  const rest = last?.rest ?? new ByteBuffer()
  const frames: Uint8Array[] = []
  for (const text of textsOfRawCrash(rawCrash, delimiter)) {
    rest.append(encoder.encode(text))
    yield text.length
    while (rest.length >= maxFrameBytes) frames.push(takeFrame(rest, codecs))
  }
  if (rest.length > 0) frames.push(codecs.compressZstd(rest.view()))
  if (last) freeRest(last)
  return [...dumps.flatMap((dump) => dump.frames), ...frames]
}

/** Compresses the first 160 KiB. */
function takeFrame(buffer: ByteBuffer, codecs: Codecs): Uint8Array {
  const frame = codecs.compressZstd(buffer.view().subarray(0, maxFrameBytes))
  const left = buffer.view(maxFrameBytes).slice()
  buffer.reset()
  buffer.append(left)
  return frame
}

/** The part of the raw crash, from its delimiter to the end of the body. */
function* textsOfRawCrash(rawCrash: RawCrash, delimiter: string): Generator<string> {
  const head = partHeaders(rawCrashPart, {
    filename: `${rawCrashPart}.json`,
    contentType: 'application/json',
  })
  yield delimiter + head.slice(delimiter.length)
  // A client may have sent a boundary of stored reports in an annotation.
  const marker = `--${boundaryPrefix}`
  for (const text of jsonSlices(rawCrash, marker)) {
    yield text.replaceAll(marker, `-\\u002d${boundaryPrefix}`)
  }
  yield `\r\n${delimiter}--\r\n`
}

/** A boundary that depends on all dumps, so that no dump can contain it. */
function otherBoundary(dumps: readonly EncodedDump[], codecs: Codecs): string {
  const hasher = codecs.createSha256()
  for (const dump of dumps) hasher.update(encoder.encode(dump.sha256hex))
  return boundaryPrefix + hasher.hex().slice(0, boundaryDigits)
}

const maxInflatedReport = 256 * 1024 * 1024
const generousParts = { maxPartHeaderBytes: 16 * 1024, maxParts: 1000 }

/**
 * Reads a stored report, including empty dumps.
 * @throws CrashError 'bad-report' when it is damaged, 'limit' when it inflates to more than `maxBytes` (256 MiB)
 */
export function readStoredReport(
  bytes: Uint8Array,
  codecs: Codecs,
  maxBytes = maxInflatedReport,
): StoredReport {
  const parts: StoredPart[] = []
  const reader = new StoredPartsReader(collectInto(parts))
  eachZstdFrame(bytes, codecs, maxBytes, (inflated) => reader.write(inflated))
  reader.finish()
  const last = parts.pop()
  if (last?.head.name !== rawCrashPart) {
    throw new CrashError('bad-report', `The stored report has no ${rawCrashPart} at its end`)
  }
  const rawCrash = parseRawCrash(concatBytes(last.chunks))
  const dumps: Dump[] = parts.map(({ head, chunks }) => ({ name: head.name, bytes: concatBytes(chunks) }))
  return { rawCrash, dumps, origins: originsOf(parts, rawCrash) }
}

/** Reads the parts of an inflated stored report, in pieces of any size. The last part is the raw crash. */
export class StoredPartsReader {
  private readonly handler: PartHandler
  private readonly start = new ByteBuffer(0)
  private reader: MultipartReader | null = null

  constructor(handler: PartHandler) {
    this.handler = handler
  }

  /** @throws CrashError 'bad-report', Refusal */
  write(bytes: Uint8Array): void {
    if (this.reader) {
      this.reader.write(bytes)
      return
    }
    if (this.start.length > 0 || bytes.length < firstLineBytes) this.start.append(bytes)
    const first = this.start.length > 0 ? this.start.view() : bytes
    if (first.length < firstLineBytes) return
    this.reader = new MultipartReader(boundaryOf(first), this.handler, generousParts)
    this.reader.write(first)
  }

  /** @throws CrashError 'bad-report', Refusal */
  finish(): void {
    if (this.reader) this.reader.finish()
    else if (this.start.length > 0) boundaryOf(this.start.view())
    else throw new CrashError('bad-report', 'The stored report is empty')
  }
}

interface StoredPart {
  head: PartHead
  chunks: Uint8Array[]
}

function originsOf(parts: readonly StoredPart[], rawCrash: RawCrash): Map<string, FileOrigin> {
  const originals = readOriginalNames(rawCrash.metadata)
  return new Map(
    parts.map(({ head: { name, filename, contentType } }) => [
      name,
      { part: originals.get(name) ?? name, filename, contentType },
    ]),
  )
}

function collectInto(parts: StoredPart[]): PartHandler {
  let chunks: Uint8Array[] = []
  return {
    part: (head) => {
      chunks = []
      parts.push({ head, chunks })
    },
    data: (chunk) => void chunks.push(chunk),
    end: () => {},
  }
}

const firstLineBytes = 2 + boundaryPrefix.length + boundaryDigits

/** The boundary in the first line of an inflated stored report. */
function boundaryOf(inflated: Uint8Array): string {
  const line = new TextDecoder('latin1').decode(inflated.subarray(0, firstLineBytes))
  if (line.length < firstLineBytes || !line.startsWith(`--${boundaryPrefix}`)) {
    throw new CrashError('bad-report', 'Not a stored report: its first line is not a boundary')
  }
  return line.slice(2)
}

function parseRawCrash(bytes: Uint8Array): RawCrash {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes))
  } catch (error) {
    throw new CrashError('bad-report', `The ${rawCrashPart} of the stored report is not JSON`, {
      cause: error,
    })
  }
  readDocument(rawCrashShape, value, {
    code: 'bad-report',
    prefix: `The ${rawCrashPart} of the stored report: `,
  })
  const rawCrash = value as RawCrash
  rawCrash.metadata = conform(rawCrash.metadata, collectorMetadata, 'full') as CollectorMetadata
  return rawCrash
}

/** The fields that the collector adds. Annotations are client data: `readDocument` checks the value, it does not copy it. */
const rawCrashShape = z.object({
  uuid: z.string(),
  submitted_timestamp: z.string(),
  version: z.literal(2),
  metadata: z.object({}),
})

/**
 * The multipart body of a stored object, with its Content-Type: for resubmission to a collector without zstd support.
 * @throws CrashError 'bad-report', 'limit'
 */
export function inflateStoredReport(
  bytes: Uint8Array,
  codecs: Codecs,
  maxBytes = maxInflatedReport,
): { body: Uint8Array; contentType: string } {
  const body = inflateZstd(bytes, codecs, maxBytes)
  return { body, contentType: `multipart/form-data; boundary=${boundaryOf(body)}` }
}

/**
 * Object metadata that repeats parts of the report, so that planning needs no reads; decoded by `readReportMetadata`.
 */
export interface ReportMetadata {
  product: string
  version: string
  channel: string
  /** Uncompressed bytes of all dumps. */
  dumpBytes: number
  dumpCount: number
}

const maxMetadataValue = 300

/** Metadata of the object: ASCII, each value at most 300 characters. */
export function storedMetadata(report: ReportMetadata): Record<string, string> {
  return {
    product: toAscii(report.product),
    version: toAscii(report.version),
    channel: toAscii(report.channel),
    'dump-bytes': String(report.dumpBytes),
    'dump-count': String(report.dumpCount),
  }
}

/** The decoded metadata; missing values are empty or 0. Values that were too long are truncated. */
export function readReportMetadata(metadata: Readonly<Record<string, string>>): ReportMetadata {
  return {
    product: fromAscii(metadata.product),
    version: fromAscii(metadata.version),
    channel: fromAscii(metadata.channel),
    dumpBytes: Number(metadata['dump-bytes'] ?? 0),
    dumpCount: Number(metadata['dump-count'] ?? 0),
  }
}

/** Percent-encodes characters that headers cannot contain, and truncates, never within an encoded character. */
function toAscii(text: string): string {
  let out = ''
  for (const character of text.toWellFormed()) {
    const encoded = /^[ -$&-~]$/.test(character) ? character : encodeURIComponent(character)
    if (out.length + encoded.length > maxMetadataValue) break
    out += encoded
  }
  return out.trim()
}

function fromAscii(text = ''): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
