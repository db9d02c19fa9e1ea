// Symbol files that are stored: what is read of their first records, what is refused, and what is written.
import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import { CrashError } from '../../../shared/errors.ts'
import { findByCode, writeCodePointer } from '../../../shared/symbol-store/code-pointer.ts'
import { parseFilePath } from '../../../shared/symbol-store/file-path.ts'
import { type NewFile, storeFile } from '../../../shared/symbol-store/store-file.ts'
import type { ModuleFacts } from '../../../shared/symbol-store/stored-file.ts'
import {
  readSymbolHead,
  requirePlace,
  symbolHeadBytes,
  symbolHeadOf,
} from '../../../shared/symbol-store/symbol-head.ts'
import { createMemoryStorage } from '../../../shared/storage/memory.ts'
import type { Storage } from '../../../shared/storage/storage.ts'
import { bytesOf } from '../../support/crash-request.ts'

const md5Of = (text: string) => createHash('md5').update(text).digest('hex')
const refusal = (message: string) => new CrashError('bad-symbols', message)

async function* pieces(...texts: string[]) {
  for (const text of texts) yield bytesOf(text)
}

describe('the start of a symbol file', () => {
  const head = (...lines: string[]) => readSymbolHead(bytesOf(lines.join('\n')))
  const plain = { debugFile: 'a', debugId: 'AB0', codeFile: '', codeId: '', generator: '', lacks: '' }

  test.each<[string, string[], Partial<ModuleFacts>]>([
    ['a MODULE record', ['MODULE Linux x86_64 ab0 a'], {}],
    [
      'a path, with blanks at its end',
      ['MODULE windows x86 AB0 C:\\b\\my app.pdb  '],
      { debugFile: 'my app.pdb' },
    ],
    ['a code ID', ['MODULE Linux x86_64 AB0 a', 'INFO CODE_ID cd12'], { codeId: 'CD12' }],
    [
      'a code file',
      ['MODULE Linux x86_64 AB0 a', 'INFO CODE_ID CD12 d/a b.exe \r'],
      { codeId: 'CD12', codeFile: 'a b.exe' },
    ],
    [
      'all INFO records',
      [
        'MODULE Linux x86_64 AB0 a',
        'INFO LACKS debug file ',
        'INFO GENERATOR some tool 1 ',
        'INFO CODE_ID C',
        'FILE 0 a',
      ],
      { generator: 'some tool 1', lacks: 'debug file', codeId: 'C' },
    ],
    [
      'no INFO records after others',
      ['MODULE Linux x86_64 AB0 a', 'FILE 0 a', 'INFO GENERATOR late', 'INFO LACKS x', 'INFO CODE_ID C'],
      {},
    ],
    [
      'lines of Windows',
      ['MODULE Linux x86_64 AB0 a\r', 'INFO CODE_ID C a.exe\r', ''],
      { codeId: 'C', codeFile: 'a.exe' },
    ],
  ])('with %s', (_, lines, facts) => {
    expect(head(...lines, 'PUBLIC 10 0 f', '')).toEqual({ ...plain, ...facts })
  })

  const notSymbols = (problem: string) => refusal(`It is not a Breakpad symbol file: ${problem}`)
  test.each<[string, string[]]>([
    ['nothing', ['']],
    ['another record', ['FILE 0 a', 'MODULE Linux x86_64 AB0 a']],
    ['a record before it', [' MODULE Linux x86_64 AB0 a']],
    ['an ID that is not hexadecimal', ['MODULE Linux x86_64 XYZ a']],
    ['no name', ['MODULE Linux x86_64 AB0']],
  ])('with %s is refused', (_, lines) => {
    expect(() => head(...lines)).toThrow(
      notSymbols('it does not start with a MODULE record: MODULE <os> <cpu> <ID> <name>'),
    )
  })

  test('of which more than half of the lines are not records is refused', () => {
    const lines = ['MODULE Linux x86_64 AB0 a', 'PUBLIC 1 0 f', 'text one', 'text two']
    expect(head(...lines)).toEqual(plain)
    expect(() => head(...lines, 'text three')).toThrow(notSymbols('3 of its first 5 lines are not records'))
  })

  test('ends at its last whole line where it is cut', () => {
    const start = 'MODULE Linux x86_64 AB0 a\nPUBLIC 1 0 f\n'
    const cut = bytesOf(start + 'x'.repeat(symbolHeadBytes - start.length))
    expect(cut).toHaveLength(symbolHeadBytes)
    expect(readSymbolHead(cut)).toEqual(plain)
    expect(() => readSymbolHead(bytesOf('x'.repeat(symbolHeadBytes)))).toThrow(/MODULE record/)
  })

  test('is read from a stream up to 64 KiB', async () => {
    expect(Buffer.from(await symbolHeadOf(pieces('ab', '', 'c'))).toString()).toBe('abc')
    let requested = 0
    async function* endless() {
      for (; ; requested++) yield new Uint8Array(symbolHeadBytes - 1).fill(requested + 1)
    }
    const head = await symbolHeadOf(endless())
    expect([head.length, head[symbolHeadBytes - 2], head[symbolHeadBytes - 1], requested]).toEqual([
      65_536, 1, 2, 1,
    ])
  })
})

