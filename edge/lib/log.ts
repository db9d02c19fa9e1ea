// Structured log: one JSON object a line. Never client addresses, never annotations except product and version.

export type Severity = 'debug' | 'info' | 'warning' | 'error'

export type Log = (severity: Severity, event: string, fields?: Readonly<Record<string, unknown>>) => void

/** A log that hands each line to `write`. */
export function createLog(write: (line: string) => void, now: () => Date): Log {
  return (severity, event, fields) =>
    write(JSON.stringify({ time: now().toISOString(), severity, event, ...fields }))
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
