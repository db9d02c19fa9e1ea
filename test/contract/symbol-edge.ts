// An edge whose symbol server is under test, and vectors that run on it in any runtime.
import { gunzipSync } from 'node:zlib'
import type { EdgeDeps } from '../../edge/deps.ts'
import { hashToken } from '../../shared/access/tokens.ts'
import { nodeCodecs } from '../../shared/codecs/codecs.node.ts'
import { tokensKey } from '../../shared/keys.ts'
import { formatOf } from '../../shared/bytes/format.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { createTestEdge } from '../edge/edge.support.ts'

export interface SymbolEdge {
  fetch(request: Request): Promise<Response>
  /** The bucket `symbols`. */
  symbols: Storage
  origin: string
  deps: EdgeDeps
}

export interface SymbolVector {
  name: string
  /** `edge` has an empty bucket. */
  run(edge: SymbolEdge): Promise<void>
}

export const vector = (name: string, run: SymbolVector['run']): SymbolVector => ({ name, run })

/** Tokens that the edge knows, by what they may do. */
export const tokens = {
  regular: 'a'.repeat(32),
  try: 'b'.repeat(32),
  expired: 'c'.repeat(32),
  other: 'd'.repeat(32),
} as const

const tokenDocument = {
  version: 1,
  tokens: (
    [
      ['regular', 'upload_symbols', '2030-01-01T00:00:00Z'],
      ['try', 'upload_try_symbols', '2030-01-01T00:00:00Z'],
      ['expired', 'upload_symbols', '2011-01-02T00:00:00Z'],
      ['other', 'view_pii', '2030-01-01T00:00:00Z'],
    ] as const
  ).map(([name, permission, expires_at]) => ({
    sha256: hashToken(tokens[name], nodeCodecs),
    label: `${name}@ci`,
    permissions: [permission],
    created_at: '2011-01-01T00:00:00Z',
    expires_at,
  })),
}

/** An edge in this process over the bucket. */
export async function openSymbolEdge(
  symbols?: Storage,
  env: Readonly<Record<string, string>> = {},
): Promise<SymbolEdge> {
  const edge = createTestEdge(env)
  if (symbols) edge.deps.stores.symbols = symbols
  await edge.crashes.put(tokensKey, new TextEncoder().encode(JSON.stringify(tokenDocument)))
  return {
    fetch: edge.fetch,
    symbols: edge.deps.stores.symbols,
    origin: 'https://crash.example',
    deps: edge.deps,
  }
}

type Init = Omit<RequestInit, 'headers'> & { headers?: Record<string, string> }

/** Requests a path below `/symbols`, without following redirects. A body that arrived as gzip is inflated. */
export async function ask(edge: SymbolEdge, path: string, init: Init = {}) {
  const headers = { 'accept-encoding': 'gzip', ...init.headers }
  const request = new Request(`${edge.origin}/symbols${path}`, { redirect: 'manual', ...init, headers })
  const response = await edge.fetch(request)
  const bytes = new Uint8Array(await response.arrayBuffer())
  const whole = response.status === 200 && formatOf(bytes) === 'gzip' ? gunzipSync(bytes) : bytes
  return { status: response.status, headers: response.headers, text: new TextDecoder().decode(whole), bytes }
}
