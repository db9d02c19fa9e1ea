// Searches in DuckDB and over segments: known answers, and equal answers to any query.
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answerOf, answerText } from '../../../shared/search/answer.ts'
import { parseQuery } from '../../../shared/search/parameters/parse.ts'
import { searchSql } from '../../../shared/search/sql/search.ts'
import { totalStatement } from '../../../shared/search/sql/statements.ts'
import { crashesOf } from './crashes.ts'
import { anyCrashes, anyParameters } from './arbitrary.ts'
import { openOptions, queryOf } from './parsed.ts'
import { createScanEngine } from './scan-engine.ts'
import { createSqlEngine, type Engine } from './sql-engine.ts'
import { answered, counted } from './vectors.ts'

let duckdb: Awaited<ReturnType<typeof createSqlEngine>>
beforeAll(async () => {
  duckdb = await createSqlEngine()
})
afterAll(() => duckdb[Symbol.dispose]())

describe.each([
  ['in DuckDB', () => duckdb],
  ['over one segment', () => createScanEngine(1)],
  ['over three segments', () => createScanEngine(3)],
])('searches %s', (_, createEngine) => {
  let engine: Engine
  beforeAll(() => {
    engine = createEngine()
  })

  test.each(counted)('find the known number of reports %#', async ({ crashes, totals }) => {
    await engine.load(crashes)
    for (const [parameters, total] of totals) {
      const result = await engine.search(queryOf(parameters))
      expect({ parameters, total: result.total }).toEqual({ parameters, total })
    }
  })

  test.each(answered)('answer $name', async ({ crashes, parameters, answer }) => {
    await engine.load(crashes)
    const query = queryOf(parameters)
    expect(answerOf(query, await engine.search(query))).toMatchObject(answer)
  })

  test('answer in pages, with offsets and from the last hit', async () => {
    await engine.load(
      crashesOf(Array.from({ length: 21 }, (_, i) => ({ uptime: i % 4 === 0 ? null : i % 3 }))),
    )
    const sizes: [number, number][] = []
    for (const offset of [0, 10, 15, 30]) {
      const { hits, total } = await engine.search(queryOf(`_results_number=10&_results_offset=${offset}`))
      sizes.push([hits.length, total])
    }
    expect(sizes).toEqual([
      [10, 21],
      [10, 21],
      [6, 21],
      [0, 21],
    ])
    const parameters = new URLSearchParams('_sort=-uptime&_columns=uuid&_results_number=4')
    const all = await engine.search(queryOf('_sort=-uptime&_columns=uuid'))
    const paged: unknown[] = []
    for (;;) {
      const query = queryOf(parameters)
      const { hits, next } = answerOf(query, await engine.search(query))
      paged.push(...hits.map((hit) => [hit.uuid]))
      if (next === null) break
      parameters.set('_results_after', next)
    }
    expect(paged).toEqual(all.hits)
  })
})

describe('both engines', () => {
  test('give the same answer to any query over any reports in any number of segments', async () => {
    const segments = fc.integer({ min: 1, max: 4 })
    const searches = fc.array(anyParameters, { minLength: 1, maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(anyCrashes, segments, searches, async (crashes, count, all) => {
        await duckdb.load(crashes)
        const scan = createScanEngine(count)
        await scan.load(crashes)
        for (const parameters of all) {
          const parsed = parseQuery(parameters, openOptions)
          if ('problems' in parsed) continue
          const expected = await duckdb.search(parsed.query)
          expect(await scan.search(parsed.query)).toEqual(expected)
          if (!expected.next) continue
          const following = { ...parsed.query, offset: 0, after: expected.next }
          expect(await scan.search(following)).toEqual(await duckdb.search(following))
        }
      }),
      { numRuns: Number(process.env.SEARCH_RUNS ?? 60) },
    )
  }, 600_000)
})

describe('statements', () => {
  test.each([
    ['product=Ledger', 'product'],
    ['signature=!@a.*b', 'signature'],
    ['reason=~1*2', 'reason'],
  ])('with %s test each distinct value of %s once', (parameters, column) => {
    const query = queryOf(parameters)
    const { sql } = totalStatement(query, { relation: 'x', distinctFrom: 'y' })
    expect(sql).toContain(
      `"${column}" IN (SELECT "${column}" FROM (SELECT "${column}", count(*) FROM y GROUP BY 1`,
    )
    expect(totalStatement(query, { relation: 'x', distinctFrom: null }).sql).not.toContain('GROUP BY')
  })

  test.each(['app_notes=a', 'signature=~a', 'signature==a', 'uptime=5'])(
    'with %s test each row',
    (parameters) => {
      expect(totalStatement(queryOf(parameters), { relation: 'x', distinctFrom: 'y' }).sql).not.toContain(
        'GROUP BY',
      )
    },
  )
})

describe('answers', () => {
  test('refuse facets with too many buckets', async () => {
    const rows = [
      { n: 1, w: 1 },
      { n: 1, w: 1 },
    ]
    const search = searchSql(queryOf(''), {
      relation: 'x',
      distinctFrom: null,
      run: async () => rows,
      maxBuckets: 1,
    })
    await expect(search).rejects.toMatchObject({ code: 'limit' })
  })

  test('have facets in buckets only where the search asks for them', async () => {
    const engine = createScanEngine(1)
    await engine.load(crashesOf([{ product: 'A', version: '1' }]))
    const facetsOf = async (parameters: string) => {
      const query = queryOf(parameters)
      return answerOf(query, await engine.search(query)).facets
    }
    const bucket = (term: string) => ({ term, count: 1, weighted: 1 })
    expect(await facetsOf('_facets=product')).toEqual({ product: [bucket('A')] })
    expect(await facetsOf('_facets=product&_aggs.product=version')).toEqual({
      product: [{ ...bucket('A'), facets: { version: [bucket('1')] } }],
    })
  })

  test('write integers exactly', () => {
    expect(answerText({ a: 9007199254740993n, b: [1] })).toBe('{"a":9007199254740993,"b":[1]}')
  })
})
