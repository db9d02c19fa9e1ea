// How crashes are processed: options of the command line before the environment.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { processOptions } from '../../../batch/cli/process-options.ts'
import type { ProcessFlags } from '../../../batch/cli/options.ts'
import { readConfig } from '../../../batch/config.ts'
import { parseProduct } from '../../../batch/products/product-file.ts'
import { memoryStores } from '../support/rows.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-options-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
const missing = join(dir, 'missing')
const stores = memoryStores()

function optionsOf(flags: ProcessFlags, environment: Record<string, string> = {}, symbols: string[] = []) {
  const config = readConfig(environment)
  const product = parseProduct('app.json', JSON.stringify({ name: 'App' }))
  const products = new Map([['App', { ...product, symbols }]])
  return processOptions({ url: 'memory:', stores, cacheDir: dir, config }, flags, products)
}

test('without options, all crashes are processed with the built-in lists', () => {
  const { products, ...options } = optionsOf({})
  const { workers, duckdbMemory, symbolFetchBytes } = readConfig({})
  expect(options).toEqual({
    ...{ stores, dir, duckdbMemory, workers, symbols: [], fetchBytes: symbolFetchBytes, lists: null },
    shard: { index: 0, count: 1 },
  })
  expect([...products!.keys()]).toEqual(['App'])
})

test('options of the command line come before the environment', () => {
  const environment = { MAYDAY_WORKERS: '3', MAYDAY_SHARD: '1/4' }
  expect(optionsOf({}, environment)).toMatchObject({ workers: 3, shard: { index: 1, count: 4 } })
  const flags = { workers: 2, shard: '0/2', symbols: [dir] }
  expect(optionsOf(flags, environment)).toMatchObject({
    ...{ workers: 2, shard: { index: 0, count: 2 }, symbols: [dir] },
  })
})

test.each<[string, Parameters<typeof optionsOf>, string]>([
  ['lists', [{ lists: missing }], missing],
  ['lists of the environment', [{}, { MAYDAY_LISTS: missing }], missing],
  ['symbols', [{ symbols: [missing] }], `--symbols ${missing}: no such folder or .sym file`],
  ['symbols of a product', [{}, {}, [missing]], `--symbols ${missing}: no such folder or .sym file`],
  ['a shard', [{ shard: '2/2' }], "A shard is I/N with I from 0 to N-1, for example 0/4, not '2/2'"],
])('%s that cannot be used end the command at once', (_what, given, message) => {
  expect(() => optionsOf(...given)).toThrow(message)
})
