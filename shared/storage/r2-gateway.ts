// A Worker that gives Node the local R2: one request is one call of a binding. Counterpart of `r2-local.node.ts`.
import type { R2BucketLike } from './r2.ts'
import { callHeader, type GatewayCall, resultHeader, tokenHeader } from './r2-call.ts'
import { own } from '../own.ts'

type Bindings = Readonly<Record<string, R2BucketLike | string>>

/** Answers 200 with what the call gave, 401 without the token `TOKEN`, 500 with the message of what R2 threw. */
async function answer(request: Request, env: Bindings): Promise<Response> {
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
  method: Exclude<keyof R2BucketLike, 'get'>,
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

/** R2's objects keep their properties on prototypes, where JSON does not look. */
function toJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return null
  if ('objects' in value) {
    const page = value as Awaited<ReturnType<R2BucketLike['list']>>
    return { objects: page.objects.map(toJson), truncated: page.truncated, cursor: page.cursor }
  }
  const { key, size, etag, uploaded, httpMetadata, customMetadata } = value as Record<string, unknown>
  return { key, size, etag, uploaded, httpMetadata, customMetadata }
}

export default { fetch: answer }
