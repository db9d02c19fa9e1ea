// Each request of the S3 store, and what it makes of unusual responses.
import { describe, expect, test } from 'vitest'
import { createS3Storage } from '../../../shared/storage/s3.ts'

interface Answer {
  status?: number
  body?: string
  headers?: Record<string, string>
}

interface Sent {
  /** `METHOD path?query`. */
  line: string
  headers: Record<string, string>
  body: string
}

/** A store that gets these answers in turn, and what it sent. */
function open(...answers: Answer[]) {
  const sent: Sent[] = []
  const store = createS3Storage({
    ...{ endpoint: 'https://s3.example.org//', bucket: 'a b', region: 'eu' },
    ...{ accessKeyId: 'id', secretAccessKey: 'secret' },
    retry: { sleep: async () => {} },
    fetch: async (input) => {
      const request = input as Request
      const { status = 200, body = null, headers = {} } = answers[sent.length] ?? {}
      const unsigned = [...request.headers].filter(
        ([name]) => !/^(x-amz-(date|content-sha256)|authorization)$/.test(name),
      )
      const line = `${request.method} ${request.url.replace('https://s3.example.org/', '')}`
      sent.push({ line, headers: Object.fromEntries(unsigned), body: await request.text() })
      return new Response(body, { status, headers })
    },
  })
  return { store, sent, lines: () => sent.map(({ line }) => line) }
}

const bytes = (text: string) => new TextEncoder().encode(text)
const asStored = '?response-content-encoding=identity'
const date = 'Tue, 01 Dec 2026 00:00:00 GMT'

describe('a request', () => {
  test('encodes keys as signatures require', async () => {
    const { store, lines } = open({ status: 404 }, { status: 404 })
    await store.head("x/y z!'()*+=é")
    await store.get('x')
    expect(lines()).toEqual(['HEAD a%20b/x/y%20z%21%27%28%29%2A%2B%3D%C3%A9', `GET a%20b/x${asStored}`])
  })

  test.each<[string, Parameters<ReturnType<typeof open>['store']['put']>[2], Record<string, string>]>([
    ['nothing', undefined, { 'content-type': 'application/octet-stream' }],
    ['a type', { contentType: 'text/plain' }, { 'content-type': 'text/plain' }],
    [
      'an encoding',
      { contentEncoding: 'gzip' },
      {
        'content-type': 'application/octet-stream',
        'content-encoding': 'gzip',
        'x-amz-meta-content-encoding': 'gzip',
      },
    ],
    [
      'metadata',
      { metadata: { by: 'us' } },
      { 'content-type': 'application/octet-stream', 'x-amz-meta-by': 'us' },
    ],
    ['a new key', { ifNoneMatch: '*' }, { 'content-type': 'application/octet-stream', 'if-none-match': '*' }],
    ['an old version', { ifMatch: 'e' }, { 'content-type': 'application/octet-stream', 'if-match': '"e"' }],
  ])('to put states %s', async (_, options, headers) => {
    const { store, sent } = open({ headers: { etag: 'W/"v"', date } })
    const info = await store.put('k', [bytes('ab'), bytes('c')], options)
    const { contentType, contentEncoding, metadata = {} } = options ?? {}
    expect(info).toEqual({
      ...{ key: 'k', size: 3, etag: 'v', uploaded: new Date(date), metadata },
      ...(contentType && { contentType }),
      ...(contentEncoding && { contentEncoding }),
    })
    expect(sent).toEqual([{ line: 'PUT a%20b/k', headers, body: 'abc' }])
  })

  test.each<[string, { offset: number; length?: number } | undefined, string | undefined]>([
    ['all', undefined, undefined],
    ['a start', { offset: 0, length: 1 }, 'bytes=0-0'],
    ['a middle', { offset: 5, length: 10 }, 'bytes=5-14'],
    ['an end', { offset: 5 }, 'bytes=5-'],
  ])('to get %s', async (_, range, header) => {
    const { store, sent } = open({ status: range ? 206 : 200, body: 'x' })
    await store.get('k', range && { range })
    expect(sent[0]!.line).toBe(`GET a%20b/k${asStored}`)
    expect(sent[0]!.headers.range).toBe(header)
  })

  test.each([
    [{}, {}],
    [{ ifMatch: 'e' }, { 'x-amz-copy-source-if-match': '"e"' }],
  ])('to copy with %j', async (options, headers) => {
    const { store, sent } = open({ body: '<CopyObjectResult/>' })
    expect(await store.copy('from=1+2?#', 'to', options)).toBe(true)
    expect(sent[0]!.line).toBe('PUT a%20b/to')
    expect(sent[0]!.headers).toEqual({ 'x-amz-copy-source': '/a%20b/from=1%2B2%3F%23', ...headers })
  })

  test('to delete is sent for a thousand keys each', async () => {
    const { store, sent } = open({ body: '<DeleteResult/>' }, { body: '<DeleteResult/>' })
    await store.delete(Array.from({ length: 1001 }, (_, i) => `k${i}`))
    expect(sent.map(({ line }) => line)).toEqual(['POST a%20b?delete=', 'POST a%20b?delete='])
    expect(sent.map(({ body }) => body.match(/<Key>/g)!.length)).toEqual([1000, 1])
    expect(sent[1]!.headers).toEqual({
      'content-type': 'application/xml',
      'x-amz-sdk-checksum-algorithm': 'SHA256',
      'x-amz-checksum-sha256': expect.stringMatching(/^[\w+/]{43}=$/),
    })
    const none = open()
    await none.store.delete([])
    await none.store.delete('')
    expect(none.sent).toEqual([])
  })

  test('to list has the position of the page before', async () => {
    const page = (content: string) => ({ body: `<ListBucketResult>${content}</ListBucketResult>` })
    const more = '<IsTruncated>true</IsTruncated><NextContinuationToken>t+1</NextContinuationToken>'
    const list = open(
      page(`${more}<Contents><Key>p/a</Key><Size>1</Size></Contents>`),
      page('<Name>b</Name>'),
    )
    const keys = await Array.fromAsync(list.store.list('p/', { startAfter: 'p/0' }), ({ key }) => key)
    const common = 'list-type=2&encoding-type=url&prefix=p%2F'
    expect([keys, list.lines()]).toEqual([
      ['p/a'],
      [`GET a%20b?${common}&start-after=p%2F0`, `GET a%20b?${common}&continuation-token=t%2B1`],
    ])
    const folders = open(
      page(`${more}<CommonPrefixes><Prefix>p/x/</Prefix></CommonPrefixes>`),
      page('<Name>b</Name>'),
    )
    expect([await Array.fromAsync(folders.store.folders('p/')), folders.lines()]).toEqual([
      ['p/x/'],
      [`GET a%20b?${common}&delimiter=%2F`, `GET a%20b?${common}&delimiter=%2F&continuation-token=t%2B1`],
    ])
  })
})

