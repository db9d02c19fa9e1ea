// The edge and, in the same Worker, a handler that only reads the body and writes it to R2.
import edge, { type Env } from '../../../../edge/runtime/worker.ts'

export default {
  async fetch(request, env, context) {
    if (new URL(request.url).pathname !== '/baseline') return edge.fetch(request, env, context)
    const key = `baseline/${crypto.randomUUID()}`
    await env.CRASHES.put(key, await request.arrayBuffer())
    return new Response(`${key}\n`)
  },
} satisfies ExportedHandler<Env>
