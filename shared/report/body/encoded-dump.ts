// Encodes a file of a report in its stored form while it arrives: hashed, and compressed as a part.
import { ByteBuffer, freeBytes } from '../../bytes/byte-buffer.ts'
import { ByteSearch } from '../../bytes/byte-search.ts'
import { concatBytes } from '../../bytes/concat.ts'
import { type Format, formatOf } from '../../bytes/format.ts'
import { type Codecs, inflateZstd } from '../../codecs/codecs.ts'
import { type FileOrigin, mainDumpName } from '../../crash.ts'
import { disposition, fileType } from '../encode.ts'

export const boundaryPrefix = 'mayday-stored-report-'
export const boundaryDigits = 24
/** The boundary of every stored report whose files do not contain it. */
export const storedBoundary = boundaryPrefix + '0'.repeat(boundaryDigits)

/** Frames of at most this much of a minidump compress to a size that every runtime can write (`codecs.node.ts`). */
const frameBytes = 128 * 1024
/** The last frame of a report contains the rest of the last file and the raw crash. */
export const maxFrameBytes = 160 * 1024
const encoder = new TextEncoder()
const lineBreak = encoder.encode('\r\n')

/** A file of a report in its stored form: delimiter, headers, content, line break. */
export interface EncodedDump {
  /** Sanitized; unique once the report is complete. */
  name: string
  origin: FileOrigin
  /** Bytes of the file as received. */
  size: number
  sha256hex: string
  /** The format of its first bytes. */
  format: Format | null
  /** Bytes of delimiter and headers. */
  headerBytes: number
  /** zstd frames of the part, or of its start. The first starts with the delimiter. */
  frames: Uint8Array[]
  /** The end of the part, at most 128 KiB of content, not compressed yet; null when the frames contain all of it. */
  rest: ByteBuffer | null
  /** The content contains the usual boundary, so the report needs another. */
  holdsBoundary: boolean
}

/** True for a file with the name of a minidump and the format of a wrapper. */
export const isWrappedMinidump = ({ name, format }: Pick<EncodedDump, 'name' | 'format'>): boolean =>
  format !== null && format !== 'minidump' && name.startsWith(mainDumpName)

/** Buffers of earlier files, for reuse: clearing memory costs more than using it. */
const spareBuffers: ByteBuffer[] = []
const maxSpareBuffers = 8

function keepBuffer(buffer: ByteBuffer): void {
  if (spareBuffers.length >= maxSpareBuffers || buffer.capacity > maxFrameBytes) return
  buffer.reset()
  spareBuffers.push(buffer)
}

/** Hashes and compresses one file while it arrives: holds at most 128 KiB of it uncompressed. */
export class DumpEncoder {
  private readonly name: string
  private readonly origin: FileOrigin
  private readonly headerBytes: number
  private readonly codecs: Codecs
  private readonly hasher
  private readonly search = new ByteSearch(encoder.encode(storedBoundary))
  private readonly buffer = spareBuffers.pop() ?? new ByteBuffer(maxFrameBytes)
  private readonly frames: Uint8Array[] = []
  private contentStart: number
  private size = 0
  private framedBytes = 0
  private holdsBoundary = false
  private format: Format | null = null

  /** `name`: sanitized, `[A-Za-z0-9_]`. Without `origin`, the client is assumed to have used that name. */
  constructor(name: string, codecs: Codecs, origin: FileOrigin = plainOrigin(name)) {
    this.name = name
    this.origin = origin
    this.codecs = codecs
    this.hasher = codecs.createSha256()
    this.buffer.append(fileHeaders(name, origin))
    this.headerBytes = this.buffer.length
    this.contentStart = this.buffer.length
  }

  /** Memory used by the file so far, in bytes. */
  get heldBytes(): number {
    return this.framedBytes + this.buffer.length
  }

