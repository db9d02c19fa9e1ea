// Symbol sources: folders, buckets, and the cache of symdexes on disk.
import { existsSync, statSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { symdexKey } from '../../../../shared/keys.ts'
import { createMemoryStorage } from '../../../../shared/storage/memory.ts'
import { bucketFiles, bucketRangeSource } from '../../../../shared/symbols/sources/bucket.ts'
import { folderFiles, folderSource } from '../../../../shared/symbols/sources/folder.node.ts'
import { gunzip } from '../../../../shared/symbols/sources/gunzip.ts'
import { textSource } from '../../../../shared/symbols/sources/symbol-files.ts'
import { findSymbol } from '../../../../shared/symbols/symdex/symbol-page.ts'
import { parseSymFile } from '../../../../shared/symbols/sym/parse.ts'
import {
  firstSource,
  rememberingSource,
  type SymbolSource,
} from '../../../../shared/symbols/sources/symbol-source.ts'
import { corruptTable, type SymbolTable } from '../../../../shared/symbols/symdex/symbol-table.ts'
import { deflatePage, indexedSource } from '../../../../shared/symbols/sources/symdex-cache.node.ts'
import { buildSymdex } from '../../../../shared/symbols/symdex/writer.ts'

const id = '5A9832E5287241C1838ED98914E9B7FF1'
const module = { debugFile: 'app.pdb', debugId: id, codeFile: 'app.exe', codeId: '45d35f6c2d000' }
const path = `app.pdb/${id}/app.sym`
const text = `MODULE windows x86 ${id} app.pdb\nFUNC 1000 10 0 main\n`
const bytes = (value: string) => new TextEncoder().encode(value)

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'symbols-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function store(name: string, content: Uint8Array): Promise<string> {
  const file = join(folder, name)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, content)
  return file
}

async function nameAt(
  source: SymbolSource,
  address = 0x1004,
  wanted = module,
): Promise<string | null | 'none'> {
  const table = await source.load(wanted)
  if (!table) return 'none'
  await table.load(address)
  const page = table.page(address)
  return (page && findSymbol(page, address)?.function) ?? null
}

