// A store in memory: for tests, and the simplest implementation of the port.
import { boundsOf, joined, objectOf } from './body.ts'
import { compareKeys, requireKey } from './keys.ts'
import { putByParts } from './put-stream.ts'
import type { ObjectInfo, PutOptions, Storage } from './storage.ts'
import { present } from '../present.ts'

interface Entry {
  info: ObjectInfo
  bytes: Uint8Array<ArrayBuffer>
}

/** An empty store; `now` supplies modification times. */
export function createMemoryStorage(now: () => Date = () => new Date()): Storage {
  const entries = new Map<string, Entry>()
  let version = 0

  const storage: Storage = {
    async get(key, { range } = {}) {
      const entry = entries.get(key)
      if (!entry) return null
      return objectOf(entry.info, entry.bytes.slice(...boundsOf(range, entry.bytes.length)))
    },

    async head(key) {
      return entries.get(key)?.info ?? null
    },

    async put(key, body, options = {}) {
      requireKey(key)
      const current = entries.get(key)
      if (options.ifNoneMatch && current) return null
      if (options.ifMatch !== undefined && current?.info.etag !== options.ifMatch) return null
      const bytes = joined(body).slice()
      const info: ObjectInfo = {
        key,
        size: bytes.length,
        etag: String(++version),
        uploaded: now(),
        ...attributesOf(options),
      }
      entries.set(key, { info, bytes })
      return info
    },

    putStream: (key, ...stream) =>
      putByParts(stream, { put: (body, options) => storage.put(key, body, options) }),

    async *list(prefix, { startAfter } = {}) {
      const keys = [...entries.keys()].filter(
        (key) => key.startsWith(prefix) && (startAfter === undefined || compareKeys(key, startAfter) > 0),
      )
      for (const key of keys.sort(compareKeys)) {
        const entry = entries.get(key)
        if (entry) yield entry.info
      }
    },

    async *folders(prefix) {
      const below = [...entries.keys()].filter((key) => key.startsWith(prefix))
      const starts = below.map((key) => key.slice(0, key.indexOf('/', prefix.length) + 1))
      yield* [...new Set(starts)].filter((start) => start.length > prefix.length).sort(compareKeys)
    },

    async delete(keys) {
      for (const key of typeof keys === 'string' ? [keys] : keys) entries.delete(key)
    },
  }
  return storage
}

function attributesOf({ contentType, contentEncoding, metadata }: PutOptions) {
  return {
    ...present({ contentType, contentEncoding }),
    metadata: { ...metadata },
  }
}
