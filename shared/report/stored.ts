// The stored report: canonical multipart/form-data in zstd frames, itself a submission that can be sent again.
import type { Dump, RawCrash, StoredReport } from '../crash.ts'
import { CrashError, isCrashError } from '../errors.ts'
import { ByteBuffer, freeBytes, joinBytes } from './byte-buffer.ts'
import { ByteSearch } from './byte-search.ts'
import { type Codecs, eachZstdFrame, inflateZstd } from './codecs.ts'
import { MultipartReader } from './multipart.ts'

/** Name of the last part: annotations and collector data as one JSON object. */
export const rawCrashPart = 'raw_crash'
/** Content type of a stored object: zstd frames. What is inside begins with `--` and its boundary. */
export const storedContentType = 'application/zstd'

const boundaryPrefix = 'mayday-stored-report-'
const boundaryDigits = 24
/** The boundary of every stored report whose files do not contain it. */
export const storedBoundary = boundaryPrefix + '0'.repeat(boundaryDigits)

/** A frame of so much of a minidump comes out small enough for every runtime (`codecs.node.ts`). */
const frameBytes = 128 * 1024
const encoder = new TextEncoder()
const lineBreak = encoder.encode('\r\n')

/** A file of a report, held in its stored form. */
export interface EncodedDump {
  /** Sanitised. */
  name: string
  /** Bytes of the file as received. */
  size: number
  sha256hex: string
  /** zstd frames of the part: delimiter, headers, content, line break. The first begins with the delimiter. */
  frames: Uint8Array[]
  /** Bytes of all frames. */
  storedSize: number
  /** The content contains the usual boundary, so that the report needs another. */
  holdsBoundary: boolean
  /** What the content looks like instead of being a dump itself. */
  wrapping: Wrapping | null
}

export type Wrapping = 'gzip' | 'multipart'

function wrappingOf([first, second]: Uint8Array): Wrapping | null {
  if (first === 0x1f && second === 0x8b) return 'gzip'
  return first === 0x2d && second === 0x2d ? 'multipart' : null
}

/** Buffers of encoders that have finished, for the next ones: clearing memory costs more than using it. */
const spareBuffers: ByteBuffer[] = []
const maxSpareBuffers = 8

/** Hashes and compresses one file while it arrives: at most 128 KiB of it are ever held uncompressed. */
export class DumpEncoder {
  private readonly name: string
  private readonly codecs: Codecs
  private readonly hasher
  private readonly search = new ByteSearch(encoder.encode(storedBoundary))
  private readonly buffer = spareBuffers.pop() ?? new ByteBuffer(frameBytes + lineBreak.length)
  private readonly frames: Uint8Array[] = []
  private contentStart: number
  private size = 0
  private storedSize = 0
  private holdsBoundary = false
  private wrapping: Wrapping | null = null

  /** `name`: sanitised, `[A-Za-z0-9_]`. */
  constructor(name: string, codecs: Codecs) {
    this.name = name
    this.codecs = codecs
    this.hasher = codecs.createSha256()
    this.buffer.append(encoder.encode(headersOf(name)))
    this.contentStart = this.buffer.length
  }

  /** Bytes of memory the file takes so far. */
  get heldBytes(): number {
    return this.storedSize + this.buffer.length
  }

  append(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const piece = bytes.subarray(at, at + frameBytes - this.buffer.length)
      this.buffer.append(piece)
      this.size += piece.length
      at += piece.length
      if (this.buffer.length >= frameBytes) this.flush()
    }
  }

  /** The whole file; ends the encoder. */
  finish(): EncodedDump {
    this.takeIn()
    this.buffer.append(lineBreak)
    this.emit()
    this.keepBuffer()
    return {
      name: this.name,
      size: this.size,
      sha256hex: this.hasher.hex(),
      frames: this.frames,
      storedSize: this.storedSize,
      holdsBoundary: this.holdsBoundary,
      wrapping: this.wrapping,
    }
  }

  /** Instead of `finish`: forgets the file. */
  free(): void {
    freeBytes(this.frames)
    this.buffer.reset()
    this.keepBuffer()
  }

  private keepBuffer(): void {
    if (spareBuffers.length < maxSpareBuffers) spareBuffers.push(this.buffer)
  }

  private flush(): void {
    this.takeIn()
    this.emit()
    this.contentStart = 0
  }

  private emit(): void {
    const frame = this.codecs.compressZstd(this.buffer.view())
    this.frames.push(frame)
    this.storedSize += frame.length
    this.buffer.reset()
  }

  private takeIn(): void {
    const content = this.buffer.view(this.contentStart)
    if (this.frames.length === 0) this.wrapping = wrappingOf(content)
    this.hasher.update(content)
    if (!this.holdsBoundary) this.holdsBoundary = this.search.feed(content) >= 0
  }
}

/** The content of a file, piece by piece. */
export function* contentOf(dump: EncodedDump, codecs: Codecs): Generator<Uint8Array> {
  const last = dump.frames.length - 1
  for (const [i, frame] of dump.frames.entries()) {
    const inflated = inflateZstd(frame, codecs, frameBytes + lineBreak.length)
    const start = i === 0 ? headersOf(dump.name).length : 0
    yield inflated.subarray(start, inflated.length - (i === last ? lineBreak.length : 0))
  }
}

const headersOf = (name: string) => partHeaders(name, `${name}.dmp`, 'application/octet-stream')