describe('folders and buckets', () => {
  test('a symbol file in a folder is found, as text or gzip', async () => {
    await store(path, bytes(text))
    expect(await nameAt(folderSource(folder))).toBe('main')
    await rm(join(folder, path))
    await store(`${path}.gz`, gzipSync(text))
    expect(await nameAt(folderSource(folder))).toBe('main')
  })

  test('missing files, and modules without id, are not found', async () => {
    expect(await nameAt(folderSource(folder))).toBe('none')
    expect(await nameAt(folderSource(folder), 0, { ...module, debugId: '' })).toBe('none')
    expect(await nameAt(folderSource(folder), 0, { ...module, debugFile: '..' })).toBe('none')
  })

  const utf16 = Uint8Array.from(Buffer.from(`\ufeff${text.replaceAll('\n', '\r\n')}`, 'utf16le'))
  test.each([
    ['UTF-16', utf16],
    ['UTF-16, big endian', Uint8Array.from(Buffer.from(utf16).swap16())],
    ['a byte order mark', bytes(`\ufeff${text}`)],
    ['CR as line end', bytes(text.replaceAll('\n', '\r'))],
    ['blanks at line ends', bytes(text.replaceAll('\n', ' \t\r\n'))],
  ])('a file in %s is read', async (_, content) => {
    await store(path, content)
    expect(await nameAt(folderSource(folder))).toBe('main')
  })

  test.each([
    ['', 'it is empty'],
    ['<!DOCTYPE html>\n<html>\n', 'it is an HTML page'],
    ['\r\n<html><body>404\n', 'it is an HTML page'],
    ['nonsense\n', 'it has no valid record'],
    [text.replace(id, 'ABC1'), 'it is of another module, with debug ID ABC1'],
  ])('%j is refused: %s', async (content, problem) => {
    await store(path, bytes(content))
    const cache = { folder: join(folder, 'cache'), maxBytes: 1e6, minTextBytes: 0 }
    for (const source of [folderSource(folder), indexedSource(folderFiles(folder), cache)])
      expect(await source.load(module)).toMatchObject({ corrupt: true, problem })
  })

  test.each([
    ['the same', id],
    ['in lower case', id.toLowerCase()],
  ])('a debug ID that is %s is accepted', async (_, written) => {
    await store(path, bytes(text.replace(id, written)))
    expect(await nameAt(folderSource(folder))).toBe('main')
  })

  const byCode = {
    debugFile: '',
    debugId: '0'.repeat(33),
    codeFile: 'C:\\app\\app.exe',
    codeId: '45D35F6C2D000',
  }
  const codeText = (codeId: string) =>
    `MODULE windows x86 ${'0'.repeat(33)} app.exe\nINFO CODE_ID ${codeId} app.exe\nFUNC 1000 10 0 main\n`
  test.each([
    ['app.exe/45D35F6C2D000/app.exe.sym', '45d35f6c2d000', 'main'],
    ['app.exe/45d35f6c2d000/app.exe.sym', '45D35F6C2D000', 'main'],
    [`app.exe/${'0'.repeat(33)}/app.exe.sym`, '45D35F6C2D000', 'main'],
    [`app.exe/${'0'.repeat(33)}/app.exe.sym`, '11111', null],
  ])('a module without debug ID: %s of code ID %s gives %s', async (place, codeId, name) => {
    await store(place, bytes(codeText(codeId)))
    const bucket = createMemoryStorage()
    await bucket.put(place, bytes(codeText(codeId)))
    const cache = { folder: join(folder, 'cache'), maxBytes: 1e6, minTextBytes: 0 }
    const sources = [
      folderSource(folder),
      textSource(bucketFiles(bucket)),
      indexedSource(folderFiles(folder), cache),
    ]
    for (const source of sources) {
      expect(await nameAt(source, 0x1004, byCode)).toBe(name)
      expect(await nameAt(source, 0x1004, byCode)).toBe(name)
    }
  })

  test('one file without debug ID is not taken for another module from the cache', async () => {
    await store(`app.exe/${'0'.repeat(33)}/app.exe.sym`, bytes(codeText('45D35F6C2D000')))
    const cache = { folder: join(folder, 'cache'), maxBytes: 1e6, minTextBytes: 0 }
    const source = indexedSource(folderFiles(folder), cache)
    expect(await nameAt(source, 0x1004, byCode)).toBe('main')
    expect(await nameAt(source, 0x1004, { ...byCode, codeId: '11111' })).toBeNull()
  })

  test('names of Windows modules are compared without case, others exactly', async () => {
    await store(path, bytes(text))
    const bucket = createMemoryStorage()
    await bucket.put(path, bytes(text))
    for (const source of [folderSource(folder), textSource(bucketFiles(bucket))])
      expect(await nameAt(source, 0x1004, { ...module, debugFile: 'App.PDB' })).toBe('main')
    const linux = { ...module, debugFile: 'Libapp.so', codeFile: '/usr/lib/Libapp.so' }
    await store(`libapp.so/${id}/libapp.so.sym`, bytes(text))
    expect(await nameAt(folderSource(folder), 0x1004, linux)).toBe('none')
  })

  test('a damaged file counts as corrupt', async () => {
    await store(`${path}.gz`, gzipSync(text.repeat(100)).subarray(0, 40))
    expect((await folderSource(folder).load(module))?.corrupt).toBe(true)
    await store(path, bytes('nonsense\n'))
    expect((await folderSource(folder).load(module))?.corrupt).toBe(true)
  })

  test('a bucket serves text, gzip, and symdexes by range', async () => {
    const bucket = createMemoryStorage()
    expect(await nameAt(textSource(bucketFiles(bucket)))).toBe('none')
    expect(await nameAt(bucketRangeSource(bucket))).toBe('none')
    await bucket.put(path, gzipSync(text))
    expect(await nameAt(textSource(bucketFiles(bucket)))).toBe('main')
    await bucket.put(symdexKey('app.pdb', id), buildSymdex(parseSymFile(bytes(text)), deflatePage))
    expect(await nameAt(bucketRangeSource(bucket))).toBe('main')
  })

  test('a file of a bucket is not opened before it is read', async () => {
    const bucket = createMemoryStorage()
    await bucket.put(path, bytes(text))
    let opened = 0
    const get: typeof bucket.get = (...args) => {
      opened++
      return bucket.get(...args)
    }
    const file = await bucketFiles({ ...bucket, get }).find(module)
    expect(opened).toBe(0)
    expect(await file!.read()).toEqual(bytes(text))
    await bucket.delete(path)
    expect(await file!.read()).toBeNull()
  })

  test('gzip data is inflated up to a limit', async () => {
    await expect(gunzip(gzipSync('x'.repeat(10_000)), 9_999)).rejects.toMatchObject({ code: 'limit' })
    await expect(gunzip(gzipSync('x'.repeat(10_000)).subarray(0, 20), 9_999)).rejects.toMatchObject({
      code: 'bad-symbols',
    })
    expect((await gunzip(gzipSync('x'.repeat(10_000)), 10_000)).length).toBe(10_000)
  })
})

