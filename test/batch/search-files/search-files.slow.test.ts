// Searches over search files: the same answers as SQL over the tables they were made from, and what they read.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rowsOf } from '../../../batch/lake/duckdb.ts'
import { localPaths } from '../../../batch/lake/files/local-copies.ts'
import type { OpenTableFiles } from '../../../batch/lake/files/table-files.ts'
import { openFiles } from '../../../batch/lake/open-store.ts'
import { crashesTable } from '../../../batch/lake/tables.ts'
import { writeSearchFiles } from '../../../batch/search-files/write-files.ts'
import { simulateCrashes } from '../../../batch/simulate/rows.ts'
import { searchManifestKey } from '../../../shared/keys.ts'
import { answerOf } from '../../../shared/search/answer.ts'
import { openLimits } from '../../../shared/search/parameters/options.ts'
import type { Query, Result } from '../../../shared/search/query.ts'
import { type Row, searchSql } from '../../../shared/search/sql/search.ts'
import { ColumnStore } from '../../../shared/search-files/column-store.ts'
import type { Manifest } from '../../../shared/search-files/manifest.ts'
import { costOf } from '../../../shared/search-files/read-plan.ts'
import { needsOf, type SearchProgress, searchFiles } from '../../../shared/search-files/search-files.ts'
import type { SearchSource } from '../../../shared/search-files/source.ts'
import { permittedOptions, publicOptions, queryOf } from '../../shared/search/parsed.ts'
import { openSearchStore, type SearchStore, sourceOf } from '../support/search-store.ts'

/** Twenty minutes past the end of the simulated days: a closed week, one that is not, and two days before. */
const now = Date.parse('2026-12-01T00:20:00Z')
const options = { ...publicOptions, limits: openLimits, now: now * 1000 }
const parse = (parameters: string) => queryOf(parameters, options)

let store: SearchStore
let files: OpenTableFiles
let source: SearchSource
let manifest: Manifest

