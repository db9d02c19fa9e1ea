// Parts of `mayday sql` at their limits: formats of rows, history, views, plans, parameters.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { filtersNameDate, scansOf } from '../../../batch/sql/day-plan.ts'
import { rowText } from '../../../batch/sql/output/row-text.ts'
import { checkUsed, collectParameter, valuesFor } from '../../../batch/sql/parameters.ts'
import { openHistory } from '../../../batch/sql/prompt/history.ts'
import { similarView, viewList, viewListSql } from '../../../batch/sql/view-list.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-sql-limits-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

describe('rows as text', () => {
  const column = (name: string, numeric = false) => ({ name, numeric, plain: (value: unknown) => value })
  const columns = [column('=a'), column('b', true)]
  const rows = [
    ['=1', -1],
    ['', null],
    [{ c: [1] }, 2],
    ['x"y', 3],
  ]
  const written = (format: 'csv' | 'json' | 'jsonl', safeCsv?: boolean) => {
    const { head, rows: text, tail } = rowText(format, columns, safeCsv === undefined ? {} : { safeCsv })
    return `${head}${text(rows.slice(0, 3), true)}${text(rows.slice(3), false)}${tail}`
  }

  test.each<['csv' | 'json' | 'jsonl', boolean | undefined, string]>([
    ['csv', undefined, '=a,b\r\n=1,-1\r\n"",\r\n"{""c"":[1]}",2\r\n"x""y",3\r\n'],
    ['csv', true, '\'=a,b\r\n\'=1,-1\r\n"",\r\n"{""c"":[1]}",2\r\n"x""y",3\r\n'],
    [
      'json',
      undefined,
      '[\n{"=a":"=1","b":-1},\n{"=a":"","b":null},\n{"=a":{"c":[1]},"b":2},\n{"=a":"x\\"y","b":3}\n]\n',
    ],
    [
      'jsonl',
      undefined,
      '{"=a":"=1","b":-1}\n{"=a":"","b":null}\n{"=a":{"c":[1]},"b":2}\n{"=a":"x\\"y","b":3}\n',
    ],
  ])('%s, safe: %s', (format, safe, expected) => expect(written(format, safe)).toBe(expected))
})

describe('the history', () => {
  const numbered = (count: number) => Array.from({ length: count }, (_, n) => `line ${n}`)
  const file = (name: string, lines: readonly string[]) => {
    const path = join(dir, name)
    writeFileSync(path, lines.map((line) => `${line}\n`).join(''))
    return path
  }

  test.each([
    [2000, 2000],
    [2001, 1000],
  ])('of %i lines is a file of %i, and the newest 1,000 are offered', (count, kept) => {
    const path = file(`history-${count}`, numbered(count))
    expect(openHistory(path).lines).toEqual(numbered(count).toReversed().slice(0, 1000))
    expect(readFileSync(path, 'utf8')).toBe(`${numbered(count).slice(-kept).join('\n')}\n`)
  })

  test('has each line once, the newest first', () => {
    expect(openHistory(file('twice', ['a', '', 'b', 'a'])).lines).toEqual(['a', 'b'])
  })

  test('is readable only by its user, and has no empty lines', () => {
    const path = join(dir, 'deep/history')
    const history = openHistory(path)
    for (const line of ['a', ' ', 'b']) history.add(line)
    expect(readFileSync(path, 'utf8')).toBe('a\nb\n')
    expect([statSync(path).mode & 0o777, statSync(join(dir, 'deep')).mode & 0o777]).toEqual([0o600, 0o700])
    expect(openHistory(path).lines).toEqual(['b', 'a'])
  })

  test('that cannot be written stops nothing', () => {
    for (const path of [null, join(file('plain', []), 'history')]) {
      const history = openHistory(path)
      history.add('a')
      expect(history.lines).toEqual([])
    }
  })
})

test.each([
  ['crashes', 'crashes'],
  ['crashs', 'crashes'],
  ['carshes', 'crashes'],
  ['crshs', 'crashes'],
  ['crshx', null],
  ['nothing_alike', null],
])('the view for %s is %s', (name, expected) => expect(similarView(name)).toBe(expected))