describe('sources together', () => {
  const table = (name: string): SymbolTable => ({
    ...corruptTable('it is empty'),
    corrupt: false,
    bytes: () => name.length,
  })
  const always = (value: SymbolTable | null | Error): SymbolSource & { calls: number } => ({
    calls: 0,
    async load() {
      this.calls++
      if (value instanceof Error) throw value
      return value
    },
  })

  test('the first result wins; corrupt files and failures only when there is nothing better', async () => {
    const good = table('good')
    const failing = always(new Error('down'))
    expect(await firstSource([always(null), always(good), failing]).load(module)).toBe(good)
    expect(await firstSource([failing, always(corruptTable('it is empty')), always(good)]).load(module)).toBe(
      good,
    )
    expect((await firstSource([failing, always(corruptTable('it is empty'))]).load(module))?.corrupt).toBe(
      true,
    )
    await expect(firstSource([failing, always(null)]).load(module)).rejects.toThrow('down')
    expect(await firstSource([always(null)]).load(module)).toBeNull()
  })

  test('results are cached, concurrent requests shared, missing symbols cached only for a while', async () => {
    let now = 1
    const there = always(table('x'))
    const remembering = rememberingSource(there, { maxBytes: 100, missingForMs: 10, now: () => now })
    await Promise.all([remembering.load(module), remembering.load(module)])
    await remembering.load(module)
    expect(there.calls).toBe(1)
    const absent = always(null)
    const source = rememberingSource(absent, { maxBytes: 100, missingForMs: 10, now: () => now })
    await source.load(module)
    await source.load(module)
    expect(absent.calls).toBe(1)
    now = 12
    await source.load(module)
    expect(absent.calls).toBe(2)
  })

  test('20,000 modules without symbols are remembered, those used last', async () => {
    const absent = always(null)
    const source = rememberingSource(absent, { maxBytes: 100 })
    const named = (n: number) => source.load({ ...module, debugFile: `${n}.pdb` })
    for (let n = 1; n <= 20_000; n++) await named(n)
    await named(1)
    expect(absent.calls).toBe(20_000)
    await named(20_001)
    await named(2)
    await named(1)
    expect(absent.calls).toBe(20_002)
  })

  test('failures are not cached', async () => {
    const failing = always(new Error('down'))
    const source = rememberingSource(failing, { maxBytes: 100 })
    await expect(source.load(module)).rejects.toThrow('down')
    await expect(source.load(module)).rejects.toThrow('down')
    expect(failing.calls).toBe(2)
  })

  test('the least recently used table is dropped', async () => {
    const there = always(table('x'.repeat(40)))
    const source = rememberingSource(there, { maxBytes: 100 })
    const named = (debugFile: string) => source.load({ ...module, debugFile })
    for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) await named(name)
    expect(there.calls).toBe(4)
  })
})

describe('tables that grow', () => {
  test('are dropped once all together are too large, even without new tables', async () => {
    const loads: string[] = []
    let size = 10
    const source = rememberingSource(
      {
        async load({ debugFile }) {
          loads.push(debugFile)
          return { ...corruptTable('it is empty'), corrupt: false, bytes: () => size }
        },
      },
      { maxBytes: 100 },
    )
    const named = (debugFile: string) => source.load({ ...module, debugFile })
    await named('a')
    await named('b')
    size = 80
    for (let i = 0; i < 64; i++) await named('b')
    await named('a')
    expect(loads).toEqual(['a', 'b', 'a'])
  })
})

