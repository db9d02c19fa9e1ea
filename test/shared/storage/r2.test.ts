// The calls of the R2 store, what it makes of their errors, and which keys every store allows.
import { describe, expect, test } from 'vitest'
import { CrashError } from '../../../shared/errors.ts'
import { compareKeys, isKey, requireKey } from '../../../shared/storage/keys.ts'
import { createR2Storage, type R2BucketLike } from '../../../shared/storage/r2.ts'
import { storedBefore } from '../../../shared/storage/stored-before.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const uploaded = new Date(0)

interface Held {
  text: string
  httpMetadata?: { contentType?: string; contentEncoding?: string }
  customMetadata?: Record<string, string>
}

/** A bucket with these objects, that fails first with these errors; and its calls. */
function open(objects: Readonly<Record<string, Held>> = {}, ...errors: unknown[]) {
  const calls: unknown[][] = []
  const called = <T>(result: () => T, ...call: unknown[]): Promise<T> => {
    calls.push(call)
    const error = errors.shift()
    return error === undefined ? Promise.resolve(result()) : Promise.reject(error)
  }
  const found = (key: string) => {
    const held = objects[key]
    if (!held) return null
    const { text, ...metadata } = held
    const body = () => new Response(text).body!
    return {
      key,
      size: text.length,
      etag: `e-${key}`,
      uploaded,
      ...metadata,
      body: body(),
      arrayBuffer: () => new Response(text).arrayBuffer(),
    }
  }
  const written = (key: string, text: string) => ({ key, size: text.length, etag: 'new', uploaded })
  const bucket: R2BucketLike = {
    head: (key) => called(() => found(key), 'head', key),
    get: (key, options) => called(() => found(key) as never, 'get', key, options),
    put: async (key, value, options) => {
      const text = await new Response(value).text()
      return called(() => written(key, text), 'put', key, text, options)
    },
    list: (options) =>
      called(
        () => ({
          objects: Object.keys(objects).map((key) => found(key)!),
          truncated: false,
          delimitedPrefixes: ['p/'],
        }),
        'list',
        options,
      ),
    delete: (keys) => called(() => undefined, 'delete', keys.length, keys.at(-1)),
  }
  return { store: createR2Storage(bucket, { sleep: async () => {} }), calls }
}