function partHeaders(name: string, filename: string, contentType: string): string {
  return [
    `--${storedBoundary}`,
    `Content-Disposition: form-data; name="${name}"; filename="${filename}"`,
    `Content-Type: ${contentType}`,
    '',
    '',
  ].join('\r\n')
}

/** The bytes of the object, in pieces that need not be joined. */
export function encodeStoredReport(
  rawCrash: RawCrash,
  dumps: readonly EncodedDump[],
  codecs: Codecs,
): Uint8Array[] {
  const boundary = dumps.some((dump) => dump.holdsBoundary) ? otherBoundary(dumps, codecs) : storedBoundary
  const head = partHeaders(rawCrashPart, `${rawCrashPart}.json`, 'application/json')
  const last = encoder.encode(`${head}${JSON.stringify(rawCrash)}\r\n--${storedBoundary}--\r\n`)
  if (boundary === storedBoundary) {
    return [...dumps.flatMap((dump) => dump.frames), ...compressPieces(last, codecs)]
  }
  const delimiter = encoder.encode(`--${boundary}`)
  last.set(delimiter)
  last.set(delimiter, last.length - delimiter.length - 4)
  const frames = dumps.flatMap(({ frames: [first, ...others] }) => {
    const opening = inflateZstd(first!, codecs, frameBytes + lineBreak.length).slice()
    opening.set(delimiter)
    return [codecs.compressZstd(opening), ...others]
  })
  return [...frames, ...compressPieces(last, codecs)]
}

function compressPieces(bytes: Uint8Array, codecs: Codecs): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += frameBytes) {
    pieces.push(codecs.compressZstd(bytes.subarray(at, at + frameBytes)))
  }
  return pieces
}

/** A boundary that depends on all dumps, so that no dump can contain it. */
function otherBoundary(dumps: readonly EncodedDump[], codecs: Codecs): string {
  const hasher = codecs.createSha256()
  for (const dump of dumps) hasher.update(encoder.encode(dump.sha256hex))
  return boundaryPrefix + hasher.hex().slice(0, boundaryDigits)
}

const maxInflatedReport = 256 * 1024 * 1024
const generousParts = { maxPartHeaderBytes: 4096, maxParts: 1000 }

/**
 * Reads a stored report. Empty dumps come back empty.
 * @throws CrashError 'bad-report' when it is damaged, 'limit' when it inflates to more than `maxBytes` (256 MiB)
 */
export function readStoredReport(
  bytes: Uint8Array,
  codecs: Codecs,
  maxBytes = maxInflatedReport,
): StoredReport {
  const parts: { name: string; chunks: Uint8Array[] }[] = []
  let reader: MultipartReader | undefined
  const read = (inflated: Uint8Array) => {
    reader ??= new MultipartReader(boundaryOf(inflated), collectInto(parts), generousParts)
    reader.write(inflated)
  }
  eachZstdFrame(bytes, codecs, maxBytes, read)
  if (!reader) throw new CrashError('bad-report', 'The stored report is empty')
  reader.finish()
  const last = parts.pop()
  if (last?.name !== rawCrashPart) {
    throw new CrashError('bad-report', `The stored report has no ${rawCrashPart} at its end`)
  }
  const dumps: Dump[] = parts.map(({ name, chunks }) => ({ name, bytes: joinBytes(chunks) }))
  return { rawCrash: parseRawCrash(joinBytes(last.chunks)), dumps }
}

function collectInto(parts: { name: string; chunks: Uint8Array[] }[]) {
  let chunks: Uint8Array[] = []
  return {
    part: ({ name }: { name: string }) => {
      chunks = []
      parts.push({ name, chunks })
    },
    data: (chunk: Uint8Array) => void chunks.push(chunk),
    end: () => {},
  }
}

/** The boundary that the first line of an inflated stored report names. */
function boundaryOf(inflated: Uint8Array): string {
  const length = 2 + boundaryPrefix.length + boundaryDigits
  const line = new TextDecoder('latin1').decode(inflated.subarray(0, length))
  if (line.length < length || !line.startsWith(`--${boundaryPrefix}`)) {
    throw new CrashError('bad-report', 'Not a stored report: its first line is no boundary of ours')
  }
  return line.slice(2)
}

function parseRawCrash(bytes: Uint8Array): RawCrash {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes))
  } catch (error) {
    throw new CrashError('bad-report', `The ${rawCrashPart} of the stored report is no JSON`, {
      cause: error,
    })
  }
  const crash = value as Partial<RawCrash> | null
  if (typeof crash?.uuid !== 'string' || crash.version !== 2 || typeof crash.metadata !== 'object') {
    throw new CrashError(
      'bad-report',
      `The ${rawCrashPart} of the stored report has not the shape of version 2`,
    )
  }
  return crash as RawCrash
}

/**
 * The multipart body inside a stored object, with its Content-Type: what to send to submit it again to a collector that
 * does not know zstd.
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

/** What the object's metadata repeats, so that planning needs no reads; decoded by `readReportMetadata`. */
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

/** Metadata read back; what is missing is empty or 0. Values that were too long come back cut. */
export function readReportMetadata(metadata: Readonly<Record<string, string>>): ReportMetadata {
  return {
    product: fromAscii(metadata.product),
    version: fromAscii(metadata.version),
    channel: fromAscii(metadata.channel),
    dumpBytes: Number(metadata['dump-bytes'] ?? 0),
    dumpCount: Number(metadata['dump-count'] ?? 0),
  }
}

/** Percent-encodes what headers cannot carry, and cuts, never within an encoded character. */
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
  } catch (error) {
    if (error instanceof URIError || isCrashError(error)) return text
    throw error
  }
}