test('views are listed by name, with what they contain', () => {
  const lines = viewList.trimEnd().split('\n')
  expect(lines).toContain(
    'frames          one row per frame of the crashing thread; depth is 0 for the innermost frame',
  )
  expect(viewListSql).toMatch(
    /^SELECT \* FROM \(VALUES \('crashes', '.+'\), .+\) AS views\(name, description\)$/,
  )
  expect(viewListSql.match(/\('\w+', '/g)).toHaveLength(lines.length)
})

describe('a plan', () => {
  const scan = (filters: unknown, files?: string) => ({
    name: 'READ_PARQUET',
    extra_info: { 'File Filters': filters, ...(files && { 'Scanning Files': files }) },
  })
  const filter = (expression: unknown, ...children: object[]) => ({
    ...{ name: 'FILTER ', extra_info: { Expression: expression }, children },
  })
  const scans = (...roots: object[]) => scansOf(JSON.stringify(roots))

  test.each<[string, object, unknown[]]>([
    ['without a partition', scan("(date = '1')"), []],
    ['without filters', scan(undefined), []],
    [
      'of one table',
      scan("(of = 'crashes')", '3/9'),
      [{ of: 'crashes', condition: '(true)', filter: null, files: 3 }],
    ],
    [
      'with conditions in a row',
      scan("(of = 'a_b')(date > '1')date < '2'"),
      [{ of: 'a_b', condition: "(true) AND (date > '1') AND date < '2'", filter: null, files: null }],
    ],
    [
      'below a filter',
      filter('x > 1', scan("(of = 'a')")),
      [{ of: 'a', condition: '(true)', filter: 'x > 1', files: null }],
    ],
    [
      'below two filters',
      filter('x > 1', filter('y', scan("(of = 'a')"))),
      [{ of: 'a', condition: '(true)', filter: '(x > 1) AND (y)', files: null }],
    ],
    [
      'below another node, which ends the filter',
      filter('x', { name: 'PROJECTION', children: [scan("(of = 'a')")] }),
      [{ of: 'a', condition: '(true)', filter: null, files: null }],
    ],
    [
      'below a filter without text',
      filter(['x'], scan("(of = 'a')")),
      [{ of: 'a', condition: '(true)', filter: null, files: null }],
    ],
  ])('%s', (_, root, expected) => expect(scans(root)).toEqual(expected))

  const get = (more: object = {}) => ({
    ...{ type: 'LOGICAL_GET', names: ['id', 'date', 'other'], column_indexes: [{ index: 2 }, { index: 1 }] },
    ...more,
  })
  const bound = (alias: string, index: number) => ({
    type: 'COMPARE',
    left: { type: 'BOUND_REF', alias, index },
  })
  const filterOn = (expression: object, child: object) => ({
    ...{ type: 'LOGICAL_FILTER', expressions: [expression], children: [child] },
  })
  const project = (expression: object, child: object) => ({
    ...{ type: 'LOGICAL_PROJECTION', expressions: [expression], children: [child] },
  })
  const reference = (index: number) => ({ type: 'BOUND_REF', index })
  test.each<[string, object[], boolean]>([
    ['no plan', [], false],
    ['no filter', [get()], true],
    ['the column date', [filterOn(bound('date', 1), get())], true],
    ['another column with that name', [filterOn(bound('DATE', 0), get())], false],
    ['another name', [filterOn(bound('x', 0), get())], true],
    ['a chosen column', [filterOn(bound('date', 0), get({ projection_ids: [1] }))], true],
    ['a renamed column', [filterOn(bound('date', 0), project(reference(0), get()))], false],
    ['a passed column', [filterOn(bound('date', 0), project(reference(1), get()))], true],
    ['a computed column', [filterOn(bound('date', 0), project({ type: 'CONSTANT' }, get()))], true],
    [
      'two filters',
      [filterOn(bound('date', 0), { ...filterOn(bound('x', 0), get()), projection_map: [0] })],
      false,
    ],
    ['two plans', [get(), filterOn(bound('date', 0), get())], false],
    [
      'a plan below another node',
      [{ type: 'LOGICAL_LIMIT', children: [filterOn(bound('date', 0), get())] }],
      false,
    ],
    ['another node below', [filterOn(bound('date', 0), { type: 'LOGICAL_JOIN' })], true],
  ])('that filters by %s names the day: %s', (_, plans, expected) => {
    expect(filtersNameDate(JSON.stringify({ plans }))).toBe(expected)
  })

  test('that cannot be written as JSON does not', () => expect(filtersNameDate('{}')).toBe(false))
})

test('parameters have the form name=value, each statement gets its own, and all must be used', () => {
  const given = collectParameter('b=x=\ny', collectParameter('a='))
  expect([...given]).toEqual([
    ['a', ''],
    ['b', 'x=\ny'],
  ])
  for (const text of ['a', '=x', 'a b=1'])
    expect(() => collectParameter(text)).toThrow(`A parameter must have the form name=value, not '${text}'`)
  expect(valuesFor('SELECT $b', given)).toEqual({ b: 'x=\ny' })
  expect(() => valuesFor('SELECT $a, $c, $d', given)).toThrow(
    'The statement has parameters without values: add -p c=VALUE -p d=VALUE',
  )
  expect(() => checkUsed(['SELECT $a', 'SELECT $b'], given)).not.toThrow()
  expect(() => checkUsed(['SELECT 1'], given)).toThrow('No statement has the parameter $a, $b')
})