describe('a call', () => {
  const nothing = { httpMetadata: {}, customMetadata: {} }
  test.each<[object | undefined, object]>([
    [undefined, nothing],
    [
      { contentType: 'a/b', metadata: { x: 'y' } },
      { httpMetadata: { contentType: 'a/b' }, customMetadata: { x: 'y' } },
    ],
    [
      { contentEncoding: 'gzip' },
      { httpMetadata: { contentEncoding: 'gzip' }, customMetadata: { 'content-encoding': 'gzip' } },
    ],
    [{ ifNoneMatch: '*' }, { ...nothing, onlyIf: { etagDoesNotMatch: '*' } }],
    [{ ifMatch: 'e' }, { ...nothing, onlyIf: { etagMatches: 'e' } }],
  ])('to put with %j', async (options, passed) => {
    const { store, calls } = open()
    expect(await store.put('k', [bytes('a'), bytes('b')], options)).toEqual({
      key: 'k',
      size: 2,
      etag: 'new',
      uploaded,
      metadata: {},
    })
    expect(calls).toEqual([['put', 'k', 'ab', passed]])
  })

  test('with two conditions that exclude each other is not made', async () => {
    const { store, calls } = open()
    expect(await store.put('k', bytes('a'), { ifMatch: 'e', ifNoneMatch: '*' })).toBeNull()
    expect(calls).toEqual([])
  })

  test('to look up gives what the object has', async () => {
    const { store } = open({
      k: {
        text: 'abc',
        httpMetadata: { contentType: 'a/b', contentEncoding: 'gzip' },
        customMetadata: { x: 'y', 'content-encoding': 'gzip' },
      },
      l: { text: '' },
    })
    const rest = { uploaded, etag: 'e-k', key: 'k', size: 3 }
    expect(await store.head('k')).toEqual({
      ...rest,
      contentType: 'a/b',
      contentEncoding: 'gzip',
      metadata: { x: 'y' },
    })
    expect(await store.head('l')).toEqual({ key: 'l', size: 0, etag: 'e-l', uploaded, metadata: {} })
    expect(await store.head('m')).toBeNull()
  })

  test('to copy takes the options of the object, of one version', async () => {
    const { store, calls } = open({ k: { text: 'abc', httpMetadata: { contentType: 'a/b' } } })
    expect(await store.copy('k', 't')).toBe(true)
    expect(calls).toEqual([
      ['get', 'k', undefined],
      ['put', 't', 'abc', { httpMetadata: { contentType: 'a/b' }, customMetadata: {} }],
    ])
    expect([
      await store.copy('k', 't', { ifMatch: 'e-k' }),
      await store.copy('k', 't', { ifMatch: 'e' }),
      await store.copy('m', 't'),
    ]).toEqual([true, false, false])
    expect(calls.filter(([name]) => name === 'put')).toHaveLength(2)
  })

  test('to delete is made for a thousand keys each', async () => {
    const { store, calls } = open()
    await store.delete([...Array.from({ length: 1001 }, (_, i) => `k${i}`), '', '../x'])
    await store.delete('one')
    expect(calls).toEqual([
      ['delete', 1000, 'k999'],
      ['delete', 1, 'k1000'],
      ['delete', 1, 'one'],
    ])
  })

  test('to list gives keys behind the start', async () => {
    const { store, calls } = open({ a: { text: '' }, b: { text: '' }, c: { text: '' } })
    const keys = await Array.fromAsync(store.list('p', { startAfter: 'b' }), ({ key }) => key)
    expect([keys, await Array.fromAsync(store.folders('p'))]).toEqual([['c'], ['p/']])
    const include = ['httpMetadata', 'customMetadata']
    expect(calls).toEqual([
      ['list', { prefix: 'p', include, startAfter: 'b' }],
      ['list', { prefix: 'p', delimiter: '/', include: [] }],
    ])
  })

  test('to read a range is not made for an empty one', async () => {
    const { store, calls } = open({ k: { text: 'abc' } })
    const read = async (range: { offset: number; length?: number }) => (await store.get('k', { range }))?.size
    expect([await read({ offset: 1 }), await read({ offset: 0, length: 0 })]).toEqual([3, 3])
    expect(calls).toEqual([
      ['get', 'k', { range: { offset: 1 } }],
      ['head', 'k'],
    ])
  })
})

describe('an error', () => {
  type Store = ReturnType<typeof open>['store']
  test.each<[string, (store: Store) => Promise<unknown>]>([
    ['read k', (store) => store.get('k')],
    ['look up k', (store) => store.head('k')],
    ['write k', (store) => store.put('k', bytes('a'))],
    ['copy k', (store) => store.copy('k', 't')],
    ['list p', (store) => Array.fromAsync(store.list('p'))],
    ['list p', (store) => Array.fromAsync(store.folders('p'))],
    ['delete', (store) => store.delete('k')],
  ])('names what R2 could not do: %s', async (what, act) => {
    const { store, calls } = open({ k: { text: 'a' } }, new Error('no (10002)'))
    await expect(act(store)).rejects.toMatchObject({
      code: 'storage',
      message: `R2 could not ${what}: no (10002)`,
    })
    expect(calls).toHaveLength(1)
    await expect(act(open({}, 'text').store)).rejects.toMatchObject({ message: `R2 could not ${what}: text` })
  })

  test.each([
    ['a (10001)', 2],
    ['a (10043)', 2],
    ['a (10054)', 2],
    ['a (10058)', 2],
    ['Internal error', 2],
    ['Network connection lost', 2],
    ['a Timeout', 2],
    ['Service Unavailable', 2],
    ['a (10002)', 1],
    ['10001', 1],
  ])('%j is tried %i times', async (message, attempts) => {
    const { store, calls } = open({}, new Error(message))
    await store.head('k').catch(() => {})
    expect(calls).toHaveLength(attempts)
  })

  test('of a range inside the object is one, of a range behind it is not', async () => {
    const failing = () => open({ k: { text: 'abc' } }, new Error('no'))
    const read = async (range: { offset: number; length?: number }) =>
      (await (await failing().store.get('k', { range }))!.bytes()).length
    await expect(read({ offset: 2 })).rejects.toThrow('R2 could not read k: no')
    await expect(read({ offset: 0, length: 1 })).rejects.toThrow('R2 could not read k: no')
    expect([await read({ offset: 3 }), await read({ offset: 9, length: 1 })]).toEqual([0, 0])
    expect(await open({}, new Error('no')).store.get('k', { range: { offset: 0 } })).toBeNull()
  })
})

