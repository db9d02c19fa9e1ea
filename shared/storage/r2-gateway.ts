// A Worker that exposes the local R2 to Node: one request is one call of a binding. Counterpart of
// `r2-local.node.ts`.

import { own } from '../own.ts'
import type { R2BucketLike } from './r2.ts'
import { callHeader, type GatewayCall, type GatewayMethod, resultHeader, tokenHeader } from './r2-call.ts'

type Bindings = Readonly<Record<string, R2BucketLike | string>>

/**
 * Responds 200 with the result of the call, 401 without the token `TOKEN`, 500 with the message of an error from R2.
 */
async function handle(request: Request, env: Bindings): Promise<Response> {
  if (request.headers.get(tokenHeader) !== env.TOKEN) return new Response(null, { status: 401 })
  const { binding, method, args } = JSON.parse(
    decodeURIComponent(request.headers.get(callHeader) ?? ''),
  ) as GatewayCall
  const bucket = own(env, binding) as R2BucketLike
  try {
    if (method === 'get') return getAnswer(await bucket.get(...(args as Parameters<R2BucketLike['get']>)))
    return Response.json(toJson(await call(bucket, method, args, request)))
  } catch (error) {
    return new Response(error instanceof Error ? error.message : String(error), { status: 500 })
  }
}

async function call(
  bucket: R2BucketLike,
  method: Exclude<GatewayMethod, 'get'>,
  args: unknown[],
  request: Request,
): Promise<unknown> {
  switch (method) {
    case 'put': {
      const [key, options] = args as [string, Parameters<R2BucketLike['put']>[2]]
      return bucket.put(key, new Uint8Array(await request.arrayBuffer()), options)
    }
    case 'head':
      return bucket.head(args[0] as string)
    case 'list':
      return bucket.list(args[0] as Parameters<R2BucketLike['list']>[0])
    case 'delete':
      return bucket.delete((await request.json()) as string[])
  }
}

function getAnswer(object: Awaited<ReturnType<R2BucketLike['get']>>): Response {
  const headers = { [resultHeader]: encodeURIComponent(JSON.stringify(toJson(object))) }
  return new Response(object?.body ?? null, { headers })
}

/** R2 objects keep their properties on prototypes, which JSON ignores. */
function toJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return null
  if ('objects' in value) {
    const page = value as Awaited<ReturnType<R2BucketLike['list']>>
    const { delimitedPrefixes, truncated, cursor } = page
    return { objects: page.objects.map(toJson), delimitedPrefixes, truncated, cursor }
  }
  const { key, size, etag, uploaded, httpMetadata, customMetadata } = value as Record<string, unknown>
  return { key, size, etag, uploaded, httpMetadata, customMetadata }
}

export default { fetch: handle }
