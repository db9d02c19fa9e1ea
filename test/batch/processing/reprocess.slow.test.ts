// Reprocessing: symbols that cannot be loaded are reported; a regroup does not walk stacks.
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { symbolWarnings } from '../../../batch/cli/symbol-warnings.ts'
import { readConfig } from '../../../batch/config.ts'
import { type Lake, openLake } from '../../../batch/lake/views.ts'
import { verifyStore } from '../../../batch/planning/verify.ts'
import { crashesWhere } from '../../../batch/processing/chosen-crashes.ts'
import { type ProcessOptions, processCrashes } from '../../../batch/processing/process-run.ts'
import { decodeProcessedCrash } from '../../../batch/processing/processed-crash.ts'
import { CrashError } from '../../../shared/errors.ts'
import { processedKey } from '../../../shared/keys.ts'
import { fixtureDump, storeReport } from '../../support/stored-reports.ts'
import { plainRowsOf } from '../support/plain-rows.ts'
import { memoryStores } from '../support/rows.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-reprocess-'))
const stores = memoryStores()
const run = (options: Partial<ProcessOptions> = {}) =>
  processCrashes({ stores, dir, duckdbMemory: '256MB', workers: 1, ...options })

async function withLake<T>(work: (lake: Lake) => Promise<T>): Promise<T> {
  const lake = await openLake({ url: 'memory:', stores, cacheDir: dir, config: readConfig({}) })
  try {
    return await work(lake)
  } finally {
    await lake[Symbol.asyncDispose]()
  }
}

const query = (sql: string) =>
  withLake(async (lake) => {
    const reader = await lake.database.connection.runAndReadAll(sql)
    return plainRowsOf(reader)
  })

const late = 'cpp-basics-O0-null-read'
const others = ['rust-panics-abort-index', 'cpp-inlines-O2-parser']
const lateIds: string[] = []

beforeAll(async () => {
  for (const [n, name] of [late, late, ...others].entries()) {
    const id = await storeReport(stores.crashes, {
      annotations: { ProductName: 'P', n: String(n) },
      dumps: [{ name: 'upload_file_minidump', bytes: fixtureDump(name) }],
    })
    if (name === late) lateIds.push(id)
  }
  await run()
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

describe('unavailable symbols', () => {
  test('are reported with the crashes that may lack them, but not stored', async () => {
    const server = createServer((_request, response) => response.writeHead(503).end())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const { symbol_failures } = await run({ crashIds: lateIds, symbols: [url] })
      expect(symbol_failures).toEqual({ [`The symbol server at ${url} answered 503, 4 times`]: 2 })
      for (const id of lateIds) {
        const { bytes } = (await stores.crashes.get(processedKey(id)))!
        expect(JSON.stringify(decodeProcessedCrash(await bytes()))).not.toContain('127.0.0.1')
      }
      expect((await run({ crashIds: lateIds })).symbol_failures).toEqual({})
    } finally {
      server.close()
    }
  })

  test('do not prevent a stack walk if the store fails', async () => {
    const fails = (key: string): Promise<never> =>
      Promise.reject(new CrashError('storage', `S3 answered 403 AccessDenied to HEAD ${key}.`))
    async function* folders(): AsyncGenerator<string> {
      yield await fails('the list')
    }
    const failing = { ...stores, symbols: { ...stores.symbols, head: fails, folders } }
    const { symbol_failures } = await run({ crashIds: lateIds, stores: failing })
    expect(symbol_failures).toEqual({
      "The store's own symbols are unreadable: S3 answered 403 AccessDenied to HEAD ….": 2,
    })
    const missing = await query(
      `SELECT DISTINCT mdsw_status_string, len(frames) > 3, missing_symbols IS NOT NULL FROM crashes
       WHERE crash_id IN ('${lateIds.join("', '")}')`,
    )
    expect(missing).toEqual([['OK', true, true]])
  })
})

test('symbolWarnings lists the reasons that affect most crashes, and what to do', () => {
  expect(symbolWarnings({})).toBe('')
  const lines = symbolWarnings({ a: 1, b: 9, c: 1, d: 1, e: 1, f: 1, g: 1 }).split('\n')
  expect(lines[0]).toBe('mayday: b; symbols of 9 crashes may be missing')
  expect(lines.slice(5)).toEqual([
    'mayday: And 2 other reasons; --json lists all',
    'mayday: After fixing this, run: mayday reprocess --missing-symbols, with the same --symbols',
    '',
  ])
})

describe('regroup', () => {
  test('keeps everything except the signature and the notes, which are added to the history', async () => {
    const ids = await withLake((lake) => crashesWhere(lake, "product = 'P'"))
    expect(ids).toHaveLength(4)
    const columns =
      'SELECT crash_id, signature, reason, address, weight, frames FROM crashes ORDER BY crash_id'
    const before = await query(columns)
    const modules = await query('SELECT count(*) FROM modules')
    const report = await run({ crashIds: ids, mode: 'regroup' })
    expect(report).toMatchObject({ processed: 4 })
    expect(report.stages).not.toHaveProperty('walk')
    expect(await query(columns)).toEqual(before)
    expect(await query('SELECT count(*) FROM modules')).toEqual(modules)
    expect((await withLake((lake) => verifyStore(lake.files))).findings).toEqual([])
  })

  test('a condition that is not valid SQL is bad usage', async () => {
    await expect(withLake((lake) => crashesWhere(lake, 'no such column ='))).rejects.toMatchObject({
      code: 'bad-usage',
    })
  })
})
