// Opens the stores at a store URL.
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CrashError } from '../errors.ts'
import { createFolderStorage } from './folder/folder.node.ts'
import { createR2Storage } from './r2.ts'
import { openLocalR2 } from './r2-local.node.ts'
import { createS3Storage } from './s3.ts'
import { bucketNames, type Storage, type Stores } from './storage.ts'
import { own } from '../own.ts'
import { present } from '../present.ts'

export interface OpenStores {
  stores: Stores
  /** Releases resources; a program that does not call it may not exit. */
  close(): Promise<void>
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
 * @throws CrashError 'bad-config'
 */
export async function openStores(url: string, env: Environment): Promise<OpenStores> {
  const colon = url.indexOf(':')
  const [scheme, rest] = [url.slice(0, colon), url.slice(colon + 1)]
  if (colon > 0 && rest) {
    if (scheme === 'file') return openFolders(rest)
    if (scheme === 'r2') return openR2(rest)
    if (scheme === 's3') return openS3(rest, env)
  }
  throw new CrashError('bad-config', `Not a store URL: ${JSON.stringify(url)}. Use one like ${forms}`)
}

function storesFrom(create: (name: keyof Stores) => Storage): Stores {
  return Object.fromEntries(bucketNames.map((name) => [name, create(name)])) as Record<keyof Stores, Storage>
}

function openFolders(path: string): OpenStores {
  const root = path.startsWith('//') ? fileURLToPath(`file:${path}`) : path
  return { stores: storesFrom((name) => createFolderStorage(join(root, name))), close: async () => {} }
}

async function openR2(place: string): Promise<OpenStores> {
  const local = await openLocalR2(place === 'local' ? undefined : resolve(place))
  const create = (name: keyof Stores) => {
    const bucket = local.bucket(bindings[name])
    if (bucket) return createR2Storage(bucket)
    throw new CrashError(
      'bad-config',
      `wrangler.toml declares no R2 bucket with the binding ${bindings[name]}`,
    )
  }
  return { stores: storesFrom(create), close: () => local.close() }
}

function openS3(address: string, env: Environment): OpenStores {
  if (!URL.canParse(address)) {
    throw new CrashError(
      'bad-config',
      `Not an S3 endpoint: ${JSON.stringify(address)}. Use one like ${forms}`,
    )
  }
  const url = new URL(address)
  const accessKeyId = required(env, 'AWS_ACCESS_KEY_ID')
  const secretAccessKey = required(env, 'AWS_SECRET_ACCESS_KEY')
  const sessionToken = env.AWS_SESSION_TOKEN
  const prefix = url.searchParams.get('prefix') ?? 'mayday-'
  const options = {
    endpoint: `${url.origin}${url.pathname}`,
    region: url.searchParams.get('region') ?? env.AWS_REGION ?? 'auto',
    accessKeyId,
    secretAccessKey,
    ...present({ sessionToken }),
  }
  return {
    stores: storesFrom((name) => createS3Storage({ ...options, bucket: `${prefix}${name}` })),
    close: async () => {},
  }
}

function required(env: Environment, name: string): string {
  const value = own(env, name)
  if (!value) throw new CrashError('bad-config', `An S3 store needs ${name} in the environment`)
  return value
}
