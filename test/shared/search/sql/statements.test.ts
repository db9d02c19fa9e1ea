// The statements of searches as text, and what is made of their rows. The other tests run them in DuckDB.
import { describe, expect, test } from 'vitest'
import type { Statement } from '../../../../shared/search/sql/bindings.ts'
import { type Row, searchSql } from '../../../../shared/search/sql/search.ts'
import { openOptions, queryOf } from '../parsed.ts'

const searches = [
  '',
  '_results_number=0&_facets_size=0&_duplicates=include',
  'signature=~a*b&signature=!^c&product=@d.e&_facets_size=0',
  'signature=the word&signature=!...&reason==f&reason=$g&app_notes=__null__&_facets_size=0',
  'addons=h&addons=~i&addons=__null__&addons=!@j&_facets_size=0',
  'topmost_filenames=K.cpp&topmost_filenames=^l&topmost_filenames=__null__&_facets_size=0',
  'startup_crash=__true__&safe_mode=f&build_id=>2020&uptime=5&uptime=<9&throttle_percent=<=0.5&_facets_size=0',
  'total_page_file=>18446744073709551615&total_page_file=18446744073709551615&_facets_size=0',
  'submitted_at=>=2026-08-01&submitted_at=__null__&_facets_size=0',
  '_sort=-uptime&_sort=addons&_sort=-topmost_filenames&_columns=addons&_columns=topmost_filenames&_columns=date&_columns=uptime&_results_number=7&_results_offset=3&_facets_size=0',
  '_sort=-uptime&_sort=signature&_sort=date&_results_after=["5",null,"7","id"]&_facets_size=0',
  '_facets=product&_facets=_cardinality.version&_facets_size=4&_measure=weight&_results_number=0',
  '_facets=addons&_aggs.addons=_cardinality.topmost_filenames&_aggs.addons=version&_results_number=0',
  '_facets=_histogram.date&_histogram.date=_histogram.uptime&_histogram.date._histogram.uptime=product&_histogram_interval.uptime=60&_results_number=0',
  '_facets=_histogram.throttle_percent&_histogram_interval.throttle_percent=0.5&_facets=_histogram.submitted_at&_histogram_interval.submitted_at=week&_results_number=0',
]

/** Rows of one bucket at each level. */
const bucketRow: Row = { k0: 'one', k1: 'two', k2: 'three', n: 3n, w: 4.5 }

async function statementsOf(parameters: string): Promise<Statement[]> {
  const statements: Statement[] = []
  await searchSql(queryOf(parameters, { ...openOptions, protected: 'allow' }), {
    relation: 'crashes JOIN protected',
    distinctFrom: 'crashes',
    run: async (statement) => {
      statements.push(statement)
      return statement.sql.includes('AS id') ? [] : [bucketRow]
    },
  })
  return statements
}

test('the statements of searches are these', async () => {
  const lines: string[] = []
  for (const parameters of searches) {
    lines.push(`-- ${parameters}`)
    for (const { sql, values } of await statementsOf(parameters))
      lines.push(sql, `-- ${JSON.stringify(values)}`)
    lines.push('')
  }
  await expect(lines.join('\n')).toMatchFileSnapshot('../../../golden/search/statements.sql')
})

test.each([
  ['uuid', 'VARCHAR', ''],
  ['uptime', 'BIGINT', ''],
  ['uptime', 'HUGEINT', '18446744073709551615'],
])('up to fifty values of %s are bound one by one, more as a list of %s', async (name, type, first) => {
  const whereOf = async (count: number) => {
    const values = Array.from({ length: count }, (_, i) => (i === 0 && first) || `${i}`)
    const parameters = values.map((value) => `${name}=${value}`).join('&')
    return (await statementsOf(`${parameters}&_facets_size=0`))[0]!
  }
  const list = `IN (SELECT unnest(CAST($p2 AS ${type}[])))`
  const few = await whereOf(50)
  expect(few.sql).not.toContain(list)
  expect(few.sql).toMatch(/, CAST\(\$p50 AS \w+\), CAST\(\$p51 AS \w+\)\)/)
  expect(Object.keys(few.values)).toHaveLength(52)
  const many = await whereOf(51)
  expect(many.sql).toContain(list)
  expect(many.values.p2).toHaveLength(51)
})

