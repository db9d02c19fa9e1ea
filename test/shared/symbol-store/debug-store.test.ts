// Uploaded programs and debug files: what is kept of each, and what is refused.
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import { CrashError } from '../../../shared/errors.ts'
import {
  isKept,
  keptDebugFiles,
  type NewDebugFile,
  sniffDebugFile,
  storedIdOf,
  storeDebugFile,
} from '../../../shared/symbol-store/debug-store.ts'
import { createMemoryStorage } from '../../../shared/storage/memory.ts'
import type { Storage } from '../../../shared/storage/storage.ts'
import { bytesOf } from '../../support/crash-request.ts'
import { debugFileBytes } from '../../support/debug-programs.ts'
import { tinyElf } from '../../support/tiny-elf.ts'

async function* pieces(bytes: Uint8Array, pieceBytes = 1000) {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.slice(at, at + pieceBytes)
}

const tiny = tinyElf(Uint8Array.of(0xab, 0xcd))
const tinyId = `0000CDAB${'0'.repeat(25)}`
const md5Of = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex')

const store = (symbols: Storage, bytes: Uint8Array, change: Partial<NewDebugFile> = {}) =>
  storeDebugFile(
    { name: 'tiny', content: pieces(bytes), isTry: false, maxBytes: 1e6, ...change },
    { symbols, codecs: nodeCodecs },
  )
const kept = (symbols: Storage, id: string, isTry = false) =>
  Array.fromAsync(keptDebugFiles(symbols, id, isTry))
const countOf = async (symbols: Storage) => (await Array.fromAsync(symbols.list(''))).length

describe('a file', () => {
  test('is kept as sent, with a record and a mark for its module', async () => {
    const symbols = createMemoryStorage()
    const { modules, ...stored } = await store(symbols, tiny)
    expect(stored).toEqual({ outcome: 'new', size: tiny.length })
    expect(modules).toMatchObject([{ debugFile: 'tiny', debugId: tinyId, codeId: 'ABCD' }])
    const [file, ...others] = await kept(symbols, tinyId)
    expect([file!.name, file!.size, others]).toEqual(['tiny', tiny.length, []])
    expect(await (await symbols.get(file!.dataKey))!.bytes()).toEqual(tiny)
    const record = (await symbols.get(file!.key))!
    expect(record.contentType).toBe('application/json')
    expect(JSON.parse(Buffer.from(await record.bytes()).toString())).toEqual({
      version: 1,
      name: 'tiny',
      size: tiny.length,
    })
    const keys = (await Array.fromAsync(symbols.list(''))).map(({ key }) => key)
    const data = file!.dataKey.split('/').at(-1)
    expect(keys).toEqual([file!.dataKey, file!.key, `debug-files/v1/new/regular/${tinyId}/${data}`].sort())
    expect(file!.key).toMatch(new RegExp(`/modules/${tinyId}/${md5Of(tiny)}-${data}$`))
  })

  test('that is kept already is not kept twice; a new content is', async () => {
    const symbols = createMemoryStorage()
    await store(symbols, tiny)
    expect((await store(symbols, tiny, { name: 'other' })).outcome).toBe('same')
    expect(await countOf(symbols)).toBe(3)
    const longer = new Uint8Array(tiny.length + 1)
    longer.set(tiny)
    expect((await store(symbols, longer)).outcome).toBe('new')
    expect(await countOf(symbols)).toBe(6)
    expect(await kept(symbols, tinyId)).toHaveLength(2)
  })

  test('of a try build is kept apart', async () => {
    const symbols = createMemoryStorage()
    await store(symbols, tiny, { isTry: true })
    expect([await kept(symbols, tinyId), await kept(symbols, tinyId, true)]).toMatchObject([
      [],
      [{ name: 'tiny' }],
    ])
    expect((await store(symbols, tiny)).outcome).toBe('new')
  })

  test('for two processors has a record for each', async () => {
    const symbols = createMemoryStorage()
    const { bytes } = debugFileBytes('libtree-fat.dylib')[0]!
    const { modules } = await store(symbols, bytes)
    expect(modules.map(({ arch }) => arch)).toEqual(['x86_64', 'arm64'])
    for (const { debugId } of modules) expect(await kept(symbols, debugId!)).toHaveLength(1)
    const [first, second] = modules.map(({ debugId }) => debugId!)
    await symbols.delete((await kept(symbols, second!))[0]!.key)
    expect((await store(symbols, bytes)).outcome).toBe('new')
    expect([await kept(symbols, first!), await kept(symbols, second!)].map(({ length }) => length)).toEqual([
      1, 1,
    ])
  })

  test('may be larger than what is held of it', async () => {
    const symbols = createMemoryStorage()
    const bytes = new Uint8Array(3 << 20)
    bytes.set(tiny)
    new DataView(bytes.buffer).setBigUint64(64 + 56 + 8, BigInt((2 << 20) + 8), true)
    bytes.set(tiny.subarray(-18), (2 << 20) + 8)
    const { modules } = await store(symbols, bytes, {
      maxBytes: bytes.length,
      content: pieces(bytes, 100_000),
    })
    expect(modules).toMatchObject([{ codeId: 'ABCD' }])
  })

  const refusal = (reason: string) => new CrashError('bad-symbols', reason)
  test.each<[string, Uint8Array, Partial<NewDebugFile>, CrashError]>([
    [
      'that is too large',
      tiny,
      { maxBytes: tiny.length - 1 },
      new CrashError('limit', `It has more than ${tiny.length - 1} bytes`),
    ],
    [
      'of another size',
      tiny,
      { expected: { size: 5 } },
      refusal(`It has ${tiny.length} bytes; 5 were announced`),
    ],
    [
      'of another content',
      tiny,
      { expected: { md5: 'ff' } },
      refusal(`Its MD5 is ${md5Of(tiny)}; ff was announced`),
    ],
    [
      'of another module',
      tiny,
      { expected: { id: 'ff0' } },
      refusal(`It cannot be used: it identifies itself as ${tinyId}, ABCD, its path or the request as FF0`),
    ],
    [
      'without an ID',
      tinyElf(null),
      {},
      refusal(
        'It cannot be used: it has no debug ID or build ID: link it with --build-id or /DEBUG, and send it again',
      ),
    ],
    [
      'that is an object file',
      tinyElf(Uint8Array.of(1, 2), 1),
      {},
      refusal('It cannot be used: an object file; give the program or library that is linked from it'),
    ],
  ])('%s is refused, and nothing is kept', async (_, bytes, change, error) => {
    const symbols = createMemoryStorage()
    await expect(store(symbols, bytes, change)).rejects.toThrow(error)
    expect(await countOf(symbols)).toBe(0)
  })

  test.each([{ size: tiny.length, md5: md5Of(tiny) }, { id: tinyId.toLowerCase() }, { id: 'abcd' }, {}])(
    'with what was announced is kept: %j',
    async (expected) => {
      expect((await store(createMemoryStorage(), tiny, { maxBytes: tiny.length, expected })).outcome).toBe(
        'new',
      )
    },
  )

  test('that the store loses while it is identified is an error of the store', async () => {
    const symbols = createMemoryStorage()
    const bytes = new Uint8Array(2 << 20)
    bytes.set(tiny)
    new DataView(bytes.buffer).setBigUint64(64 + 56 + 8, BigInt((2 << 20) - 32), true)
    const losing = { ...symbols, get: async () => null } as Storage
    await expect(store(losing, bytes, { maxBytes: 1e7 })).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringMatching(/^debug-files\/.* is missing$/),
    })
  })
})

