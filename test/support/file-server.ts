// A plain file server, as static hosts are: folders have an index, ranges work, and nothing else does.
import { createReadStream, existsSync, statSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'

const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
}

/** Serves the files below `root` on a free port of 127.0.0.1. */
export async function serveFiles(root: string): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const { pathname, search } = new URL(request.url ?? '/', 'http://localhost')
    const file = join(root, normalize(decodeURIComponent(pathname)))
    if (!file.startsWith(root) || !existsSync(file)) return void response.writeHead(404).end('not found')
    if (!statSync(file).isDirectory()) return sendFile(response, file, request.headers.range)
    if (!pathname.endsWith('/'))
      return void response.writeHead(301, { location: `${pathname}/${search}` }).end()
    const index = join(file, 'index.html')
    if (existsSync(index)) return sendFile(response, index)
    return void response.writeHead(404).end('not found')
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections()
        server.close(() => done())
      }),
  }
}

function sendFile(response: ServerResponse, file: string, range?: string): void {
  const { size } = statSync(file)
  const headers = {
    'content-type': types[extname(file)] ?? 'application/octet-stream',
    'accept-ranges': 'bytes',
  }
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? []
  if (first === undefined) {
    response.writeHead(200, { ...headers, 'content-length': size })
    createReadStream(file).pipe(response)
    return
  }
  const [start, end] = [Number(first), last ? Math.min(Number(last), size - 1) : size - 1]
  response.writeHead(206, {
    ...headers,
    'content-range': `bytes ${start}-${end}/${size}`,
    'content-length': end - start + 1,
  })
  createReadStream(file, { start, end }).pipe(response)
}
