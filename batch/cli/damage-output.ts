// What commands report of crashes and files that could not be read.
import { rawKey } from '../../shared/keys.ts'
import { describeDamage } from '../lake/files/damage.ts'
import type { TableFiles } from '../lake/files/table-files.ts'
import type { ProcessReport } from '../processing/process-run.ts'

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
