// The behavior that every store must have: one suite, run on each adapter.
import { describe, expect, test } from 'vitest'
import type { ListOptions, ObjectInfo, Storage } from '../../shared/storage/storage.ts'

const encode = (text: string) => new TextEncoder().encode(text)
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
let folders = 0

async function collect(storage: Storage, prefix: string, options?: ListOptions): Promise<ObjectInfo[]> {
  const all: ObjectInfo[] = []
  for await (const info of storage.list(prefix, options)) all.push(info)
  return all
}

async function readAll(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(stream as ReadableStream).arrayBuffer())
}

/** Bytes that differ by position, so that a wrong offset is noticed. */
function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 0xff)
}

/** A store, and a separate prefix for each test. */
type SetUp = () => Promise<{ storage: Storage; at: string }>

/**
 * `open` returns a store, possibly the same one each time: every test uses its own key prefix. `pageKeys` is the
 * largest number of keys that one request lists.
 */
export function storageContract(
  name: string,
  open: () => Promise<Storage> | Storage,
  { pageKeys = 1000 } = {},
): void {
  describe(`${name} keeps the storage contract:`, () => {
    const setUp: SetUp = async () => ({ storage: await open(), at: `contract/${++folders}-${Date.now()}/` })
    readingContract(setUp)
    rangesContract(setUp)
    writingContract(setUp)
    copiesContract(setUp)
    streamsContract(setUp)
    racesContract(setUp)
    listingContract(setUp, pageKeys)
    keysContract(setUp)
  })
}

