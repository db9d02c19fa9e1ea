// The page docs/data-dictionary.md, from the field catalog and the tables. `make-docs.ts` writes it.
import { sqlType } from '../../batch/lake/column-types.ts'
import type { Column } from '../../batch/lake/columns.ts'
import { rulesets } from '../../batch/processing/rules/rulesets.ts'
import { tables } from '../../batch/lake/tables.ts'
import { cutMark, maxPublicBytes, maxPublicDumpBytes } from '../../shared/fields/cut.ts'
import { annotations, fields } from '../../shared/fields/fields.ts'
import { shapeText, sourceText } from '../../shared/fields/words.ts'

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
const table = (heads: readonly string[], rows: readonly (readonly string[])[]) =>
  [heads, heads.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n')

function columnRows(columns: readonly Column[], prefix = ''): string[][] {
  return columns.flatMap((column) => [
    [
      `\`${prefix}${column.name}\``,
      column.type === 'structs' ? 'list of structs' : sqlType(column),
      column.description,
    ],
    ...columnRows(column.fields ?? [], `${column.name}[].`),
  ])
}

/** Returns the text of the page. */
export function makeDictionary(): string {
  const tableSections = tables.map(
    (entry) => `### ${entry.view ?? entry.name}

${entry.description} Bucket \`${entry.bucket}\`, \`tables/${entry.name}/\`, sorted by ${entry.sort.join(', ')}.

${table(['column', 'type', 'description'], columnRows(entry.columns))}`,
  )
  const fieldRows = fields.map((field) => [
    `\`${field.name}\``,
    shapeText(field.shape),
    field.access ?? 'protected',
    sourceText(field),
    field.description,
  ])
  const annotationRows = annotations.map((row) => [
    `\`${row.name}\``,
    row.banned ? 'removed' : (row.access ?? 'protected'),
    row.description,
  ])
  const rules = rulesets.mozilla.map((rule) => [
    rule.name,
    String(rule.version),
    rulesets.default.includes(rule) ? 'default, mozilla' : 'mozilla',
    (rule.after ?? []).join(', '),
  ])
  return `# Data dictionary

Generated from \`shared/fields\` and \`batch/lake/tables.ts\` by \`node test/support/make-docs.ts\`.

## Tables

${tableSections.join('\n\n')}

## Fields of a processed crash

Public fields are visible to everyone; of public objects, only the keys in the catalog. Table rows and public views truncate
fields to ${maxPublicBytes / 1024} KiB (output of the stack walker: ${maxPublicDumpBytes / 1024 / 1024} MiB). A truncated text ends in \`${cutMark}\`.

${table(['field', 'shape', 'access', 'source', 'description'], fieldRows)}

## Annotations

The annotations that clients send with their dumps. Annotations that are not listed are stored and protected.

${table(['annotation', 'access', 'description'], annotationRows)}

## Rules

The processing rules, in order. The file of a product selects its preset; the preset \`mozilla\` has all rules.

${table(['rule', 'version', 'preset', 'after'], rules)}
`
}
