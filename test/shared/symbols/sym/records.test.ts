// Each kind of record of a symbol file, with every number at its limits: records.txt has the rows that each becomes.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseSymFile } from '../../../../shared/symbols/sym/parse.ts'
import { type Columns, none, tableNames } from '../../../../shared/symbols/symdex/columns.ts'
import { noInfo } from '../../../../shared/symbols/sym/state.ts'

/** `lines 16 8 7 -`: the columns of each row in the order of the schema, with texts instead of their positions. */
function rowsOf(file: string): string {
  const { info, tables, text, badLines } = parseSymFile(new TextEncoder().encode(file))
  const textAt = (start: number, length: number) =>
    JSON.stringify(new TextDecoder().decode(text.subarray(start, start + length)))
  const rows = tableNames.flatMap((name) => {
    const { length, ...columns } = tables[name] as Columns<string>
    return Array.from({ length }, (_, row) => {
      const values = Object.entries<Uint32Array>(columns).map(([column, values]) => {
        if (column === 'text') return textAt(values[row]!, columns.textLength![row]!)
        return column === 'textLength' ? '' : values[row] === none ? '-' : values[row]
      })
      return [name, ...values.filter((value) => value !== '')].join(' ')
    })
  })
  const records = Object.entries(info)
    .filter(([key, value]) => value !== noInfo[key as keyof typeof noInfo])
    .map(([key, value]) => `${key} ${JSON.stringify(value)}`)
  return [...records, ...rows, ...(badLines ? [`bad ${badLines}`] : [])].join('; ')
}

const cases = readFileSync(join(import.meta.dirname, 'records.txt'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => line.split(' => '))

test('every record becomes its rows', () => {
  expect(cases.map(([file]) => [file, rowsOf(JSON.parse(file!) as string)])).toEqual(cases)
})

// Two blanks make the general parser read a line instead of the one for the usual form.
test.each([
  ['two blanks', (file: string) => file.replaceAll(/(?<!STACK|CFI(?= INIT)) /g, '  ')],
  ['no line end at the end', (file: string) => file.slice(0, -1)],
  ['carriage returns', (file: string) => file.replaceAll('\n', '\r\n')],
])('with %s the rows are the same', (_, change) => {
  const usual = cases
    .map(([file]) => JSON.parse(file!) as string)
    .filter((file) => /^[!-~ \n]+\n$/.test(file))
  expect(usual.map((file) => [file, rowsOf(change(file)).replaceAll('  ', ' ')])).toEqual(
    usual.map((file) => [file, rowsOf(file)]),
  )
})
