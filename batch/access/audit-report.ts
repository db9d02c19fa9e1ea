// The audit of a month: who holds what, what they did, and which tokens need attention.
import type { AuditRow } from '../../shared/access/audit.ts'
import { isExpired, type StoredToken, tokenIdOf } from '../../shared/access/tokens.ts'
import { auditPrefix } from '../../shared/keys.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { ascending } from '../../shared/text/ascending.ts'
import { dateAt, dayMs } from '../../shared/time/dates.ts'
import type { IsoDate } from '../../shared/units.ts'
import { gatherAudit } from '../derived/audit.ts'
import { listKeyDates } from '../lake/dates.ts'
import { readSql, rowsOf, streamText } from '../lake/duckdb.ts'
import { localPaths } from '../lake/files/local-copies.ts'
import type { TableFiles } from '../lake/files/table-files.ts'
import { auditTable } from '../lake/tables.ts'
import { readLastUses, readTokens } from './token-store.ts'

/** A token as lists and reports show it. */
export interface HeldToken {
  label: string
  id: string
  permissions: readonly string[]
  /** Null: all. */
  products: readonly string[] | null
  created_at: string
  /** Null: never. */
  expires_at: string | null
  /** Null: never. */
  last_used: IsoDate | null
  /** What needs attention. */
  findings: string[]
}

/** What a holder did in the month, by kind. Times are ISO. */
export interface Use {
  label: string
  token_id: string
  action: string
  product: string
  count: number
  /** Number of distinct subjects, such as crashes. */
  subjects: number
  first: string
  last: string
}

/** What was read or changed, by whom. */
export interface Subject {
  label: string
  subject: string
  product: string
  actions: string[]
  count: number
  last: string
}

export interface AuditReport {
  /** `YYYY-MM`. */
  month: string
  tokens: HeldToken[]
  use: Use[]
  /** The latest ones. */
  subjects: Subject[]
}

const unusedDays = 90
const soonDays = 14
/** Subjects in a report; the rows have all. */
const mostSubjects = 50

/** The tokens of a store, by label, the newest of a label last. */
export async function listHeldTokens(crashes: Storage, now: Date): Promise<HeldToken[]> {
  const [tokens, uses] = await Promise.all([readTokens(crashes), readLastUses(crashes)])
  return tokens
    .map((token) => heldToken(token, uses.get(tokenIdOf(token)), now))
    .sort((a, b) => ascending(a.label, b.label))
}

export const heldToken = (token: StoredToken, lastUse: Date | undefined, now: Date): HeldToken => ({
  label: token.label,
  id: tokenIdOf(token),
  permissions: token.permissions,
  products: token.products ?? null,
  created_at: token.created_at,
  expires_at: token.expires_at ?? null,
  last_used: lastUse ? dateAt(lastUse) : null,
  findings: findingsOf(token, lastUse, now),
})

function findingsOf(token: StoredToken, lastUse: Date | undefined, now: Date): string[] {
  if (isExpired(token, now)) return ['expired']
  const after = (days: number) => new Date(now.getTime() + days * dayMs)
  const idleSince = lastUse?.getTime() ?? Date.parse(token.created_at)
  return [
    ...(isExpired(token, after(soonDays)) ? [`expires within ${soonDays} days`] : []),
    ...(idleSince <= after(-unusedDays).getTime() ? [`not used for ${unusedDays} days`] : []),
  ]
}

/** Local copies of the audit of a month, after an update of the table. */
export async function auditFiles(files: TableFiles, month: string, now: Date): Promise<string[]> {
  await gatherAudit(files, now)
  const dates = await listKeyDates(files.stores.crashes, auditPrefix())
  return localPaths(
    files,
    auditTable,
    dates.filter((date) => date.startsWith(`${month}-`)),
  )
}

/** @param paths of `auditFiles` @throws CrashError 'bad-config', 'storage' */
export async function reportAudit(
  files: TableFiles,
  { month, paths, now }: { month: string; paths: readonly string[]; now: Date },
): Promise<AuditReport> {
  const tokens = await listHeldTokens(files.stores.crashes, now)
  if (paths.length === 0) return { month, tokens, use: [], subjects: [] }
  const { connection } = files.database
  const sql = (name: string) => readSql(import.meta.dirname, name)
  const use = await rowsOf<Use>(connection, sql('audit-use'), { paths })
  const subjects = await rowsOf<Subject>(connection, sql('audit-subjects'), { paths, most: mostSubjects })
  return { month, tokens, use, subjects }
}

/** The rows of a month in order, in constant memory. */
export async function* auditRows(files: TableFiles, paths: readonly string[]): AsyncGenerator<AuditRow> {
  if (paths.length === 0) return
  const sql = readSql(import.meta.dirname, 'audit-rows')
  for await (const json of streamText(files.database, sql, { paths })) yield JSON.parse(json)
}
