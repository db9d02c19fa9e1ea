// The lower bound of the cost of a download under Deno: a handler that only opens and sends a file.
import { join } from 'node:path'

const folder = Deno.env.get('FOLDER')!

Deno.serve({ hostname: '127.0.0.1', port: Number(Deno.env.get('PORT')) }, async (request) => {
  const { pathname } = new URL(request.url)
  if (pathname === '/__lbheartbeat__') return new Response('')
  const file = await Deno.open(join(folder, decodeURIComponent(pathname)))
  const { size } = await file.stat()
  return new Response(file.readable, {
    headers: { 'content-length': `${size}`, 'content-encoding': 'gzip', 'content-type': 'text/plain' },
  })
})
