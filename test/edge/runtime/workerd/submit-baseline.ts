// The edge and, in the same Worker, handlers that only write the body to R2, or only read an object of R2.
import edge, { type Env } from '../../../../edge/runtime/worker.ts'

export default {
  async fetch(request, env, context) {
    const { pathname } = new URL(request.url)
    if (pathname.startsWith('/baseline/'))
      return read(env, decodeURIComponent(pathname.slice('/baseline/'.length)))
    if (pathname !== '/baseline') return edge.fetch(request, env, context)
    const key = `baseline/${crypto.randomUUID()}`
    await env.CRASHES.put(key, await request.arrayBuffer())
    return new Response(`${key}\n`)
  },
} satisfies ExportedHandler<Env>

async function read({ SYMBOLS }: Env, key: string): Promise<Response> {
  const object = await SYMBOLS.get(key)
  if (!object) return new Response(null, { status: 404 })
  const headers = { 'content-encoding': 'gzip', 'content-type': 'text/plain' }
  return new Response(object.body, { headers, encodeBody: 'manual' })
}
