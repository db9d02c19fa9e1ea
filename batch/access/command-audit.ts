// The audit of commands that change tokens.
import { userInfo } from 'node:os'
import { type AuditEvent, auditRowOf } from '../../shared/access/audit.ts'
import { encodeLines } from '../../shared/json/json-lines.ts'
import { auditKey } from '../../shared/keys.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { dateAt } from '../../shared/time/dates.ts'

/** Writes rows of the audit, with the user who runs the command. @throws CrashError 'storage' */
export async function recordEvents(
  crashes: Storage,
  events: readonly AuditEvent[],
  now: Date,
): Promise<void> {
  const holder = { label: `mayday:${userName()}`, tokenId: '' }
  const body = encodeLines(events.map((event) => auditRowOf(holder, event, now)))
  await crashes.put(auditKey(dateAt(now), `mayday-${crypto.randomUUID()}`), body, {
    contentType: 'application/jsonl',
    ifNoneMatch: '*',
  })
}

/** A container may have no name for its user. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown')
  }
}
