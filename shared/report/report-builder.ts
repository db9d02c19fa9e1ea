// Builds a crash report from the parts of a submission: annotations, notes, and files in their stored form.
import { collectorKeys } from '../crash.ts'
import { ByteBuffer } from '../bytes/byte-buffer.ts'
import type { Codecs } from '../codecs/codecs.ts'
import { compressRest, DumpEncoder, type EncodedDump, freeDump, heldBytesOf } from './encoded-dump.ts'
import { parseAnnotationJson } from './json-part.ts'
import { type PartHandler, type PartHead, parameter } from './multipart.ts'
import { Refusal, type SubmissionLimits } from './refusals.ts'
import { rawCrashPart } from './stored.ts'

/** A report as received, before the collector adds anything. */
export interface Submission {
  /** In order of arrival; strings, except what a JSON part holds. */
  annotations: Map<string, unknown>
  payload: 'json' | 'multipart'
  notes: string[]
  dumps: EncodedDump[]
  /** The crash id a stored report carried that is sent again; for authorized senders only. */
  replayedId?: string
}

/** The names that may not be those of files. */
const reservedNames: ReadonlySet<string> = new Set(['dump_names', 'processed_crash', 'raw_crash'])
const unnamedFile = 'unnamed'
const maxNoteName = 100

/** Keeps `[A-Za-z0-9_]`, cut to 30 characters; may return an empty name. */
export function sanitizeDumpName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_]/g, '').slice(0, 30)
}

/** A part as it arrived, for those who want to know what became of it. */
export interface PartSeen {
  /** As sent, percent-decoded. */
  name: string
  filename: string | null
  contentType: string
  kind: 'json' | 'text' | 'file' | 'nameless'
  /** The name it is kept under; null when it is not kept. */
  keptAs: string | null
  size: number
}

type Kind = PartSeen['kind']

/** Takes the parts of one submission as they are read; `finish` returns the report. */
export class ReportBuilder implements PartHandler {
  private readonly codecs: Codecs
  private readonly limits: SubmissionLimits
  private annotations = new Map<string, unknown>()
  private readonly notes: string[] = []
  private readonly dumps = new Map<string, EncodedDump>()
  private readonly text = new ByteBuffer()
  private replayedId: string | undefined
  private kind: Kind = 'nameless'
  private head: PartHead = { name: '', filename: null, contentType: '', transferEncoding: '' }
  private dump: DumpEncoder | undefined
  private sawJson = false
  private sawText = false
  private fields = 0
  private files = 0
  private annotationBytes = 0
  /** Bytes of the part so far, also those over the limit, which are not kept. */
  private partBytes = 0

  private readonly onPart: ((part: PartSeen) => void) | undefined
  private latest: EncodedDump | undefined
  /** Bytes of all dumps before the latest. */
  private settledBytes = 0

  /** `onPart` is called at the end of each part. */
  constructor(codecs: Codecs, limits: SubmissionLimits, onPart?: (part: PartSeen) => void) {
    this.onPart = onPart
    this.codecs = codecs
    this.limits = limits
  }

  /** About how many bytes of memory the report takes so far. */
  get heldBytes(): number {
    const latest = this.latest ? heldBytesOf(this.latest) : 0
    return this.settledBytes + latest + (this.dump?.heldBytes ?? 0) + this.annotationBytes + this.text.length
  }

  /**
   * The whole report. `bare`: it need not have annotations.
   * @throws Refusal 'no_annotations'
   */
  finish(options: { bare?: boolean } = {}): Submission {
    if (this.annotations.size === 0 && !options.bare) throw new Refusal('no_annotations')
    if (this.sawJson && this.sawText) {
      this.notes.push('includes annotations in both json-encoded extra and formdata parts')
    }
    return {
      annotations: this.annotations,
      payload: this.sawJson ? 'json' : 'multipart',
      notes: this.notes,
      dumps: [...this.dumps.values()],
      ...(this.replayedId !== undefined && { replayedId: this.replayedId }),
    }
  }

  /** Forgets the report, and gives the memory of its files back. */
  free(): void {
    for (const dump of this.dumps.values()) freeDump(dump)
    this.dumps.clear()
    this.latest = undefined
    this.dump?.free()
    this.dump = undefined
  }

  part(head: PartHead): void {
    if (!['', 'binary', '7bit', '8bit'].includes(head.transferEncoding)) {
      throw new Refusal('invalid_payload_structure')
    }
    this.head = head
    this.kind = kindOf(head)
    this.text.reset()
    this.partBytes = 0
    if (this.kind === 'file') this.openFile()
    else if (this.kind !== 'nameless' && ++this.fields > this.limits.maxFields) {
      throw new Refusal('too_many_fields')
    }
  }

  data(bytes: Uint8Array): void {
    this.partBytes += bytes.length
    if (this.kind === 'file') this.dump!.append(bytes)
    else if (this.kind !== 'nameless') this.gather(bytes)
  }

