// Builds a crash report from the parts of a submission: annotations, notes, and files in their stored form.

import { ByteBuffer } from '../bytes/byte-buffer.ts'
import { formatBytes, formatOf } from '../bytes/format.ts'
import type { Codecs } from '../codecs/codecs.ts'
import { mainDumpName } from '../crash.ts'
import { own } from '../own.ts'
import { present } from '../present.ts'
import {
  compressRest,
  DumpEncoder,
  type EncodedDump,
  freeDump,
  heldBytesOf,
  isWrappedMinidump,
} from './body/encoded-dump.ts'
import { baseName, nameFiles, readOriginalNames } from './file-names.ts'
import { parameter } from './body/header-parameters.ts'
import { JsonReader } from './body/json-part.ts'
import type { PartHandler, PartHead } from './body/multipart.ts'
import { addNote, clip } from './notes.ts'
import { receivedAnnotations } from './raw-crash.ts'
import { Refusal, type RefusalReason, type SubmissionLimits } from './refusals.ts'
import { isPieceName, joinSplitAnnotations } from './body/split-annotations.ts'
import { rawCrashPart } from './stored.ts'
import { TextReader } from './body/text.ts'

/** A report as received, before the collector adds data. */
export interface Submission {
  /** In order of arrival; strings, except values of a JSON part. */
  annotations: ReadonlyMap<string, unknown>
  /** Annotations that a later one of the same name, or JSON, replaced; the latest value of each name. */
  replaced: Map<string, unknown>
  payload: 'json' | 'multipart'
  notes: string[]
  dumps: EncodedDump[]
  /** Why a JSON part could not be read; it is one of the files. */
  unreadable?: RefusalReason
  /** The crash ID of a resent stored report; for authorized senders only. */
  replayedId?: string
  /** The client's event id, 32 hex digits. */
  eventId?: string
}

/** The parts that contain annotations when they are JSON; JSON in any other part is a file. */
export const jsonParts: ReadonlySet<string> = new Set(['extra', rawCrashPart])

/** A part as received, and its stored name. */
export interface PartSeen {
  /** As sent, percent-decoded. */
  name: string
  filename: string | null
  contentType: string
  kind: 'json' | 'text' | 'file' | 'nameless'
  /** The stored name; null when the part is not stored. The name of a file may change until the report is complete. */
  readonly keptAs: string | null
  size: number
}

type Kind = PartSeen['kind']

/** Receives the parts of one submission while they are read; `finish` returns the report. */
export class ReportBuilder implements PartHandler {
  private readonly codecs: Codecs
  private readonly limits: SubmissionLimits
  private annotations = new Map<string, unknown>()
  private replaced = new Map<string, unknown>()
  private readonly notes: string[] = []
  private readonly dumps: EncodedDump[] = []
  private readonly text = new ByteBuffer()
  private readonly texts = new TextReader()
  private readonly json = new JsonReader()
  /** Bytes of pieces that are not valid UTF-8 alone. */
  private readonly cut = new Map<string, Uint8Array>()
  private cutBytes = 0
  private replayedId: string | undefined
  private replayedNames: ReadonlyMap<string, string> = new Map()
  private unreadable: RefusalReason | undefined
  private kind: Kind = 'nameless'
  private head: PartHead = { name: '', filename: null, contentType: '', transferEncoding: '' }
  private dump: DumpEncoder | undefined
  private sawJson = false
  private sawText = false
  private fields = 0
  private files = 0
  private annotationBytes = 0
  /** Bytes of the part so far, including those over the limit, which are discarded. */
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

  /** Approximate memory use of the report so far, in bytes. */
  get heldBytes(): number {
    const latest = this.latest ? heldBytesOf(this.latest) : 0
    const texts = this.annotationBytes + this.text.length + this.cutBytes + this.json.heldBytes
    return this.settledBytes + latest + (this.dump?.heldBytes ?? 0) + texts
  }

