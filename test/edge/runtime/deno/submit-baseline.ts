// The lower bound of the cost of storing a report under Deno: a handler that reads, hashes and compresses the body and
// writes it durably to a file, without parsing, conditional writes or logging.
import { createHash } from 'node:crypto'
import { closeSync, fsync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { constants, zstdCompressSync } from 'node:zlib'

const folder = Deno.env.get('FOLDER')!
mkdirSync(folder, { recursive: true })
const makeLast = promisify(fsync)
const level1 = { params: { [constants.ZSTD_c_compressionLevel]: 1 }, chunkSize: 32 * 1024 }

Deno.serve({ hostname: '127.0.0.1', port: Number(Deno.env.get('PORT')) }, async (request) => {
  if (request.method !== 'POST') return new Response('')
  const bytes = await request.bytes()
  const name = createHash('sha256').update(bytes).digest('hex')
  const fd = openSync(join(folder, name), 'wx')
  writeSync(fd, zstdCompressSync(bytes, level1))
  await makeLast(fd)
  closeSync(fd)
  return new Response(`baseline/${name}\n`)
})
