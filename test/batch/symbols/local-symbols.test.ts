// Symbols on this machine: which files are symbols, their paths in a store, and what is reported about others.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { addSymbols } from '../../../batch/symbols/add-symbols.ts'
import { findLocalSymbols } from '../../../batch/symbols/local-symbols.ts'
import { storedPath, symbolFile } from '../../../batch/symbols/symbol-file.ts'
import { checkPlaces, isUrl, openSymbolSources } from '../../../batch/symbols/symbol-sources.ts'
import { CrashError } from '../../../shared/errors.ts'
import { createMemoryStorage } from '../../../shared/storage/memory.ts'
import type { Storage } from '../../../shared/storage/storage.ts'
import { readArrivals } from '../../../shared/symbols/arrivals.ts'
import { noSymbols } from '../../../shared/symbols/sources/symbol-source.ts'
import { tarOf } from '../../support/archives.ts'
import { zipOf } from '../../support/zip.ts'

const id = 'BBACA09FD1C13F6C84254BFD8732AF400'
const root = mkdtempSync(join(tmpdir(), 'mayday-local-symbols-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const textOf = (name: string, more = '') => `MODULE Linux x86_64 ${id} ${name}\nPUBLIC 1000 0 main\n${more}`

function write(path: string, content: string | Uint8Array): string {
  const full = join(root, path)
  mkdirSync(join(full, '..'), { recursive: true })
  writeFileSync(full, content)
  return full
}

test.each([
  [`app/${id}/app.sym`, `app/${id}/app.sym`],
  [`/x/y/app/${id}/app.sym`, `app/${id}/app.sym`],
  [`app/${id.toLowerCase()}/app.sym`, `app/${id}/app.sym`],
  [`app/${id}/app.sym.gz`, `app/${id}/app.sym`],
  [`app/${id}/app.SYM.GZ`, `app/${id}/app.SYM`],
  [`app.dll/5E1/app.dl_`, `app.dll/5E1/app.dl_`],
  [`app.exe/5E1/app.ex_`, `app.exe/5E1/app.ex_`],
  [`app.pdb/${id}/app.pd_`, `app.pdb/${id}/app.pd_`],
  [`app/${id}/app.dbg.gz`, `app/${id}/app.dbg.gz`],
  [`app/${id}/app.dSYM.tar.bz2`, `app/${id}/app.dSYM.tar.bz2`],
  [`app/${id}/app.dl_x`, null],
  [`app/${id}/app.txt`, null],
  [`app/${id}/app.gz`, null],
  ['app/no-id/app.sym', null],
  ['app.sym', null],
])('a file at %s has the stored path %s', (path, expected) => {
  const found = storedPath(path)
  expect(found && `${found.name}/${found.id}/${found.leaf}`).toBe(expected)
})

describe('a candidate', () => {
  async function* pieces(bytes: string | Uint8Array) {
    yield typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes
  }
  const found = (name: string, bytes: string | Uint8Array) =>
    symbolFile({ from: `at ${name}`, name, open: () => pieces(bytes) })
  const contentOf = async (open: () => AsyncIterable<Uint8Array>) =>
    Buffer.concat(await Array.fromAsync(open())).toString()

  test.each([
    ['x.sym', textOf('app.pdb'), `app.pdb/${id}/app.sym`, textOf('app.pdb')],
    ['x.sym', gzipSync(textOf('app.pdb')), `app.pdb/${id}/app.sym`, textOf('app.pdb')],
    [`app/${id}/app.sym.gz`, gzipSync(textOf('b')), `app/${id}/app.sym`, textOf('b')],
    [`app/${id}/app.dl_`, 'any', `app/${id}/app.dl_`, 'any'],
  ])('%s is a symbol file', async (name, bytes, path, content) => {
    const file = (await found(name, bytes))!
    expect([file.from, Object.values(file.path).join('/')]).toEqual([`at ${name}`, path])
    expect(await contentOf(() => file.open())).toBe(content)
  })

  test('of another kind is not', async () => {
    expect(await found('x.txt', textOf('app'))).toBeNull()
  })

  test('whose records state no path is refused', async () => {
    await expect(found('x.sym', textOf('a#b'))).rejects.toEqual(
      new CrashError('bad-symbols', 'The name and ID of its MODULE record cannot be a path'),
    )
  })
})

describe('files below a path', () => {
  async function find(...paths: string[]) {
    const [problems, found]: [unknown[], string[][]] = [[], []]
    let looked = 0
    const scratch = mkdtempSync(join(root, 'scratch-'))
    const options = {
      scratch,
      onProblem: ({ file, problem }: { file: string; problem: string }) =>
        void problems.push([file, problem]),
      onFile: () => void looked++,
    }
    for await (const { from, path } of findLocalSymbols(paths, options))
      found.push([from, `${path.name}/${path.id}/${path.leaf}`])
    return { found, problems, looked }
  }

  test('are found in the order of their paths; others are skipped in folders', async () => {
    const b = write('folder/b.sym', textOf('b'))
    const a = write('folder/deep/a.sym', textOf('a'))
    write('folder/README', 'x')
    expect(await find(join(root, 'folder'))).toEqual({
      found: [
        [b, `b/${id}/b.sym`],
        [a, `a/${id}/a.sym`],
      ],
      problems: [],
      looked: 3,
    })
  })

  test('must exist', async () => {
    await expect(find(join(root, 'nowhere'))).rejects.toEqual(
      new CrashError('missing', `${join(root, 'nowhere')} does not exist`),
    )
  })

  test('that are named must be symbols', async () => {
    const path = write('notes.txt', 'x')
    const problem =
      'It is neither a symbol file (.sym, .sym.gz), a program, a debug file, an archive, nor a folder'
    expect(await find(path)).toEqual({ found: [], problems: [[path, problem]], looked: 1 })
  })

  test.each([
    ['zip', (name: string, content: string) => zipOf({ name, content })],
    ['tar', (name: string, content: string) => tarOf({ name, content })],
  ])('are found in an archive (%s), with the names of both', async (kind, archive) => {
    const path = write(`all.${kind}`, await archive('x/app.sym', textOf('app')))
    expect(await find(path)).toEqual({
      found: [[`${path}:x/app.sym`, `app/${id}/app.sym`]],
      problems: [],
      looked: 2,
    })
  })

  test('that are damaged, in an archive, too, are named', async () => {
    const [alone, archive] = [
      write('damaged/bad.sym', 'hello'),
      write('damaged/z.zip', zipOf({ name: 'x.sym', content: textOf('a#b') })),
    ]
    expect((await find(join(root, 'damaged'))).problems).toEqual([
      [alone, expect.stringMatching(/does not start with a MODULE record/)],
      [`${archive}:x.sym`, 'The name and ID of its MODULE record cannot be a path'],
    ])
  })
})

describe('added symbols', () => {
  const now = new Date('2026-10-21T00:00:00Z')
  async function add(symbols: Storage, path: string, isTry = false) {
    let looked = 0
    const report = await addSymbols([path], symbols, { isTry, now, onFile: () => looked++ })
    const arrivals = await Array.fromAsync(readArrivals(symbols, new Date(0)))
    return { ...report, looked, arrivals: arrivals.flatMap(({ modules }) => modules) }
  }
  const keys = async (symbols: Storage) =>
    (await Array.fromAsync(symbols.list(''))).map(({ key }) => key).filter((key) => !/^arr/.test(key))
  const nothing = { added: [], replaced: [], unchanged: [], refused: [], modules: [] }
  const one = { debug_file: 'add', debug_id: id, code_file: '', code_id: '' }
  const name = `add/${id}/add.sym`

  test('are new, then the same, then replaced; each change is an arrival, and is indexed', async () => {
    const symbols = createMemoryStorage()
    const path = write('add.sym', textOf('add'))
    expect(await add(symbols, path)).toEqual({ ...nothing, added: [name], looked: 1, arrivals: [one] })
    expect(await keys(symbols)).toEqual([name, `symdex/add/${id}`])
    await symbols.delete(`symdex/add/${id}`)
    expect(await add(symbols, path)).toEqual({ ...nothing, unchanged: [name], looked: 1, arrivals: [one] })
    expect(await keys(symbols)).toEqual([name])
    write('add.sym', textOf('add', 'PUBLIC 2000 0 other\n'))
    const replaced = await add(symbols, path)
    expect(replaced).toEqual({ ...nothing, replaced: [name], looked: 1, arrivals: [one, one] })
    expect(await keys(symbols)).toEqual([name, `symdex/add/${id}`])
  })

  test('of try builds are not arrivals', async () => {
    const symbols = createMemoryStorage()
    const path = write('try.sym', textOf('add'))
    expect(await add(symbols, path, true)).toEqual({ ...nothing, added: [name], looked: 1, arrivals: [] })
    expect(await keys(symbols)).toEqual([`try/${name}`, `try/symdex/add/${id}`])
  })

  test('are arrivals also when the store fails later', async () => {
    const symbols = createMemoryStorage()
    write('two/a.sym', textOf('add'))
    write('two/b.sym', textOf('b'))
    const put = symbols.put.bind(symbols)
    symbols.put = async (key, ...rest) => {
      if (key.startsWith('b/')) throw new CrashError('storage', 'down')
      return put(key, ...rest)
    }
    await expect(add(symbols, join(root, 'two'))).rejects.toMatchObject({ code: 'storage', message: 'down' })
    const arrivals = await Array.fromAsync(readArrivals(symbols, new Date(0)))
    expect(arrivals.map(({ time, modules }) => [time, modules])).toEqual([[now, [one]]])
  })
})

describe('places of symbols', () => {
  test.each([
    ['https://x.example/', true],
    ['HTTP://x.example', true],
    ['srv:https://x.example/', true],
    ['debuginfod:https://x.example/', true],
    ['other:https://x.example/', false],
    ['ftp+x.y-1://x', true],
    ['1https://x', false],
    ['/folder', false],
    ['C:\\folder', false],
    ['a/b://c', false],
  ])('%s is a URL: %s', (place, expected) => expect(isUrl(place)).toBe(expected))

  test('exist, or are URLs', () => {
    const file = write('places/app.sym', textOf('app'))
    write('places/notes.txt', '')
    expect(() =>
      checkPlaces([
        root,
        file,
        'https://x.example/',
        'srv:https://x.example/',
        'debuginfod:https://x.example/',
      ]),
    ).not.toThrow()
    for (const place of [join(root, 'nowhere'), join(root, 'places/notes.txt')])
      expect(() => checkPlaces([root, place])).toThrow(
        new CrashError('bad-usage', `--symbols ${place}: no such folder or .sym file`),
      )
    for (const place of ['https://', 'srv:https://', 'debuginfod:https://'])
      expect(() => checkPlaces([place])).toThrow(expect.objectContaining({ code: 'bad-usage' }))
  })

  test('without any, there are no symbols', () => {
    expect(openSymbolSources([])).toBe(noSymbols)
    expect(openSymbolSources([root])).not.toBe(noSymbols)
  })
})