  private gather(bytes: Uint8Array): void {
    if (this.kind === 'text' && this.partBytes > this.limits.maxFieldBytes) return
    if (this.annotationBytes + this.partBytes > this.limits.maxAnnotationBytes) {
      throw new Refusal('annotations_too_large')
    }
    this.text.append(bytes)
  }

  end(last: boolean): void {
    const keptAs = this.close(last)
    const { name, filename, contentType } = this.head
    this.onPart?.({ name, filename, contentType, kind: this.kind, keptAs, size: this.partBytes })
  }

  private close(last: boolean): string | null {
    switch (this.kind) {
      case 'file':
        return this.closeFile()
      case 'json':
        return this.closeJson()
      case 'text':
        return this.closeText(last)
      case 'nameless':
        return null
    }
  }

  private openFile(): void {
    if (++this.files > this.limits.maxFiles) throw new Refusal('too_many_files')
    const name = sanitizeDumpName(this.head.name)
    if (reservedNames.has(name)) throw new Refusal('invalid_dump_name')
    const type = this.head.contentType || 'text/plain'
    if (type !== 'application/octet-stream') {
      this.notes.push(`unknown content type: ${clip(this.head.name)} ${clip(type)}`)
    }
    this.settle()
    this.dump = new DumpEncoder(name || unnamedFile, this.codecs)
  }

  /** Only the last file waits for the verdict uncompressed. */
  private settle(): void {
    if (!this.latest) return
    compressRest(this.latest, this.codecs)
    this.settledBytes += heldBytesOf(this.latest)
    this.latest = undefined
  }

  /** The last of several files of one name counts. */
  private closeFile(): string {
    const dump = this.dump!.finish()
    this.dump = undefined
    const earlier = this.dumps.get(dump.name)
    if (earlier) {
      this.settledBytes -= heldBytesOf(earlier)
      freeDump(earlier)
    }
    this.dumps.delete(dump.name)
    this.dumps.set(dump.name, dump)
    this.latest = dump
    return dump.name
  }

  /** A JSON part replaces all annotations so far. */
  private closeJson(): string {
    this.annotationBytes += this.partBytes
    const object = parseAnnotationJson(this.text.view())
    if (Object.keys(object).length > this.limits.maxFields) throw new Refusal('too_many_fields')
    this.sawJson = true
    this.annotations = new Map(Object.entries(object))
    if (this.head.name === rawCrashPart) this.unwrapReplay()
    return this.head.name
  }

  /** A stored report sent again: what a collector added is taken off, and what it shadowed put back. */
  private unwrapReplay(): void {
    const { annotations } = this
    const metadata = annotations.get('metadata')
    if (annotations.get('version') !== 2 || typeof metadata !== 'object' || metadata === null) return
    const uuid = annotations.get('uuid')
    if (typeof uuid === 'string') this.replayedId = uuid
    for (const key of collectorKeys) annotations.delete(key)
    const shadowed = (metadata as { shadowed?: unknown }).shadowed
    if (typeof shadowed === 'object' && shadowed !== null) {
      for (const [key, value] of Object.entries(shadowed)) annotations.set(key, value)
    }
  }

  /** Text that cannot be read is left out with a note; the report is taken all the same. */
  private closeText(last: boolean): string | null {
    this.sawText = true
    const { contentType } = this.head
    const charset = (contentType !== '' && parameter(contentType, 'charset')) || 'utf-8'
    const tooLarge = this.partBytes > this.limits.maxFieldBytes
    if (!tooLarge) this.annotationBytes += this.partBytes
    const value = tooLarge ? null : decodeText(this.text.view(), charset)
    if (value === null) {
      const problem = tooLarge ? 'body part is too large' : `invalid text or charset: ${clip(charset)}`
      this.notes.push(`extract payload text part exception: ${problem}`)
      return null
    }
    // Firefox for Android ends its body with one line break too many.
    this.annotations.set(this.head.name, last && value.endsWith('\r\n') ? value.slice(0, -2) : value)
    return this.head.name
  }
}

/** What a part is: by type first, then by whether it has a file name. */
function kindOf(head: PartHead): Kind {
  if (head.name === '') return 'nameless'
  const type = head.contentType.toLowerCase()
  if (type.startsWith('application/json')) return 'json'
  return (type === '' || type.startsWith('text/plain')) && !head.filename ? 'text' : 'file'
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const lenientUtf8 = new TextDecoder('utf-8', { ignoreBOM: true, fatal: false })

/** Text in a charset, byte order mark kept; null when the charset is unknown or the bytes are not of it. */
function decodeText(bytes: Uint8Array, charset: string): string | null {
  if (charset === 'utf-8') {
    // Much faster in Deno, and right unless it put in a replacement.
    const text = lenientUtf8.decode(bytes)
    if (!text.includes('\ufffd')) return text
  }
  try {
    const decoder = charset === 'utf-8' ? utf8 : new TextDecoder(charset, { fatal: true, ignoreBOM: true })
    return decoder.decode(bytes)
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return null
    throw error
  }
}

/** Client text for a note: short, on one line. */
function clip(text: string): string {
  return text.slice(0, maxNoteName).replaceAll(/[\x00-\x1f\x7f]/g, '?')
}
