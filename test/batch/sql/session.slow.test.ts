// What statements read: tables, days, requests.
import { appendFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../../batch/config.ts'
import { type OpenStore, openFiles } from '../../../batch/lake/open-store.ts'
import { crashesTable, modulesTable } from '../../../batch/lake/tables.ts'
import { openSession, type Session } from '../../../batch/sql/session.ts'
import { countingStores, noRequests } from '../../../shared/storage/counting.ts'
import { openStores } from '../../../shared/storage/open.node.ts'
import type { Storage, Stores } from '../../../shared/storage/storage.ts'
import { daysUpTo } from '../../../shared/time/dates.ts'
import { memoryStores, putRows } from '../support/rows.ts'

const days = daysUpTo('2026-10-21', 40)
const dir = mkdtempSync(join(tmpdir(), 'mayday-session-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const openStoreOf = (stores: Stores, name: string, url = 'memory:'): OpenStore => ({
  url,
  stores,
  cacheDir: join(dir, name),
  config: readConfig({}),
})

/** One crash and one module per day; the crash of the first day has a file without the newest columns. */
async function fill(stores: Stores): Promise<void> {
  await using files = await openFiles(openStoreOf(stores, 'fill'))
  const old = { ...crashesTable, columns: crashesTable.columns.filter(({ name }) => name !== 'stack_key') }
  for (const [i, date] of days.entries()) {
    const row = {
      crash_id: `c${i}`,
      date,
      product: i % 2 ? 'Odd' : 'Even',
      signature: `s${i}`,
      uptime: i,
      frames: [{ frame: 0 }],
    }
    await putRows(files, i === 0 ? old : crashesTable, date, [row])
    await putRows(files, modulesTable, date, [{ crash_id: `c${i}`, date, filename: 'a.dll' }])
  }
}

/** Conditions on the day and the product of a crash, by the names of their columns. */
function conditionsOn(day: string, product: string): fc.Arbitrary<string> {
  const atoms = [
    ...[`month(${day}) = 9`, `year(${day}) = 2026`, `dayofweek(${day}) IN (1, 3)`, `day(${day}) % 2 = 1`],
    ...[`${day} > '2026-10-05'`, `date_trunc('month', ${day}) = '2026-10-01'`, `${day}::VARCHAR LIKE '%1'`],
    ...[`dayname(${day}) = 'Friday'`, `abs(${day} - DATE '2026-10-01') < 4`, `week(${day}) = 41`],
    ...[`${product} = 'Odd'`, `length(${product}) + day(${day}) > 20`, `${product} IS NULL`],
    ...[`ascii(${product}) = 69`, `signature = 's7'`, `yearweek(${day})::VARCHAR = '202640'`],
  ]
  return fc.letrec<{ any: string; all: string }>((tie) => ({
    any: fc.oneof({ depthSize: 'small' }, fc.constantFrom(...atoms), tie('all')),
    all: fc
      .tuple(tie('any'), fc.constantFrom('AND', 'OR', 'AND NOT', 'OR NOT', '='), tie('any'))
      .map(([left, operator, right]) => `((${left}) ${operator} (${right}))`),
  })).all
}

/** A store to which the reader has no access. */
const refused: Storage = new Proxy({} as Storage, {
  get: () => () => {
    throw new Error('access denied')
  },
})

const rowsOf = async (session: Session, sql: string, values?: Record<string, string>) =>
  (await (await session.run(sql, values)).result.getRows()).map((row) => row.map(String).join(','))

describe('a session over a remote store', () => {
  const stores = memoryStores()
  beforeAll(() => fill(stores))

  /** A session with an empty cache, without rights on the private bucket. */
  async function open(name: string) {
    const requests = noRequests()
    const counted = countingStores({ ...stores, crashes: refused }, requests)
    const session = await openSession(openStoreOf(counted, name))
    return { session, requests, [Symbol.asyncDispose]: () => session[Symbol.asyncDispose]() }
  }

  test('select 1 and declared views list and fetch nothing', async () => {
    await using opened = await open('none')
    expect(await rowsOf(opened.session, 'SELECT 1')).toEqual(['1'])
    expect(await rowsOf(opened.session, 'SHOW TABLES')).toContainEqual(expect.stringMatching(/^crashes,/))
    expect(opened.requests).toEqual(noRequests())
  })

  test.each([
    [`SELECT crash_id FROM crashes WHERE date = '2026-10-21'`, ['c39'], 1],
    [
      `SELECT crash_id FROM unique_crashes WHERE date IN ('2026-10-20', '2026-10-21') ORDER BY 1`,
      ['c38', 'c39'],
      2,
    ],
    [`SELECT count(*) FROM frames WHERE date = DATE '2026-10-21'`, ['1'], 1],
    [`SELECT count(*) FROM crashes WHERE date > newest_day() - 7`, ['7'], 7],
    [`SELECT count(*) FROM crashes WHERE date BETWEEN '2026-10-01' AND '2026-10-03'`, ['3'], 3],
    [`SELECT count(*) FROM crashes WHERE date_trunc('month', date) = DATE '2026-09-01'`, ['19'], 20],
    [`SELECT count(*) FROM crashes WHERE date::VARCHAR LIKE '2026-10-2%'`, ['2'], 2],
    [`SELECT count(*) FROM crashes WHERE month(date) = 9`, ['19'], 19],
    [`SELECT count(*) FROM unique_crashes WHERE MONTH(DATE) = 10 AND dayofweek(date) = 1`, ['3'], 3],
    [`SELECT count(*) FROM crashes WHERE (month(date) = 9 AND product = 'Odd') OR day(date) = 1`, ['10'], 20],
    [`SELECT count(*) FROM crashes WHERE year(date) = 2025`, ['0'], 0],
    [`SELECT count(*) FROM crashes WHERE dayname(date) = 'Monday'`, ['6'], 6],
    [`SELECT count(*) FROM crashes WHERE extract(day FROM date) IN (1, 2) AND random() < 2`, ['2'], 2],
    [
      `SELECT count(*) FROM crashes c JOIN crashes d USING (crash_id) WHERE month(c.date) = 9 AND day(d.date) = 12`,
      ['1'],
      20,
    ],
    [
      `WITH c AS (FROM crashes) SELECT count(*) FROM c WHERE date = '2026-10-21' AND product = 'Odd'`,
      ['1'],
      1,
    ],
    [
      `SELECT crash_id FROM crashes WHERE date = '2026-10-20' UNION ALL SELECT crash_id FROM crashes WHERE date = '2026-10-21' ORDER BY 1`,
      ['c38', 'c39'],
      2,
    ],
    [
      `SELECT m.filename FROM crashes c JOIN modules m USING (crash_id, date) WHERE date = '2026-10-21'`,
      ['a.dll'],
      2,
    ],
    [
      `PIVOT (SELECT date, product FROM crashes WHERE date = '2026-10-21') ON product USING count(*)`,
      ['2026-10-21,1'],
      1,
    ],
    [`SELECT column_name FROM (DESCRIBE crashes) LIMIT 1`, ['crash_id'], 0],
    [`SELECT count(*) FROM crashes WHERE false`, ['0'], 0],
    [`FROM query('SELECT crash_id FROM cra' || 'shes WHERE date = ''2026-10-21''')`, ['c39'], 1],
    [`SELECT count(*) FROM CRASHES WHERE main.crashes.date = '2026-10-21'`, ['1'], 1],
  ])('%s', async (sql, rows, files) => {
    await using opened = await open(`one-${files}-${rows[0]}-${sql.length}`)
    expect(await rowsOf(opened.session, sql)).toEqual(rows)
    expect(opened.requests.get).toBe(files)
    expect(opened.session.reading().files).toBe(files)
  })

  test.each([
    [`SELECT max(date) FROM crashes`, '2026-10-21'],
    [`SELECT count(*) FROM crashes`, '40'],
    [`SELECT count(*) FROM crashes, (SELECT max(date) AS last FROM crashes) WHERE date > last - 7`, '7'],
    [`SELECT count(*) FROM crashes WHERE date = '2026-10-21' OR product = 'Odd'`, '20'],
    [`SELECT count(*) FROM crashes WHERE date IN (SELECT date FROM crashes WHERE product = 'Odd')`, '20'],
    [`SELECT count(stack_key IS NULL) FROM crashes`, '40'],
    [`SELECT count(*) FROM crashes WHERE abs(date - current_date) * random() < 0`, '0'],
    [
      `SELECT count(*) FROM (SELECT uptime AS date FROM crashes) WHERE substr(date::VARCHAR, 1, 1)::INTEGER = 3`,
      '11',
    ],
    [`SELECT count(*) FROM crashes c WHERE EXISTS (FROM crashes d WHERE d.date = c.date + 1)`, '39'],
    [`PIVOT crashes ON product USING count(*) GROUP BY stack_key`, ',20,20'],
  ])('%s reads every day', async (sql, answer) => {
    await using opened = await open('all')
    expect((await rowsOf(opened.session, sql))[0]!.replace('null', '')).toBe(answer)
    expect(opened.session.reading().files).toBe(40)
  })

  test('every condition on date counts the same rows as without pruning', async () => {
    await using opened = await open('all')
    await rowsOf(opened.session, 'CREATE TABLE copied AS SELECT date, product FROM crashes')
    const conditions = [
      `date >= '2026-10-03' AND date < '2026-10-05'`,
      `NOT (date < '2026-10-19')`,
      `date <> '2026-10-21'`,
      `date IS NULL`,
      `date IS NOT NULL AND date > '2026-10-15'`,
      `date = '2026-10-21 00:00:00'::TIMESTAMP`,
      `date = '2026-10-21 00:00:00+00'::TIMESTAMPTZ`,
      `(date = '2026-10-01' AND product = 'Odd') OR (date = '2026-10-02' AND product = 'Even')`,
      `date - DATE '2026-10-01' BETWEEN 3 AND 5`,
      `strftime(date, '%Y%m%d') > '20261019'`,
      `coalesce(date, DATE '2020-01-01') > '2026-10-19'`,
      `CASE WHEN date > '2026-10-19' THEN product = 'Odd' ELSE date = '2026-10-01' END`,
      `date::VARCHAR LIKE '2026-10-0%' AND date > '2026-10-03' AND product LIKE 'O%'`,
      `date = ANY (['2026-10-01', '2026-10-04']::DATE[])`,
    ]
    for (const condition of conditions) {
      const count = (table: string) =>
        rowsOf(opened.session, `SELECT count(*) FROM ${table} WHERE ${condition}`)
      expect([condition, ...(await count('crashes'))]).toEqual([condition, ...(await count('copied'))])
    }
  })

  test('random conditions count the same rows as without pruning, also when other columns are called date', async () => {
    await using opened = await open('all')
    await rowsOf(opened.session, 'CREATE TABLE copied AS SELECT date, product, signature FROM crashes')
    const count = async (from: string, condition: string) =>
      rowsOf(opened.session, `SELECT count(*) FROM ${from} WHERE ${condition}`)
    const renamed = (table: string) => `(SELECT date AS day, product AS date, signature FROM ${table})`
    await fc.assert(
      fc.asyncProperty(conditionsOn('date', 'product'), async (condition) => {
        expect(await count('crashes', condition)).toEqual(await count('copied', condition))
      }),
      { seed: 1, numRuns: 20 },
    )
    await fc.assert(
      fc.asyncProperty(conditionsOn('day', 'date'), async (condition) => {
        expect(await count(renamed('crashes'), condition)).toEqual(await count(renamed('copied'), condition))
      }),
      { seed: 2, numRuns: 8 },
    )
  })

  test('bound parameters choose days too', async () => {
    await using opened = await open('parameters')
    const ofMonth = 'SELECT count(*) FROM crashes WHERE month(date) = $month::INTEGER'
    expect(await rowsOf(opened.session, ofMonth, { month: '11' })).toEqual(['0'])
    expect(opened.requests.get).toBe(0)
    const sql = 'SELECT crash_id FROM crashes WHERE date = $day AND product = $product'
    expect(await rowsOf(opened.session, sql, { day: '2026-10-21', product: 'Odd' })).toEqual(['c39'])
    expect(opened.requests.get).toBe(1)
  })

  test('a view of the user reads the days of the question, not those of its creation', async () => {
    await using opened = await open('views')
    await rowsOf(opened.session, 'CREATE VIEW mine AS SELECT * FROM crashes')
    expect(await rowsOf(opened.session, `SELECT crash_id FROM mine WHERE date = '2026-10-21'`)).toEqual([
      'c39',
    ])
    expect(opened.requests.get).toBe(1)
  })

  test('EXPLAIN fetches nothing', async () => {
    await using opened = await open('explain')
    await rowsOf(opened.session, 'EXPLAIN SELECT count(*) FROM crashes')
    expect(opened.requests.get).toBe(0)
  })

  test('only a statement that names a protected table needs rights on the private bucket', async () => {
    await using opened = await open('private')
    await expect(opened.session.run('FROM protected')).rejects.toThrow('access denied')
  })

  test.each([
    ['SELECT 1 FROM crashs', 'Did you mean "crashes"?'],
    ['SELECT 1 FROM nowhere', 'nowhere does not exist'],
    ['SELEC', 'syntax error'],
    [`PIVOT (FROM crashes WHERE nothing = 1) ON product USING count(*)`, 'nothing'],
  ])('the error of %s is one of usage, and the session continues', async (sql, message) => {
    await using opened = await open('errors')
    const attempt = opened.session.run(sql)
    await expect(attempt).rejects.toMatchObject({
      code: 'bad-usage',
      message: expect.stringContaining(message),
    })
    expect(await rowsOf(opened.session, 'SELECT 1')).toEqual(['1'])
  })
})

describe('a session over a folder', () => {
  const root = join(dir, 'folder')
  let open: OpenStore
  beforeAll(async () => {
    const { stores } = await openStores(`file:${root}`, {})
    await fill(stores)
    open = openStoreOf(stores, 'folder-cache', `file:${root}`)
  })

  test('reads files in place', async () => {
    await using session = await openSession(open)
    expect(await rowsOf(session, `SELECT crash_id FROM crashes WHERE date = '2026-10-21'`)).toEqual(['c39'])
    expect(await rowsOf(session, `SELECT count(*) FROM crashes`)).toEqual(['40'])
    expect(readdirSync(open.cacheDir)).not.toContain('tables')
  })

  test('a damaged day affects only the statements that read it, which skip it', async () => {
    const damaged = join(root, 'lake/tables/crashes/date=2026-10-20/0of1-0.parquet')
    writeFileSync(damaged, 'PAR1')
    appendFileSync(damaged, 'x'.repeat(100))
    await using session = await openSession(open)
    expect(await rowsOf(session, `SELECT crash_id FROM crashes WHERE date = '2026-10-21'`)).toEqual(['c39'])
    expect(session.files.damaged.size).toBe(0)
    expect(await rowsOf(session, `SELECT count(*) FROM crashes WHERE date > '2026-10-18'`)).toEqual(['2'])
    expect([...session.files.damaged.keys()]).toEqual(['tables/crashes/date=2026-10-20/0of1-0.parquet'])
  })
})
