// Opens the stores at a store URL.
import { statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CrashError } from '../errors.ts'
import { makeFolder } from '../make-folder.node.ts'
import { own } from '../own.ts'
import { present } from '../present.ts'
import { createFolderStorage } from './folder/folder.node.ts'
import { defaultStateDir } from './local-runtime.node.ts'
import { createR2Storage } from './r2.ts'
import { openLocalR2 } from './r2-local.node.ts'
import { createS3Storage } from './s3.ts'
import { bucketNames, type Storage, type Stores } from './storage.ts'

export interface OpenStores {
  stores: Stores
  /** Whether the store did not exist before. */
  created: boolean
  /** Releases resources; a program that does not call it may not exit. */
  close(): Promise<void>
}

export interface OpenOptions {
  /** What to do when the store does not exist. Default: `create`. A bucket is never created. */
  missing?: 'create' | 'refuse'
}

export type Environment = Readonly<Record<string, string | undefined>>

const forms = 'file:./data, r2:local, s3:https://<endpoint>/?region=auto'
const bindings = { crashes: 'CRASHES', lake: 'LAKE', symbols: 'SYMBOLS' } as const

/**
 * Opens the stores at a URL:
 * - `file:<folder>`: folders `crashes`, `lake`, `symbols` in it
 * - `r2:local`: the R2 state of the local Workers runtime, where `wrangler dev` keeps it; `r2:<folder>` for another
 *   state folder (`<folder>/v3`). Can be opened while the dev server runs.
 * - `s3:<endpoint>?region=<region>&prefix=<prefix>`: buckets `<prefix>crashes` and so on; `prefix` defaults to
 *   `mayday-`, `region` to `AWS_REGION` or `auto`. `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and
 *   `AWS_SESSION_TOKEN` come from `env`.
 * @throws CrashError 'bad-config'; 'missing' if there is no store, or something else; 'storage' if it cannot be created
 */
export async function openStores(
  url: string,
  env: Environment,
  { missing = 'create' }: OpenOptions = {},
): Promise<OpenStores> {
  const colon = url.indexOf(':')
  const [scheme, rest] = [url.slice(0, colon), url.slice(colon + 1)]
  if (colon > 0 && rest) {
    if (scheme === 'file') return openFolders(rest, missing)
    if (scheme === 'r2') return openR2(rest, missing)
    if (scheme === 's3') return openS3(rest, env)
  }
  throw new CrashError('bad-config', `Not a store URL: ${JSON.stringify(url)}. Use one like ${forms}`)
}

/** The address of a bucket of a store for other programs, without a slash at its end. The store URL must be valid. */
export function bucketAddress(url: string, name: keyof Stores): string {
  const rest = url.slice(url.indexOf(':') + 1)
  if (url.startsWith('file:')) return `file://${join(folderAt(rest), name)}`
  return `s3://${url.startsWith('s3:') ? placesOf(rest).nameOf(name) : `${defaultPrefix}${name}`}`
}

const folderAt = (path: string) => resolve(path.startsWith('//') ? fileURLToPath(`file:${path}`) : path)
const defaultPrefix = 'mayday-'

function storesFrom(create: (name: keyof Stores) => Storage): Stores {
  return Object.fromEntries(bucketNames.map((name) => [name, create(name)])) as Record<keyof Stores, Storage>
}

type Missing = NonNullable<OpenOptions['missing']>

function openFolders(path: string, missing: Missing): OpenStores {
  const root = folderAt(path)
  const created = prepareFolder(root, bucketNames, missing)
  return {
    stores: storesFrom((name) => createFolderStorage(join(root, name))),
    created,
    close: async () => {},
  }
}

/** Creates the folders of a store if it has none of them, or refuses to. Returns whether it created them. */
function prepareFolder(root: string, names: readonly string[], missing: Missing): boolean {
  const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory()
  try {
    if (names.some((name) => isFolder(join(root, name)))) return false
    if (missing === 'create') {
      for (const name of names) makeFolder(join(root, name))
      return true
    }
  } catch (cause) {
    throw new CrashError('storage', `The store ${root} cannot be used: ${(cause as Error).message}`, {
      cause,
    })
  }
  const found = isFolder(root) ? `that folder has none of ${names.join(', ')}` : 'there is no such folder'
  throw new CrashError(
    'missing',
    `There is no store at ${root}: ${found}. Check the path, and that its volume is mounted; the edge, mayday import and mayday simulate create stores.`,
  )
}

async function openR2(place: string, missing: Missing): Promise<OpenStores> {
  const stateDir = place === 'local' ? defaultStateDir : resolve(place)
  const created = prepareFolder(stateDir, ['v3'], missing)
  const local = await openLocalR2(stateDir)
  const create = (name: keyof Stores) => {
    const bucket = local.bucket(bindings[name])
    // Other processes may hold the lock of its database (SQLITE_BUSY) for a second or more.
    if (bucket) return createR2Storage(bucket, { attempts: 10, longestPause: 1000 })
    throw new CrashError(
      'bad-config',
      `wrangler.toml declares no R2 bucket with the binding ${bindings[name]}`,
    )
  }
  return { stores: storesFrom(create), created, close: () => local.close() }
}

/** The buckets of an S3 store: the service, and their names. @throws CrashError 'bad-config' */
function placesOf(address: string): { url: URL; endpoint: string; nameOf(bucket: keyof Stores): string } {
  if (!URL.canParse(address)) {
    throw new CrashError(
      'bad-config',
      `Not an S3 endpoint: ${JSON.stringify(address)}. Use one like ${forms}`,
    )
  }
  const url = new URL(address)
  const prefix = url.searchParams.get('prefix') ?? defaultPrefix
  return { url, endpoint: `${url.origin}${url.pathname}`, nameOf: (bucket) => `${prefix}${bucket}` }
}

/** The address of a bucket of an S3 store, without a slash at its end; null for other stores. */
export function bucketUrl(store: string, bucket: keyof Stores): string | null {
  if (!store.startsWith('s3:')) return null
  const { endpoint, nameOf } = placesOf(store.slice('s3:'.length))
  return `${endpoint.replace(/\/$/, '')}/${nameOf(bucket)}`
}

function openS3(address: string, env: Environment): OpenStores {
  const { url, endpoint, nameOf } = placesOf(address)
  const accessKeyId = required(env, 'AWS_ACCESS_KEY_ID')
  const secretAccessKey = required(env, 'AWS_SECRET_ACCESS_KEY')
  const sessionToken = env.AWS_SESSION_TOKEN
  const options = {
    endpoint,
    region: url.searchParams.get('region') ?? env.AWS_REGION ?? 'auto',
    accessKeyId,
    secretAccessKey,
    ...present({ sessionToken }),
  }
  return {
    stores: storesFrom((name) => createS3Storage({ ...options, bucket: nameOf(name) })),
    created: false,
    close: async () => {},
  }
}

function required(env: Environment, name: string): string {
  const value = own(env, name)
  if (!value) throw new CrashError('bad-config', `An S3 store needs ${name} in the environment`)
  return value
}
