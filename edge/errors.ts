// The only map from an error to a response. The forms that crash clients expect: submit/answers.ts.
import { type ErrorCode, isCrashError } from '../shared/errors.ts'
import { Refusal, type RefusalReason, refusals } from '../shared/report/refusals.ts'
import { AccessDenied } from './access/denial.ts'
import { TokensUnknown } from './access/token-source.ts'
import type { EdgeDeps } from './deps.ts'
import { problem } from './lib/http.ts'
import { describeError } from './lib/log.ts'
import { Evicted, Overloaded } from './lib/memory-budget.ts'
import { ClientGone } from './submit/body.ts'

/** The client sends more requests than it may. */
export class RateLimited extends Error {
  override readonly name = 'RateLimited'
}

/** How a request failed, if the client or the load is the cause. */
export type Failure =
  | { is: 'malformed'; reason: RefusalReason }
  | { is: 'rate_limited' | 'overloaded' | 'evicted' | 'tokens_unknown' | 'client_gone' }

/** Null for a bug, a missing setting, or a store that fails. */
export function failureOf(error: unknown): Failure | null {
  if (error instanceof Refusal) return { is: 'malformed', reason: error.reason }
  if (error instanceof RateLimited) return { is: 'rate_limited' }
  if (error instanceof TokensUnknown) return { is: 'tokens_unknown' }
  if (error instanceof Evicted) return { is: 'evicted' }
  if (error instanceof Overloaded) return { is: 'overloaded' }
  return error instanceof ClientGone ? { is: 'client_gone' } : null
}

interface FailureResponse {
  status: number
  /** When to retry, in seconds; null for never or any time. */
  retryAfter: number | null
  description: string
}

const busy = { status: 503, retryAfter: 5, description: 'Too many requests in progress: try again' }
const responses = {
  rate_limited: {
    status: 429,
    retryAfter: 60,
    description: 'Too many requests from this address: wait a minute',
  },
  overloaded: busy,
  evicted: busy,
  tokens_unknown: {
    status: 503,
    retryAfter: 5,
    description: 'The tokens cannot be read at the moment: try again',
  },
  client_gone: { status: 400, retryAfter: null, description: 'The body ended early' },
} as const

export function responseTo(failure: Failure): FailureResponse {
  if (failure.is !== 'malformed') return responses[failure.is]
  const { status, doc } = refusals[failure.reason]
  return { status, retryAfter: status === 408 ? 5 : null, description: doc }
}

/** Client errors, whose messages are safe to show. All others may name stores, hosts and paths. */
const statuses: ReadonlyMap<ErrorCode, number> = new Map([['bad-crash-id', 400]])

/** The response as JSON. Errors that are not the client's are counted and logged; the response does not reveal them. */
export function answerError(error: Error, request: Request, deps: EdgeDeps): Response {
  if (error instanceof AccessDenied) return error.answer
  const failure = failureOf(error)
  if (failure) {
    const { status, retryAfter, description } = responseTo(failure)
    return problem(status, description, retryHeaders(retryAfter))
  }
  const status = isCrashError(error) ? statuses.get(error.code) : undefined
  if (status !== undefined) return problem(status, error.message)
  deps.metrics.record('errors_total', 1, {})
  deps.log('error', 'error', {
    path: new URL(request.url).pathname.slice(0, 200),
    error: describeError(error),
  })
  return problem(500)
}

export const retryHeaders = (retryAfter: number | null): Record<string, string> =>
  retryAfter === null ? {} : { 'retry-after': `${retryAfter}` }
