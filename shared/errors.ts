// The error class of all expected failures. `code` is stable and closed, so callers can switch on it.

/** Every condition that callers may distinguish. Add a new code here first. */
export type ErrorCode =
  | 'bad-usage'
  | 'bad-config'
  | 'bad-crash-id'
  | 'bad-dump'
  | 'bad-json'
  | 'bad-policy'
  | 'bad-report'
  | 'bad-symbols'
  | 'damaged'
  | 'limit'
  | 'missing'
  | 'storage'
  | 'timeout'

/** An expected failure: damaged input, a limit, a failing store. Bugs are other errors and surface. */
export class CrashError extends Error {
  override readonly name = 'CrashError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}

/** True for a CrashError, including one from another realm (compares name and code, not identity). */
export function isCrashError(error: unknown): error is CrashError {
  return error instanceof Error && error.name === 'CrashError' && 'code' in error
}

const reasons: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'connection refused'],
  ['ECONNRESET', 'connection reset'],
  ['ENOTFOUND', 'unknown host'],
  ['EAI_AGAIN', 'unknown host, DNS does not answer'],
  ['ETIMEDOUT', 'no connection in time'],
  ['UND_ERR_CONNECT_TIMEOUT', 'no connection in time'],
])

/** Why a request failed: `fetch` only reports that it did, the reason is its innermost cause. */
export function reasonOf(error: unknown): string {
  let inner = error
  for (let depth = 0; depth < 5 && inner instanceof Error; depth++) {
    const next = inner instanceof AggregateError ? inner.errors[0] : inner.cause
    if (!(next instanceof Error)) break
    inner = next
  }
  if (!(inner instanceof Error)) return String(inner)
  const known = 'code' in inner ? reasons.get(String(inner.code)) : undefined
  return known === undefined ? inner.message || inner.name : `${known} (${inner.message})`
}
