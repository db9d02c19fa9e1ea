// The storage port: what every object store must do for us. Adapters stand beside this file.
import type { Bytes } from '../units.ts'

/** What is known of a stored object without reading it. */
export interface ObjectInfo {
  key: string
  size: Bytes
  /** Opaque version of the content, without quotes; changes whenever the content does. */
  etag: string
  uploaded: Date
  contentType?: string
  contentEncoding?: string
  /** Small strings kept beside the object (keys lower-case `[a-z0-9-]`, ASCII values, 2 kB in all). */
  metadata: Readonly<Record<string, string>>
}

/**
 * An object with its content. Read `body` or `bytes()`, once; either fails with CrashError('storage') when it breaks off.
 * `size` is that of the whole object, also for a range.
 */
export interface StoredObject extends ObjectInfo {
  body: ReadableStream<Uint8Array>
  bytes(): Promise<Uint8Array>
}

/** `offset` is inclusive; `length` may reach beyond the end, then less comes back. */
export interface ByteRange {
  offset: Bytes
  length?: Bytes
}

export interface PutOptions {
  metadata?: Readonly<Record<string, string>>
  contentType?: string
  contentEncoding?: string
  /** `*`: write only when nothing is stored under the key. */
  ifNoneMatch?: '*'
  /** Write only when the stored object still has this etag. */
  ifMatch?: string
}

export interface ListOptions {
  /** Only keys after this one; it need not exist. */
  startAfter?: string
  /** Ask for `metadata`, `contentType` and `contentEncoding`: without, an S3 store, which pays for it, leaves them out. */
  withMetadata?: boolean
}

/**
 * A key is 1 to 1024 bytes of UTF-8 without control characters, and none of its parts between slashes is empty, `.`
 * or `..`. Nothing is ever found under another key; `put` refuses it with CrashError('bad-usage').
 */
export interface Storage {
  /** The object, or null when there is none. Throws CrashError('storage') when the store does not answer. */
  get(key: string, options?: { range?: ByteRange }): Promise<StoredObject | null>
  head(key: string): Promise<ObjectInfo | null>
  /** Writes all or nothing. Null when a condition (`ifNoneMatch`, `ifMatch`) did not hold: nothing was written. */
  put(key: string, body: Uint8Array | readonly Uint8Array[], options?: PutOptions): Promise<ObjectInfo | null>
  /** Every object whose key begins with `prefix`, in ascending order of key (UTF-8 bytes), however many pages. */
  list(prefix: string, options?: ListOptions): AsyncIterable<ObjectInfo>
  /** Removes objects; keys that are not there are no error. */
  delete(keys: string | readonly string[]): Promise<void>
}

/** The three buckets: access is granted per bucket. */
export interface Stores {
  /** Private: raw reports, processed crashes, protected columns. */
  crashes: Storage
  /** Public: tables and aggregates. */
  lake: Storage
  /** Public: symbol files and their indexes. */
  symbols: Storage
}
export const bucketNames = ['crashes', 'lake', 'symbols'] as const satisfies readonly (keyof Stores)[]
