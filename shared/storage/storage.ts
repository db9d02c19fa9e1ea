// The storage port: the interface of every object store. Adapters are in this folder.
import type { Bytes } from '../units.ts'

/** Metadata of a stored object. */
export interface ObjectInfo {
  key: string
  size: Bytes
  /** Opaque version of the content, without quotes; changes with the content. */
  etag: string
  uploaded: Date
  contentType?: string
  contentEncoding?: string
  /** Small strings stored with the object (keys lower-case `[a-z0-9-]`, ASCII values, 2 kB in total). */
  metadata: Readonly<Record<string, string>>
}

/**
 * An object with its content. Read `body` or `bytes()` once; either fails with CrashError('storage') when it ends
 * early. `size` is that of the whole object, also for a range.
 */
export interface StoredObject extends ObjectInfo {
  body: ReadableStream<Uint8Array>
  /**
   * Instead of `body`, for a response: the stream of the runtime, which sends it without running code for each piece. Its
   * errors are the runtime's. Absent where the store has none.
   */
  native?: ReadableStream<Uint8Array>
  bytes(): Promise<Uint8Array>
}

/** `offset` is inclusive; a `length` beyond the end returns less. */
export interface ByteRange {
  offset: Bytes
  length?: Bytes
}

export interface PutOptions {
  metadata?: Readonly<Record<string, string>>
  contentType?: string
  contentEncoding?: string
  /** `*`: write only when no object exists under the key. */
  ifNoneMatch?: '*'
  /** Write only when the stored object still has this etag. */
  ifMatch?: string
}

export type CopyOptions = Pick<PutOptions, 'ifMatch'>

export type StreamOptions = Omit<PutOptions, 'ifNoneMatch' | 'ifMatch'>

export type OptionsAtEnd = () => StreamOptions | null | Promise<StreamOptions | null>

export type StreamArguments = [pieces: AsyncIterable<Uint8Array>, options: StreamOptions | OptionsAtEnd]

export interface ListOptions {
  /** Only keys after this one, which need not exist. */
  startAfter?: string
  /**
   * Include `metadata`, `contentType` and `contentEncoding`; without it an S3 store omits them, because they cost a
   * request each.
   */
  withMetadata?: boolean
}

/**
 * A key is 1 to 1024 bytes of UTF-8 without control characters; no part between slashes is empty, `.` or `..`. Reads
 * of other keys find nothing; `put` rejects them with CrashError('bad-usage').
 */
export interface Storage {
  /** The object, or null when there is none. Throws CrashError('storage') when the store fails. */
  get(key: string, options?: { range?: ByteRange }): Promise<StoredObject | null>
  head(key: string): Promise<ObjectInfo | null>
  /** Writes all or nothing. Null when a condition (`ifNoneMatch`, `ifMatch`) did not hold: nothing was written. */
  put(key: string, body: Uint8Array | readonly Uint8Array[], options?: PutOptions): Promise<ObjectInfo | null>
  /**
   * Writes a body of unknown length, all or nothing, in constant memory. Options that are not known yet are a function,
   * called after the last piece; when it returns null, nothing is written and the result is null. A large body is then
   * written twice by some stores. Throws what `pieces` throws.
   */
  putStream(key: string, ...stream: StreamArguments): Promise<ObjectInfo | null>
  /**
   * Copies an object with its properties to another key, within the store where that can copy; replaces an object under that key.
   * `uploaded` is the time of the copy; the etag may differ. False, and nothing written, when `from` does not exist or no
   * longer has the etag `ifMatch`. `from` and `to` differ.
   */
  copy(from: string, to: string, options?: CopyOptions): Promise<boolean>
  /** Every object whose key starts with `prefix`, in ascending order of UTF-8 bytes, across all pages. */
  list(prefix: string, options?: ListOptions): AsyncIterable<ObjectInfo>
  /**
   * The distinct starts, up to the next slash and with it, of the keys below `prefix`, in ascending order. `prefix` is
   * empty or ends in a slash. Costs one request per 1,000 starts, regardless of the number of keys.
   */
  folders(prefix: string): AsyncIterable<string>
  /** Removes objects; missing keys are not an error. */
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