describe('a response', () => {
  test('has the type, encoding, size and metadata of an object', async () => {
    const headers = {
      ...{ etag: '"e"', 'last-modified': date, 'content-type': 'text/plain', 'content-length': '3' },
      ...{ 'content-range': 'bytes 2-4/70', 'x-amz-meta-content-encoding': 'gzip', 'x-amz-meta-by': 'us' },
    }
    const { store } = open({ status: 206, body: 'abc', headers })
    const found = await store.get('k', { range: { offset: 2, length: 3 } })
    const { key, size, etag, uploaded, contentType, contentEncoding, metadata } = found!
    expect({ key, size, etag, uploaded, contentType, contentEncoding, metadata }).toEqual({
      ...{ key: 'k', size: 70, etag: 'e', uploaded: new Date(date), contentType: 'text/plain' },
      ...{ contentEncoding: 'gzip', metadata: { by: 'us' } },
    })
    expect(new TextDecoder().decode(await found!.bytes())).toBe('abc')
  })

  test('with the usual type, and the encoding identity, has neither', async () => {
    const headers = {
      'content-type': 'application/octet-stream',
      'content-encoding': 'identity',
      'content-length': '0',
    }
    const info = await open({ headers }).store.head('k')
    expect(info).toEqual({ key: 'k', size: 0, etag: '', uploaded: new Date(0), metadata: {} })
    expect(await open({ headers: { 'content-encoding': 'gzip' } }).store.head('k')).toMatchObject({
      contentEncoding: 'gzip',
    })
  })

  test('with more than the range is cut', async () => {
    const { store } = open({ body: '0123456789' })
    const found = await store.get('k', { range: { offset: 3, length: 4 } })
    expect(new TextDecoder().decode(await found!.bytes())).toBe('3456')
  })

  test.each([[416], [200]])('for an empty range or one behind the end is empty (%i)', async (status) => {
    const range = status === 416 ? { offset: 9 } : { offset: 0, length: 0 }
    const answers: Answer[] = [{ headers: { 'content-length': '5' } }]
    const { store, lines } = open(
      ...(status === 416 ? [{ status, body: '<Error><Code>InvalidRange</Code></Error>' }] : []),
      ...answers,
    )
    const found = await store.get('k', { range })
    expect([found!.size, (await found!.bytes()).length]).toEqual([5, 0])
    expect(lines().at(-1)).toBe('HEAD a%20b/k')
  })

  test.each<[string, Answer[], (store: ReturnType<typeof open>['store']) => Promise<unknown>, unknown]>([
    ['404 to get', [{ status: 404 }], (store) => store.get('k'), null],
    ['404 to head', [{ status: 404 }], (store) => store.head('k'), null],
    [
      '404 to the head of an empty range',
      [{ status: 404 }],
      (store) => store.get('k', { range: { offset: 0, length: 0 } }),
      null,
    ],
    [
      '416, then 404',
      [{ status: 416 }, { status: 404 }],
      (store) => store.get('k', { range: { offset: 9 } }),
      null,
    ],
    ['404 to copy', [{ status: 404 }], (store) => store.copy('f', 't'), false],
    ['409 to copy', [{ status: 409 }], (store) => store.copy('f', 't'), false],
    ['412 to copy', [{ status: 412 }], (store) => store.copy('f', 't'), false],
    ['404 to ifMatch', [{ status: 404 }], (store) => store.put('k', bytes('x'), { ifMatch: 'e' }), null],
    ['409 to ifMatch', [{ status: 409 }], (store) => store.put('k', bytes('x'), { ifMatch: 'e' }), null],
    ['412 to ifMatch', [{ status: 412 }], (store) => store.put('k', bytes('x'), { ifMatch: 'e' }), null],
    [
      '409 to ifNoneMatch',
      [{ status: 409 }],
      (store) => store.put('k', bytes('x'), { ifNoneMatch: '*' }),
      null,
    ],
    [
      '412 to ifNoneMatch',
      [{ status: 412 }],
      (store) => store.put('k', bytes('x'), { ifNoneMatch: '*' }),
      null,
    ],
  ])('%s is not an error', async (_, answers, act, result) => {
    expect(await act(open(...answers).store)).toBe(result)
  })

  const denied = { status: 403, body: '<Error><Code>AccessDenied</Code></Error>' }
  const done = (status: string) => ({ body: `<Error><Code>${status}</Code></Error>` })
  test.each<[string, Answer[], (store: ReturnType<typeof open>['store']) => Promise<unknown>, string]>([
    [
      '403 to put',
      [denied],
      (store) => store.put('k', bytes('x')),
      'S3 answered 403 AccessDenied to PUT k. Check endpoint, bucket and credentials.',
    ],
    [
      '403 to list',
      [denied],
      (store) => Array.fromAsync(store.list('p')),
      'S3 answered 403 AccessDenied to GET a b. Check endpoint, bucket and credentials.',
    ],
    [
      '404 to put',
      [{ status: 404, body: 'x' }],
      (store) => store.put('k', bytes('x')),
      'S3 answered 404  to PUT k. Check endpoint, bucket and credentials.',
    ],
    [
      '404 to ifNoneMatch',
      [{ status: 404, body: 'x' }],
      (store) => store.put('k', bytes('x'), { ifNoneMatch: '*' }),
      'S3 answered 404  to PUT k. Check endpoint, bucket and credentials.',
    ],
    [
      '412 to put',
      [{ status: 412, body: 'x' }],
      (store) => store.put('k', bytes('x')),
      'S3 answered 412  to PUT k. Check endpoint, bucket and credentials.',
    ],
    [
      'an error in the result of a copy',
      [done('InternalError')],
      (store) => store.copy('f', 't'),
      'S3 answered InternalError to the end of a write',
    ],
    [
      'an encoding',
      [{ headers: { 'content-encoding': 'gzip' } }],
      (store) => store.get('k'),
      'S3 did not return k as stored: it ignores response-content-encoding',
    ],
    [
      'failed deletes',
      [
        {
          body: '<DeleteResult><Error><Key>k</Key><Code>Busy</Code></Error><Error><Key>l</Key><Code>Busy</Code></Error></DeleteResult>',
        },
      ],
      (store) => store.delete('k'),
      'S3 could not delete 2 objects, the first k: Busy',
    ],
    [
      '500',
      Array.from({ length: 4 }, () => ({ status: 500 })),
      (store) => store.head('k'),
      'S3 at https://s3.example.org// failed: S3 answered 500  to HEAD k',
    ],
    [
      '429',
      Array.from({ length: 4 }, () => ({ status: 429 })),
      (store) => store.head('k'),
      'S3 at https://s3.example.org// failed: S3 answered 429  to HEAD k',
    ],
  ])('%s is an error', async (_, answers, act, message) => {
    await expect(act(open(...answers).store)).rejects.toMatchObject({ code: 'storage', message })
  })

  test('503 to a conditional put, then 412, is compared with the stored object', async () => {
    const { store, lines } = open({ status: 503 }, { status: 412 }, { status: 404 }, { status: 404 })
    expect(await store.put('k', bytes('x'), { ifNoneMatch: '*' })).toBeNull()
    expect(lines().slice(0, 2)).toEqual(['PUT a%20b/k', 'PUT a%20b/k'])
    expect(lines().length).toBeGreaterThan(2)
  })
})
