// Whether a retried conditional write had succeeded the first time.

import { own } from '../own.ts'
import { type Body, joined, sizeOf } from './body.ts'
import type { ObjectInfo, PutOptions, Storage } from './storage.ts'

/**
 * For a write that was sent more than once and then failed its condition: the stored object if it equals what was to
 * be written, else null. The first attempt may have succeeded although its response was lost.
 */
export async function storedBefore(
  storage: Pick<Storage, 'get' | 'head'>,
  key: string,
  body: Body,
  options: PutOptions,
): Promise<ObjectInfo | null> {
  const info = await storage.head(key)
  if (!info || info.size !== sizeOf(body) || !hasOptions(info, options)) return null
  const object = await storage.get(key)
  return object && isEqual(await object.bytes(), joined(body)) ? info : null
}

function hasOptions(info: ObjectInfo, { metadata = {}, contentType, contentEncoding }: PutOptions): boolean {
  const names = new Set([...Object.keys(metadata), ...Object.keys(info.metadata)])
  return (
    (contentType === undefined || contentType === info.contentType) &&
    contentEncoding === info.contentEncoding &&
    [...names].every((name) => own(metadata, name) === own(info.metadata, name))
  )
}

const isEqual = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i])
