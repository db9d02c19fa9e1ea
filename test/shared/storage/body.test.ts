// Bodies of objects: pieces, ranges, and contents in memory and on the way.
import { describe, expect, test } from 'vitest'
import {
  arrivingObject,
  boundsOf,
  encodingKey,
  joined,
  objectOf,
  piecesOf,
  sizeOf,
} from '../../../shared/storage/body.ts'

const info = { key: 'a/b', size: 3, etag: 'e', uploaded: new Date(0), metadata: { [encodingKey]: 'gzip' } }
const bytes = Uint8Array.of(1, 2, 3)
const read = async (stream: ReadableStream<Uint8Array>) => [
  ...new Uint8Array(await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer()),
]

test('a body is one piece or several', () => {
  const pieces = [bytes, Uint8Array.of(4)]
  expect([piecesOf(bytes), piecesOf(pieces)]).toEqual([[bytes], pieces])
  expect([sizeOf(bytes), sizeOf(pieces), sizeOf([])]).toEqual([3, 4, 0])
  expect([...joined(pieces)]).toEqual([1, 2, 3, 4])
  expect(joined(bytes)).toBe(bytes)
})

test.each([
  [undefined, [0, 10]],
  [{ offset: 0 }, [0, 10]],
  [{ offset: 4 }, [4, 10]],
  [{ offset: 4, length: 3 }, [4, 7]],
  [{ offset: 4, length: 6 }, [4, 10]],
  [{ offset: 4, length: 7 }, [4, 10]],
  [{ offset: 4, length: 0 }, [4, 4]],
  [{ offset: 10, length: 1 }, [10, 10]],
  [{ offset: 11 }, [10, 10]],
])('the range %j of ten bytes is %j', (range, bounds) => {
  expect(boundsOf(range, 10)).toEqual(bounds)
})

test('an object in memory has what is known of it, and its content', async () => {
  const object = objectOf(info, bytes)
  expect(object).toMatchObject(info)
  expect(await object.bytes()).toBe(bytes)
  expect(await read(object.body)).toEqual([1, 2, 3])
  expect(await read(objectOf(info, new Uint8Array()).body)).toEqual([])
})

describe('an object on the way', () => {
  const broken = () =>
    new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        controller.error(new Error('connection reset'))
      },
    })
  const stopped = { code: 'storage', message: 'The store stopped sending a/b: connection reset' }

  test('has what is known of it, and its content', async () => {
    const response = new Response(bytes)
    const object = arrivingObject(info, response)
    expect(object).toMatchObject(info)
    expect(object.native).toBe(response.body)
    expect(await read(object.body)).toEqual([1, 2, 3])
    expect([...(await arrivingObject(info, new Response(bytes)).bytes())]).toEqual([1, 2, 3])
  })

  test('may be empty', async () => {
    const object = arrivingObject(info, new Response(null))
    expect('native' in object).toBe(false)
    expect(await read(object.body)).toEqual([])
    expect([...(await object.bytes())]).toEqual([])
  })

  test('that stops fails as the store', async () => {
    await expect(arrivingObject(info, new Response(broken())).bytes()).rejects.toMatchObject(stopped)
    const reader = arrivingObject(info, new Response(broken())).body.getReader()
    await expect(reader.read()).rejects.toMatchObject(stopped)
    const response = { body: null, arrayBuffer: () => Promise.reject('no error') }
    await expect(arrivingObject(info, response).bytes()).rejects.toMatchObject({
      message: 'The store stopped sending a/b: no error',
      cause: 'no error',
    })
  })

  test('is read only on request, and cancelled with its stream', async () => {
    const reasons: unknown[] = []
    let pulls = 0
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulls++
          controller.enqueue(bytes)
        },
        cancel: (reason) => void reasons.push(reason),
      },
      { highWaterMark: 0 },
    )
    const object = arrivingObject(info, { body, arrayBuffer: async () => new ArrayBuffer(0) })
    const reader = object.body.getReader()
    expect(pulls).toBe(0)
    await reader.read()
    expect(pulls).toBe(1)
    await reader.cancel('enough')
    expect(reasons).toEqual(['enough'])
  })
})
