// What objects were made from: one index object in place of a request per object.
import * as z from 'zod/mini'
import { check, exactObject } from '../../shared/json/schema.ts'
import type { ObjectInfo, Storage } from '../../shared/storage/storage.ts'

/** By key: the etag of the object, and the source that it was made from. */
const indexDocument = exactObject({
  version: z.literal(1),
  objects: z.record(z.string(), z.tuple([z.string(), z.string()])),
})

/** An index is a hint: an entry counts only for the version that it names, so a lost or old index costs time alone. */
export interface MadeFrom {
  /** The source of this version of an object; undefined when it is not known. */
  sourceOf(object: Pick<ObjectInfo, 'key' | 'etag'>): string | undefined
  set(object: Pick<ObjectInfo, 'key' | 'etag'>, source: string): void
  /** Writes the index if it changed, without the entries of `removed` keys. */
  save(removed?: readonly string[]): Promise<void>
}

/** Reads the index under a key; one that cannot be read counts as empty. */
export async function openMadeFrom(storage: Storage, key: string): Promise<MadeFrom> {
  const objects = parseIndex(await (await storage.get(key))?.bytes())
  let changed = false
  return {
    sourceOf(object) {
      const [etag, source] = objects.get(object.key) ?? []
      return etag === object.etag ? source : undefined
    },
    set(object, source) {
      const [etag, known] = objects.get(object.key) ?? []
      if (etag === object.etag && known === source) return
      objects.set(object.key, [object.etag, source])
      changed = true
    },
    async save(removed = []) {
      for (const name of removed) changed = objects.delete(name) || changed
      if (!changed) return
      const index = { version: 1, objects: Object.fromEntries(objects) }
      await storage.put(key, new TextEncoder().encode(JSON.stringify(index)), {
        contentType: 'application/json',
      })
      changed = false
    },
  }
}

function parseIndex(bytes: Uint8Array | undefined): Map<string, [string, string]> {
  try {
    const { data } = check(indexDocument, JSON.parse(new TextDecoder().decode(bytes)))
    return new Map(Object.entries(data?.objects ?? {}))
  } catch {
    return new Map()
  }
}