describe('the files of a module', () => {
  test.each([
    ['no JSON', '{'],
    ['another version', '{"version":2,"name":"a","size":1}'],
    ['no name', '{"version":1,"size":1}'],
    ['no size', '{"version":1,"name":"a"}'],
  ])('are without those whose record has %s', async (_, text) => {
    const symbols = createMemoryStorage()
    await store(symbols, tiny)
    const { key } = (await kept(symbols, tinyId))[0]!
    await symbols.put(key, bytesOf(text))
    expect(await kept(symbols, tinyId)).toEqual([])
    await symbols.put(key.replace(/[^/]*$/, 'other'), bytesOf('{"version":1,"name":"a","size":1}'))
    expect(await kept(symbols, tinyId)).toEqual([])
  })

  test('are known by their content', async () => {
    const symbols = createMemoryStorage()
    await store(symbols, tiny)
    const md5 = md5Of(tiny)
    expect(await isKept(symbols, { id: tinyId, md5, isTry: false })).toBe(true)
    expect(await isKept(symbols, { id: tinyId, md5: md5.slice(0, -1), isTry: false })).toBe(false)
    expect(await isKept(symbols, { id: tinyId, md5, isTry: true })).toBe(false)
  })

  test.each([
    ['d0', 'c0', 'D0'],
    [null, 'c0', 'C0'],
    ['d0', null, 'D0'],
    [null, null, null],
  ])('are found by the ID of %j and %j: %j', (debugId, codeId, id) => {
    expect(storedIdOf({ debugId, codeId })).toBe(id)
  })
})

describe('a file whose format is not known yet', () => {
  async function sniff(bytes: Uint8Array, pieceBytes: number) {
    const { isDebugFile, content } = await sniffDebugFile(pieces(bytes, pieceBytes))
    return { isDebugFile, content: Buffer.concat(await Array.fromAsync(content, (piece) => piece.slice())) }
  }

  test.each([1, 63, 64, 65, 1000])(
    'is recognized, and nothing of it is lost, in pieces of %i bytes',
    async (size) => {
      expect(await sniff(tiny, size)).toEqual({ isDebugFile: true, content: Buffer.from(tiny) })
      const text = bytesOf('text'.repeat(40))
      expect(await sniff(text, size)).toEqual({ isDebugFile: false, content: Buffer.from(text) })
    },
  )

  test('may be short, or empty', async () => {
    expect(await sniff(bytesOf('MZ'), 1)).toEqual({ isDebugFile: true, content: Buffer.from('MZ') })
    expect(await sniff(new Uint8Array(0), 1)).toEqual({ isDebugFile: false, content: Buffer.alloc(0) })
  })

  test('is read no further than needed, and its source is closed with it', async () => {
    let [read, closed] = [0, false]
    async function* source() {
      try {
        for (; ; read++) yield new Uint8Array(32)
      } finally {
        closed = true
      }
    }
    const { content } = await sniffDebugFile(source())
    expect([read, closed]).toEqual([1, false])
    await content.next()
    await content.return(undefined)
    expect([read, closed]).toEqual([1, true])
  })
})
