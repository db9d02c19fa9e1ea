// A store in memory: for tests, and the simplest implementation of the port.

import { present } from '../present.ts'
import { boundsOf, joined, objectOf } from './body.ts'
import { compareKeys, requireKey } from './keys.ts'
import { putByParts } from './put-stream.ts'
import type { ObjectInfo, PutOptions, Storage } from './storage.ts'

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
      return entry ? objectOf(entry.info, entry.bytes.slice(...boundsOf(range, entry.bytes.length))) : null
    },

    head: async (key) => entries.get(key)?.info ?? null,

    async put(key, body, options = {}) {
      requireKey(key)
      if (!mayReplace(entries.get(key), options)) return null
      const bytes = joined(body).slice()
      const etag = String(++version)
      const info = { key, size: bytes.length, etag, uploaded: now(), ...attributesOf(options) }
      entries.set(key, { info, bytes })
      return info
    },

    putStream: (key, ...stream) =>
      putByParts(stream, { put: (body, options) => storage.put(key, body, options) }),

    async copy(from, to, { ifMatch } = {}) {
      requireKey(to)
      const source = entries.get(from)
      if (!source || !mayReplace(source, present({ ifMatch }))) return false
      const info = { ...source.info, key: to, etag: String(++version), uploaded: now() }
      entries.set(to, { info, bytes: source.bytes })
      return true
    },

    async *list(prefix, { startAfter = '' } = {}) {
      yield* listed(entries, prefix, startAfter)
    },

    async *folders(prefix) {
      yield* foldersOf(entries.keys(), prefix)
    },

    async delete(keys) {
      for (const key of typeof keys === 'string' ? [keys] : keys) entries.delete(key)
    },
  }
  return storage
}

function* listed(entries: ReadonlyMap<string, Entry>, prefix: string, startAfter: string) {
  const isListed = (key: string) => key.startsWith(prefix) && compareKeys(key, startAfter) > 0
  for (const key of [...entries.keys()].filter(isListed).sort(compareKeys)) {
    const entry = entries.get(key)
    if (entry) yield entry.info
  }
}

const mayReplace = (current: Entry | undefined, { ifNoneMatch, ifMatch }: PutOptions): boolean =>
  !(ifNoneMatch && current) && (ifMatch === undefined || current?.info.etag === ifMatch)

function attributesOf({ contentType, contentEncoding, metadata }: PutOptions) {
  return {
    ...present({ contentType, contentEncoding }),
    metadata: { ...metadata },
  }
}

function foldersOf(keys: Iterable<string>, prefix: string): string[] {
  const below = [...keys].filter((key) => key.startsWith(prefix))
  const starts = below.map((key) => key.slice(0, key.indexOf('/', prefix.length) + 1))
  return [...new Set(starts)].filter((start) => start.length > prefix.length).sort(compareKeys)
}