describe('the place of a symbol file', () => {
  const module = {
    ...{ debugFile: 'App.pdb', debugId: 'D0', codeFile: 'App.exe', codeId: 'C0' },
    generator: '',
    lacks: '',
  }
  test.each([
    ['app.pdb', 'D0'],
    ['APP.EXE', 'C0'],
    ['app.exe', 'D0'],
    ['app.pdb', 'C0'],
  ])('may be %s/%s', (name, id) => {
    expect(() => requirePlace({ name, id, leaf: 'x' }, module)).not.toThrow()
  })

  test.each<[string, string, Partial<ModuleFacts>, string]>([
    ['app.pdb', 'E0', {}, 'Its MODULE record has the ID D0 (code ID C0), its path has E0'],
    ['app.pdb', 'E0', { codeId: '' }, 'Its MODULE record has the ID D0, its path has E0'],
    ['b', 'D0', {}, 'Its records name App.pdb and App.exe, its path b'],
    ['b', 'D0', { codeFile: '' }, 'Its records name App.pdb, its path b'],
  ])('is not %s/%s with %j', (name, id, change, message) => {
    expect(() => requirePlace({ name, id, leaf: 'x' }, { ...module, ...change })).toThrow(refusal(message))
  })
})

describe('a lookup by code ID', () => {
  const module = {
    ...{ debugFile: 'a.pdb', debugId: 'D0', codeFile: 'a.exe', codeId: 'C0' },
    generator: '',
    lacks: '',
  }
  const path = parseFilePath('a.exe/C0/a.sym')!

  test.each([true, false])('finds the module in its storage; of try builds: %s', async (isTry) => {
    const symbols = createMemoryStorage()
    await writeCodePointer(symbols, module, isTry)
    expect(await findByCode(symbols, path, isTry)).toEqual({ debugFile: 'a.pdb', debugId: 'D0', isTry })
    expect(await findByCode(symbols, path, !isTry)).toBeNull()
    expect(await findByCode(symbols, { ...path, id: 'C1' }, isTry)).toBeNull()
    const [object] = await Array.fromAsync(symbols.list('', { withMetadata: true }))
    expect(object).toMatchObject({
      key: expect.stringMatching(/codes\/v1\/a\.exe\/C0$/),
      contentType: 'application/json',
    })
    expect(Buffer.from(await (await symbols.get(object!.key))!.bytes()).toString()).toBe(
      '{"debug_file":"a.pdb","debug_id":"D0"}',
    )
  })

  test.each<[string, Partial<ModuleFacts>]>([
    ['code ID', { codeId: '' }],
    ['code file', { codeFile: '' }],
    ['valid code file', { codeFile: 'a"b' }],
    ['valid debug file', { debugFile: 'a"b' }],
    ['debug ID', { debugId: '' }],
  ])('is not possible without a %s', async (_, change) => {
    const symbols = createMemoryStorage()
    await writeCodePointer(symbols, { ...module, ...change }, false)
    expect(await Array.fromAsync(symbols.list(''))).toEqual([])
  })

  test.each([
    ['is not JSON', '{'],
    ['has other fields', '{"debug_file":"a"}'],
    ['names no valid file', '{"debug_file":"a/b","debug_id":"D0"}'],
    ['is too large', `${' '.repeat(4096)}{"debug_file":"a","debug_id":"D0"}`],
  ])('finds nothing by an object that %s', async (_, text) => {
    const symbols = createMemoryStorage()
    await symbols.put('codes/v1/a.exe/C0', bytesOf(text))
    expect(await findByCode(symbols, path, false)).toBeNull()
  })
})

