// The statements for other engines name every public column, and no protected table.
import { describe, expect, test } from 'vitest'
import { crashesTable, tables } from '../../../batch/lake/tables.ts'
import { ddlOf, engines } from '../../../batch/publish/ddl.ts'
import { publicTables } from '../../../shared/keys.ts'

const options = { location: 's3://mayday-lake', edge: 'https://crash.example', versionOf: () => 7 }

describe.each(engines)('the statements for %s', (engine) => {
  const text = ddlOf({ engine, ...options })

  test('end in a line break and name no protected table', () => {
    expect(text).toMatch(/\S\n$/)
    for (const { name } of tables)
      if (!publicTables.has(name)) expect(text).not.toMatch(new RegExp(`\\b${name}\\b`))
  })

  test('have balanced quotes and brackets', () => {
    const bare = text.replace(/--.*$/gm, '').replace(/'(?:[^']|'')*'/g, '')
    for (const [open, close] of ['()', '<>', '[]', '{}'])
      expect(bare.split(open!).length, open).toBe(bare.split(close!).length)
    expect(bare.split('`').length % 2).toBe(1)
    expect(bare).not.toContain("'")
  })
})

test('Athena gets every column once, and the day as the partition', () => {
  const [, crashes] = /CREATE EXTERNAL TABLE `crashes` \(\n(.*?)\n\)\n/s.exec(
    ddlOf({ engine: 'athena', ...options }),
  )!
  const columns = crashes!.split(',\n').map((line) => line.trim())
  const names = columns.map((line) => /^`(\w+)` /.exec(line)![1])
  expect(names).toEqual(crashesTable.columns.map(({ name }) => name).filter((name) => name !== 'date'))
  expect(columns).toContain('`submitted_at` timestamp')
  expect(columns.at(-1)).toBe(
    '`frames` array<struct<`frame`:int,`module`:string,`module_offset`:string,`function`:string,`file`:string,`line`:int,`trust`:string,`inline`:boolean>>',
  )
})

test('Snowflake gets the published versions alone', () => {
  const versionOf = (table: string) => (table === 'crashes' ? 12 : 0)
  const text = ddlOf({ engine: 'snowflake', ...options, versionOf })
  expect(text.match(/METADATA_FILE_PATH = '(.*?)'/g)).toEqual([
    "METADATA_FILE_PATH = 'iceberg/crashes/metadata/v12.metadata.json'",
  ])
})

test('ClickHouse gets an https address for a bucket', () => {
  expect(ddlOf({ engine: 'clickhouse', ...options })).toContain(
    "'https://<endpoint>/mayday-lake/iceberg/crashes/'",
  )
  const location = 'https://crash.example'
  expect(ddlOf({ engine: 'clickhouse', ...options, location })).toContain(
    "'https://crash.example/iceberg/crashes/'",
  )
})