  append(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.buffer.length >= frameBytes) this.flush()
      const piece = bytes.subarray(at, at + frameBytes - this.buffer.length)
      this.buffer.append(piece)
      this.size += piece.length
      at += piece.length
    }
  }

  /** The whole file; ends the encoder. Its rest is compressed by `compressRest` or with the report. */
  finish(): EncodedDump {
    this.takeIn()
    this.buffer.append(lineBreak)
    return {
      name: this.name,
      origin: this.origin,
      size: this.size,
      sha256hex: this.hasher.hex(),
      format: this.format,
      headerBytes: this.headerBytes,
      frames: this.frames,
      rest: this.buffer,
      holdsBoundary: this.holdsBoundary,
    }
  }

  /** Instead of `finish`: drops the file. */
  free(): void {
    freeBytes(this.frames)
    keepBuffer(this.buffer)
  }

  private flush(): void {
    this.takeIn()
    const frame = this.codecs.compressZstd(this.buffer.view())
    this.frames.push(frame)
    this.framedBytes += frame.length
    this.buffer.reset()
    this.contentStart = 0
  }

  private takeIn(): void {
    const content = this.buffer.view(this.contentStart)
    if (this.frames.length === 0) this.format = formatOf(content)
    this.hasher.update(content)
    if (!this.holdsBoundary) this.holdsBoundary = this.search.feed(content) >= 0
  }
}

/** Memory of the file in bytes; after `compressRest`, its size in the stored report. */
export function heldBytesOf({ frames, rest }: EncodedDump): number {
  return frames.reduce((sum, frame) => sum + frame.length, rest?.length ?? 0)
}

/** Compresses the rest of the file. */
export function compressRest(dump: EncodedDump, codecs: Codecs): void {
  if (!dump.rest) return
  dump.frames.push(codecs.compressZstd(dump.rest.view()))
  freeRest(dump)
}

/** Drops the rest of the file, once it is in a frame. */
export function freeRest(dump: EncodedDump): void {
  if (dump.rest) keepBuffer(dump.rest)
  dump.rest = null
}

/** Drops the file and frees its memory. */
export function freeDump(dump: EncodedDump): void {
  freeBytes(dump.frames)
  dump.frames = []
  freeRest(dump)
}

/** The content of a file, piece by piece; each is valid until the file changes. */
export function* contentOf(dump: EncodedDump, codecs: Codecs): Generator<Uint8Array> {
  const { frames, rest, headerBytes } = dump
  const last = frames.length + (rest ? 0 : -1)
  for (let i = 0; i <= last; i++) {
    const piece = i < frames.length ? inflateZstd(frames[i]!, codecs, maxFrameBytes) : rest!.view()
    const start = i === 0 ? headerBytes : 0
    yield piece.subarray(start, piece.length - (i === last ? lineBreak.length : 0))
  }
}

/** Replaces the delimiter of the part with one of equal length. */
export function replaceDelimiter(delimiter: Uint8Array, dump: EncodedDump, codecs: Codecs): void {
  rewriteStart(dump, codecs, (start) => {
    start.set(delimiter)
    return start
  })
}

/** Changes the name or origin of the file. */
export function retitle(
  dump: EncodedDump,
  title: { name?: string; origin?: FileOrigin },
  codecs: Codecs,
): void {
  const { name = dump.name, origin = dump.origin } = title
  if (name === dump.name && origin === dump.origin) return
  const headers = fileHeaders(name, origin)
  rewriteStart(dump, codecs, (start) => concatBytes([headers, start.subarray(dump.headerBytes)]))
  Object.assign(dump, { name, origin, headerBytes: headers.length })
}

/** Replaces the first frame, or the rest if there is no frame; `rewrite` gets a copy. */
function rewriteStart(dump: EncodedDump, codecs: Codecs, rewrite: (start: Uint8Array) => Uint8Array): void {
  const [first] = dump.frames
  if (first) {
    dump.frames[0] = codecs.compressZstd(rewrite(inflateZstd(first, codecs, maxFrameBytes).slice()))
  } else if (dump.rest) {
    const start = rewrite(dump.rest.view().slice())
    dump.rest.reset()
    dump.rest.append(start)
  }
}

const fileHeaders = (name: string, origin: FileOrigin) => encoder.encode(partHeaders(name, origin))

const plainOrigin = (name: string): FileOrigin => ({
  part: name,
  filename: `${name}.dmp`,
  contentType: fileType,
})

/** Longest stored file name, in UTF-16 code units. */
const maxFilename = 500
const maxContentType = 200

/** Delimiter and headers of a part of a stored report. */
export function partHeaders(name: string, origin: Pick<FileOrigin, 'filename' | 'contentType'>): string {
  const { filename } = origin
  // A part without a type would be read as text.
  const contentType = origin.contentType.slice(0, maxContentType).replaceAll(/[^\x20-\x7e]/g, '?') || fileType
  return [
    `--${storedBoundary}`,
    disposition(name, filename?.slice(0, maxFilename)),
    `Content-Type: ${contentType}`,
    '',
    '',
  ].join('\r\n')
}
