// Counts the requests and bytes of a store, in the one place that all of them pass.
import type { Bytes } from '../units.ts'
import { boundsOf, sizeOf } from './body.ts'
import { bucketNames, type Storage, type Stores } from './storage.ts'

/**
 * Requests by kind, as object stores bill them: a streamed body and a copy count as one put, a list counts once per 1,000 keys, a delete once per 1,000 keys.
 * Retries within an adapter are not visible here and do not count.
 */
export interface Requests {
  get: number
  put: number
  head: number
  list: number
  delete: number
  /** Bytes of the objects or ranges that `get` returned. */
  bytes_read: Bytes
  bytes_written: Bytes
}

export const noRequests = (): Requests => ({
  get: 0,
  put: 0,
  head: 0,
  list: 0,
  delete: 0,
  bytes_read: 0,
  bytes_written: 0,
})

/** What was counted after `before`, a copy of the same counts. */
export const requestsSince = (before: Requests, now: Requests): Requests => ({
  get: now.get - before.get,
  put: now.put - before.put,
  head: now.head - before.head,
  list: now.list - before.list,
  delete: now.delete - before.delete,
  bytes_read: now.bytes_read - before.bytes_read,
  bytes_written: now.bytes_written - before.bytes_written,
})

/** Keys of one page of a list, and of one batch of a delete. */
const keysPerRequest = 1000

/** The store, with every request added to `requests`. */
export function countingStorage(storage: Storage, requests: Requests): Storage {
  return {
    async get(key, options) {
      requests.get++
      const object = await storage.get(key, options)
      if (object) {
        const [start, end] = boundsOf(options?.range, object.size)
        requests.bytes_read += end - start
      }
      return object
    },
    head(key) {
      requests.head++
      return storage.head(key)
    },
    put(key, body, options) {
      requests.put++
      requests.bytes_written += sizeOf(body)
      return storage.put(key, body, options)
    },
    putStream(key, pieces, optionsAtEnd) {
      requests.put++
      return storage.putStream(key, countingBytes(pieces, requests), optionsAtEnd)
    },
    copy(from, to, options) {
      requests.put++
      return storage.copy(from, to, options)
    },
    list: (prefix, options) => countingPages(storage.list(prefix, options), requests),
    folders: (prefix) => countingPages(storage.folders(prefix), requests),
    delete(keys) {
      const count = typeof keys === 'string' ? 1 : keys.length
      requests.delete += Math.ceil(count / keysPerRequest)
      return storage.delete(keys)
    },
  }
}

async function* countingBytes(
  pieces: AsyncIterable<Uint8Array>,
  requests: Requests,
): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    requests.bytes_written += piece.length
    yield piece
  }
}

async function* countingPages<T>(entries: AsyncIterable<T>, requests: Requests): AsyncGenerator<T> {
  requests.list++
  let seen = 0
  for await (const entry of entries) {
    if (seen > 0 && seen % keysPerRequest === 0) requests.list++
    seen++
    yield entry
  }
}

/** All buckets, counted together. */
export const countingStores = (stores: Stores, requests: Requests): Stores =>
  Object.fromEntries(bucketNames.map((name) => [name, countingStorage(stores[name], requests)])) as Record<
    keyof Stores,
    Storage
  >