/** Reading objects that were written. */
function readingContract(setUp: SetUp): void {
  test('a missing object is null', async () => {
    const { storage, at } = await setUp()
    expect(await storage.get(`${at}none`)).toBeNull()
    expect(await storage.get(`${at}none`, { range: { offset: 0, length: 1 } })).toBeNull()
    expect(await storage.head(`${at}none`)).toBeNull()
    expect(await collect(storage, at)).toEqual([])
    await storage.delete(`${at}none`)
    await storage.delete([])
  })

  test('put, get, head and list return content and properties as written', async () => {
    const { storage, at } = await setUp()
    const attributes = {
      contentType: 'text/plain',
      contentEncoding: 'gzip',
      metadata: { product: 'Test "1"', 'dump-size': '12' },
    }
    const gzipped = new Blob([encode('hello')]).stream().pipeThrough(new CompressionStream('gzip'))
    const body = await readAll(gzipped)
    const before = Date.now()
    const put = await storage.put(`${at}a`, body, attributes)
    const expected = { key: `${at}a`, size: body.length, etag: put?.etag, ...attributes }
    expect(put).toMatchObject(expected)
    expect(put!.etag).toMatch(/^[^"]+$/)
    const got = await storage.get(`${at}a`)
    expect(got).toMatchObject(expected)
    expect(await got!.bytes()).toEqual(body)
    expect(await storage.head(`${at}a`)).toMatchObject(expected)
    const listed = await collect(storage, at, { withMetadata: true })
    expect(listed).toHaveLength(1)
    expect(listed[0]).toMatchObject(expected)
    for (const info of [put!, got!, listed[0]!]) {
      expect(Math.abs(info.uploaded.getTime() - before)).toBeLessThan(60_000)
    }
  })

  test('an object without metadata has none', async () => {
    const { storage, at } = await setUp()
    await storage.put(`${at}a`, encode('x'))
    const info = await storage.head(`${at}a`)
    expect(info).toMatchObject({ size: 1, metadata: {} })
    expect(info).not.toHaveProperty('contentType')
    expect(info).not.toHaveProperty('contentEncoding')
  })

  test('content can be read as a stream, and may be empty or large', async () => {
    const { storage, at } = await setUp()
    const large = pattern(3_000_001)
    await storage.put(`${at}large`, large)
    await storage.put(`${at}empty`, new Uint8Array())
    expect(Buffer.compare(await readAll((await storage.get(`${at}large`))!.body), large)).toBe(0)
    expect(Buffer.compare(await (await storage.get(`${at}large`))!.bytes(), large)).toBe(0)
    expect(await readAll((await storage.get(`${at}empty`))!.body)).toEqual(new Uint8Array())
    expect(await storage.head(`${at}empty`)).toMatchObject({ size: 0 })
  })

  test('a body in pieces is stored as one object', async () => {
    const { storage, at } = await setUp()
    const large = pattern(900_000)
    const pieces = [
      large.subarray(0, 10),
      new Uint8Array(),
      large.subarray(10, 500_000),
      large.subarray(500_000),
    ]
    expect(await storage.put(`${at}large`, pieces)).toMatchObject({ size: 900_000 })
    expect(Buffer.compare(await (await storage.get(`${at}large`))!.bytes(), large)).toBe(0)
    await storage.put(`${at}small`, [encode('a'), encode('bc')])
    expect(decode(await (await storage.get(`${at}small`))!.bytes())).toBe('abc')
    await storage.put(`${at}none`, [])
    expect(await storage.head(`${at}none`)).toMatchObject({ size: 0 })
  })

  test('changing an array after writing it does not change the object', async () => {
    const { storage, at } = await setUp()
    const bytes = encode('before')
    await storage.put(`${at}a`, bytes)
    bytes.fill(0)
    expect(decode(await (await storage.get(`${at}a`))!.bytes())).toBe('before')
  })
}

/** Ranges of objects. */
function rangesContract(setUp: SetUp): void {
  test.each([
    [{ offset: 0, length: 3 }, '012'],
    [{ offset: 4, length: 1 }, '4'],
    [{ offset: 7 }, '789'],
    [{ offset: 8, length: 100 }, '89'],
    [{ offset: 9, length: 1 }, '9'],
    [{ offset: 10, length: 5 }, ''],
    [{ offset: 11 }, ''],
    [{ offset: 3, length: 0 }, ''],
  ])('range %j of 0123456789 is %j', async (range, expected) => {
    const { storage, at } = await setUp()
    await storage.put(`${at}a`, encode('0123456789'))
    const object = await storage.get(`${at}a`, { range })
    expect(object).toMatchObject({ size: 10 })
    expect(decode(await object!.bytes())).toBe(expected)
  })

  test('a range of an empty object is empty', async () => {
    const { storage, at } = await setUp()
    await storage.put(`${at}a`, new Uint8Array())
    expect(await (await storage.get(`${at}a`, { range: { offset: 0, length: 5 } }))!.bytes()).toEqual(
      new Uint8Array(),
    )
  })

  test('a large range can be read as bytes and as a stream', async () => {
    const { storage, at } = await setUp()
    const large = pattern(1_000_000)
    await storage.put(`${at}a`, large)
    const range = { offset: 123_456, length: 600_000 }
    const expected = large.subarray(123_456, 723_456)
    expect(Buffer.compare(await (await storage.get(`${at}a`, { range }))!.bytes(), expected)).toBe(0)
    expect(Buffer.compare(await readAll((await storage.get(`${at}a`, { range }))!.body), expected)).toBe(0)
  })
}

/** Replacing, and conditional writes. */
function writingContract(setUp: SetUp): void {
  test('writing again replaces content and metadata, and changes the etag', async () => {
    const { storage, at } = await setUp()
    const first = await storage.put(`${at}a`, encode('first'), {
      metadata: { a: '1' },
      contentType: 'text/plain',
    })
    const second = await storage.put(`${at}a`, encode('other'), { metadata: { b: '2' } })
    expect(second!.etag).not.toBe(first!.etag)
    const info = await storage.head(`${at}a`)
    expect(info).toMatchObject({ etag: second!.etag, metadata: { b: '2' } })
    expect(info!.metadata).not.toHaveProperty('a')
    expect(info).not.toHaveProperty('contentType')
  })

  test('ifNoneMatch writes only when the object does not exist', async () => {
    const { storage, at } = await setUp()
    expect(await storage.put(`${at}a`, encode('1'), { ifNoneMatch: '*' })).not.toBeNull()
    expect(await storage.put(`${at}a`, encode('2'), { ifNoneMatch: '*' })).toBeNull()
    expect(decode(await (await storage.get(`${at}a`))!.bytes())).toBe('1')
    await storage.delete(`${at}a`)
    expect(await storage.put(`${at}a`, encode('3'), { ifNoneMatch: '*' })).not.toBeNull()
  })

  test('ifMatch replaces only the version with that etag', async () => {
    const { storage, at } = await setUp()
    expect(await storage.put(`${at}a`, encode('0'), { ifMatch: 'something' })).toBeNull()
    expect(await storage.head(`${at}a`)).toBeNull()
    const first = await storage.put(`${at}a`, encode('1'))
    const second = await storage.put(`${at}a`, encode('2'), { ifMatch: first!.etag })
    expect(second).not.toBeNull()
    expect(await storage.put(`${at}a`, encode('3'), { ifMatch: first!.etag })).toBeNull()
    expect(decode(await (await storage.get(`${at}a`))!.bytes())).toBe('2')
    const seen = (await storage.head(`${at}a`))!.etag
    expect(await storage.put(`${at}a`, encode('4'), { ifMatch: seen })).not.toBeNull()
  })
}

/** Copies within a store. */
function copiesContract(setUp: SetUp): void {
  const options = { contentType: 'text/plain', metadata: { a: 'one two', 'b-c': '%20' } }

  test('a copy has the content and the properties of its source, replaces an object, and is independent of its source', async () => {
    const { storage, at } = await setUp()
    const content = pattern(300_000)
    await storage.put(`${at}date=1/a b~é`, content, options)
    const before = Date.now()
    await storage.put(`${at}to/é`, encode('before'), { metadata: { gone: '1' } })
    expect(await storage.copy(`${at}date=1/a b~é`, `${at}to/é`)).toBe(true)
    const copied = await storage.get(`${at}to/é`)
    expect(copied).toMatchObject({ ...options, key: `${at}to/é`, size: content.length })
    expect(copied!.metadata).toEqual(options.metadata)
    expect(Math.abs(copied!.uploaded.getTime() - before)).toBeLessThan(60_000)
    expect(Buffer.compare(await copied!.bytes(), content)).toBe(0)
    await storage.put(`${at}date=1/a b~é`, encode('changed'))
    expect((await storage.head(`${at}to/é`))!.etag).toBe(copied!.etag)
    await storage.delete(`${at}date=1/a b~é`)
    expect(Buffer.compare(await (await storage.get(`${at}to/é`))!.bytes(), content)).toBe(0)
  })

  test('a copy can be made again from the same version', async () => {
    const { storage, at } = await setUp()
    await storage.put(`${at}a`, encode('x'), options)
    for (let i = 0; i < 2; i++) expect(await storage.copy(`${at}a`, `${at}b`)).toBe(true)
    await storage.delete(`${at}b`)
    expect(decode(await (await storage.get(`${at}a`))!.bytes())).toBe('x')
    expect((await collect(storage, at)).map(({ key }) => key)).toEqual([`${at}a`])
  })

  test('nothing is copied from an object that does not exist or has another etag', async () => {
    const { storage, at } = await setUp()
    const first = (await storage.put(`${at}a`, encode('1')))!.etag
    await storage.put(`${at}a`, encode('2'))
    expect(await storage.copy(`${at}a`, `${at}b`, { ifMatch: first })).toBe(false)
    expect(await storage.copy(`${at}none`, `${at}b`)).toBe(false)
    expect(await storage.copy(`${at}none`, `${at}b`, { ifMatch: first })).toBe(false)
    expect(await storage.copy('a//b', `${at}b`)).toBe(false)
    expect(await storage.head(`${at}b`)).toBeNull()
    const seen = (await storage.head(`${at}a`))!.etag
    expect(await storage.copy(`${at}a`, `${at}b`, { ifMatch: seen })).toBe(true)
    expect(decode(await (await storage.get(`${at}b`))!.bytes())).toBe('2')
    await expect(storage.copy(`${at}a`, 'a//b')).rejects.toMatchObject({ code: 'bad-usage' })
  })

  test('copies of an object that is replaced meanwhile are whole versions', async () => {
    const { storage, at } = await setUp()
    const version = (n: number) => encode(String(n).repeat(5000))
    await storage.put(`${at}a`, version(0))
    const replace = async () => {
      for (let n = 1; n <= 9; n++) await storage.put(`${at}a`, version(n))
    }
    const copyAll = async () => {
      for (let n = 0; n < 9; n++) expect(await storage.copy(`${at}a`, `${at}copies/${n}`)).toBe(true)
    }
    await Promise.all([replace(), copyAll()])
    for await (const { key } of storage.list(`${at}copies/`)) {
      const text = decode(await (await storage.get(key))!.bytes())
      expect(text).toBe(text[0]!.repeat(5000))
    }
  })
}

/** Concurrent writers. */
function racesContract(setUp: SetUp): void {
  test('exactly one of many concurrent creations of an object succeeds', async () => {
    const { storage, at } = await setUp()
    const bodies = Array.from({ length: 16 }, (_, i) => encode(`writer ${i}`))
    const results = await Promise.all(
      bodies.map((body, i) =>
        storage.put(`${at}a`, body, { ifNoneMatch: '*', metadata: { writer: `${i}` } }),
      ),
    )
    const winners = results.flatMap((result, i) => (result ? [i] : []))
    expect(winners).toHaveLength(1)
    const object = await storage.get(`${at}a`)
    expect(decode(await object!.bytes())).toBe(`writer ${winners[0]}`)
    expect(object!.metadata).toEqual({ writer: `${winners[0]}` })
  })

  test('exactly one of many concurrent replacements of a version succeeds', async () => {
    const { storage, at } = await setUp()
    const first = await storage.put(`${at}a`, encode('0'))
    const bodies = Array.from({ length: 16 }, (_, i) => encode(`writer ${i}`))
    const results = await Promise.all(
      bodies.map((body) => storage.put(`${at}a`, body, { ifMatch: first!.etag })),
    )
    const winners = results.flatMap((result, i) => (result ? [i] : []))
    expect(winners).toHaveLength(1)
    expect(decode(await (await storage.get(`${at}a`))!.bytes())).toBe(`writer ${winners[0]}`)
  })

  test('a counter incremented by conditional writes loses no increment', async () => {
    const { storage, at } = await setUp()
    await storage.put(`${at}n`, encode('0'))
    const countUp = async () => {
      for (;;) {
        const object = await storage.get(`${at}n`)
        const next = encode(String(Number(decode(await object!.bytes())) + 1))
        if (await storage.put(`${at}n`, next, { ifMatch: object!.etag })) return
      }
    }
    await Promise.all(Array.from({ length: 8 }, countUp))
    expect(decode(await (await storage.get(`${at}n`))!.bytes())).toBe('8')
  })
}

/** Listing and deleting. */
function listingContract(setUp: SetUp, pageKeys: number): void {
  test('list returns more than one page, in key order, from a given start', async () => {
    const { storage, at } = await setUp()
    // One request deletes at most 1000 keys.
    const all = Array.from({ length: 1105 }, (_, i) => `${at}${String(i * 7).padStart(5, '0')}/x`)
    const keys = all.slice(0, pageKeys + 50)
    for (let i = 0; i < keys.length; i += 50) {
      await Promise.all(keys.slice(i, i + 50).map((key) => storage.put(key, encode('x'))))
    }
    expect((await collect(storage, at)).map((info) => info.key)).toEqual(keys)
    expect((await collect(storage, `${at}000`)).map((info) => info.key)).toEqual(keys.slice(0, 15))
    const after = await collect(storage, at, { startAfter: keys[20]! })
    expect(after.map((info) => info.key)).toEqual(keys.slice(21))
    const between = await collect(storage, at, { startAfter: `${keys[pageKeys]}x` })
    expect(between.map((info) => info.key)).toEqual(keys.slice(pageKeys + 1))
    expect(await Array.fromAsync(storage.folders(at))).toEqual(keys.map((key) => key.slice(0, -1)))
    await storage.delete(all)
    expect(await collect(storage, at)).toEqual([])
    expect(await Array.fromAsync(storage.folders(at))).toEqual([])
  })

  test('folders are the starts of keys up to the next slash, each once, without plain keys', async () => {
    const { storage, at } = await setUp()
    for (const name of ['a/1', 'a/2/3', 'b+ c/1', 'b0/1', 'plain', 'é/1'])
      await storage.put(at + name, encode(name))
    const starts = (prefix: string) => Array.fromAsync(storage.folders(prefix))
    expect(await starts(at)).toEqual(['a/', 'b+ c/', 'b0/', 'é/'].map((name) => at + name))
    expect(await starts(`${at}a/`)).toEqual([`${at}a/2/`])
    expect(await starts(`${at}none/`)).toEqual([])
  })

  test('list orders keys by their bytes, including folders and unusual characters', async () => {
    const { storage, at } = await setUp()
    const names = [
      'a b+c.sym',
      'a!b',
      "a'(b)*",
      'a-b',
      'a.txt',
      'a/1',
      'a/b/c',
      'a0',
      'a~b',
      'b%2F&?=#',
      'date=2026-11-23/1of1-0.parquet',
      'x<y>"z"',
      'é',
      '한국어',
      '\uff5e',
      '\u{1f600}',
    ]
    for (const name of names.toReversed())
      await storage.put(at + name, encode(name), { metadata: { n: '1' } })
    const listed = await collect(storage, at)
    expect(listed.map((info) => info.key.slice(at.length))).toEqual(names)
    for (const name of names) {
      expect(decode(await (await storage.get(at + name))!.bytes())).toBe(name)
      expect(await storage.head(at + name)).toMatchObject({ key: at + name, metadata: { n: '1' } })
    }
    expect((await collect(storage, `${at}a/`)).map((info) => info.key)).toEqual([`${at}a/1`, `${at}a/b/c`])
    expect((await collect(storage, `${at}a.`)).map((info) => info.key)).toEqual([`${at}a.txt`])
    expect(await collect(storage, at, { startAfter: `${at}a/b` })).toHaveLength(10)
    await storage.delete(names.map((name) => at + name))
    expect(await collect(storage, at)).toEqual([])
  })

  test('delete removes one or many objects, and nothing else', async () => {
    const { storage, at } = await setUp()
    for (const name of ['a', 'b', 'c', 'd/e']) await storage.put(at + name, encode(name))
    await storage.delete(`${at}a`)
    await storage.delete([`${at}b`, `${at}none`, `${at}d/e`])
    expect((await collect(storage, at)).map((info) => info.key)).toEqual([`${at}c`])
    expect(await storage.get(`${at}a`)).toBeNull()
  })
}

/** Valid and invalid keys. */
function keysContract(setUp: SetUp): void {
  test.each([
    '',
    '/a',
    'a//b',
    'a/',
    '../a',
    'a/../../b',
    './a',
    'a/.',
    'a\u0000b',
    'a\nb',
    '\ud800',
    'x'.repeat(1025),
  ])('put refuses the invalid key %j, and reading it gives null', async (key) => {
    const { storage } = await setUp()
    await expect(storage.put(key, encode('x'))).rejects.toMatchObject({ code: 'bad-usage' })
    expect(await storage.get(key)).toBeNull()
    expect(await storage.head(key)).toBeNull()
    await storage.delete(key)
  })
}

/** Bodies of unknown length. */
function streamsContract(setUp: SetUp): void {
  async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
  const options = {
    contentType: 'text/plain',
    contentEncoding: 'gzip',
    metadata: { 'original-size': '7', 'debug-file': 'a%20b' },
  }

  test.each([0, 1, 100_000, 8 * 1024 * 1024, 17 * 1024 * 1024 + 3])(
    'a stream of %d bytes is stored with the properties that are known at its end',
    async (size) => {
      const { storage, at } = await setUp()
      const bytes = pattern(size)
      const ended: number[] = []
      async function* pieces() {
        yield* chunksOf(bytes, 300_000)
        ended.push(1)
      }
      const written = await storage.putStream(`${at}x y+z`, pieces(), () => {
        ended.push(2)
        return options
      })
      expect([ended, written?.size]).toEqual([[1, 2], size])
      const object = await storage.get(`${at}x y+z`)
      expect(object).toMatchObject({ ...options, size, etag: written?.etag })
      expect(Buffer.compare(await object!.bytes(), bytes)).toBe(0)
      expect((await collect(storage, '')).filter(({ key }) => key.startsWith('staged/'))).toEqual([])
    },
  )

  test('a large stream with properties that are known from its start is stored with them', async () => {
    const { storage, at } = await setUp()
    const bytes = pattern(9 * 1024 * 1024)
    await storage.putStream(`${at}known`, chunksOf(bytes, 1 << 20), options)
    const object = await storage.get(`${at}known`)
    expect(object).toMatchObject({ ...options, size: bytes.length })
    expect(Buffer.compare(await object!.bytes(), bytes)).toBe(0)
  })

  test.each([10, 9 * 1024 * 1024])(
    'a stream of %d bytes that fails, or is abandoned at its end, changes nothing',
    async (size) => {
      const { storage, at } = await setUp()
      await storage.put(`${at}a`, encode('before'))
      async function* failing() {
        yield* chunksOf(pattern(size), 1 << 20)
        throw new Error('the client left')
      }
      await expect(storage.putStream(`${at}a`, failing(), () => ({}))).rejects.toThrow('the client left')
      expect(await storage.putStream(`${at}a`, chunksOf(pattern(size), 1 << 20), () => null)).toBeNull()
      expect(decode(await (await storage.get(`${at}a`))!.bytes())).toBe('before')
      expect((await collect(storage, '')).filter(({ key }) => key.startsWith('staged/'))).toEqual([])
    },
  )
}