  /**
   * The whole report. `bare`: it may be empty.
   * @throws Refusal as `requireContent`
   */
  finish(options: { bare?: boolean } = {}): Submission {
    const { annotations, inexact } = joinSplitAnnotations(this.annotations, this.cut)
    for (const name of inexact) this.noteText(`invalid text or charset: utf-8 in ${clip(name)}`)
    if (this.sawJson && this.sawText) {
      this.note('includes annotations in both json-encoded extra and formdata parts')
    }
    nameFiles(this.dumps, this.codecs)
    for (const dump of this.dumps) this.restoreName(dump)
    const submission: Submission = {
      annotations,
      replaced: this.replaced,
      payload: this.sawJson ? 'json' : 'multipart',
      notes: this.notes,
      dumps: this.dumps,
      ...present({ unreadable: this.unreadable, replayedId: this.replayedId }),
    }
    if (!options.bare && !this.dumps.some(isWrappedMinidump)) requireContent(submission)
    return submission
  }

  /** In a resent stored report, parts have stored names. */
  private restoreName(dump: EncodedDump): void {
    const part = this.replayedNames.get(dump.name)
    if (part !== undefined) dump.origin = { ...dump.origin, part }
  }

  private note(text: string): void {
    addNote(this.notes, text)
  }

  private noteText(problem: string): void {
    this.note(`extract payload text part exception: ${problem}`)
  }

  /** Drops the report and frees the memory of its files. */
  free(): void {
    for (const dump of this.dumps.splice(0)) freeDump(dump)
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
    if (this.kind === 'json') this.json.begin()
    if (this.kind === 'file') this.openFile()
    else if (this.kind !== 'nameless' && ++this.fields > this.limits.maxFields) {
      throw new Refusal('too_many_fields')
    }
  }

  data(bytes: Uint8Array): void {
    this.partBytes += bytes.length
    if (this.kind === 'file') this.dump!.append(bytes)
    else this.gather(bytes)
  }

  private gather(bytes: Uint8Array): void {
    const before = this.text.length
    if (this.kind === 'nameless' && before >= formatBytes) return
    if (this.kind === 'text' && this.partBytes > this.limits.maxFieldBytes) return
    if (this.annotationBytes + this.partBytes > this.limits.maxAnnotationBytes) {
      throw new Refusal('annotations_too_large')
    }
    this.text.append(bytes)
    if (this.kind === 'json') {
      if (!this.json.scan(bytes)) this.keepUnreadable('invalid_json')
      return
    }
    if (before >= formatBytes || this.text.length < formatBytes) return
    if (this.isFile()) this.moveToFile()
  }

  /** A minidump is a file regardless of the headers of its part, and so is a wrapped one under a minidump's name. */
  private isFile(): boolean {
    const format = formatOf(this.text.view().subarray(0, formatBytes))
    return format === 'minidump' || (format !== null && this.head.name.startsWith(mainDumpName))
  }

  /** Turns the collected part into a file. */
  private moveToFile(): void {
    if (this.kind !== 'nameless') this.fields--
    this.kind = 'file'
    this.openFile()
    this.dump!.append(this.text.view())
    this.text.reset()
  }

  end(last: boolean): void {
    const kept = this.close(last)
    const { name, filename, contentType } = this.head
    this.onPart?.({
      name,
      filename,
      contentType,
      kind: this.kind,
      get keptAs() {
        return typeof kept === 'string' ? kept : (kept?.name ?? null)
      },
      size: this.partBytes,
    })
  }

  private close(last: boolean): string | EncodedDump | null {
    switch (this.kind) {
      case 'file':
        return this.closeFile()
      case 'json':
        return this.closeJson()
      case 'text':
        return this.closeText(last)
      case 'nameless':
        this.note(`part without a name dropped: ${this.partBytes} bytes`)
        return null
    }
  }

  private openFile(): void {
    if (++this.files > this.limits.maxFiles) throw new Refusal('too_many_files')
    const { name: part, filename, contentType } = this.head
    const type = contentType || 'text/plain'
    if (type !== 'application/octet-stream') {
      this.note(`unknown content type: ${clip(part)} ${clip(type)}`)
    }
    this.settle()
    const origin = { part, filename, contentType }
    this.dump = new DumpEncoder(baseName({ origin, format: null }), this.codecs, origin)
  }

  /** Only the last file stays uncompressed until the report is stored. */
  private settle(): void {
    if (!this.latest) return
    compressRest(this.latest, this.codecs)
    this.settledBytes += heldBytesOf(this.latest)
    this.latest = undefined
  }

  private closeFile(): EncodedDump {
    const dump = this.dump!.finish()
    this.dump = undefined
    this.dumps.push(dump)
    this.latest = dump
    return dump
  }