const symText = (rest = '') => `MODULE windows x86_64 D0 a.pdb\nINFO CODE_ID C0 a.exe\n${rest}`

async function contentOf(symbols: Storage, key: string): Promise<string | null> {
  const bytes = await (await symbols.get(key))?.bytes()
  return bytes ? gunzipSync(bytes).toString() : null
}

describe('a file', () => {
  const path = parseFilePath('a.pdb/D0/a.sym')!
  const store = (symbols: Storage, text: string, change: Partial<NewFile> = {}) =>
    storeFile(
      {
        path,
        isTry: false,
        content: pieces(...(text.match(/[\s\S]{1,20}/g) ?? [])),
        maxBytes: 1000,
        ...change,
      },
      { symbols, codecs: nodeCodecs },
    )

  test('of symbols is stored as gzip with its facts, and found by its code ID', async () => {
    const symbols = createMemoryStorage()
    const stored = await store(symbols, symText())
    const module = {
      ...{ debugFile: 'a.pdb', debugId: 'D0', codeFile: 'a.exe', codeId: 'C0' },
      generator: '',
      lacks: '',
    }
    expect(stored).toEqual({
      ...{ path, outcome: 'new', size: symText().length, md5: md5Of(symText()), formerMd5: null, module },
    })
    expect(await contentOf(symbols, 'a.pdb/D0/a.sym')).toBe(symText())
    expect(await symbols.head('a.pdb/D0/a.sym')).toMatchObject({
      ...{ contentType: 'text/plain', contentEncoding: 'gzip' },
      metadata: { 'original-size': `${symText().length}`, 'original-md5': md5Of(symText()), 'code-id': 'C0' },
    })
    expect((await Array.fromAsync(symbols.list(''))).map(({ key }) => key)).toEqual([
      'a.pdb/D0/a.sym',
      'codes/v1/a.exe/C0',
    ])
  })

  test('of any other kind is stored unchanged', async () => {
    const symbols = createMemoryStorage()
    const other = parseFilePath('a.pdb/D0/a.pd_')!
    const stored = await store(symbols, 'any text', { path: other })
    expect(stored).toMatchObject({ outcome: 'new', size: 8, module: null })
    const object = (await symbols.get('a.pdb/D0/a.pd_'))!
    expect(Buffer.from(await object.bytes()).toString()).toBe('any text')
    expect([object.contentType, object.contentEncoding, Object.keys(object.metadata)]).toEqual([
      undefined,
      undefined,
      ['original-size', 'original-md5'],
    ])
  })

  test('that is stored already changes nothing; one with other content replaces it, and its index', async () => {
    const symbols = createMemoryStorage()
    await store(symbols, symText())
    await symbols.put('symdex/a.pdb/D0', new Uint8Array(1))
    await symbols.delete('codes/v1/a.exe/C0')
    expect(await store(symbols, symText())).toMatchObject({ outcome: 'same', formerMd5: md5Of(symText()) })
    expect((await Array.fromAsync(symbols.list(''))).map(({ key }) => key)).toEqual([
      'a.pdb/D0/a.sym',
      'symdex/a.pdb/D0',
    ])
    const changed = symText('PUBLIC 1 0 f\n')
    expect(await store(symbols, changed)).toMatchObject({
      ...{ outcome: 'replaced', md5: md5Of(changed), formerMd5: md5Of(symText()) },
    })
    expect((await Array.fromAsync(symbols.list(''))).map(({ key }) => key)).toEqual([
      'a.pdb/D0/a.sym',
      'codes/v1/a.exe/C0',
    ])
    expect(await contentOf(symbols, 'a.pdb/D0/a.sym')).toBe(changed)
  })

  test('of another size with the same hash is not the same', async () => {
    const symbols = createMemoryStorage()
    const metadata = { 'original-size': '1', 'original-md5': md5Of(symText()) }
    await symbols.put('a.pdb/D0/a.sym', new Uint8Array(1), { metadata })
    expect((await store(symbols, symText())).outcome).toBe('replaced')
  })

  test('that was made without a part of the module replaces none that was made with it', async () => {
    const lacking = symText('INFO LACKS debug file\n')
    const program = symText('INFO LACKS program\n')
    const symbols = createMemoryStorage()
    expect((await store(symbols, lacking)).outcome).toBe('new')
    expect((await store(symbols, `${lacking}PUBLIC 1 0 f\n`)).outcome).toBe('replaced')
    expect((await store(symbols, symText())).outcome).toBe('replaced')
    await expect(store(symbols, lacking)).rejects.toThrow(
      refusal('It was made without the debug file, the stored symbols with it: add both files together'),
    )
    await expect(store(symbols, program)).rejects.toThrow(/without the program,/)
    expect(await contentOf(symbols, 'a.pdb/D0/a.sym')).toBe(symText())
  })

  const expected = { size: symText().length, md5: md5Of(symText()) }
  test('has the size and the hash that were announced', async () => {
    const symbols = createMemoryStorage()
    expect((await store(symbols, symText(), { expected })).outcome).toBe('new')
  })

  test.each<[string, Partial<NewFile>, CrashError]>([
    [
      'of another size',
      { expected: { ...expected, size: 1 } },
      refusal(`It has ${expected.size} bytes; 1 were announced`),
    ],
    [
      'of another content',
      { expected: { ...expected, md5: 'ff' } },
      refusal(`Its MD5 is ${expected.md5}; ff was announced`),
    ],
    [
      'of another module',
      { path: parseFilePath('a.pdb/D1/a.sym')! },
      refusal('Its MODULE record has the ID D0 (code ID C0), its path has D1'),
    ],
    [
      'that is too large',
      { maxBytes: expected.size - 1 },
      new CrashError('limit', `It has more than ${expected.size - 1} bytes`),
    ],
  ])('%s is refused, and nothing is stored', async (_, change, error) => {
    const symbols = createMemoryStorage()
    await expect(store(symbols, symText(), change)).rejects.toThrow(error)
    expect(await Array.fromAsync(symbols.list(''))).toEqual([])
  })

  test('may have the most bytes, and is recognized by its first 64 KiB', async () => {
    const symbols = createMemoryStorage()
    const long = symText('PUBLIC 1 0 f\n'.repeat(6000)) + 'text\n'.repeat(7000)
    const content = pieces(long)
    expect((await store(symbols, '', { content, maxBytes: long.length })).size).toBe(long.length)
    const wrong = pieces(`text\n${'x'.repeat(70_000)}`, 'more')
    await expect(store(symbols, '', { content: wrong, maxBytes: 1e6 })).rejects.toThrow(/MODULE record/)
  })

  test('of a try build is kept apart', async () => {
    const symbols = createMemoryStorage()
    await store(symbols, symText(), { isTry: true })
    const keys = (await Array.fromAsync(symbols.list(''))).map(({ key }) => key)
    expect(keys).toHaveLength(2)
    expect(keys.filter((key) => !key.startsWith('try/'))).toEqual([])
  })
})
