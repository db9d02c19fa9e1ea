// The symbol server in workerd with its R2.
import { env, exports } from 'cloudflare:workers'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { createR2Storage } from '../../../../shared/storage/r2.ts'
import { downloadVectors, ssltunnel } from '../../../contract/symbol-downloads.ts'
import { symUploadVectors } from '../../../contract/sym-upload.ts'
import { programVectors } from '../../../contract/program-uploads.ts'
import { uploadVectors } from '../../../contract/symbol-uploads.ts'
import { openSymbolEdge } from '../../../contract/symbol-edge.ts'

async function openEmpty() {
  const symbols = createR2Storage(env.SYMBOLS)
  for await (const { key } of symbols.list('')) await symbols.delete(key)
  return openSymbolEdge(symbols)
}

describe('a client of the symbol server in workerd:', () => {
  for (const { name, run } of [...downloadVectors, ...uploadVectors, ...programVectors, ...symUploadVectors])
    test(name, async () => run(await openEmpty()))

  test('a file stored as gzip is sent once compressed, for GET and HEAD', async () => {
    const { symbols } = await openEmpty()
    const stored = gzipSync('MODULE Linux x86_64 8A07C88A3DA44E20A3490D88791183060 ssltunnel\n')
    await symbols.put(ssltunnel, stored, { contentEncoding: 'gzip' })
    const request = (method: string) =>
      exports.default.fetch(new Request(`https://crash.example/symbols/${ssltunnel}`, { method }))
    const answer = await request('GET')
    expect(answer.headers.get('content-encoding')).toBe('gzip')
    expect(answer.headers.get('content-length')).toBe(`${stored.length}`)
    expect(await answer.text()).toMatch(/^MODULE Linux/)
    const head = await request('HEAD')
    expect([head.status, head.headers.get('content-length')]).toEqual([200, `${stored.length}`])
  })
})
