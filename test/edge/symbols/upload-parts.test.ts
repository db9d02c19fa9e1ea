// Parts of uploads of symbols: signed tickets, and forms with one file.
import { describe, expect, test } from 'vitest'
import { readForm } from '../../../edge/symbols/upload/form.ts'
import { withBody } from '../../../edge/symbols/upload/body.ts'
import { stage } from '../../../edge/symbols/upload/staged.ts'
import { readTicket, writeTicket } from '../../../edge/symbols/upload/ticket.ts'
import { collectBytes } from '../../../shared/bytes/streams.ts'
import { stagingKey } from '../../../shared/storage/put-stream.ts'
import { createTestEdge, startTime } from '../edge.support.ts'

const day = 24 * 3_600_000

describe('a ticket', () => {
  const { deps, setTime } = createTestEdge()
  const request = new Request('https://x.example/')
  const upload = { id: 7, isTry: true, holder: { label: 'ä?>', tokenId: 'token-1' } }
  const write = (more: object = {}) => {
    setTime(startTime)
    return writeTicket(request, deps, {
      use: 'file',
      key: 'a/b',
      size: 3,
      md5: 'x',
      upload,
      ...more,
    } as never)
  }
  const read = (text: string, use: 'file' | 'sym-upload' = 'file') => readTicket(text, request, { deps, use })
  const invalid = { status: 403, message: 'This upload URL is not valid' }

  test('states what may be uploaded', () => {
    const text = write()
    expect(text).toMatch(/^[\w-]+\.[\w-]+$/)
    expect(read(text)).toEqual({
      ...{ use: 'file', key: 'a/b', size: 3, md5: 'x', expires: startTime.getTime() + day },
      ...{ id: 7, isTry: true, label: 'ä?>', tokenId: 'token-1', upload },
    })
  })

  test('expires after a day', () => {
    const text = write()
    setTime(new Date(startTime.getTime() + day))
    expect(read(text).id).toBe(7)
    setTime(new Date(startTime.getTime() + day + 1))
    expect(() => read(text)).toThrow(
      expect.objectContaining({
        status: 403,
        message: 'This upload URL has expired: request another one',
      }),
    )
  })

  test.each<[string, (text: string) => string]>([
    ['without a signature', (text) => text.split('.')[0]!],
    ['with another signature', (text) => `${text}x`],
    ['with other content', (text) => `x${text}`],
    ['that is empty', () => ''],
  ])('%s is refused', (_, change) => {
    const text = change(write())
    expect(() => read(text)).toThrow(expect.objectContaining(invalid))
  })

  test('is for one kind of request', () => {
    expect(() => read(write(), 'sym-upload')).toThrow(expect.objectContaining(invalid))
    expect(read(write({ use: 'sym-upload' }), 'sym-upload').use).toBe('sym-upload')
  })

  test('of another key is refused', () => {
    const other = createTestEdge({ CRASH_ID_KEY: 'another key of tests' })
    const text = writeTicket(request, other.deps, { use: 'file', upload })
    setTime(startTime)
    expect(() => read(text)).toThrow(expect.objectContaining(invalid))
  })
})

describe('a body that is needed as a whole', () => {
  const limit = 4 * 1024 * 1024
  test.each([
    [0, []],
    [limit, []],
    [limit + 1, [stagingKey('x')]],
  ])('of %i bytes is in these objects: %o', async (size, keys) => {
    const { symbols } = createTestEdge().deps.stores
    async function* pieces() {
      for (let at = 0; at < size; at += 1024 * 1024) {
        const piece = new Uint8Array(Math.min(1024 * 1024, size - at))
        piece[0] = 1 + at / (1024 * 1024)
        yield piece
      }
    }
    const staged = await stage(pieces(), symbols, 'x')
    expect(staged.size).toBe(size)
    expect((await Array.fromAsync(symbols.list(''))).map(({ key }) => key)).toEqual(keys)
    const at = Math.max(0, size - 1024 * 1024 - 1)
    const bytes = await collectBytes(await staged.read(at, 2), 2, 'A piece')
    if (size > limit) expect([...bytes]).toEqual([4, 0])
    await staged.remove()
    expect(await Array.fromAsync(symbols.list(''))).toEqual([])
  })
})

