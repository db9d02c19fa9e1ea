// The least that a submission costs under Deno: a handler that only reads the body and makes a file of it that lasts.
import { closeSync, fsync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const folder = Deno.env.get('FOLDER')!
mkdirSync(folder, { recursive: true })

Deno.serve({ hostname: '127.0.0.1', port: Number(Deno.env.get('PORT')) }, async (request) => {
  if (request.method !== 'POST') return new Response('')
  const name = crypto.randomUUID()
  const fd = openSync(join(folder, name), 'wx')
  for await (const chunk of request.body!) writeSync(fd, chunk)
  await promisify(fsync)(fd)
  closeSync(fd)
  return new Response(`baseline/${name}\n`)
})
