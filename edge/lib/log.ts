// Structured log: one JSON object per line. Never client addresses, never annotations except product and version.
import { findUnknownSettings } from '../../shared/settings.ts'
import { present } from '../../shared/present.ts'

export type Severity = 'debug' | 'info' | 'warning' | 'error'

export type Log = (severity: Severity, event: string, fields?: Readonly<Record<string, unknown>>) => void

/** A log that passes each line to `write`. */
export function createLog(write: (line: string) => void, now: () => Date): Log {
  return (severity, event, fields) =>
    write(JSON.stringify({ time: now().toISOString(), severity, event, ...fields }))
}

/** Warns of environment variables that look like misspelled settings, once at start. */
export function warnOfUnknownSettings(names: readonly string[], log: Log): void {
  for (const { name, meant } of findUnknownSettings(names)) {
    log('warning', 'unknown_setting', { name, ...present({ did_you_mean: meant }) })
  }
}

/** The part of an error to log: its chain of names and messages, without stacks. */
export function describeError(error: unknown): string {
  const parts: string[] = []
  for (let cause = error; cause !== undefined && parts.length < 4; ) {
    parts.push(cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause))
    cause = cause instanceof Error ? cause.cause : undefined
  }
  return parts.join(' <- ').slice(0, 500)
}
