// The tables of docs/operating-batch.md of what `mayday verify` reports of a crash, generated from the code.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { findingKinds, type StateRule, stateRules } from '../../batch/planning/states.ts'

const path = resolve(import.meta.dirname, '../../docs/operating-batch.md')
const [start, end] = ['<!-- generated: states -->', '<!-- end -->'] as const

/** The page with its tables replaced. */
export function makeOperatingBatch(): string {
  const page = readFileSync(path, 'utf8')
  const [before, rest] = page.split(start)
  return `${before}${start}\n\n${findingsTable()}\n\n${statesTable()}\n\n${end}${rest!.split(end)[1]}`
}

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`

function findingsTable(): string {
  const rows = Object.entries(findingKinds).map(([kind, { text, cause, cure }]) =>
    row([kind, `${text} …`, cause, cure.replace(/mayday [^,]*/, (command) => `\`${command}\``)]),
  )
  const head = ['`mayday verify --json`', 'text', 'cause', 'cure']
  return [row(head), '|---|---|---|---|', ...rows].join('\n')
}

const columns = [
  ['mark of erasure', (rule) => yesNo(rule.erasing)],
  ['report', (rule) => yesNo(rule.report)],
  ['processed crash', (rule) => yesNo(rule.document)],
  ['rows in `crashes`', (rule) => rule.crashes],
  ['rows in `protected`', (rule) => rule.protected],
  ['rows in `modules`', (rule) => rule.modules],
  ['findings', (rule) => rule.kinds?.join(', ') ?? 'none'],
] as const satisfies readonly (readonly [string, (rule: StateRule) => unknown])[]

const yesNo = (part: boolean | undefined) => (part === undefined ? undefined : part ? 'yes' : 'no')

function statesTable(): string {
  const rows = stateRules.map((rule) => row(columns.map(([, cell]) => String(cell(rule) ?? 'any'))))
  return [row(columns.map(([name]) => name)), row(columns.map(() => '---')), ...rows].join('\n')
}
