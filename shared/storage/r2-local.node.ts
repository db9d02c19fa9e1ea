// The local R2 from Node: the buckets of wrangler.toml in the state folder that `wrangler dev` uses.
import { randomUUID } from 'node:crypto'
import { present } from '../present.ts'
import { startLocalWorker } from './local-runtime.node.ts'
import type { R2BucketLike } from './r2.ts'
import { callHeader, type GatewayCall, resultHeader, tokenHeader } from './r2-call.ts'

export interface LocalR2 {
  /** The bucket behind a binding of wrangler.toml; undefined when there is none. */
  bucket(binding: string): R2BucketLike | undefined
  close(): Promise<void>
}

/**
 * Starts a Worker on the state in `stateDir` (its subfolder `v3`, as with wrangler's `--persist-to`) that forwards
 * calls to R2. Miniflare's own proxy for bindings does the same, but makes a blocking round trip for every property of
 * every listed object. Several may run at once, also while the dev server runs.
 * @param onRetry called before each further attempt to start, while another process holds a lock on the state
 */
export async function openLocalR2(stateDir: string, onRetry?: () => void): Promise<LocalR2> {
  const token = randomUUID()
  const worker = await startLocalWorker({
    name: 'mayday-r2-gateway',
    entry: 'shared/storage/r2-gateway.ts',
    stateDir,
    bucketsOnly: true,
    vars: { TOKEN: token },
    ...present({ onRetry }),
  })
  const send: Send = async (call, body) => {
    const headers = {
      [tokenHeader]: token,
      [callHeader]: encodeURIComponent(JSON.stringify(call)),
      // Compression would only take time: nothing leaves this machine.
      'accept-encoding': 'identity',
    }
    const response = await fetch(worker.url, { method: 'POST', headers, body: body ?? null })
    if (!response.ok)
      throw new Error((await response.text()) || `The local R2 responded with status ${response.status}`)
    return response
  }
  return {
    bucket: (binding) => (worker.buckets.includes(binding) ? createBucket(binding, send) : undefined),
    close: () => worker.stop(),
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
