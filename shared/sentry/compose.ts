// Adds the data of a Sentry client to the annotations of the report made of its files.
import { mainDumpName } from '../crash.ts'
import { present } from '../present.ts'
import type { EncodedDump } from '../report/body/encoded-dump.ts'
import { addNote } from '../report/notes.ts'
import type { Submission } from '../report/report-builder.ts'
import { resolveProduct } from '../throttle/product.ts'
import { annotationsFrom, eventIdOf, joinBreadcrumbFiles, type SentryReport } from './event.ts'
import { takeFormEvent } from './form.ts'
import { at, mergeAll, objectOf, textAt } from './json.ts'
import type { PayloadGatherer, PayloadKind } from './payloads.ts'

/** The content of payloads, and the names of those that could not be read. */
export type SentryData = SentryReport & { unread: readonly string[] }

export const noData: SentryData = { event: {}, breadcrumbs: [], feedback: {}, unread: [] }

export interface Identity {
  /** The project in the request's path. */
  project: string
  /** The configured product; it takes precedence over the report. */
  product: string | null
  /** The event id in the envelope; when null, that of the event is used. */
  eventId: string | null
}

/** Decodes the payloads; unreadable ones become files of the report. */
export function takeData(payloads: PayloadGatherer): SentryData {
  const first = (kind: PayloadKind) => objectOf(payloads.take(kind)[0]) ?? {}
  const feedback = objectOf(at(first('feedback'), 'contexts', 'feedback'))
  return {
    event: first('event'),
    breadcrumbs: joinBreadcrumbFiles(payloads.take('breadcrumbs1'), payloads.take('breadcrumbs2')),
    feedback: mergeAll(feedback ?? {}, first('user_report')),
    unread: payloads.unread,
  }
}

/** The report with the annotations of the payloads; null without a minidump. */
export function composeReport(
  submission: Submission,
  data: SentryData,
  identity: Identity,
): Submission | null {
  if (!submission.dumps.some(isMinidump)) return null
  const form = takeFormEvent(submission.annotations)
  const { eventId } = identity
  const event = mergeAll(data.event, form.event, eventId === null ? {} : { event_id: eventId })
  const annotations = new Map<string, unknown>([...annotationsFrom({ ...data, event }), ...form.annotations])
  identify(annotations, identity)
  for (const where of [...data.unread, ...form.unread.map(() => 'form field')])
    addNote(submission.notes, `could not read the data of Sentry's client: ${where}`)
  const id = eventIdOf(textAt(annotations.get('SentryEventID')))
  return { ...submission, annotations, ...present({ eventId: id }) }
}

/** Includes compressed minidumps, which only their name identifies. */
const isMinidump = ({ name, size, format }: EncodedDump) =>
  format === 'minidump' || (name === mainDumpName && size > 0)

/** The project is used as product when no other source names one. */
function identify(annotations: Map<string, unknown>, { project, product }: Identity): void {
  annotations.set('SentryProject', project)
  if (product !== null) annotations.set('ProductName', product)
  else if (!resolveProduct(Object.fromEntries(annotations)).ProductName)
    annotations.set('ProductName', project)
}
