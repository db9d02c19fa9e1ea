// What clients may run: DuckDB's parser decides by name, and a locked DuckDB refuses what the parser would let through.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../../../batch/config.ts'
import { openFiles } from '../../../../batch/lake/open-store.ts'
import { crashesTable } from '../../../../batch/lake/tables.ts'
import { checkStatement, protectedTables } from '../../../../batch/sql/sandbox/check-statement.ts'
import { openSession, type Session } from '../../../../batch/sql/session.ts'
import { CrashError } from '../../../../shared/errors.ts'
import { openStores } from '../../../../shared/storage/open.node.ts'
import { putRows } from '../../support/rows.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-sandbox-'))
const url = `file:${join(dir, 'store')}`
const secret = join(dir, 'secret.csv')
let session: Session
let closeStores: () => Promise<void>

beforeAll(async () => {
  const { stores, close } = await openStores(url, {}, { missing: 'create' })
  closeStores = close
  const open = { url, stores, cacheDir: join(dir, 'cache'), config: readConfig({}) }
  writeFileSync(secret, 'a,b\nsecret,2\n')
  mkdirSync(join(dir, 'store/crashes/tables/protected/date=2026-10-21'), { recursive: true })
  writeFileSync(join(dir, 'store/crashes/tables/protected/date=2026-10-21/0of1-0.parquet'), 'secret')
  {
    await using files = await openFiles(open)
    await putRows(files, crashesTable, '2026-10-21', [{ crash_id: 'a', date: '2026-10-21', product: 'Tern' }])
  }
  const mayRead = ({ bucket }: { bucket: string }) => bucket === 'lake'
  session = await openSession(open, { sandbox: { mayRead, maxRows: 5000, memory: '128MB', threads: 1 } })
  await session.run('SELECT 1 FROM crashes')
})
afterAll(async () => {
  await session[Symbol.asyncDispose]()
  await closeStores()
  rmSync(dir, { recursive: true, force: true })
})

const check = (sql: string) => checkStatement(session.connection, sql)

describe('checkStatement', () => {
  test.each([
    ['select 1', []],
    ['from crashes', ['crashes']],
    ['SELECT count(*) FROM "Crashes" c JOIN modules m USING (crash_id)', ['crashes', 'modules']],
    [
      'with a as (select * from bugs), b as (from a) select (select count(*) from usage) from b',
      ['bugs', 'usage'],
    ],
    ['select * from (values (1)) v union all select count(*) from refusals', ['refusals']],
    ['describe crashes', ['crashes']],
    ['summarize frames', ['frames']],
    ['describe select * from crashes', ['crashes']],
    ['explain analyze select * from crashes -- end', ['crashes']],
    ['show tables', []],
    ['select unnest([1, 2]), * from range(3), generate_series(1, 2) s(i)', []],
    ["pivot (from builds) on product in ('Tern') using count(*)", ['builds']],
    ['select newest_day() - 7', []],
    ['select * from protected', ['protected']],
    ["select x from crashes where signature like '%;drop table%' ;", ['crashes']],
  ])('%s reads %j', async (sql, views) => {
    expect([...(await check(sql))].sort()).toEqual(views)
  })

  test('a view names the protected tables that it reads', async () => {
    expect(protectedTables(await check('from frames'))).toEqual([])
    expect(protectedTables(await check('from protected, audit'))).toEqual(['protected', 'audit'])
  })
})

