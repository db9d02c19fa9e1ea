// Reads the two bodies that Sentry's native clients send, a minidump upload and an envelope, into one report.
import { mainDumpName } from '../crash.ts'
import { fileType } from '../report/encode.ts'
import type { EncodedDump } from '../report/encoded-dump.ts'
import { addNote } from '../report/notes.ts'
import { MultipartReader, type PartHead } from '../report/multipart.ts'
import { Refusal } from '../report/refusals.ts'
import { jsonParts, ReportBuilder, type Submission } from '../report/report-builder.ts'
import type { ReadTools, ReportReader } from '../report/report-reader.ts'
import { submissionBoundary } from '../report/submission.ts'
import { resolveProduct } from '../throttle/product.ts'
import { EnvelopeReader, type ItemHead } from './envelope.ts'
import { annotationsFrom, eventIdOf, joinBreadcrumbFiles, type SentryReport } from './event.ts'
import { takeFormEvent } from './form.ts'
import { at, type JsonObject, MergedObject, objectOf, textAt } from './json.ts'
import { keyOfDsn } from './key.ts'
import { PayloadGatherer, payloadFiles, type PayloadKind } from './payloads.ts'

export interface SentryTools extends ReadTools {
  /** The project of the request's path. */
  project: string
  /** The public key that the request names outside of its body. */
  key: string | null
  /** The product of a key; null when only the report can say. @throws Refusal 'unknown_sentry_key' */
  productOf(key: string | null): string | null
  /** Called with the type of each item of an envelope that is not kept. */
  onDropped(type: string): void
}

/** An envelope that holds no crash: read whole, and nothing of it is stored. */
export class NothingToStore extends Error {
  override readonly name = 'NothingToStore'
  readonly eventId: string | null

  constructor(eventId: string | null) {
    super('The envelope holds no crash')
    this.eventId = eventId
  }
}

/**
 * Reads a minidump upload: multipart, as Crashpad and Electron send it.
 * @throws Refusal 'unknown_sentry_key', and for a Content-Type that is not multipart
 */
export function readSentryMinidump(contentType: string | null, tools: SentryTools): ReportReader {
  const report = new ReportParts(tools)
  const product = tools.productOf(tools.key)
  const parts = new MultipartReader(
    submissionBoundary(contentType),
    {
      part: (head) => report.payloads.part(head, payloadFiles.get(head.name)),
      data: (bytes) => report.payloads.data(bytes),
      end: (last) => report.payloads.end(last),
    },
    tools.limits,
  )
  return {
    get heldBytes() {
      return report.heldBytes
    },
    write: (bytes) => parts.write(bytes),
    finish() {
      parts.finish()
      const submission = report.finish({ product, eventId: null })
      if (!submission) throw new Refusal('no_minidump')
      return submission
    },
    free: () => report.free(),
  }
}

/** Reads an envelope. @throws Refusal 'unknown_sentry_key'. `finish` may throw NothingToStore, too. */
export function readSentryEnvelope(tools: SentryTools): ReportReader {
  const report = new ReportParts(tools)
  const items = new EnvelopeItems(report.payloads, tools)
  const envelope = new EnvelopeReader(items, tools.limits)
  return {
    get heldBytes() {
      return report.heldBytes
    },
    write: (bytes) => envelope.write(bytes),
    finish() {
      envelope.finish()
      const { eventId, product } = items
      const submission = report.finish({ product, eventId })
      if (submission) return submission
      if (items.kept.includes('event')) throw new Refusal('no_minidump')
      items.kept.forEach(tools.onDropped)
      throw new NothingToStore(eventId)
    },
    free: () => report.free(),
  }
}

/** Also what minidumps come wrapped in, which only the name tells. */
const isMinidump = ({ name, size, format }: EncodedDump) =>
  format === 'minidump' || (name === mainDumpName && size > 0)

interface Identity {
  product: string | null
  /** The event id that the envelope names; that of the event counts where it is null. */
  eventId: string | null
}

/** What both bodies are made of: files, form fields and payloads. */
class ReportParts {
  readonly payloads: PayloadGatherer
  private readonly report: ReportBuilder
  private readonly project: string

  constructor({ codecs, limits, onPart, project }: SentryTools) {
    this.report = new ReportBuilder(codecs, limits, onPart)
    this.payloads = new PayloadGatherer(this.report)
    this.project = project
  }

  get heldBytes(): number {
    return this.report.heldBytes + this.payloads.heldBytes
  }

  free(): void {
    this.report.free()
  }

