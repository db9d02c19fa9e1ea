// The response to every outcome of a submission, by client family. For clients: docs/clients.md.
import type { CrashId } from '../../shared/crash-id.ts'
import { refusals } from '../../shared/report/refusals.ts'
import { NothingToStore } from '../../shared/sentry/report.ts'
import { type Failure, failureOf, responseTo, retryHeaders } from '../errors.ts'
import { jsonAnswer, plainAnswer } from '../lib/http.ts'

/**
 * How a submission ended. `accepted`: stored, stored before, or answered as if it were. `acknowledged`: read, with
 * nothing to store. `eventId`: as the client sent it, if it did.
 */
export type Outcome =
  | { is: 'accepted'; crashId: CrashId; eventId: string | null }
  | { is: 'rejected'; rule: string; eventId: string | null }
  | { is: 'acknowledged'; eventId: string | null }
  | { is: 'not_stored' }
  | Failure

/** The outcome of an error caused by the client or the load; null for a bug. */
export const outcomeOf = (error: unknown): { is: 'acknowledged'; eventId: string | null } | Failure | null =>
  error instanceof NothingToStore ? { is: 'acknowledged', eventId: error.eventId } : failureOf(error)

/** Clients that interpret responses in the same way. */
export interface Family {
  /** The client drops a report after any 4xx: 503 makes it retry later. */
  clientErrorsAreFinal: boolean
  /** Writes the response. `request` may ask for another format. */
  write(outcome: Outcome, init: AnswerInit, request: Request): Response
}

interface AnswerInit {
  status: number
  headers: Record<string, string>
}

const plain: Family = { clientErrorsAreFinal: false, write: writeLine }

/** Families that share the routes of `POST /submit`, by their User-Agent; the first that matches. */
const families: readonly { userAgent: RegExp; family: Family }[] = [
  // https://chromium.googlesource.com/breakpad/breakpad/+/main/src/client/windows/sender/crash_report_sender.cc
  { userAgent: /^Breakpad\/[\d.]+ \(Windows\)/, family: { ...plain, clientErrorsAreFinal: true } },
]

/** The family of a client that submits to `/submit`. */
export function familyOf(request: Request): Family {
  const userAgent = request.headers.get('user-agent') ?? ''
  return families.find((row) => row.userAgent.test(userAgent))?.family ?? plain
}

/** The status of an outcome for clients of a family, and when to retry: in seconds, null for never or any time. */
export function statusOf(outcome: Outcome, { clientErrorsAreFinal }: Family) {
  const { status, retryAfter } = basicStatus(outcome)
  return { status: clientErrorsAreFinal && retryAfter !== null ? 503 : status, retryAfter }
}

function basicStatus(outcome: Outcome): { status: number; retryAfter: number | null } {
  switch (outcome.is) {
    case 'accepted':
    case 'rejected':
    case 'acknowledged':
      return { status: 200, retryAfter: null }
    case 'not_stored':
      return { status: 500, retryAfter: null }
    default:
      return responseTo(outcome)
  }
}

/** The complete response. */
export function answer(outcome: Outcome, request: Request, family: Family): Response {
  const { status, retryAfter } = statusOf(outcome, family)
  return family.write(outcome, { status, headers: retryHeaders(retryAfter) }, request)
}

/** Clients that display the response, or use it as a file name, can request the id alone. */
const bareId = /[?&]answer=id(?:&|$)/

/** One line of text, as in Mozilla's collector; errors unrelated to the report have no body. */
function writeLine(outcome: Outcome, { status, headers }: AnswerInit, request: Request): Response {
  switch (outcome.is) {
    case 'accepted':
      return plainAnswer(
        bareId.test(request.url) ? outcome.crashId : `CrashID=bp-${outcome.crashId}\n`,
        status,
        headers,
      )
    case 'rejected':
      return plainAnswer(`Discarded=rule_${outcome.rule}`, status, headers)
    case 'malformed':
      return plainAnswer(`Discarded=malformed_${outcome.reason}`, status, headers)
    default:
      return new Response(null, { status, headers })
  }
}

/** Sentry clients: https://develop.sentry.dev/sdk/foundations/transport/ */
export const sentryFamily: Family = { clientErrorsAreFinal: false, write: writeSentryAnswer }

const sentryDetails: Readonly<
  Record<'not_stored' | 'rate_limited' | 'overloaded' | 'evicted' | 'tokens_unknown' | 'client_gone', string>
> = {
  not_stored: 'the report could not be stored',
  rate_limited: 'too many submissions',
  overloaded: 'too many reports at once',
  evicted: 'the body arrived too slowly while others needed the memory',
  tokens_unknown: 'the tokens cannot be read',
  client_gone: 'the body ended early',
}

/**
 * JSON in the form of Sentry's own responses: `id` is that of the event, or the crash ID when the client sent none.
 */
function writeSentryAnswer(outcome: Outcome, { status, headers }: AnswerInit): Response {
  const exposed: Record<string, string> = {
    ...headers,
    'access-control-expose-headers': 'x-crash-id, x-sentry-rate-limits, retry-after',
  }
  switch (outcome.is) {
    case 'accepted': {
      const id = outcome.eventId ?? outcome.crashId.replaceAll('-', '')
      return jsonAnswer({ id }, { status, headers: { ...exposed, 'x-crash-id': outcome.crashId } })
    }
    case 'acknowledged':
      return jsonAnswer(idOf(outcome), { status, headers: exposed })
    case 'rejected':
      return jsonAnswer({ ...idOf(outcome), discarded: `rule_${outcome.rule}` }, { status, headers: exposed })
    case 'malformed': {
      const causes = [`malformed_${outcome.reason}`]
      return jsonAnswer({ detail: refusals[outcome.reason].doc, causes }, { status, headers: exposed })
    }
    case 'rate_limited':
      exposed['x-sentry-rate-limits'] = `${headers['retry-after']}::organization`
  }
  return jsonAnswer({ detail: sentryDetails[outcome.is], causes: [] }, { status, headers: exposed })
}

const idOf = ({ eventId }: { eventId: string | null }) => (eventId === null ? {} : { id: eventId })
