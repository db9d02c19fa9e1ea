// The answer to an error that a handler throws. How a submission may fail: submit/answers.ts.
import { type ErrorCode, isCrashError } from '../shared/errors.ts'
import type { EdgeDeps } from './deps.ts'
import { problem } from './lib/http.ts'
import { Overloaded } from './lib/memory-budget.ts'
import { describeError } from './lib/log.ts'

/** Errors of the client, whose messages are written for it. All others may name stores, hosts and paths. */
const statuses: ReadonlyMap<ErrorCode, number> = new Map([['bad-crash-id', 400]])

/** Counts and logs an error that is not the client's; the answer does not tell what happened. */
export function answerError(error: Error, request: Request, deps: EdgeDeps): Response {
  if (error instanceof Overloaded)
    return problem(503, 'Too much is being read: try again', { 'retry-after': '5' })
  const status = isCrashError(error) ? statuses.get(error.code) : undefined
  if (status !== undefined) return problem(status, error.message)
  deps.metrics.record('errors_total', 1, {})
  deps.log('error', 'error', {
    path: new URL(request.url).pathname.slice(0, 200),
    error: describeError(error),
  })
  return problem(500)
}
