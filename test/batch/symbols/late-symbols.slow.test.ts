// Late symbols of real crashes: what is new is looked up, exactly the crashes that lacked it are found, nothing else.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { openTableFiles } from '../../../batch/lake/files/table-files.ts'
import { type ProcessOptions, processCrashes } from '../../../batch/processing/process-run.ts'
import { productOf } from '../../../batch/products/products.ts'
import { findLateSymbols, type LateSymbolsOptions } from '../../../batch/symbols/late-symbols.ts'
import { openSymbolMisses } from '../../../batch/symbols/symbol-misses.ts'
import { arrivalsPrefix, lateSymbolsKey } from '../../../shared/keys.ts'
import { countingStores, noRequests, requestsSince } from '../../../shared/storage/counting.ts'
import type { Stores } from '../../../shared/storage/storage.ts'
import { recordArrival } from '../../../shared/symbols/arrivals.ts'
import { fixtureDump, storeReport } from '../../support/stored-reports.ts'
import { copyStores, memoryStores } from '../support/rows.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-late-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
const symbolDir = join(import.meta.dirname, '../../fixtures/symbols')
const hour = 3_600_000

const requests = noRequests()
let stores: Stores
const run = (options: Partial<ProcessOptions> = {}) =>
  processCrashes({ stores, dir, duckdbMemory: '256MB', workers: 1, ...options })

/** Two crashes of one program of the products P and Q, and one of another program, without symbols. */
const template = memoryStores()
const crashOf: Record<string, string> = {}
const dumps = { P: 'cpp-basics-O0-null-read', Q: 'cpp-basics-O0-null-read', R: 'rust-panics-abort-index' }
const processed = (async () => {
  for (const [product, name] of Object.entries(dumps))
    crashOf[product] = await storeReport(template.crashes, {
      annotations: { ProductName: product },
      dumps: [{ name: 'upload_file_minidump', bytes: fixtureDump(name) }],
    })
  await run({ stores: template })
})()

beforeEach(async () => {
  await processed
  stores = countingStores(await copyStores(template), requests)
})

async function findLate(options: Partial<LateSymbolsOptions> = {}) {
  await using files = await openTableFiles({ stores, cacheDir: dir, duckdbMemory: '256MB' })
  const { now = new Date() } = options
  const misses = openSymbolMisses(stores.crashes, { now: () => now.getTime() })
  return await findLateSymbols(files, { products: new Map(), places: [], misses, ...options })
}

/** Puts the symbol file of a fixture's module into the store. */
async function putSymbols(debug_file: string) {
  const [debug_id] = readdirSync(join(symbolDir, debug_file)) as [string]
  for (const name of readdirSync(join(symbolDir, debug_file, debug_id))) {
    const bytes = readFileSync(join(symbolDir, debug_file, debug_id, name))
    await stores.symbols.put(`${debug_file}/${debug_id}/${name.replace(/\.gz$/, '')}`, bytes)
  }
  return { debug_file, debug_id, code_file: '', code_id: '' }
}

/** A symbol server with the files of some modules. */
async function startServer(has: (path: string) => boolean, status = 404) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url!)
    response.writeHead(has(request.url!) ? 200 : status).end('FUNC 1 1 0 f\n')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const basics = (path: string) => path.startsWith('/basics_O0/')
const both = () => [crashOf.P!, crashOf.Q!].sort()