  /** The whole report; null without a minidump. */
  finish(identity: Identity): Submission | null {
    const said = takePayloads(this.payloads)
    const submission = this.report.finish({ bare: true })
    if (!submission.dumps.some(isMinidump)) return null
    const form = takeFormEvent(submission.annotations)
    const event = mergeAll(said.event, form.event)
    const { eventId } = identity
    const implied = annotationsFrom({
      ...said,
      event: eventId === null ? event : { ...event, event_id: eventId },
    })
    const annotations = this.withIdentity(new Map([...implied, ...form.annotations]), identity)
    const unread = [...this.payloads.unread, ...form.unread.map(() => 'form field')]
    for (const where of unread)
      addNote(submission.notes, `could not read what Sentry's client says: ${where}`)
    const id = eventIdOf(textAt(annotations.get('SentryEventID')))
    return {
      ...submission,
      annotations,
      ...(id !== null && { eventId: id }),
    }
  }

  /** A product by configuration counts before what the report says; the project stands in where nothing does. */
  private withIdentity(annotations: Map<string, unknown>, { product }: Identity): Map<string, unknown> {
    annotations.set('SentryProject', this.project)
    if (product !== null) annotations.set('ProductName', product)
    else if (!resolveProduct(Object.fromEntries(annotations)).ProductName)
      annotations.set('ProductName', this.project)
    return annotations
  }
}

function takePayloads(payloads: PayloadGatherer): SentryReport {
  const first = (kind: PayloadKind) => objectOf(payloads.take(kind)[0]) ?? {}
  const feedback = objectOf(at(first('feedback'), 'contexts', 'feedback'))
  return {
    event: first('event'),
    breadcrumbs: joinBreadcrumbFiles(payloads.take('breadcrumbs1'), payloads.take('breadcrumbs2')),
    feedback: mergeAll(feedback ?? {}, first('user_report')),
  }
}

function mergeAll(...objects: readonly JsonObject[]): JsonObject {
  const merged = new MergedObject()
  for (const object of objects) merged.add(object)
  return merged.toObject()
}

/** Turns the items of an envelope into parts of a report. */
class EnvelopeItems {
  eventId: string | null = null
  product: string | null
  /** Types of the items that the report takes. */
  readonly kept: string[] = []
  private readonly payloads: PayloadGatherer
  private readonly tools: SentryTools
  private drops = false

  constructor(payloads: PayloadGatherer, tools: SentryTools) {
    this.payloads = payloads
    this.tools = tools
    this.product = tools.key === null ? null : tools.productOf(tools.key)
  }

  header(header: JsonObject): void {
    this.eventId = eventIdOf(textAt(header, 'event_id'))
    if (this.tools.key === null) this.product = this.tools.productOf(keyOfDsn(textAt(header, 'dsn')))
  }

  item(item: ItemHead): void {
    const part = partOf(item)
    this.drops = part === null || (part.kind !== undefined && this.payloads.has(part.kind))
    if (this.drops) {
      this.tools.onDropped(item.type)
    } else {
      this.kept.push(item.type)
      this.payloads.part(part!.head, part!.kind)
    }
  }

  data(bytes: Uint8Array): void {
    if (!this.drops) this.payloads.data(bytes)
  }

  end(): void {
    if (!this.drops) this.payloads.end(false)
  }
}

/** Items that say something about a crash. */
const payloadItems: ReadonlyMap<string, PayloadKind> = new Map([
  ['event', 'event'],
  ['user_report', 'user_report'],
  ['feedback', 'feedback'],
])
/** Instead of the file, which went to a server for large attachments. */
const attachmentReference = 'application/vnd.sentry.attachment-ref+json'

/** The part of a report that an item is; null for an item that is no part of a crash. */
function partOf(item: ItemHead): { head: PartHead; kind: PayloadKind | undefined } | null {
  const kind = payloadItems.get(item.type)
  const part = (name: string, filename: string, contentType: string) => ({
    name,
    filename,
    contentType,
    transferEncoding: '',
  })
  if (kind) return { head: part(item.type, `${item.type}.json`, fileType), kind }
  if (item.type !== 'attachment' || item.contentType === attachmentReference) return null
  const filename = item.filename ?? 'attachment'
  const name = item.attachmentType === 'event.minidump' ? mainDumpName : filename
  // An attachment is a file, whatever its name.
  const contentType = jsonParts.has(name) ? '' : item.contentType
  return { head: part(name, filename, contentType || fileType), kind: payloadFiles.get(name) }
}
