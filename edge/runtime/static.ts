// The dashboard's files, for runtimes without an asset store. Every other path is the dashboard itself.
import { Hono } from 'hono'
import { serveStatic } from 'hono/serve-static'

const hidden = /(?:^|\/)\./

/**
 * Serves a folder. A file `x.br`, `x.zst` or `x.gz` next to `x` is sent to clients that accept that encoding.
 * @param read returns null when the file does not exist. Its path is relative to the folder and never leaves it.
 */
export function createStaticFiles(
  read: (path: string) => Promise<Uint8Array<ArrayBuffer> | null>,
): (request: Request) => Promise<Response> {
  const options: Parameters<typeof serveStatic>[0] = {
    precompressed: true,
    async getContent(path, c) {
      const bytes = hidden.test(path) ? null : await read(path)
      // The file read last is the one that is sent.
      if (bytes) c.header('content-length', `${bytes.length}`)
      return bytes
    },
  }
  const files = new Hono()
  files.get('*', serveStatic(options), serveStatic({ ...options, path: 'index.html' }))
  files.notFound(() => new Response(null, { status: 404 }))
  return async (request) => files.fetch(request)
}
