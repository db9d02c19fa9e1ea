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
