// Standard output for results of any size, and safe text for terminals.
import { rawKey } from '../../shared/keys.ts'
import { describeDamage } from '../lake/files/damage.ts'
import type { TableFiles } from '../lake/files/table-files.ts'
import type { ProcessReport } from '../processing/process-run.ts'

/** Writes to standard output, waiting for slow readers. */
export function writeOut(data: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(data, (error) => (error ? reject(error) : resolve()))
  })
}

/** What a command did. */
export interface CommandResult {
  /** For `--json`. */
  report: object
  text: string
  /** Makes the exit code 1. */
  failed?: boolean
}

/** Prints a result as JSON or as text, and sets the exit code. */
export function printResult(options: { json?: true }, { report, text, failed }: CommandResult): void {
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : text)
  if (failed) process.exitCode = 1
}

/** What a run reports of a crash whose stored report cannot be read. */
const unreadableLine = (crashId: string): string =>
  describeDamage({ key: rawKey(crashId), why: 'it cannot be read; its processed crash is kept' })

/** Whether a run kept the processed crash of a report that it could not process. */
export const keptAny = ({ unreadable, failed }: Pick<ProcessReport, 'unreadable' | 'failed'>): boolean =>
  unreadable.length + failed.length > 0

/** What a run reports of crashes whose processed crashes it kept; empty without any. */
export const keptLines = ({
  unreadable,
  failed,
  dumps_dropped,
  lost_threads,
}: Pick<ProcessReport, 'unreadable' | 'failed' | 'dumps_dropped' | 'lost_threads'>): string[] => [
  ...unreadable.map(unreadableLine),
  ...droppedLines(dumps_dropped),
  ...lost_threads.map(({ crash_id, why }) => `${crash_id} cost a thread: ${why}`),
  ...failed.map((id) => `${id} could not be processed again; its processed crash is kept`),
]

/** Crash IDs that a text names; --json has all. */
const mostNamed = 20

/** What a run reports of crashes whose dumps were dropped; empty without any. */
function droppedLines(crashIds: readonly string[]): string[] {
  if (crashIds.length === 0) return []
  const more = crashIds.length - mostNamed
  const named = [...crashIds.slice(0, mostNamed), ...(more > 0 ? [`and ${more} more`] : [])].join(', ')
  return [`${crashIds.length} crashes keep their stacks, because their dumps were dropped: ${named}`]
}

/** Reports the table files that a lake skips on standard error; the command fails. */
export function warnOfDamage({ damaged }: Pick<TableFiles, 'damaged'>): void {
  for (const file of damaged.values()) process.stderr.write(`mayday: skipped: ${describeDamage(file)}\n`)
  if (damaged.size > 0) process.exitCode = 1
}

export { visible } from '../../shared/visible.ts'
