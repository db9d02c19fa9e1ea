// Serves the built dashboard with documents from memory and the strict headers of the edge.
import { existsSync, readFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'

/** The folder that `npm run build` fills. */
export const builtDashboard = resolve(import.meta.dirname, '../../dashboard/dist')

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
}
const policy =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; require-trusted-types-for 'script'"

export interface PagesServer {
  url: string
  /** Path (`/aggregates/v4/home.json`, `/api/report/<id>`) to document; may be changed while serving. */
  documents: Map<string, unknown>
  close(): Promise<void>
}

/** Listens on a free port of 127.0.0.1. Unknown paths get the page itself; unknown documents 404. */
export async function servePages(documents: Map<string, unknown>): Promise<PagesServer> {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname)
    if (/^\/(aggregates|api)\/./.test(path)) return answerDocument(response, documents.get(path))
    const file = join(builtDashboard, normalize(path))
    const known = file.startsWith(`${builtDashboard}/`) && extname(file) !== '' && existsSync(file)
    const served = known ? file : join(builtDashboard, 'index.html')
    answer(response, 200, types[extname(served)] ?? 'application/octet-stream', readFileSync(served))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    documents,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections()
        server.close(() => done())
      }),
  }
}

/** A missing document gives 404, a number that status, a response itself. */
function answerDocument(response: ServerResponse, document: unknown): void {
  if (document instanceof Response) {
    const { status, headers } = document
    const type = headers.get('content-type') ?? 'text/plain'
    void document
      .clone()
      .arrayBuffer()
      .then((bytes) => answer(response, status, type, Buffer.from(bytes)))
    return
  }
  const status = document === undefined ? 404 : typeof document === 'number' ? document : 200
  const body = status === 200 ? document : { error: 'no such document' }
  answer(response, status, 'application/json', Buffer.from(JSON.stringify(body)))
}

function answer(response: ServerResponse, status: number, type: string, body: Buffer): void {
  response.writeHead(status, {
    'content-type': type,
    'content-encoding': 'gzip',
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
  })
  response.end(gzipSync(body))
}
