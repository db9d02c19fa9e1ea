// The fast path reads records in their usual form itself, and leaves all others to the parsers of single records.
import { expect, test } from 'vitest'
import { readCfiRun, readInlineRun, readLineRun } from '../../../../shared/symbols/sym/runs.ts'
import { createParse } from '../../../../shared/symbols/sym/state.ts'

const after = 'FILE 0 a.c\n'

/** Runs `read` within a function over the records and another one; returns the number of bytes that it read. */
function readBytes(read: typeof readLineRun, records: string): number {
  const p = createParse(new TextEncoder().encode(`${records}${after}`))
  p.inFunction = true
  p.tables.functions.length = 1
  const found = read(p)
  expect(found).toBe(p.at > 0)
  return p.at
}

const usual: [typeof readLineRun, string[]][] = [
  [readLineRun, ['0 1 0 0', '10 4 7 0', 'fffffff0 f 999999999 999999999', 'abcdef01 2 1 2']],
  [
    readInlineRun,
    ['INLINE 0 0 0 0 0 1', 'INLINE 1 42 -1 3 10 4 20 8', 'INLINE 2 999999999 1 999999999 ffffff 1'],
  ],
  [
    readCfiRun,
    ['STACK CFI INIT 0 10 .cfa: $rsp 8 +', 'STACK CFI 4 .cfa: $rsp 16 +', 'STACK CFI INIT ffffff 1 .ra: 1'],
  ],
]
for (const [read, records] of usual) {
  const text = records.map((record) => `${record}\n`).join('')
  test(`${read.name} reads all records of a run`, () => expect(readBytes(read, text)).toBe(text.length))

  const changes: [string, (record: string) => string][] = [
    ['a carriage return', (record) => `${record}\r`],
    ['a blank before it', (record) => ` ${record}`],
    ['two blanks', (record) => record.replace(/ (?=[0-9a-f])/, '  ')],
    ['a number that is too long', (record) => record.replace(/[0-9a-f]+/, '1234567890')],
    ['a missing number', (record) => record.replace(/\b[0-9a-f]+ /, '')],
  ]
  test.each(changes)(`${read.name} stops before a record with %s`, (_, change) => {
    const [first, second, ...others] = records as [string, string, ...string[]]
    const lines = [first, change(second), ...others]
    expect(readBytes(read, lines.map((line) => `${line}\n`).join(''))).toBe(first.length + 1)
  })
}

/** Eight hexadecimal digits and nine decimal ones are the most; the digits 0, 9 and f are their limits. */
const widest: [typeof readLineRun, string][] = [
  [readLineRun, 'ffffff90 0000000f 999999990 099999999'],
  [readInlineRun, 'INLINE 000000009 999999990 099999999 900000000 ffffff90 0000000f 0fffffff 00000009'],
  [readInlineRun, 'INLINE 000000009 999999990 -1 900000000 ffffff90 0000000f'],
  [readCfiRun, 'STACK CFI INIT ffffff90 0000000f .cfa: $rsp 8 +'],
  [readCfiRun, 'STACK CFI INIT 0 10 .ra: 1\nSTACK CFI 0fffff90 .cfa: $rsp 8 +'],
]
test.each(widest)('%o reads the widest numbers of %s, and no number with one digit more', (read, record) => {
  expect(readBytes(read, `${record}\n`)).toBe(record.length + 1)
  const before = record.lastIndexOf('\n') + 1
  for (const { index } of record.slice(before).matchAll(/\b[0-9a-f]{8,9}\b/g)) {
    const at = before + index
    expect(readBytes(read, `${record.slice(0, at)}0${record.slice(at)}\n`)).toBe(before)
  }
})

test.each<[typeof readLineRun, string]>([
  [readLineRun, '10 4 : 0'],
  [readLineRun, '10 4 / 0'],
  [readLineRun, '10 4 7 :'],
  [readLineRun, '10 4 7 /'],
  [readInlineRun, 'INLINE : 1 2 3 10 4'],
  [readInlineRun, 'INLINE 0 : 2 3 10 4'],
  [readInlineRun, 'INLINE 0 1 : 3 10 4'],
  [readInlineRun, 'INLINE 0 1 2 : 10 4'],
  [readInlineRun, 'INLINE 0 1 2 3 g 4'],
  [readInlineRun, 'INLINE 0 1 2 3 10 g'],
  [readInlineRun, 'INLINE 0 1 2 3'],
  [readCfiRun, 'STACK CFI INIT g 10 .ra: 1'],
  [readCfiRun, 'STACK CFI INIT 0 g .ra: 1'],
])('%o does not read %s', (read, record) => expect(readBytes(read, `${record}\n`)).toBe(0))

test('lines and inlined functions are read only within a function', () => {
  for (const [read, records] of usual.slice(0, 2)) {
    const p = createParse(new TextEncoder().encode(`${records.join('\n')}\n`))
    expect([read(p), p.at]).toEqual([false, 0])
  }
})
