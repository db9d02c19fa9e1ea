// `mayday audit`: who holds what, who used it, what was read.
import { type Command, InvalidArgumentError } from 'commander'
import {
  type AuditReport,
  auditFiles,
  auditRows,
  type HeldToken,
  reportAudit,
} from '../../access/audit-report.ts'
import { safeCsvCell } from '../../cli/csv.ts'
import { warnOfDamage } from '../../cli/damage-output.ts'
import { addStoreOption, type StoreOptions } from '../../cli/options.ts'
import { printResult, writeOut } from '../../cli/output.ts'
import { textTable } from '../../cli/text-table.ts'
import type { TableFiles } from '../../lake/files/table-files.ts'
import { openFiles, openStore } from '../../lake/open-store.ts'

interface Options extends Pick<StoreOptions, 'store'> {
  month?: string
  csv?: true
  json?: true
}

export function build(command: Command): void {
  addStoreOption(command)
    .option('--month <YYYY-MM>', 'the month of the audit, UTC (default: this one)', readMonth)
    .option('--csv', 'print every row of the month with the token behind it, and tokens without use')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Prints the tokens with what needs attention (expired, about to expire, not used for 90 days), what their holders did in
the month, and the crashes they read. Tokens in the settings of the edge appear when they are used. Exit code 0 in any
case. The table audit of mayday sql has all months. See docs/protected-data.md.

Examples:
  mayday audit --month 2026-11
  mayday audit --month 2026-11 --csv > audit-2026-11.csv
  mayday sql "select label, count(*) from audit where action = 'read_file' group by all"`,
    )
    .action(audit)
}

const thisMonth = () => new Date().toISOString().slice(0, 7)

function readMonth(text: string): string {
  if (/^\d{4}-(0[1-9]|1[0-2])$/.test(text)) return text
  throw new InvalidArgumentError('It must be a month like 2026-11')
}

async function audit({ month = thisMonth(), ...options }: Options): Promise<void> {
  await using open = await openStore(options)
  await using files = await openFiles(open)
  const now = new Date()
  const paths = await auditFiles(files, month, now)
  const report = await reportAudit(files, { month, paths, now })
  if (options.csv) await printCsv(files, report, paths)
  else printResult(options, { report, text: reportText(report) })
  warnOfDamage(files)
}

const minuteOf = (time: string) => time.slice(0, 16).replace('T', ' ')
const inUtc = (time: string | null) => (time === null ? 'never' : minuteOf(time))

export function reportText({ month, tokens, use, subjects }: AuditReport): string {
  const held = tokens.map((token) => [
    ...[token.label, token.id, token.permissions.join(','), token.products?.join(',') ?? 'all'],
    ...[inUtc(token.expires_at), token.last_used ?? 'never', token.findings.join(', ')],
  ])
  const used = use.map(({ label, action, product, count, subjects: distinct, first, last }) => [
    ...[label, action, product, String(count), String(distinct), minuteOf(first), minuteOf(last)],
  ])
  const read = subjects.map(({ label, subject, product, actions, count, last }) => [
    ...[label, subject, product, actions.join(','), String(count), minuteOf(last)],
  ])
  const left = (names: readonly string[], numbers: readonly string[] = []) =>
    names.map((name) => numbers.includes(name))
  const section = (title: string, names: string[], rows: string[][]) =>
    `${title}\n${textTable(names, rows, left(names, ['times', 'subjects']))}`
  return [
    section('Tokens', ['label', 'id', 'permissions', 'products', 'expires', 'last used', 'findings'], held),
    section(`Use in ${month}`, ['label', 'action', 'product', 'times', 'subjects', 'first', 'last'], used),
    section(
      `Latest subjects in ${month} (--csv has all)`,
      ['label', 'subject', 'product', 'actions', 'times', 'last'],
      read,
    ),
  ].join('\n')
}

const csvNames = [
  ...['label', 'token_id', 'permissions', 'products', 'created_at', 'expires_at', 'last_used', 'findings'],
  ...['recorded_at', 'action', 'subject', 'detail', 'product'],
]

async function printCsv(files: TableFiles, { tokens }: AuditReport, paths: readonly string[]): Promise<void> {
  const unused = new Map(tokens.map((token) => [token.id, token]))
  const byId = new Map(unused)
  const line = (cells: readonly string[]) => writeOut(`${cells.map(safeCsvCell).join(',')}\r\n`)
  await line(csvNames)
  for await (const row of auditRows(files, paths)) {
    unused.delete(row.token_id)
    const { recorded_at, label, token_id, action, subject, detail, product } = row
    const held = tokenCells(byId.get(token_id))
    await line([label, token_id, ...held, recorded_at, action, subject, detail, product])
  }
  for (const token of unused.values())
    await line([token.label, token.id, ...tokenCells(token), '', '', '', '', ''])
}

/** Empty for a revoked token, one in the settings, and a command. */
export const tokenCells = (token: HeldToken | undefined): string[] =>
  token
    ? [
        token.permissions.join(' '),
        token.products?.join('; ') ?? 'all',
        ...[token.created_at, token.expires_at ?? 'never', token.last_used ?? 'never'],
        token.findings.join(', '),
      ]
    : ['', '', '', '', '', '']
