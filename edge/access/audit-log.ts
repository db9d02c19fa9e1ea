// Records what holders of tokens do: in memory, written together with when each token was last used.
import { type AuditEvent, type AuditRow, auditRowOf } from '../../shared/access/audit.ts'
import { auditKey, lastUseKey } from '../../shared/keys.ts'
import type { IsoDate } from '../../shared/units.ts'
import { type BatchTools, createFlusher, writeBatches } from '../lib/batch-writer.ts'
import { describeError } from '../lib/log.ts'
import { Overloaded } from '../lib/memory-budget.ts'
import type { Holder } from './token-source.ts'

export interface AuditLog {
  /**
   * Records what a holder does; call it before the answer.
   * @throws Overloaded when too much waits to be written, so that nothing happens unrecorded while the store fails
   */
  record(holder: Pick<Holder, 'label' | 'tokenId'>, event: AuditEvent): void
  /** Notes that a token was used; written once a day. */
  noteUse(holder: Pick<Holder, 'tokenId'>): void
  /** Writes what waits; what cannot be written waits for the next flush. */
  flush(): Promise<void>
}

/** About 4 MB. */
const maxRows = 10_000

type AuditTools = BatchTools & { now(): Date }

export function createAuditLog(tools: AuditTools): AuditLog {
  let rows: AuditRow[] = []
  const uses = createUseLog(tools)
  const batches = {
    ...{ keyOf: auditKey, failure: 'audit_not_written' },
    dateOf: (row: AuditRow) => row.recorded_at.slice(0, 10),
  }
  const flusher = createFlusher(tools.schedule, async () => {
    const taken = rows
    rows = []
    rows.unshift(...(await writeBatches(taken, { ...tools, ...batches })))
    await uses.write()
  })
  return {
    record(holder, event) {
      if (rows.length >= maxRows) throw new Overloaded()
      rows.push(auditRowOf(holder, event, tools.now()))
      flusher.changed()
    },
    noteUse({ tokenId }) {
      if (uses.note(tokenId)) flusher.changed()
    },
    flush: flusher.flush,
  }
}

/** The days on which tokens were last used. */
function createUseLog({ storage, log, now }: AuditTools) {
  /** Of tokens in use: their number is limited. */
  const used = new Map<string, IsoDate>()
  const unwritten = new Set<string>()
  return {
    /** Returns whether this is the first use of the token today. */
    note(tokenId: string): boolean {
      const date = now().toISOString().slice(0, 10)
      if (used.get(tokenId) === date) return false
      used.set(tokenId, date)
      unwritten.add(tokenId)
      return true
    },
    /** What cannot be written waits for the next call. */
    async write(): Promise<void> {
      for (const id of [...unwritten]) {
        try {
          await storage.put(lastUseKey(id), new Uint8Array())
          unwritten.delete(id)
        } catch (error) {
          log('error', 'last_use_not_written', { error: describeError(error) })
        }
      }
    },
  }
}
