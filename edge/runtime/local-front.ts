// Emulates Cloudflare's network in front of the Worker on the local runtime: rejects an invalid Host, and compresses.
// Miniflare's own front fails on such a Host.
import { hasValidHost, problem } from '../lib/http.ts'

interface Env {
  EDGE: Fetcher
}

/** A part of https://developers.cloudflare.com/speed/optimization/content/compression/ */
const compressible = /^(?:text\/|application\/(?:json|javascript|manifest\+json)|image\/svg\+xml)/

export default {
  async fetch(request, { EDGE }) {
    if (!hasValidHost(request)) return problem(400, 'The Host header is not a valid host name')
    const answer = await EDGE.fetch(request)
    const { headers, status } = answer
    const isCompressible =
      compressible.test(headers.get('content-type') ?? '') &&
      !headers.has('content-encoding') &&
      !headers.get('cache-control')?.includes('no-transform')
    const accepted = request.headers.get('accept-encoding') ?? ''
    if (!isCompressible || !/\bgzip\b(?!;\s*q=0(?:\.0*)?\b)/.test(accepted)) return answer
    const compressed = new Headers(headers)
    // The runtime compresses responses with this header and no encoding yet.
    compressed.set('content-encoding', 'gzip')
    compressed.delete('content-length')
    return new Response(answer.body, { status, headers: compressed })
  },
} satisfies ExportedHandler<Env>
