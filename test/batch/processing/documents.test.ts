// Processed crashes of all fixtures have the shapes declared in the catalog; tables of earlier versions remain
// readable.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../../batch/config.ts'
import { mergeRows } from '../../../batch/lake/merge.ts'
import { crashesTable } from '../../../batch/lake/tables.ts'
import { openLake } from '../../../batch/lake/views.ts'
import { processCrashes } from '../../../batch/processing/process-run.ts'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import { inflateZstd } from '../../../shared/codecs/codecs.ts'
import type { ProcessedCrash } from '../../../shared/crash.ts'
import { fieldByName } from '../../../shared/fields/fields.ts'
import { conform } from '../../../shared/fields/shape.ts'
import { tableKey } from '../../../shared/keys.ts'
import { fixtureDump, storeReport } from '../../support/stored-reports.ts'
import { plainRowsOf } from '../support/plain-rows.ts'
import { memoryStores, openBench, rowsFor } from '../support/rows.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-documents-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

describe('processed crashes', () => {
  const stores = memoryStores()
  const documents: ProcessedCrash[] = []

  beforeAll(async () => {
    const names = readdirSync(join(import.meta.dirname, '../../fixtures/dumps'))
      .filter((name) => name.endsWith('.dmp.gz'))
      .map((name) => name.replace('.dmp.gz', ''))
    for (const name of names) {
      await storeReport(stores.crashes, {
        annotations: {
          ProductName: 'Heron',
          Version: '131.0',
          ReleaseChannel: 'release',
          CrashTime: '1792000000',
          name,
        },
        dumps: [{ name: 'upload_file_minidump', bytes: fixtureDump(name) }],
      })
    }
    await processCrashes({ stores, dir, duckdbMemory: '256MB', workers: 2 })
    for await (const { key } of stores.crashes.list('processed/')) {
      const json = inflateZstd(await (await stores.crashes.get(key))!.bytes(), nodeCodecs, 1 << 28)
      documents.push(JSON.parse(new TextDecoder().decode(json)))
    }
  })

  test('have only fields of the catalog, with the declared shapes', () => {
    expect(documents.length).toBeGreaterThan(50)
    const wrong = new Set<string>()
    for (const crash of documents) {
      for (const [name, value] of Object.entries(crash)) {
        const field = fieldByName(name)
        if (!field) wrong.add(`${name}: unknown`)
        else if (value !== null && conform(value, field.shape, 'full') === undefined)
          wrong.add(`${name}: ${JSON.stringify(value).slice(0, 60)}`)
      }
    }
    expect([...wrong]).toEqual([])
  })

  test('lose no public scalar in the public view', () => {
    const lost = new Set<string>()
    for (const crash of documents) {
      for (const [name, value] of Object.entries(crash)) {
        const field = fieldByName(name)!
        const isScalar = typeof field.shape === 'string'
        if (isScalar && field.access === 'public' && conform(value, field.shape, 'public') !== value)
          lost.add(name)
      }
    }
    expect([...lost]).toEqual([])
  })
})

describe('tables of earlier versions', () => {
  const golden = join(import.meta.dirname, '../../golden/tables')

  test.each(readdirSync(golden))('%s can be read, and accepts new rows', async (name) => {
    const stores = memoryStores()
    await stores.lake.put(tableKey('crashes', '2026-10-21', '0of1', 0), readFileSync(join(golden, name)))
    const bench = await openBench(stores)
    await mergeRows(
      bench.files,
      crashesTable,
      { date: '2026-10-21', shard: '0of1' },
      await rowsFor(bench, crashesTable, [1], 'new'),
    )
    await bench.close()
    const cacheDir = join(dir, name)
    const lake = await openLake({ url: 'memory:', stores, cacheDir, config: readConfig({}) })
    const reader = await lake.database.connection.runAndReadAll(
      "SELECT product, signature, date, submitted_at, len(frames), weight FROM crashes ORDER BY signature = 'new', crash_id",
    )
    const rows = plainRowsOf(reader)
    await lake[Symbol.asyncDispose]()
    expect(rows).toEqual([
      ['SimEditor', 'sim::Module29::Function29', '2026-10-21', '2026-10-21T10:41:05.361565+00:00', 8, 10],
      ['SimBrowser', 'sim::Module92::Function92', '2026-10-21', '2026-10-21T14:22:54.525104+00:00', 8, 10],
      ['SimBrowser', 'sim::Module92::Function771', '2026-10-21', '2026-10-21T03:25:41.132916+00:00', 8, 10],
      [null, 'new', '2026-10-21', null, 0, null],
    ])
  })
})