describe('the body of an upload', () => {
  const megabyte = 1024 * 1024
  const sizeOf = async (body: Uint8Array | ReadableStream, headers: Record<string, string>) => {
    const { deps } = createTestEdge({ SYMBOL_UPLOAD_MB: '1' })
    const request = new Request('https://x.example/', {
      ...{ method: 'POST', body: body as never, headers, duplex: 'half' },
    } as RequestInit)
    return withBody(request, deps, async (pieces) => {
      let size = 0
      for await (const piece of pieces) size += piece.length
      return size
    })
  }

  test('is as large as the setting allows, as announced and as sent', async () => {
    const body = new Uint8Array(megabyte)
    expect(await sizeOf(body, { 'content-length': `${megabyte}` })).toBe(megabyte)
    const tooLarge = {
      status: 413,
      message: expect.stringMatching(/^The upload has more than 1048576 bytes\./),
    }
    await expect(sizeOf(body, { 'content-length': `${megabyte + 1}` })).rejects.toMatchObject(tooLarge)
    await expect(sizeOf(new Uint8Array(megabyte + 1), {})).rejects.toMatchObject(tooLarge)
  })
})

describe('a form', () => {
  const part = (head: string, content: string) =>
    `--b\r\nContent-Disposition: form-data; ${head}\r\n\r\n${content}\r\n`
  const readText = async (text: string, type = 'multipart/form-data; boundary=b') => {
    const { deps } = createTestEdge()
    const { symbols } = deps.stores
    async function* pieces() {
      const bytes = new TextEncoder().encode(text)
      for (let at = 0; at < bytes.length; at += 1000) yield bytes.slice(at, at + 1000)
    }
    const request = new Request('https://x.example/', { method: 'POST', headers: { 'content-type': type } })
    const { fields, file } = await readForm(request, pieces(), symbols)
    const content =
      file && new TextDecoder().decode(await collect(await file.content.read(0, file.content.size)))
    return { fields: [...fields], file: file && { name: file.name, filename: file.filename, content } }
  }
  const collect = (stream: ReadableStream<Uint8Array>) => collectBytes(stream, 1e6, 'A file')

  test('has the first value of each name, and the first file', async () => {
    const text = [
      part('name="a"', '1'),
      part('name="f"; filename="x.sym"', 'MODULE ä'),
      part('name="b"', 'ü'),
      part('name="a"', '2'),
      part('name="g"; filename="y.sym"', 'other'),
      part('name="c"', ''),
      '--b--\r\n',
    ].join('')
    expect(await readText(text)).toEqual({
      fields: [
        ['a', '1'],
        ['b', 'ü'],
        ['c', ''],
      ],
      file: { name: 'f', filename: 'x.sym', content: 'MODULE ä' },
    })
  })

  test.each([
    ['application/x-www-form-urlencoded', 'a=1&b=%C3%BC&a=2'],
    ['Application/X-WWW-Form-Urlencoded; charset=utf-8', 'a=1&b=%C3%BC&a=2'],
  ])('of the type %s has no file', async (type, text) => {
    const { fields, file } = await readText(text, type)
    expect([new Map(fields as [string, string][]), file]).toEqual([
      new Map([
        ['a', '1'],
        ['b', 'ü'],
      ]),
      null,
    ])
  })

  test('without a file has none', async () => {
    expect((await readText(`${part('name="a"', '1')}--b--\r\n`)).file).toBeNull()
  })

  const limit = 64 * 1024
  test('has fields of at most 64 KiB', async () => {
    const text = (length: number) => `${part('name="a"', 'x'.repeat(length))}--b--\r\n`
    expect((await readText(text(limit))).fields[0]![1]).toHaveLength(limit)
    await expect(readText(text(limit + 1))).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('A field'),
    })
    await expect(readText('a'.repeat(limit + 1), 'application/x-www-form-urlencoded')).rejects.toMatchObject({
      status: 400,
    })
  })

  test.each([
    ['of another type', 'a=1', 'text/plain', 'Must be multipart form data with at least one file'],
    [
      'without a boundary',
      'a=1',
      'multipart/form-data',
      'Must be multipart form data with at least one file',
    ],
    [
      'that ends early',
      part('name="f"; filename="x"', 'abc'),
      undefined,
      'The multipart body is damaged, or ended early',
    ],
  ])('%s is refused', async (_, text, type, message) => {
    await expect(readText(text, type)).rejects.toMatchObject({ status: 400, message })
  })
})