/** Statements that a client may not run. Where `{secret}` is, the path of a file outside the lake. */
const hostile = [
  "copy (select 1) to '{secret}'",
  "copy crashes from '{secret}'",
  "attach '{secret}' as other",
  'detach memory',
  'install httpfs',
  "load '{secret}'",
  'force install httpfs',
  'pragma database_list',
  'set threads = 64',
  'reset threads',
  'set variable x = 1',
  'call pragma_version()',
  'create table t as select 1',
  'create view v as select 1',
  'create macro m() as 1',
  "create secret (type s3, key_id 'a', secret 'b')",
  'drop view crashes',
  'insert into crashes select 1',
  'delete from crashes',
  "update crashes set product = 'x'",
  "export database '{secret}'",
  "import database '{secret}'",
  'begin',
  'checkpoint',
  'vacuum',
  'use memory',
  'prepare p as select 1',
  'execute p',
  'deallocate p',
  'analyze',
  'select 1; select 2',
  "select 1; copy (select 1) to '{secret}'",
  "explain copy (select 1) to '{secret}'",
  "explain analyze copy (select 1) to '{secret}'",
  'explain analyze set threads = 2',
  "select * from read_csv('{secret}')",
  "select * from read_csv_auto('{secret}')",
  "select * from '{secret}'",
  'from "{secret}"',
  "select * from read_text('{secret}')",
  "select * from read_blob('{secret}')",
  "select * from read_json('{secret}')",
  "select * from sniff_csv('{secret}')",
  "select * from glob('/etc/*')",
  "select * from parquet_metadata('{secret}')",
  "select * from read_parquet('http://127.0.0.1:1/x.parquet')",
  "select * from read_parquet('s3://bucket/x.parquet')",
  "with a as (select * from read_text('{secret}')) from a",
  "select (select content from read_text('{secret}'))",
  "select * from crashes where exists (from read_text('{secret}'))",
  "select * from crashes, lateral (select * from read_text('{secret}'))",
  "select * from query('select 1')",
  "select * from query_table('crashes')",
  "select * from json_execute_serialized_sql(json_serialize_sql('select 1'))",
  "select current_setting('allowed_directories')",
  "select main.current_setting('temp_directory')",
  "select 'temp_directory'.current_setting()",
  "select list_transform(['temp_directory'], lambda x: current_setting(x))",
  "select getvariable('x')",
  'select * from duckdb_settings()',
  'from duckdb_settings',
  'from duckdb_secrets()',
  'select * from duckdb_extensions()',
  'select * from duckdb_logs',
  'select * from duckdb_views()',
  'from information_schema.tables',
  'from sqlite_master',
  'from pragma_database_list',
  'from system.information_schema.tables',
  'from other.main.crashes',
  'from memory.main.crashes',
  'show databases',
  'show all tables',
  'show variables',
  'describe duckdb_settings()',
  "summarize '{secret}'",
  'select sleep_ms(100000)',
  "select write_log('x')",
  '',
  ';',
  'nonsense',
  'select',
  'select 1 /*',
  "select '",
  'pivot (from builds) on product using count(*)',
]

describe.each(hostile)('%s', (template) => {
  test('is refused', async () => {
    const failure = await check(template.replace('{secret}', secret)).catch((error) => error)
    expect(failure).toBeInstanceOf(CrashError)
    expect(failure.code).toBe('bad-usage')
    expect(failure.message).not.toContain('secret,2')
  })
})

describe('a session for others, without that check', () => {
  test.each(hostile.filter((sql) => /secret\}|s3:|http:|install|threads =|glob|^create secret/.test(sql)))(
    '%s fails or reads nothing',
    async (template) => {
      const result = await session.run(template.replace('{secret}', secret)).then(
        async ({ result: rows }) => JSON.stringify(await rows.getRowsJson()),
        (error: Error) => error.message,
      )
      expect(result).not.toContain('secret,2')
      expect(result).toMatch(/^SQL: /)
    },
  )

  test.each([
    `select * from read_text('${dir}/store/crashes/tables/protected/date=2026-10-21/0of1-0.parquet')`,
    `select * from glob('${dir}/store/crashes/**')`,
    `select * from glob('${dir}/*')`,
    `copy (select 1) to '${dir}/store/crashes/x.csv'`,
    'select * from protected',
    'select * from audit',
  ])('%s fails', async (sql) => {
    await expect(session.run(sql)).rejects.toThrow(/^(SQL: |The table \w+ is protected)/)
  })

  test('it reads the tables that it may read, also after failures', async () => {
    const { result } = await session.run('SELECT product FROM crashes')
    expect(await result.getRowsJson()).toEqual([['Tern']])
  })
})

test('any text is checked without another error, and what passes reads no file', async () => {
  const words = [
    'select',
    '*',
    'from',
    'crashes',
    "'/etc/passwd'",
    '(',
    ')',
    ';',
    'read_text',
    ',',
    'with',
    'a',
    'as',
  ]
  const text = fc.array(fc.constantFrom(...words, '--', '/*', '"', "'", '$', '\n'), { maxLength: 15 })
  await fc.assert(
    fc.asyncProperty(text, async (parts) => {
      const sql = parts.join(' ')
      const views = await check(sql).catch((error) => {
        expect(error).toBeInstanceOf(CrashError)
        return null
      })
      if (views) for (const view of views) expect(view).toBe('crashes')
    }),
    { numRuns: 300 },
  )
})
