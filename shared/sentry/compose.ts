// Puts what a Sentry client says into the annotations of the report that its files make.
import { mainDumpName } from '../crash.ts'
import type { EncodedDump } from '../report/encoded-dump.ts'
import { addNote } from '../report/notes.ts'
import type { Submission } from '../report/report-builder.ts'
import { resolveProduct } from '../throttle/product.ts'
import { annotationsFrom, eventIdOf, joinBreadcrumbFiles, type SentryReport } from './event.ts'
import { takeFormEvent } from './form.ts'
import { at, mergeAll, objectOf, textAt } from './json.ts'
import type { PayloadGatherer, PayloadKind } from './payloads.ts'

/** What payloads say, and which of them could not be read. */
export type Said = SentryReport & { unread: readonly string[] }

export const nothingSaid: Said = { event: {}, breadcrumbs: [], feedback: {}, unread: [] }

export interface Identity {
  /** The project of the request's path. */
  project: string
  /** The product by configuration; it counts before what the report says. */
  product: string | null
  /** The event id that the envelope names; that of the event counts where it is null. */
  eventId: string | null
}

/** Decodes the payloads; those that cannot be read become files of the report. */
export function takeSaid(payloads: PayloadGatherer): Said {
  const first = (kind: PayloadKind) => objectOf(payloads.take(kind)[0]) ?? {}
  const feedback = objectOf(at(first('feedback'), 'contexts', 'feedback'))
  return {
    event: first('event'),
    breadcrumbs: joinBreadcrumbFiles(payloads.take('breadcrumbs1'), payloads.take('breadcrumbs2')),
    feedback: mergeAll(feedback ?? {}, first('user_report')),
    unread: payloads.unread,
  }
}

/** The report with the annotations that were said; null when there is no minidump. */
export function composeReport(submission: Submission, said: Said, identity: Identity): Submission | null {
  if (!submission.dumps.some(isMinidump)) return null
  const form = takeFormEvent(submission.annotations)
  const { eventId } = identity
  const event = mergeAll(said.event, form.event, eventId === null ? {} : { event_id: eventId })
  const annotations = new Map<string, unknown>([...annotationsFrom({ ...said, event }), ...form.annotations])
  identify(annotations, identity)
  for (const where of [...said.unread, ...form.unread.map(() => 'form field')])
    addNote(submission.notes, `could not read what Sentry's client says: ${where}`)
  const id = eventIdOf(textAt(annotations.get('SentryEventID')))
  return { ...submission, annotations, ...(id !== null && { eventId: id }) }
}

/** Also what minidumps come wrapped in, which only the name tells. */
const isMinidump = ({ name, size, format }: EncodedDump) =>
  format === 'minidump' || (name === mainDumpName && size > 0)

/** The project stands in for a product where nothing names one. */
function identify(annotations: Map<string, unknown>, { project, product }: Identity): void {
  annotations.set('SentryProject', project)
  if (product !== null) annotations.set('ProductName', product)
  else if (!resolveProduct(Object.fromEntries(annotations)).ProductName)
    annotations.set('ProductName', project)
}
