// Any search over search files has the answer of SQL over the same crashes.
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseQuery } from '../../../shared/search/parameters/parse.ts'
import { ColumnStore } from '../../../shared/search-files/column-store.ts'
import { searchFiles } from '../../../shared/search-files/search-files.ts'
import { anyCrashes, anyParameters } from '../search/arbitrary.ts'
import { openOptions } from '../search/parsed.ts'
import { createSqlEngine } from '../search/sql-engine.ts'
import { sourceOfCrashes } from './memory-files.ts'

let duckdb: Awaited<ReturnType<typeof createSqlEngine>>
beforeAll(async () => {
  duckdb = await createSqlEngine()
})
afterAll(() => duckdb[Symbol.dispose]())

const uuidOf = (text: string) => `${text.slice(2).padStart(8, '0')}-0000-8000-8000-000000260820`

test('any search over any crashes in any number of files is answered like SQL', async () => {
  const searches = fc.array(anyParameters, { minLength: 1, maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(anyCrashes, fc.integer({ min: 1, max: 4 }), searches, async (made, count, all) => {
      const crashes = made.map((crash) => ({ ...crash, crash_id: uuidOf(crash.crash_id) }))
      await duckdb.load(crashes)
      const lists = Array.from({ length: count }, (_, i) => crashes.filter((_, row) => row % count === i))
      const store = new ColumnStore(sourceOfCrashes(lists), { maxBytes: 2 ** 20 })
      for (const parameters of all) {
        const parsed = parseQuery(parameters, openOptions)
        if ('problems' in parsed) continue
        expect(await searchFiles(parsed.query, store)).toEqual(await duckdb.search(parsed.query))
      }
    }),
    { numRuns: Number(process.env.SEARCH_RUNS ?? 60) },
  )
}, 600_000)