describe('symdexes on disk', () => {
  const cacheFiles = async () =>
    (await readdir(join(folder, 'cache'), { recursive: true })).filter((f) => f.endsWith('.symdex'))
  const cached = (maxBytes = 1e9) =>
    indexedSource(folderFiles(folder), { folder: join(folder, 'cache'), maxBytes, minTextBytes: 0 })

  test('a symbol file is indexed once, and again when it changes', async () => {
    const file = await store(path, bytes(text))
    expect(await nameAt(cached())).toBe('main')
    const [first] = await cacheFiles()
    expect(first).toMatch(new RegExp(`^app\\.pdb.${id}.[0-9a-f]{20}\\.symdex$`))
    expect(await nameAt(cached())).toBe('main')
    expect(await cacheFiles()).toEqual([first])
    await writeFile(file, text.replace('main', 'changed'))
    expect(await nameAt(cached())).toBe('changed')
    expect(await cacheFiles()).toHaveLength(2)
  })

  test('a damaged or outdated symdex is rebuilt', async () => {
    await store(path, bytes(text))
    await cached().load(module)
    const file = join(folder, 'cache', (await cacheFiles())[0]!)
    const whole = await readFile(file)
    for (const at of [0, 8, 30, whole.length - 1]) {
      const damaged = Uint8Array.from(whole)
      damaged[at]! ^= 1
      await writeFile(file, damaged)
      expect(await nameAt(cached())).toBe('main')
      expect(new Uint8Array(await readFile(file))).toEqual(new Uint8Array(whole))
    }
    await writeFile(file, whole.subarray(0, 20))
    expect(await nameAt(cached())).toBe('main')
  })

  test('concurrent writers leave only whole files', async () => {
    await store(path, bytes(text))
    const names = await Promise.all(Array.from({ length: 20 }, () => nameAt(cached())))
    expect(new Set(names)).toEqual(new Set(['main']))
    expect(await readdir(join(folder, 'cache', 'app.pdb', id))).toHaveLength(1)
  })

  test('after the first file, the folder is checked once a 64th of its size has been written', async () => {
    const [first, second] = ['A1', 'B1'].map((debugId) => ({ ...module, debugId }))
    for (const { debugId } of [first!, second!])
      await store(`app.pdb/${debugId}/app.sym`, bytes(text.replace(id, debugId)))
    await cached().load(second!)
    const { length } = await readFile(join(folder, 'cache', (await cacheFiles())[0]!))
    const left = join(folder, 'cache', 'left.tmp')
    for (const [maxBytes, remains] of [
      [length * 64 + 64, true],
      [length * 64, false],
    ] as const) {
      await rm(join(folder, 'cache'), { recursive: true })
      const source = cached(maxBytes)
      await source.load(first!)
      await writeFile(left, 'half')
      await utimes(left, new Date(0), new Date(0))
      await source.load(second!)
      expect(existsSync(left)).toBe(remains)
    }
  })

  test('the folder is kept below its size; the least recently used files go', async () => {
    const ids = ['A1', 'B1', 'C1']
    for (const debugId of ids) await store(`app.pdb/${debugId}/app.sym`, bytes(text.replace(id, debugId)))
    await cached().load({ ...module, debugId: 'A1' })
    const size = (await readFile(join(folder, 'cache', (await cacheFiles())[0]!))).length
    await cached().load({ ...module, debugId: 'B1' })
    for (const file of await cacheFiles()) await utimes(join(folder, 'cache', file), new Date(0), new Date(0))
    await cached().load({ ...module, debugId: 'A1' })
    const [left, writing] = ['left.tmp', 'writing.tmp'].map((name) => join(folder, 'cache', 'app.pdb', name))
    for (const file of [left!, writing!]) await writeFile(file, 'half')
    await utimes(left!, new Date(0), new Date(0))
    await cached(size * 2.5).load({ ...module, debugId: 'C1' })
    expect((await cacheFiles()).map((file) => file.split(/[/\\]/)[1]).sort()).toEqual(['A1', 'C1'])
    expect(existsSync(left!)).toBe(false)
    expect(existsSync(writing!)).toBe(true)
  })

  test('texts are indexed from the least length on', async () => {
    await store(path, bytes(text))
    const options = { folder: join(folder, 'cache'), maxBytes: 1e9 }
    await indexedSource(folderFiles(folder), { ...options, minTextBytes: text.length + 1 }).load(module)
    expect(existsSync(join(options.folder, 'app.pdb'))).toBe(false)
    await indexedSource(folderFiles(folder), { ...options, minTextBytes: text.length }).load(module)
    expect(await cacheFiles()).toHaveLength(1)
  })

  test('files fill the folder up to its size, and those that exceed it alone are not kept', async () => {
    const ids = ['A1', 'B1']
    for (const debugId of ids) await store(`app.pdb/${debugId}/app.sym`, bytes(text.replace(id, debugId)))
    const kept = async (maxBytes: number, used: readonly string[]) => {
      await rm(join(folder, 'cache'), { recursive: true, force: true })
      for (const debugId of used) await cached(maxBytes).load({ ...module, debugId })
      return cacheFiles()
    }
    const sizes = (await kept(1e9, ids)).map((file) => statSync(join(folder, 'cache', file)).size)
    const both = sizes[0]! + sizes[1]!
    expect(await kept(both, ids)).toHaveLength(2)
    expect(await kept(both - 1, ids)).toHaveLength(1)
    const [one] = await kept(1e9, ['A1'])
    const { size } = statSync(join(folder, 'cache', one!))
    expect(await kept(size, ['A1'])).toEqual([one])
    expect(existsSync(join(folder, 'cache', 'app.pdb'))).toBe(true)
    await kept(size - 1, ['A1'])
    expect(existsSync(join(folder, 'cache', 'app.pdb'))).toBe(false)
  })

  test.each([
    [3_600_000, true],
    [3_600_001, false],
  ])('what a writer left %i ms ago stays: %s', async (age, stays) => {
    await store(path, bytes(text))
    const left = await store('cache/left.tmp', bytes('half'))
    const written = new Date(Date.UTC(2026, 0, 1))
    await utimes(left, written, written)
    vi.useFakeTimers({ toFake: ['Date'], now: written.getTime() + age })
    try {
      await cached().load(module)
    } finally {
      vi.useRealTimers()
    }
    expect(existsSync(left)).toBe(stays)
  })

  test('an unwritable folder only disables the cache', async () => {
    await store(path, bytes(text))
    await store('cache', bytes('a file'))
    expect(await nameAt(cached())).toBe('main')
  })
})
