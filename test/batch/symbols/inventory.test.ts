// What is in a symbol store: every kind of file is listed, counted and removed with what belongs to it.
import { beforeEach, describe, expect, test } from 'vitest'
import { countFiles, listFiles, removeFiles } from '../../../batch/symbols/inventory.ts'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import { createMemoryStorage } from '../../../shared/storage/memory.ts'
import type { Storage } from '../../../shared/storage/storage.ts'
import { storeFile } from '../../../shared/symbol-store/store-file.ts'

const id = 'BBACA09FD1C13F6C84254BFD8732AF400'
const other = 'ABACA09FD1C13F6C84254BFD8732AF400'
let symbols: Storage
const bytes = (size: number) => new Uint8Array(size)
const all = async () => (await Array.fromAsync(symbols.list(''))).map(({ key }) => key)

async function store(name: string, isTry = false): Promise<void> {
  const text = `MODULE Linux x86_64 ${id} ${name}\nINFO CODE_ID 5E10AB ${name}.exe\nPUBLIC 1000 0 main\n`
  const content = (async function* () {
    yield new TextEncoder().encode(text)
  })()
  const file = { path: { name, id, leaf: `${name}.sym` }, isTry, content, maxBytes: 1e6 }
  await storeFile(file, { symbols, codecs: nodeCodecs })
}

beforeEach(async () => {
  symbols = createMemoryStorage()
  const sizes: Record<string, number> = {
    [`a/${id}/a.sym`]: 1,
    [`a/${id}/a.dbg.gz`]: 2,
    [`a/${other}/a.sym`]: 4,
    [`b/${id}/b.sym`]: 8,
    [`try/a/${id}/a.sym`]: 16,
    [`try/c/${id}/c.dbg.gz`]: 32,
    'debug-files/v1/data/ab': 64,
    'try/debug-files/v1/data/cd': 128,
    [`symdex/a/${id}`]: 256,
    [`symdex/b/${id}`]: 512,
    'arrivals/x': 1024,
  }
  for (const [key, size] of Object.entries(sizes)) await symbols.put(key, bytes(size))
})

describe('listed are', () => {
  test.each([
    ['', [`a/${other}/a.sym`, `a/${id}/a.dbg.gz`, `a/${id}/a.sym`, `b/${id}/b.sym`], ['a', 'c']],
    ['a', [`a/${other}/a.sym`, `a/${id}/a.dbg.gz`, `a/${id}/a.sym`], ['a']],
    ['b/', [`b/${id}/b.sym`], []],
    ['c', [], ['c']],
    ['x', [], []],
  ])('the files that begin with %j, those of try builds last', async (start, regular, tries) => {
    const found = await Array.fromAsync(listFiles(symbols, start))
    const keys = found.filter(({ isTry }) => !isTry).map(({ info }) => info.key)
    expect(keys).toEqual(regular)
    expect(found.slice(keys.length).map(({ path, isTry }) => [path.name, isTry])).toEqual(
      tries.map((name) => [name, true]),
    )
    expect(found.map(({ path: { name, id, leaf } }) => `${name}/${id}/${leaf}`)).toEqual(
      found.map(({ info }) => info.key.replace(/^try\//, '')),
    )
  })
})

test('each kind of file is counted', async () => {
  expect(await countFiles(symbols)).toEqual({
    symbol_files: 3,
    other_files: 1,
    try_files: 2,
    debug_files: 2,
    bytes: 1 + 2 + 4 + 8 + 16 + 32 + 64 + 128,
    names: 2,
    indexes: 2,
    index_bytes: 256 + 512,
  })
})

test('an empty store has none', async () => {
  expect(new Set(Object.values(await countFiles(createMemoryStorage())))).toEqual(new Set([0]))
})

describe('removed are', () => {
  const regular = { isTry: false, dryRun: false }
  test.each([
    ['the files of a module', `a/${id}`, regular, [`a/${id}/a.dbg.gz`, `a/${id}/a.sym`]],
    ['the same in small letters', `a/${id.toLowerCase()}`, regular, [`a/${id}/a.dbg.gz`, `a/${id}/a.sym`]],
    ['one file', `a/${id}/a.sym`, regular, [`a/${id}/a.sym`]],
    ['only whole names of files', `a/${id}/a.s`, regular, []],
    ['those of try builds', `a/${id}`, { ...regular, isTry: true }, [`try/a/${id}/a.sym`]],
    ['none of another module', `a/${'0'.repeat(33)}`, regular, []],
  ])('%s', async (_, text, options, expected) => {
    const before = await all()
    expect(await removeFiles(symbols, text, { ...options, dryRun: true })).toEqual(expected)
    expect(await all()).toEqual(before)
    expect(await removeFiles(symbols, text, options)).toEqual(expected)
    const gone = [...expected, ...(expected.includes(`a/${id}/a.sym`) ? [`symdex/a/${id}`] : [])]
    expect(await all()).toEqual(before.filter((key) => !gone.includes(key)))
  })

  test.each([false, true])('index and code ID with the symbol file (try build: %s)', async (isTry) => {
    symbols = createMemoryStorage()
    await store('app', isTry)
    const start = isTry ? 'try/' : ''
    for (const key of [`symdex/app/${id}`, 'symdex/app/0']) await symbols.put(start + key, bytes(1))
    expect(await removeFiles(symbols, `app/${id}`, { isTry, dryRun: false })).toEqual([
      `${start}app/${id}/app.sym`,
    ])
    expect(await all()).toEqual([`${start}symdex/app/0`])
  })
})
