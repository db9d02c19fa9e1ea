// Reads the bodies that Sentry's native clients send: a minidump upload, or an envelope.
import { mainDumpName } from '../crash.ts'
import { fileType } from '../report/encode.ts'
import { MultipartReader, type PartHead } from '../report/multipart.ts'
import { Refusal } from '../report/refusals.ts'
import { jsonParts, ReportBuilder, type Submission } from '../report/report-builder.ts'
import type { ReadTools, ReportReader } from '../report/report-reader.ts'
import { openSubmission, submissionBoundary } from '../report/submission.ts'
import { composeReport, nothingSaid, type Said, takeSaid } from './compose.ts'
import { EnvelopeReader, type ItemHead } from './envelope.ts'
import { eventIdOf } from './event.ts'
import { type JsonObject, textAt } from './json.ts'
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

type RequestHead = Pick<Request, 'headers' | 'url'>

/**
 * Reads a minidump upload: multipart, as Crashpad and Electron send it, or a minidump alone.
 * @throws Refusal 'unknown_sentry_key', 'no_boundary'; `finish` throws 'no_minidump', too
 */
export function readSentryMinidump(request: RequestHead, tools: SentryTools): ReportReader {
  const identity = { project: tools.project, product: tools.productOf(tools.key), eventId: null }
  const contentType = request.headers.get('content-type') ?? ''
  const isMultipart = /^\s*multipart\//i.test(contentType)
  const source = isMultipart ? openUpload(contentType, tools) : openBareMinidump(request, tools)
  return readerOf(source, ({ submission, said }) => {
    const report = composeReport(submission, said, identity)
    if (!report) throw new Refusal('no_minidump')
    return report
  })
}

/** Reads an envelope. @throws Refusal 'unknown_sentry_key'; `finish` throws 'no_minidump' and NothingToStore, too */
export function readSentryEnvelope(tools: SentryTools): ReportReader {
  const { project } = tools
  const parts = new ReportParts(tools)
  const items = new EnvelopeItems(parts.payloads, tools)
  const envelope = new EnvelopeReader(items, tools.limits)
  return readerOf(parts.sourceOf(envelope), ({ submission, said }) => {
    const { product, eventId } = items
    const report = composeReport(submission, said, { project, product, eventId })
    if (report) return report
    if (items.kept.includes('event')) throw new Refusal('no_minidump')
    items.kept.forEach(tools.onDropped)
    throw new NothingToStore(eventId)
  })
}

/** What a body holds: files and form fields, and beside them what payloads say. */
interface Content {
  submission: Submission
  said: Said
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

/** The query string holds annotations, beside the parameters of the protocol. */
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
    finish: () => ({ submission: reader.finish({ bare: true }), said: nothingSaid }),
    free: () => reader.free(),
  }
}

/** A report whose payloads are kept apart from its files and form fields. */
class ReportParts {
  readonly payloads: PayloadGatherer
  private readonly report: ReportBuilder

  constructor({ codecs, limits, onPart }: ReadTools) {
    this.report = new ReportBuilder(codecs, limits, onPart)
    this.payloads = new PayloadGatherer(this.report)
  }

  /** The report as `body` is read into it. */
  readonly sourceOf = (body: { write(bytes: Uint8Array): void; finish(): void }): Source => {
    const { report, payloads } = this
    return {
      get heldBytes() {
        return report.heldBytes + payloads.heldBytes
      },
      write: (bytes) => body.write(bytes),
      finish() {
        body.finish()
        const said = takeSaid(payloads)
        return { submission: report.finish({ bare: true }), said }
      },
      free: () => report.free(),
    }
  }
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
