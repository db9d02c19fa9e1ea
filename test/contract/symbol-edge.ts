// An edge whose symbol server is under test, and vectors that run on it in any runtime.
import { gunzipSync } from 'node:zlib'
import { formatOf } from '../../shared/bytes/format.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { createTestEdge } from '../edge/edge.support.ts'

export interface SymbolEdge {
  fetch(request: Request): Promise<Response>
  /** The bucket `symbols`. */
  symbols: Storage
  origin: string
}

export interface SymbolVector {
  name: string
  /** `edge` has an empty bucket. */
  run(edge: SymbolEdge): Promise<void>
}

export const vector = (name: string, run: SymbolVector['run']): SymbolVector => ({ name, run })

/** An edge in this process over the bucket. */
export function openSymbolEdge(symbols?: Storage): SymbolEdge {
  const edge = createTestEdge()
  if (symbols) edge.deps.stores.symbols = symbols
  return { fetch: edge.fetch, symbols: edge.deps.stores.symbols, origin: 'https://crash.example' }
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
