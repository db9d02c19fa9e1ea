// The response to an error thrown by a handler. Failures of submissions: submit/answers.ts.
import { type ErrorCode, isCrashError } from '../shared/errors.ts'
import type { EdgeDeps } from './deps.ts'
import { problem } from './lib/http.ts'
import { Overloaded } from './lib/memory-budget.ts'
import { describeError } from './lib/log.ts'

/** Client errors, whose messages are safe to show. All others may name stores, hosts and paths. */
const statuses: ReadonlyMap<ErrorCode, number> = new Map([['bad-crash-id', 400]])

/** Counts and logs an error that is not the client's; the response does not reveal its cause. */
export function answerError(error: Error, request: Request, deps: EdgeDeps): Response {
  if (error instanceof Overloaded)
    return problem(503, 'Too many reads in progress: try again', { 'retry-after': '5' })
  const status = isCrashError(error) ? statuses.get(error.code) : undefined
  if (status !== undefined) return problem(status, error.message)
  deps.metrics.record('errors_total', 1, {})
  deps.log('error', 'error', {
    path: new URL(request.url).pathname.slice(0, 200),
    error: describeError(error),
  })
  return problem(500)
}
