// Opens a store: its buckets, and a directory for cached copies of its files.
import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { countingStores, noRequests, type Requests } from '../../shared/storage/counting.ts'
import { type OpenOptions, openStores } from '../../shared/storage/open.node.ts'
import type { Stores } from '../../shared/storage/storage.ts'
import { type BatchConfig, readConfig } from '../config.ts'
import { type OpenFilesOptions, type OpenTableFiles, openTableFiles } from './files/table-files.ts'

/** An open store and the location of its cache. */
export interface OpenStore {
  url: string
  stores: Stores
  /** Directory for cached copies of this store's files. It may be deleted at any time. */
  cacheDir: string
  config: BatchConfig
}

/** An open store of a command, with the requests sent to it so far. */
export interface CountedStore extends OpenStore {
  requests: Requests
}

/** The options that select what a command works on. */
export interface StoreOptions {
  store?: string
  products?: string
}

/**
 * Opens the store given by the option `--store` or by the environment.
 * @param open `missing`: commands that bring data in create a store that does not exist; others refuse (the default)
 * @throws CrashError 'bad-config', 'bad-usage', 'missing', 'storage'
 */
export async function openStore(
  options: StoreOptions,
  { missing = 'refuse' }: OpenOptions = {},
): Promise<CountedStore & AsyncDisposable> {
  const given = readConfig()
  const config = { ...given, ...(options.products !== undefined && { products: resolve(options.products) }) }
  const url = options.store ?? config.store
  await using opened = new AsyncDisposableStack()
  const requests = noRequests()
  const { stores: uncounted, created, close } = await openStores(url, config.env, { missing })
  if (created) process.stderr.write(`mayday: created the store ${url}\n`)
  const stores = countingStores(uncounted, requests)
  opened.defer(close)
  const cacheDir = join(config.cacheDir, nameOf(url))
  const resources = opened.move()
  return { url, stores, cacheDir, config, requests, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}

/** The table files of an open store, with a database without views. */
export const openFiles = (
  { config, cacheDir, stores }: OpenStore,
  options: Partial<Pick<OpenFilesOptions, 'onDamaged' | 'thorough' | 'duckdbMemory' | 'threads'>> = {},
): Promise<OpenTableFiles> =>
  openTableFiles({ stores, cacheDir, duckdbMemory: config.duckdbMemory, ...options })

/** The directory of a `file:` URL; null for other stores. */
export function folderOf(url: string): string | null {
  if (!url.startsWith('file:')) return null
  return url.startsWith('file://') ? fileURLToPath(url) : resolve(url.slice('file:'.length))
}

/** A directory name for a store: its kind, and a hash of its location. */
function nameOf(url: string): string {
  const where = folderOf(url) ?? `${process.cwd()} ${url}`
  return `${url.split(':')[0]!.replace(/[^a-z0-9]/g, '')}-${createHash('sha256').update(where).digest('hex').slice(0, 12)}`
}
