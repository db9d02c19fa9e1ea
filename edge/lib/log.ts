// Structured log: one JSON object a line. Never client addresses, never annotations except product and version.
import { findUnknownSettings } from '../../shared/settings.ts'

export type Severity = 'debug' | 'info' | 'warning' | 'error'

export type Log = (severity: Severity, event: string, fields?: Readonly<Record<string, unknown>>) => void

/** A log that hands each line to `write`. */
export function createLog(write: (line: string) => void, now: () => Date): Log {
  return (severity, event, fields) =>
    write(JSON.stringify({ time: now().toISOString(), severity, event, ...fields }))
}

/** Warns of names in the environment that look like settings and are none; once, when the edge starts. */
export function warnOfUnknownSettings(names: readonly string[], log: Log): void {
  for (const { name, meant } of findUnknownSettings(names)) {
    log('warning', 'unknown_setting', { name, ...(meant !== null && { did_you_mean: meant }) })
  }
}

/** What a log line may say of an error: its chain of names and messages, without stacks. */
export function describeError(error: unknown): string {
  const parts: string[] = []
  for (let cause = error; cause !== undefined && parts.length < 4; ) {
    parts.push(cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause))
    cause = cause instanceof Error ? cause.cause : undefined
  }
  return parts.join(' <- ').slice(0, 500)
}