describe('symbols in the store', () => {
  test('that did not arrive cost two requests a round, and nothing is looked up', async () => {
    const now = new Date()
    await (await findLate({ now })).finish()
    const before = { ...requests }
    const late = await findLate({ now })
    await late.finish()
    expect(late).toMatchObject({ arrivals: 0, asked: 0, crashIds: [] })
    expect(requestsSince(before, requests)).toMatchObject({ get: 1, list: 1, head: 0, put: 0, delete: 0 })
  })

  test('that arrived change exactly the crashes that lacked them, once', async () => {
    await recordArrival(stores.symbols, [await putSymbols('basics_O0')], new Date())
    const before = { ...requests }
    const late = await findLate()
    expect(late).toMatchObject({ arrivals: 1, asked: 1, failures: [] })
    expect(late.found.map((module) => module.debug_file)).toEqual(['basics_O0'])
    expect(late.crashIds).toEqual(both())
    expect(requestsSince(before, requests).head).toBeLessThan(4)
    expect(await run({ crashIds: late.crashIds })).toMatchObject({ processed: 2 })
    await late.finish()
    expect(await findLate()).toMatchObject({ arrivals: 1, asked: 0, crashIds: [] })
    const now = new Date(Date.now() + 2 * hour)
    await (await findLate({ now })).finish()
    expect(await findLate({ now })).toMatchObject({ arrivals: 0 })
  })

  test('that arrived are found again by the next round when one is killed before it finished', async () => {
    await recordArrival(stores.symbols, [await putSymbols('basics_O0')], new Date())
    await findLate()
    const late = await findLate({ now: new Date(Date.now() + 3 * hour) })
    expect(late.crashIds).toEqual(both())
  })

  test.each(['{', '{"version":2}', '{"version":1,"read_until":1e300}'])(
    'that arrived are found when the state cannot be used: %s',
    async (state) => {
      await recordArrival(stores.symbols, [await putSymbols('basics_O0')], new Date())
      await stores.crashes.put(lateSymbolsKey, new TextEncoder().encode(state))
      const late = await findLate()
      await late.finish()
      expect(late.crashIds).toEqual(both())
      expect((await stores.crashes.get(lateSymbolsKey))!.size).toBeGreaterThan(state.length)
    },
  )

  test('that arrived before a crash was processed do not process it again, even if it still lacks them', async () => {
    const longAgo = new Date(Date.now() - hour)
    await recordArrival(stores.symbols, [await putSymbols('basics_O0')], longAgo)
    expect(await findLate()).toMatchObject({ arrivals: 1, asked: 1, crashIds: [] })
  })

  test('that lack a file of the module process again only crashes from before they arrived', async () => {
    const module = { ...(await putSymbols('basics_O0')), is_partial: true }
    await recordArrival(stores.symbols, [module], new Date(Date.now() - hour / 4))
    expect(await findLate()).toMatchObject({ asked: 1, crashIds: [] })
    await recordArrival(stores.symbols, [module], new Date(Date.now() + hour / 4))
    expect((await findLate()).crashIds).toEqual(both())
  })

  test('whose arrival names them, but which are not there, change nothing', async () => {
    const module = { debug_file: 'basics_O0', debug_id: 'AB1', code_file: '', code_id: '' }
    const real = { ...module, debug_id: readdirSync(join(symbolDir, 'basics_O0'))[0]! }
    await recordArrival(stores.symbols, [module, real], new Date())
    expect(await findLate()).toMatchObject({ arrivals: 1, asked: 1, crashIds: [] })
  })

  test('that were copied by hand are found when all are looked up', async () => {
    await putSymbols('basics_O0')
    expect(await findLate()).toMatchObject({ asked: 0, crashIds: [] })
    const late = await findLate({ all: true })
    expect(late.asked).toBeGreaterThan(2)
    expect(late.crashIds).toEqual(both())
  })

  test('arrive only once in all: records are deleted after a week', async () => {
    await recordArrival(stores.symbols, [await putSymbols('basics_O0')], new Date())
    const count = async () => (await Array.fromAsync(stores.symbols.list(arrivalsPrefix))).length
    await (await findLate()).finish()
    expect(await count()).toBe(1)
    await (await findLate({ now: new Date(Date.now() + 8 * 24 * hour) })).finish()
    expect(await count()).toBe(0)
  })
})

describe('symbols in a folder', () => {
  test('are found each round; only modules whose name it has are looked up', async () => {
    const folder = mkdtempSync(join(dir, 'symbols-'))
    expect(await findLate({ places: [folder] })).toMatchObject({ asked: 0, crashIds: [] })
    const late = await findLate({ places: [symbolDir] })
    expect(late.found.map((module) => module.debug_file)).toContain('basics_O0')
    expect(late.crashIds).toEqual(expect.arrayContaining(both()))
  })
})

describe('a symbol server', () => {
  test('is asked once; then after an hour, and twice as long each time', async () => {
    await using server = await startServer(() => false)
    const start = Date.now()
    const askedAfter = async (hours: number) => {
      server.asked.splice(0)
      const now = new Date(start + hours * hour)
      expect(await findLate({ places: [server.url], now })).toMatchObject({ crashIds: [] })
      return server.asked.length
    }
    const modules = await askedAfter(0)
    expect(modules).toBeGreaterThan(2)
    expect([await askedAfter(0.9), await askedAfter(1.1), await askedAfter(2.9)]).toEqual([0, modules, 0])
    expect([await askedAfter(3.2), await askedAfter(6), await askedAfter(7.3)]).toEqual([modules, 0, modules])
  })

  test('is not asked again for what process just missed, and has the symbols later', async () => {
    const stocked = new Set<string>()
    await using server = await startServer((path) => stocked.size > 0 && basics(path))
    await run({ crashIds: both(), symbols: [server.url] })
    const missed = server.asked.length
    expect(missed).toBeGreaterThan(2)
    await run({ crashIds: both(), symbols: [server.url] })
    expect(server.asked).toHaveLength(missed)
    stocked.add('basics_O0')
    const now = new Date(Date.now() + 1.1 * hour)
    const late = await findLate({ places: [server.url], now })
    expect(late.found.map((module) => module.debug_file)).toEqual(['basics_O0'])
    expect(late.crashIds).toEqual(both())
    await run({ crashIds: late.crashIds, symbols: [server.url] })
    expect(await findLate({ places: [server.url], now })).toMatchObject({ crashIds: [] })
  })

  test('of a product is asked for its crashes only', async () => {
    await using server = await startServer(basics)
    const products = new Map(
      ['P', 'R'].map((name) => [name, { ...productOf(name, new Map()), symbols: [server.url] }]),
    )
    const late = await findLate({ products })
    expect(late.crashIds).toEqual([crashOf.P])
    expect(await run({ crashIds: late.crashIds, products })).toMatchObject({ processed: 1 })
    expect(await findLate({ products })).toMatchObject({ crashIds: [] })
  })

  test('that fails is named, and does not prevent symbols of other sources', async () => {
    const failing = 'http://127.0.0.1:9'
    const late = await findLate({ places: [failing, symbolDir] })
    expect(late.failures).toEqual([`The symbol server at ${failing} did not respond: bad port, 4 times`])
    expect(late.crashIds).toEqual(expect.arrayContaining(both()))
  })
})
