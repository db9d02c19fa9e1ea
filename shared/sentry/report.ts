// Reads the bodies of Sentry's native clients: a minidump upload, or an envelope.
import { mainDumpName } from '../crash.ts'
import { fileType } from '../report/encode.ts'
import { MultipartReader, type PartHead } from '../report/body/multipart.ts'
import { Refusal } from '../report/refusals.ts'
import { jsonParts, ReportBuilder, type Submission } from '../report/report-builder.ts'
import type { ReadTools, ReportReader } from '../report/report-reader.ts'
import { openSubmission, submissionBoundary } from '../report/submission.ts'
import { composeReport, noData, type SentryData, takeData } from './compose.ts'
import { EnvelopeReader, type ItemHead } from './envelope.ts'
import { eventIdOf } from './event.ts'
import { type JsonObject, textAt } from './json.ts'
import { keyOfDsn } from './key.ts'
import { PayloadGatherer, type PayloadKind, payloadFiles } from './payloads.ts'

export interface SentryTools extends ReadTools {
  /** The project in the request's path. */
  project: string
  /** The public key in the request outside of its body. */
  key: string | null
  /** The product of a key; null when only the report can determine it. @throws Refusal 'unknown_sentry_key' */
  productOf(key: string | null): string | null
  /** Called with the type of each dropped item of an envelope. */
  onDropped(type: string): void
}

/** An envelope without a crash: fully read, and not stored. */
export class NothingToStore extends Error {
  override readonly name = 'NothingToStore'
  readonly eventId: string | null

  constructor(eventId: string | null) {
    super('The envelope contains no crash')
    this.eventId = eventId
  }
}

type RequestHead = Pick<Request, 'headers' | 'url'>

/**
 * Reads a minidump upload: multipart, as from Crashpad and Electron, or a plain minidump.
 * @throws Refusal 'unknown_sentry_key', 'no_boundary'; `finish` also throws 'no_minidump'
 */
export function readSentryMinidump(request: RequestHead, tools: SentryTools): ReportReader {
  const identity = { project: tools.project, product: tools.productOf(tools.key), eventId: null }
  const contentType = request.headers.get('content-type') ?? ''
  const isMultipart = /^\s*multipart\//i.test(contentType)
  const source = isMultipart ? openUpload(contentType, tools) : openBareMinidump(request, tools)
  return readerOf(source, ({ submission, data }) => {
    const report = composeReport(submission, data, identity)
    if (!report) throw new Refusal('no_minidump')
    return report
  })
}

/** Reads an envelope. @throws Refusal 'unknown_sentry_key'; `finish` also throws 'no_minidump' and NothingToStore */
export function readSentryEnvelope(tools: SentryTools): ReportReader {
  const { project } = tools
  const parts = new ReportParts(tools)
  const items = new EnvelopeItems(parts.payloads, tools)
  const envelope = new EnvelopeReader(items, tools.limits)
  return readerOf(parts.sourceOf(envelope), ({ submission, data }) => {
    const { product, eventId } = items
    const report = composeReport(submission, data, { project, product, eventId })
    if (report) return report
    if (items.kept.includes('event')) throw new Refusal('no_minidump')
    items.kept.forEach(tools.onDropped)
    throw new NothingToStore(eventId)
  })
}

/** The content of a body: files and form fields, and the data of payloads. */
interface Content {
  submission: Submission
  data: SentryData
}

interface Source extends Omit<ReportReader, 'finish'> {
  finish(): Content
}

function readerOf(source: Source, compose: (content: Content) => Submission): ReportReader {
  return {
    get heldBytes() {
      return source.heldBytes
    },
    write: (bytes) => source.write(bytes),
    finish: () => compose(source.finish()),
    free: () => source.free(),
  }
}

function openUpload(contentType: string, tools: SentryTools): Source {
  const { payloads, sourceOf } = new ReportParts(tools)
  const handler = {
    part: (head: PartHead) => payloads.part(head, payloadFiles.get(head.name)),
    data: (bytes: Uint8Array) => payloads.data(bytes),
    end: (last: boolean) => payloads.end(last),
  }
  return sourceOf(new MultipartReader(submissionBoundary(contentType), handler, tools.limits))
}

/** The query string contains annotations in addition to the parameters of the protocol. */
function openBareMinidump({ headers, url }: RequestHead, tools: SentryTools): Source {
  const bare = new URL(url)
  const names = [...bare.searchParams.keys()].filter((name) => name.startsWith('sentry_'))
  for (const name of names) bare.searchParams.delete(name)
  const reader = openSubmission({ headers, url: bare.href }, tools)
  return {
    get heldBytes() {
      return reader.heldBytes
    },
    write: (bytes) => reader.write(bytes),
    finish: () => ({ submission: reader.finish({ bare: true }), data: noData }),
    free: () => reader.free(),
  }
}

/** A report whose payloads are separated from its files and form fields. */
class ReportParts {
  readonly payloads: PayloadGatherer
  private readonly report: ReportBuilder

  constructor({ codecs, limits, onPart }: ReadTools) {
    this.report = new ReportBuilder(codecs, limits, onPart)
    this.payloads = new PayloadGatherer(this.report)
  }

  /** The report that `body` is parsed into. */
  readonly sourceOf = (body: { write(bytes: Uint8Array): void; finish(): void }): Source => {
    const { report, payloads } = this
    return {
      get heldBytes() {
        return report.heldBytes + payloads.heldBytes
      },
      write: (bytes) => body.write(bytes),
      finish() {
        body.finish()
        const data = takeData(payloads)
        return { submission: report.finish({ bare: true }), data }
      },
      free: () => report.free(),
    }
  }
}

/** Turns the items of an envelope into parts of a report. */
class EnvelopeItems {
  eventId: string | null = null
  product: string | null
  /** Types of items that are part of the report. */
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

/** Items with data about a crash. */
const payloadItems: ReadonlyMap<string, PayloadKind> = new Map([
  ['event', 'event'],
  ['user_report', 'user_report'],
  ['feedback', 'feedback'],
])
/** Replaces a file that was uploaded to a server for large attachments. */
const attachmentReference = 'application/vnd.sentry.attachment-ref+json'

/** The part of a report for an item; null for an item that does not belong to a crash. */
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
  // An attachment is a file, regardless of its name.
  const contentType = jsonParts.has(name) ? '' : item.contentType
  return { head: part(name, filename, contentType || fileType), kind: payloadFiles.get(name) }
}
