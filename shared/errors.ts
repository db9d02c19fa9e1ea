// The one error class that crosses room borders. `code` is stable and closed, so callers can switch on it.

/** Every condition that a caller may want to tell from another. Add a row here before throwing a new code. */
export type ErrorCode =
  | 'bad-usage'
  | 'bad-config'
  | 'bad-crash-id'
  | 'bad-dump'
  | 'bad-json'
  | 'bad-policy'
  | 'bad-report'
  | 'bad-symbols'
  | 'limit'
  | 'missing'
  | 'storage'
  | 'timeout'

/** An expected failure: damaged input, a limit, a store that does not answer. Bugs are other errors and surface. */
export class CrashError extends Error {
  override readonly name = 'CrashError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}

/** True for a CrashError, also one that came from another realm (name and code are compared, not identity). */
export function isCrashError(error: unknown): error is CrashError {
  return error instanceof Error && error.name === 'CrashError' && 'code' in error
}