beforeAll(async () => {
  store = await openSearchStore()
  files = await openFiles(store.open)
  await simulateCrashes(files, { crashes: 36_000, days: 10, seed: 3, to: '2026-11-30' })
  await writeSearchFiles(store.open, { now: new Date(now) })
  source = sourceOf(store.lake)
  manifest = await source.manifest()
  const paths = await localPaths(files, crashesTable)
  const list = paths.map((path) => `'${path}'`).join(', ')
  await files.database.connection.run(
    `CREATE VIEW crashes AS SELECT * FROM read_parquet([${list}], union_by_name = true, hive_partitioning = false)`,
  )
}, 120_000)
afterAll(async () => {
  await files[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
})

const inSql = (query: Query): Promise<Result> =>
  searchSql(query, {
    relation: 'crashes',
    distinctFrom: null,
    run: ({ sql, values }) => rowsOf<Row>(files.database.connection, sql, values),
  })

const openColumns = (from: SearchSource = source) => new ColumnStore(from, { maxBytes: 2 ** 26 })

/** Parameters of searches; most cover all days. */
const all = 'date=>=2026-11-01&date=<2026-12-31'
const searches = [
  '',
  'date=>=2026-11-24T03:00:00&date=<2026-11-27T11:22:33.123456',
  `${all}&product=SimBrowser&version=101.0.1&_facets=signature&_results_number=0`,
  `${all}&product=SimMail&platform=linux&_facets=version&_facets=cpu_arch&_facets_size=3`,
  `${all}&signature=~Evict&_aggs.product=version&_aggs.product.version=platform`,
  `${all}&proto_signature=~Module3::Function9&_facets=reason`,
  `${all}&signature=^sim::Module1&_facets=signature&_histogram.date=product&_histogram_interval.date=1d`,
  `${all}&_histogram.uptime=release_channel&_histogram_interval.uptime=5000&_facets=_cardinality.install_time`,
  `${all}&uptime=>100000&uptime=<160000&_sort=-uptime&_columns=uuid&_columns=uptime&_columns=address`,
  `${all}&is_garbage_collecting=__true__&_facets=process_type&_measure=weight`,
  `${all}&startup_crash=!__true__&duplicate_of=!__null__&_duplicates=include&_facets=duplicate_of`,
  `${all}&_duplicates=include&_sort=product&_sort=version&_columns=product&_columns=version&_columns=uuid&_results_number=30`,
  `${all}&_sort=date&_columns=date&_columns=uuid&_results_number=7&_results_offset=5`,
  `${all}&_columns=date&_columns=uuid&_columns=proto_signature&_results_number=500&_results_offset=900`,
  `${all}&_sort=-uuid&_columns=uuid&_results_number=11`,
  `${all}&address=@0x0000000000000[0-9a-f]{2,3}&_facets=address`,
  `${all}&version=!__null__&throttle_percent=10&_facets=throttle_percent&_sort=signature&_results_number=20`,
  `${all}&addons=__null__&crash_report_keys=!a&_facets=addons`,
]
/** Searches without hits. */
const fruitless = [`${all}&product=Unknown`, `${all}&uuid=0`, 'date=>=2025-01-01&date=<2025-02-01']

describe('a search over search files', () => {
  test.each([...searches, ...fruitless])('answers %s like SQL over the tables', async (parameters) => {
    const query = parse(parameters)
    const found = await searchFiles(query, openColumns())
    const expected = await inSql(query)
    expect(answerOf(query, found)).toEqual(answerOf(query, expected))
    expect(found.next).toEqual(expected.next)
    expect(found.total > 0).toBe(!fruitless.includes(parameters))
  })

  test('finds one crash by its ID', async () => {
    const { hits } = await searchFiles(
      parse(`${all}&_sort=uptime&_columns=uuid&_results_number=1`),
      openColumns(),
    )
    const query = parse(`${all}&uuid=${hits[0]![0]}&_columns=uuid&_columns=uptime`)
    const found = await searchFiles(query, openColumns())
    expect(found).toEqual(await inSql(query))
    expect(found.hits.map(([id]) => id)).toEqual(hits[0])
  })

  test('continues after the last hit without a gap', async () => {
    const columns = openColumns()
    const parameters = new URLSearchParams(
      `${all}&_sort=-release_channel&_columns=uuid&product=SimMail&platform=Android&_results_number=40`,
    )
    const pages: unknown[] = []
    for (let i = 0; i < 6; i++) {
      const query = queryOf(parameters, options)
      const found = await searchFiles(query, columns, { manifest })
      expect(found).toEqual(await inSql(query))
      pages.push(...found.hits.map(([id]) => id))
      const { next } = answerOf(query, found)
      if (next === null) break
      parameters.set('_results_after', next)
    }
    expect(new Set(pages).size).toBe(pages.length)
  })

  test('reports totals and facets of the files read so far', async () => {
    const seen: SearchProgress[] = []
    const query = parse(`${all}&product=SimBrowser&_results_number=5`)
    const result = await searchFiles(query, openColumns(), { onProgress: (progress) => seen.push(progress) })
    expect(seen.map(({ files: read }) => read)).toEqual(manifest.files.map((_, i) => i + 1))
    const totals = seen.map((progress) => progress.result().total)
    expect(totals).toEqual([...totals].sort((a, b) => a - b))
    expect([seen.at(-1)!.rows, totals.at(-1)]).toEqual([36_000, result.total])
    expect(seen.at(-1)!.result().facets).toEqual(result.facets)
  })
})

describe('a search reads', () => {
  const fetchedBy = async (parameters: string, columns = openColumns()) => {
    const before = { ...columns.fetched }
    await searchFiles(parse(parameters), columns, { manifest })
    const { requests, bytes } = columns.fetched
    return { requests: requests - before.requests, bytes: bytes - before.bytes }
  }

  test('the core of each file by one request, and nothing the second time', async () => {
    const columns = openColumns()
    const question = `${all}&product=SimBrowser&_facets=signature&_results_number=0`
    const cost = costOf(manifest, needsOf(parse(question)), columns.has)
    const core = manifest.files.reduce((sum, file) => sum + file.core, 0)
    expect(await fetchedBy(question, columns)).toEqual({ requests: manifest.files.length, bytes: core })
    expect(cost.bytes).toBeGreaterThanOrEqual(core)
    expect(await fetchedBy(question, columns)).toEqual({ requests: 0, bytes: 0 })
    expect(await fetchedBy(`${all}&platform=Linux&_facets=reason&_results_number=0`, columns)).toEqual({
      requests: 0,
      bytes: 0,
    })
  })

  test('no other column of files whose filters match nothing', async () => {
    const core = manifest.files.reduce((sum, file) => sum + file.core, 0)
    const nothing = 'product=Other&proto_signature=~Evict&_facets=address&_histogram.date=version'
    const found = await fetchedBy(`${all}&${nothing}`)
    expect(found).toEqual({ requests: manifest.files.length, bytes: core })
    // The times of files that are partly in the period.
    const partly = await fetchedBy(`date=>=2026-11-21T03:00:00&date=<2026-11-30T05:00:00&${nothing}`)
    expect(partly).toEqual({ requests: manifest.files.length, bytes: core })
  })

  test('the text of stacks before other columns of files', async () => {
    const length = (name: string) =>
      manifest.files.reduce(
        (sum, { blocks }) => sum + (blocks.find(([block]) => block === name)?.[2] ?? 0),
        0,
      )
    const core = manifest.files.reduce((sum, file) => sum + file.core, 0)
    const { bytes } = await fetchedBy(`${all}&proto_signature=~no such function&_facets=address`)
    expect(bytes).toBe(core + length('proto_signature'))
  })

  test('times and crash IDs of the newest hits from the newest file alone', async () => {
    const core = manifest.files.reduce((sum, file) => sum + file.core, 0)
    const { bytes } = await fetchedBy(
      `${all}&product=SimEditor&_columns=uuid&_columns=date&_results_number=50`,
    )
    const newest = manifest.files.at(-1)!
    const length = newest.blocks.find(([name]) => name === 'processed_at')![2]
    expect(bytes - core).toBe(length + 16 * newest.rows)
  })

  test('at most as many ranges at once as allowed', async () => {
    let [now, most] = [0, 0]
    const counting: SearchSource = {
      ...source,
      async read(...range) {
        most = Math.max(most, ++now)
        await new Promise((resolve) => setImmediate(resolve))
        const bytes = await source.read(...range)
        now--
        return bytes
      },
    }
    const columns = new ColumnStore(counting, { maxBytes: 2 ** 26, concurrency: 3 })
    await searchFiles(parse(`${all}&_facets=address&_facets=uptime&_facets=install_time`), columns)
    expect(most).toBe(3)
  })

  test('everything again where memory is short, with the same answer', async () => {
    const query = parse(`${all}&product=SimMail&_facets=address&_facets=signature`)
    const tiny = new ColumnStore(source, { maxBytes: 1000 })
    expect(await searchFiles(query, tiny)).toEqual(await searchFiles(query, openColumns()))
  })
})

describe('a search ends', () => {
  const query = () => parse(`${all}&_facets=address`)

  test('with the reason of its signal', async () => {
    const stop = new AbortController()
    const stopping: SearchSource = {
      ...source,
      read(...range) {
        stop.abort(new Error('a newer question'))
        return source.read(...range)
      },
    }
    const search = searchFiles(query(), openColumns(stopping), { signal: stop.signal })
    await expect(search).rejects.toThrow('a newer question')
  })

  test('with an error when it concerns protected fields', async () => {
    const protectedQuery = queryOf('user_comments=~x', { ...permittedOptions, now: now * 1000 })
    await expect(searchFiles(protectedQuery, openColumns())).rejects.toMatchObject({ code: 'bad-usage' })
  })

  test('with an error when a block is damaged', async () => {
    const broken: SearchSource = {
      ...source,
      read: async (...range) => (await source.read(...range)).fill(0),
    }
    await expect(searchFiles(query(), openColumns(broken))).rejects.toMatchObject({ code: 'damaged' })
  })

  test('with an answer when a file was replaced since the manifest was read', async () => {
    const [first, ...rest] = manifest.files
    const old = {
      ...manifest,
      files: [{ ...first!, key: first!.key.replace(/[0-9a-f]{32}/, '0'.repeat(32)) }, ...rest],
    }
    const found = await searchFiles(query(), openColumns(), { manifest: old })
    expect(found).toEqual(await searchFiles(query(), openColumns()))
    const gone: SearchSource = { ...source, manifest: async () => old }
    await expect(searchFiles(query(), openColumns(gone))).rejects.toMatchObject({ code: 'missing' })
    expect(await store.lake.head(searchManifestKey)).not.toBeNull()
  })
})