describe('a write that was sent again', () => {
  const stored = { key: 'k', size: 1, etag: 'e', uploaded, contentType: 'a/b', metadata: { x: 'y' } }
  const storage = (info: object | null, text = 'a') => ({
    head: async () => info as never,
    get: async () => ({ bytes: async () => bytes(text) }) as never,
  })
  const same = { contentType: 'a/b', metadata: { x: 'y' } }
  test.each<[string, object | null, string, object, boolean]>([
    ['the same object', stored, 'a', same, true],
    ['the same object without a type in the request', stored, 'a', { metadata: { x: 'y' } }, true],
    ['no object', null, 'a', same, false],
    ['another size', { ...stored, size: 2 }, 'a', same, false],
    ['other bytes', stored, 'b', same, false],
    ['more bytes', stored, 'ab', same, false],
    ['another type', stored, 'a', { ...same, contentType: 'c/d' }, false],
    ['an encoding', { ...stored, contentEncoding: 'gzip' }, 'a', same, false],
    ['other metadata', stored, 'a', { ...same, metadata: { x: 'z' } }, false],
    ['less metadata', { ...stored, metadata: {} }, 'a', same, false],
    ['more metadata', { ...stored, metadata: { x: 'y', z: '1' } }, 'a', same, false],
  ])('and finds %s', async (_, info, text, options, isThere) => {
    expect(await storedBefore(storage(info, text), 'k', bytes('a'), options)).toBe(isThere ? info : null)
  })
})

describe('keys', () => {
  test.each([
    ['a', true],
    ['a/b.c', true],
    ['é', true],
    ['x'.repeat(1024), true],
    ['x'.repeat(1025), false],
    ['é'.repeat(512), true],
    [`${'é'.repeat(512)}x`, false],
    ['', false],
    ['/a', false],
    ['a/', false],
    ['a//b', false],
    ['.', false],
    ['..', false],
    ['a/./b', false],
    ['a/../b', false],
    ['...', true],
    ['a\u0000', false],
    ['a\u001f', false],
    ['a ', true],
    ['a\u007f', false],
    ['\ud800', false],
  ])('%j: %s', (key, isAllowed) => {
    expect(isKey(key)).toBe(isAllowed)
    const run = () => requireKey(key)
    if (isAllowed) expect(run).not.toThrow()
    else expect(run).toThrow(new CrashError('bad-usage', `Not a key: ${JSON.stringify(key)}`))
  })

  test('are ordered as their bytes', () => {
    const keys = ['', 'a', 'a/b', 'ab', 'b', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}']
    const byBytes = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    expect(keys.toReversed().sort(compareKeys)).toEqual(byBytes)
    expect([
      compareKeys('a', 'a'),
      Math.sign(compareKeys('a', 'ab')),
      Math.sign(compareKeys('b', 'ab')),
    ]).toEqual([0, -1, 1])
  })
})
