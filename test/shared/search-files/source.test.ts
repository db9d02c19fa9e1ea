// Reading search files over HTTP: from the edge, and from servers that do less or worse.
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { searchFileKey, searchManifestKey } from '../../../shared/keys.ts'
import { emptyManifest } from '../../../shared/search-files/manifest.ts'
import { createHttpSource } from '../../../shared/search-files/source.ts'
import { createTestEdge } from '../../edge/edge.support.ts'

const key = searchFileKey('2026-11-25', '0'.repeat(32))
const content = Uint8Array.from({ length: 3000 }, (_, i) => i % 251)

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

/** A source of an HTTP server. */
async function served(listener: RequestListener, timeout?: number) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  await new Promise((resolve) => server.once('listening', resolve))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/search-data/v1/`
  return createHttpSource({ base, fetch, ...(timeout !== undefined && { timeout }) })
}

describe('a source', () => {
  test('reads the manifest and ranges of files from the edge', async () => {
    const edge = createTestEdge()
    await edge.lake.put(key, content)
    await edge.lake.put(searchManifestKey, new TextEncoder().encode(JSON.stringify(emptyManifest())))
    const base = 'https://crash.example/search-data/v1/'
    const source = createHttpSource({ base, fetch: (url, init) => edge.fetch(new Request(url, init)) })
    expect(await source.manifest()).toEqual(emptyManifest())
    expect(await source.read(key, { offset: 100, length: 50 })).toEqual(content.slice(100, 150))
    const other = searchFileKey('2026-11-25', '1'.repeat(32))
    await expect(source.read(other, { offset: 0, length: 1 })).rejects.toMatchObject({ code: 'missing' })
  })

  test('takes the range out of the whole file where a server ignores ranges', async () => {
    const source = await served((_, response) => {
      for (let at = 0; at < content.length; at += 70) response.write(content.subarray(at, at + 70))
      response.end()
    })
    for (const [offset, length] of [
      [0, 1],
      [69, 3],
      [140, 70],
      [0, 3000],
      [2999, 1],
    ] as const)
      expect(await source.read(key, { offset, length })).toEqual(content.slice(offset, offset + length))
  })

  /** A source of a server that sends these pieces, and how many of them were taken. */
  function piecewise(pieces: readonly Uint8Array<ArrayBuffer>[], status = 200) {
    let taken = 0
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        pull(controller) {
          const piece = pieces[taken++]
          if (piece) controller.enqueue(piece)
          else controller.close()
        },
      },
      { highWaterMark: 0 },
    )
    const source = createHttpSource({
      base: 'https://crash.example/',
      fetch: async () => new Response(body, { status }),
    })
    return { source, taken: () => taken }
  }
  const thirds = [0, 1000, 2000].map((at) => content.slice(at, at + 1000))

  test.each([
    [200, 0, 1000, 1],
    [200, 0, 1001, 2],
    [200, 999, 1, 1],
    [200, 999, 2, 2],
    [200, 1000, 1000, 2],
    [200, 1500, 1500, 3],
    [206, 500, 1000, 1],
    [206, 500, 1001, 2],
  ])(
    'of status %d at %d takes no more pieces than %d bytes need: %d',
    async (status, offset, length, taken) => {
      const stream = piecewise(thirds, status)
      const start = status === 206 ? 0 : offset
      expect(await stream.source.read(key, { offset, length })).toEqual(content.slice(start, start + length))
      expect(stream.taken()).toBe(taken)
    },
  )

  test('takes no more of a body that it does not need', async () => {
    const cancelled: string[] = []
    const sourceOf = (name: string, status: number) => {
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(content),
        cancel: () => void cancelled.push(name),
      })
      const fetch = async () => new Response(body, { status })
      return createHttpSource({ base: 'https://crash.example/', fetch })
    }
    await sourceOf('more than asked', 206).read(key, { offset: 0, length: 10 })
    await expect(sourceOf('absent', 404).read(key, { offset: 0, length: 10 })).rejects.toThrow(
      'does not exist',
    )
    await expect(sourceOf('error', 500).read(key, { offset: 0, length: 10 })).rejects.toThrow('status 500')
    expect(cancelled).toEqual(['more than asked', 'absent', 'error'])
  })

  test('asks for the bytes of a file, and for a manifest that is not cached', async () => {
    const asked: [string, { headers?: unknown; cache?: unknown }][] = []
    const source = createHttpSource({
      base: 'https://crash.example/data/',
      fetch: async (url, { headers, cache }) => {
        asked.push([url, { headers, cache }])
        return new Response(JSON.stringify(emptyManifest()))
      },
    })
    await source.manifest()
    await source.read(key, { offset: 7, length: 3 })
    expect(asked).toEqual([
      ['https://crash.example/data/manifest.json', { headers: {}, cache: 'no-cache' }],
      [
        `https://crash.example/data/${key.split('/').at(-1)}`,
        { headers: { range: 'bytes=7-9' }, cache: undefined },
      ],
    ])
  })

  test('fails without a body', async () => {
    const fetch = async () => new Response(null)
    const source = createHttpSource({ base: 'https://crash.example/', fetch })
    await expect(source.read(key, { offset: 0, length: 1 })).rejects.toThrow('A search file ended early')
  })

  test('reads a manifest of up to 32 MiB', async () => {
    const text = new TextEncoder().encode(JSON.stringify(emptyManifest()))
    const spaces = new Uint8Array(32 * 1024 * 1024 - text.length).fill(0x20)
    expect(await piecewise([text, spaces]).source.manifest()).toEqual(emptyManifest())
    await expect(piecewise([text, spaces, Uint8Array.of(0x20)]).source.manifest()).rejects.toMatchObject({
      code: 'damaged',
      message: 'The manifest of the search files is too large',
    })
  })

  test('fails when a server sends too little, an error, or no manifest', async () => {
    const short = await served((_, response) => response.writeHead(206).end(content.subarray(0, 9)))
    await expect(short.read(key, { offset: 0, length: 10 })).rejects.toMatchObject({ code: 'storage' })
    const broken = await served((_, response) => response.writeHead(500).end())
    await expect(broken.read(key, { offset: 0, length: 10 })).rejects.toThrow('status 500')
    const text = await served((_, response) => response.end('<html>'))
    await expect(text.manifest()).rejects.toMatchObject({ code: 'damaged' })
  })

  test('stops when its signal does, and after its time', async () => {
    const silent: RequestListener = (_, response) => void response.writeHead(206).write('x')
    const patient = await served(silent)
    const stop = new AbortController()
    const read = patient.read(key, { offset: 0, length: 10 }, stop.signal)
    stop.abort(new Error('another question'))
    await expect(read).rejects.toThrow('another question')
    const hasty = await served(silent, 50)
    await expect(hasty.read(key, { offset: 0, length: 10 })).rejects.toMatchObject({ code: 'storage' })
  })
})
