// The audit: what holders of tokens did with protected data, and changes of tokens. Written in batches, from which
// batch makes the table `audit`. It has no client addresses.
import * as z from 'zod/mini'
import { decodeLines } from '../json/json-lines.ts'

/** What is recorded. */
export const auditActions = {
  read_crash: 'read the protected fields of a crash',
  read_annotations: 'read the protected annotations of a report',
  search_protected: 'searched protected fields of crashes',
  read_report: 'downloaded a stored report',
  list_files: 'listed the files of a report, with links to download them',
  read_file: 'downloaded a minidump or attachment',
  run_sql: 'queried the tables with SQL',
  reprocess_crashes: 'requested that a crash is processed again',
  upload_symbols: 'uploaded symbol files',
  add_token: 'added a token',
  rotate_token: 'replaced a token',
  revoke_token: 'revoked a token',
} as const

export type AuditAction = keyof typeof auditActions

/** What a holder did. */
export interface AuditEvent {
  action: AuditAction
  /** The crash ID, the search, the upload or the label of the token. */
  subject: string
  /** The name of the file, the number of files, the permissions. Default: empty. */
  detail?: string
  /** The product of a crash. Default: empty. */
  product?: string
}

const actionNames = Object.keys(auditActions) as [AuditAction, ...AuditAction[]]

/** One line of a stored batch: all columns of the table `audit` but its day. */
const auditRow = z.object({
  recorded_at: z.iso.datetime(),
  /** The label of a token, the name of a setting, or `mayday:<user>` for a command. */
  label: z.string(),
  /** The first digits of the token's SHA-256; empty for a command. */
  token_id: z.string(),
  action: z.enum(actionNames),
  subject: z.string(),
  detail: z.string(),
  product: z.string(),
})
export type AuditRow = z.output<typeof auditRow>

/** Longer texts are truncated. */
const maxText = 300

export function auditRowOf(
  { label, tokenId }: { label: string; tokenId: string },
  { action, subject, detail = '', product = '' }: AuditEvent,
  at: Date,
): AuditRow {
  const cut = (text: string) => text.slice(0, maxText).toWellFormed()
  return {
    recorded_at: at.toISOString(),
    label,
    token_id: tokenId,
    action,
    subject: cut(subject),
    detail: cut(detail),
    product: cut(product),
  }
}

/** @throws CrashError 'bad-json' */
export const decodeAuditRows = (bytes: Uint8Array): AuditRow[] => decodeLines(auditRow, bytes, 'the audit')
