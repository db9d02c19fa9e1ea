// The local R2 from Node: the buckets of wrangler.toml in the state folder that `wrangler dev` uses.
import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { CrashError } from '../errors.ts'
import type { R2BucketLike } from './r2.ts'
import { callHeader, type GatewayCall, resultHeader, tokenHeader } from './r2-call.ts'

const startWithinMs = 60_000
const projectPath = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

export interface LocalR2 {
  /** The bucket behind a binding of wrangler.toml; undefined when there is none. */
  bucket(binding: string): R2BucketLike | undefined
  close(): Promise<void>
}

/**
 * Starts a Worker on the state in `stateDir` (its subfolder `v3`, as with wrangler's `--persist-to`) that forwards
 * calls to R2. Wrangler's platform proxy does the same, but makes a blocking round trip for every property of every
 * listed object. Several may run at once, also while the dev server runs.
 */
export async function openLocalR2(stateDir: string = projectPath('.wrangler/state')): Promise<LocalR2> {
  Object.assign(process.env, { WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false' })
  const { unstable_readConfig, unstable_startWorker } = await import('wrangler')
  const config = unstable_readConfig({ config: projectPath('wrangler.toml') }, { hideWarnings: true })
  const buckets: [string, { type: 'r2_bucket'; bucket_name: string }][] = (
    config.r2_buckets as { binding: string; bucket_name?: string }[]
  ).map(({ binding, bucket_name }) => [binding, { type: 'r2_bucket', bucket_name: bucket_name ?? binding }])
  const token = randomUUID()
  const worker = await unstable_startWorker({
    name: 'mayday-r2-gateway',
    config: projectPath('shared/storage/r2-gateway.toml'),
    bindings: { ...Object.fromEntries(buckets), TOKEN: { type: 'plain_text', value: token } },
    dev: {
      persist: stateDir,
      server: { hostname: '127.0.0.1', port: 0 },
      watch: false,
      inspector: false,
      logLevel: 'error',
    },
  })
  await startedInTime(worker)
  const send: Send = async (call, body) => {
    const headers = { [tokenHeader]: token, [callHeader]: encodeURIComponent(JSON.stringify(call)) }
    const response = await worker.fetch('http://gateway/', { method: 'POST', headers, body: body ?? null })
    if (!response.ok)
      throw new Error((await response.text()) || `The local R2 responded with status ${response.status}`)
    return response as unknown as Response
  }
  return {
    bucket: (binding) =>
      buckets.some(([name]) => name === binding) ? createBucket(binding, send) : undefined,
    close: () => worker.dispose(),
  }
}

/** A Worker that cannot start reports nothing. */
async function startedInTime(worker: { ready: Promise<void>; dispose(): Promise<void> }): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new CrashError(
          'storage',
          `The local R2 did not start within ${startWithinMs / 1000} s. See .wrangler/logs`,
        ),
      )
    }, startWithinMs)
  })
  try {
    await Promise.race([worker.ready, timeout])
  } catch (error) {
    await worker.dispose()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

type Send = (call: GatewayCall, body?: Uint8Array<ArrayBuffer> | string) => Promise<Response>
type Head = NonNullable<Awaited<ReturnType<R2BucketLike['head']>>>
type Page = Awaited<ReturnType<R2BucketLike['list']>>

function createBucket(binding: string, send: Send): R2BucketLike {
  return {
    async head(key) {
      return revive((await (await send({ binding, method: 'head', args: [key] })).json()) as Head | null)
    },
    async get(key, options = {}) {
      const response = await send({ binding, method: 'get', args: [key, options] })
      const json = decodeURIComponent(response.headers.get(resultHeader) ?? 'null')
      const head = revive(JSON.parse(json) as Head | null)
      if (!head) {
        await response.body?.cancel()
        return null
      }
      const body = response.body ?? new Blob([]).stream()
      return { ...head, body, arrayBuffer: () => response.arrayBuffer() }
    },
    async put(key, value, options) {
      const bytes =
        value instanceof Uint8Array ? value : new Uint8Array(await new Response(value).arrayBuffer())
      const response = await send({ binding, method: 'put', args: [key, options] }, bytes)
      return revive((await response.json()) as Head | null)
    },
    async list(options) {
      const page = (await (await send({ binding, method: 'list', args: [options] })).json()) as Page
      return { ...page, objects: page.objects.map((object) => revive(object)!) }
    },
    async delete(keys) {
      const response = await send({ binding, method: 'delete', args: [] }, JSON.stringify(keys))
      await response.body?.cancel()
    },
  }
}

const revive = (head: Head | null): Head | null => head && { ...head, uploaded: new Date(head.uploaded) }
