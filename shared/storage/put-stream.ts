// Bodies of unknown length, in parts of one size. Stores can set metadata only when they begin to write, so a large body
// whose metadata is not known yet is staged under another key and then moved.
import { ByteBuffer } from '../bytes/byte-buffer.ts'
import type { Bytes } from '../units.ts'
import type { ObjectInfo, Storage, StreamArguments, StreamOptions } from './storage.ts'

/** R2 and S3 require at least 5 MiB, and R2 equal sizes but for the last part. */
const partBytes: Bytes = 8 * 1024 * 1024

/** Objects that a killed program left below it can be deleted. `v1` is not hexadecimal, so no symbol file is there. */
export const stagingPrefix = 'staged/v1/'
export const stagingKey = (name: string) => `${stagingPrefix}${name}`

/** A multipart upload, mostly under a key of its own. */
export interface Staging {
  /** `number` counts from 1. */
  putPart(number: number, bytes: Uint8Array): Promise<void>
  /** Ends the upload, and moves the object to its key. */
  finish(options: StreamOptions): Promise<ObjectInfo | null>
  /** Removes what is left, if anything; also after `finish`. */
  clear(): Promise<void>
}

/** Also called for a body whose options were known from the start. */
export const optionsOf = async (options: StreamArguments[1]): Promise<StreamOptions | null> =>
  typeof options === 'function' ? options() : options

/** Options of an upload that needs no staging. */
export const optionsAtStart = (options: StreamArguments[1]): StreamOptions | null =>
  typeof options === 'function' ? null : options

interface Target {
  put(body: Uint8Array, options: StreamOptions): ReturnType<Storage['put']>
  /** Begins to write a body of more than one part; absent: bodies are held in memory. */
  stage?: (() => Promise<Staging>) | undefined
}

/** `Storage.putStream` for stores that write whole bodies or parts. */
export async function putByParts(
  [pieces, options]: StreamArguments,
  { put, stage }: Target,
): Promise<ObjectInfo | null> {
  const limit = stage ? partBytes : Number.POSITIVE_INFINITY
  const part = new ByteBuffer(256 * 1024)
  let staging: Staging | null = null
  let parts = 0
  try {
    for await (const piece of pieces) {
      for (let at = 0; at < piece.length; ) {
        if (part.length === limit) {
          staging ??= await stage!()
          await staging.putPart(++parts, part.view())
          part.reset()
        }
        const end = Math.min(piece.length, at + limit - part.length)
        part.append(piece.subarray(at, end))
        at = end
      }
    }
    const known = await optionsOf(options)
    if (known === null) return null
    if (!staging) return await put(part.view().slice(), known)
    await staging.putPart(++parts, part.view())
    return await staging.finish(known)
  } finally {
    // What it leaves is deleted later.
    await staging?.clear().catch(() => {})
  }
}