describe('rows', () => {
  const resultOf = (parameters: string, rowsOf: (sql: string) => readonly Row[], maxBuckets?: number) =>
    searchSql(queryOf(parameters), {
      relation: 'x',
      distinctFrom: null,
      run: async ({ sql }) => rowsOf(sql),
      ...(maxBuckets !== undefined && { maxBuckets }),
    })

  test('of hits become values and the next position', async () => {
    const row = { c0: 5n, c1: ['a'], c2: ['a', 'b'], c3: null, c4: 'x;y', s0: 9007199254740993n, id: 'i' }
    const parameters =
      '_columns=uptime&_columns=addons&_columns=crash_report_keys&_columns=reason&_columns=topmost_filenames&_sort=uptime&_facets_size=0'
    const rowsOf = (sql: string) => (sql.includes('AS id') ? [row] : [{ n: 7n, w: 8.5 }])
    expect(await resultOf(`${parameters}&_results_number=1`, rowsOf)).toEqual({
      hits: [[5, 'a', ['a', 'b'], null, 'x;y']],
      total: 7,
      weighted: 8.5,
      facets: [],
      next: [9007199254740993n, 'i'],
    })
    expect((await resultOf(`${parameters}&_results_number=2`, rowsOf)).next).toBeNull()
    expect((await resultOf('_results_number=0&_facets_size=0', rowsOf)).next).toBeNull()
  })

  test('of facets belong to the buckets above them', async () => {
    const levels = [
      [
        { k0: 'a', n: 3n, w: 3 },
        { k0: 'b', n: 2, w: 2.5 },
      ],
      [
        { k0: 'b', k1: 'x', n: 2, w: 2 },
        { k0: 'a', k1: 'x', n: 1, w: 1 },
        { k0: 'a', k1: 'y', n: 1, w: 1 },
      ],
      [{ k0: 'a', k1: 'y', n: 6n }],
    ]
    const result = await resultOf(
      '_facets=product&_aggs.product=version&_aggs.product.version=_cardinality.platform&_results_number=0',
      (sql) => (sql.includes('AS k2') ? levels[2]! : sql.includes('AS k1') ? levels[1]! : levels[0]!),
    )
    const platforms = (distinct: number) => [{ facet: { kind: 'cardinality', field: 'platform' }, distinct }]
    const facet = {
      kind: 'terms',
      field: 'version',
      sub: [{ kind: 'cardinality', field: 'platform' }],
    }
    expect(result.facets).toEqual([
      {
        facet: { kind: 'terms', field: 'product', sub: [facet] },
        buckets: [
          {
            ...{ term: 'a', count: 3, weighted: 3 },
            facets: [
              {
                facet,
                buckets: [
                  { term: 'x', count: 1, weighted: 1, facets: platforms(0) },
                  { term: 'y', count: 1, weighted: 1, facets: platforms(6) },
                ],
              },
            ],
          },
          {
            ...{ term: 'b', count: 2, weighted: 2.5 },
            facets: [{ facet, buckets: [{ term: 'x', count: 2, weighted: 2, facets: platforms(0) }] }],
          },
        ],
      },
    ])
  })

  test('of a number and of the same text are different buckets', async () => {
    const result = await resultOf('_facets=uptime&_aggs.uptime=product&_results_number=0', (sql) =>
      sql.includes('AS k1') ? [{ k0: '5', k1: 'x', n: 1, w: 1 }] : [{ k0: 5n, n: 1, w: 1 }],
    )
    expect(result.facets).toMatchObject([{ buckets: [{ term: 5, facets: [{ buckets: [] }] }] }])
  })

  test('up to the greatest number are buckets', async () => {
    const rows = (count: number) => Array.from({ length: count }, (_, i) => ({ k0: `${i}`, n: 1, w: 1 }))
    const parameters = '_facets=product&_results_number=0'
    expect((await resultOf(parameters, () => rows(3), 3)).facets).toMatchObject([
      { buckets: rows(3).map(() => ({})) },
    ])
    await expect(resultOf(parameters, () => rows(4), 3)).rejects.toMatchObject({
      code: 'limit',
      message: 'the facet product has more than 3 buckets: narrow the search',
    })
  })
})