  /** A JSON part replaces all earlier annotations. An unreadable one is stored as a file. */
  private closeJson(): string | EncodedDump {
    const object = this.readJson()
    if (!object) return this.closeFile()
    this.annotationBytes += this.partBytes
    if (Object.keys(object).length > this.limits.maxFields) throw new Refusal('too_many_fields')
    this.sawJson = true
    for (const [name, value] of this.annotations) {
      if (own(object, name) !== value) this.replaced.set(name, value)
    }
    this.annotations = new Map(Object.entries(object))
    this.cut.clear()
    this.cutBytes = 0
    if (this.head.name === rawCrashPart) this.unwrapReplay(object)
    return this.head.name
  }

  private readJson(): Record<string, unknown> | null {
    try {
      return this.json.parse(this.text.view())
    } catch (error) {
      const isUnreadable =
        error instanceof Refusal && (error.reason === 'invalid_json' || error.reason === 'invalid_json_value')
      if (!isUnreadable) throw error
      this.keepUnreadable(error.reason)
      return null
    }
  }

  private keepUnreadable(reason: RefusalReason): void {
    this.unreadable ??= reason
    this.note(`${reason}: ${this.head.name} is stored as a file`)
    this.moveToFile()
  }

  /** A resent stored report: removes collector data, and restores shadowed annotations. */
  private unwrapReplay(object: Record<string, unknown>): void {
    const { uuid, version, metadata } = object
    if (version !== 2 || typeof metadata !== 'object' || metadata === null) return
    if (typeof uuid === 'string') this.replayedId = uuid
    this.annotations = new Map(Object.entries(receivedAnnotations(object)))
    const { replaced } = metadata as { replaced?: unknown }
    if (typeof replaced === 'object' && replaced !== null) this.replaced = new Map(Object.entries(replaced))
    this.replayedNames = readOriginalNames(metadata)
  }

  /** Oversized text is dropped with a note; the report is accepted. */
  private closeText(last: boolean): string | null {
    this.sawText = true
    if (this.partBytes > this.limits.maxFieldBytes) {
      this.noteText('body part is too large')
      return null
    }
    this.annotationBytes += this.partBytes
    const { name } = this.head
    const bytes = this.text.view()
    // Firefox for Android ends its body with an extra line break.
    const value = this.decode(last && endsInLineBreak(bytes) ? bytes.subarray(0, -2) : bytes)
    const before = this.annotations.get(name)
    if (before !== undefined && before !== value) this.replaced.set(name, before)
    this.annotations.set(name, value)
    return name
  }

  private decode(bytes: Uint8Array): string {
    const { name, contentType } = this.head
    const charset = (contentType !== '' && parameter(contentType, 'charset')) || 'utf-8'
    const { text, exact } = this.texts.decode(bytes, charset)
    this.dropCut(name)
    if (exact) return text
    if (charset === 'utf-8' && isPieceName(name)) this.keepCut(name, bytes.slice())
    else this.noteText(`invalid text or charset: ${clip(charset)} in ${clip(name)}`)
    return text
  }

  private keepCut(name: string, bytes: Uint8Array): void {
    this.cut.set(name, bytes)
    this.cutBytes += bytes.length
  }

  private dropCut(name: string): void {
    this.cutBytes -= this.cut.get(name)?.length ?? 0
    this.cut.delete(name)
  }
}

const endsInLineBreak = (bytes: Uint8Array) => bytes.at(-2) === 0x0d && bytes.at(-1) === 0x0a

/** The kind of a part: by type and name first, then by whether it has a file name. */
function kindOf({ name, filename, contentType }: PartHead): Kind {
  const type = contentType.toLowerCase()
  if (jsonParts.has(name) && type.startsWith('application/json')) return 'json'
  const isText = (type === '' || type.startsWith('text/plain')) && !filename
  if (name === '') return filename ? 'file' : 'nameless'
  return isText ? 'text' : 'file'
}

/**
 * Checks that a report has annotations or a minidump; if its JSON is unreadable, any other file is enough.
 * @throws Refusal 'no_annotations', 'invalid_json', 'invalid_json_value'
 */
export function requireContent({ annotations, dumps, unreadable }: Submission): void {
  if (annotations.size > 0 || dumps.some(({ format }) => format === 'minidump')) return
  if (unreadable && dumps.some(({ origin, size }) => size > 0 && !jsonParts.has(origin.part))) return
  throw new Refusal(unreadable ?? 'no_annotations')
}
