// Downloads from the symbol server. test/edge/runtime runs the same vectors in workerd and Deno.
import { describe, expect, test } from 'vitest'
import { CrashError } from '../../../shared/errors.ts'
import { createMemoryStorage } from '../../../shared/storage/memory.ts'
import { downloadVectors, ssltunnel } from '../../contract/symbol-downloads.ts'
import { ask, openSymbolEdge } from '../../contract/symbol-edge.ts'

describe('a client of the symbol server:', () => {
  for (const { name, run } of downloadVectors) test(name, async () => run(await openSymbolEdge()))
})

test('a storage that fails is 503 and not remembered as missing', async () => {
  const storage = createMemoryStorage()
  let fails = true
  const edge = await openSymbolEdge({
    ...storage,
    async head(key) {
      if (fails) throw new CrashError('storage', 'GET https://store.internal failed')
      return storage.head(key)
    },
  })
  const { status, headers, text } = await ask(edge, `/${ssltunnel}`)
  expect([status, headers.get('retry-after'), headers.get('cache-control')]).toEqual([503, '5', 'no-store'])
  expect(text).not.toContain('store.internal')
  fails = false
  await storage.put(ssltunnel, new Uint8Array([77]))
  expect((await ask(edge, `/${ssltunnel}`)).status).toBe(200)
})

test('repeated requests for a missing file cost one lookup', async () => {
  const storage = createMemoryStorage()
  let heads = 0
  const edge = await openSymbolEdge({
    ...storage,
    async head(key) {
      heads++
      return storage.head(key)
    },
  })
  for (let i = 0; i < 5; i++) expect((await ask(edge, `/${ssltunnel}`)).status).toBe(404)
  expect(heads).toBe(1)
})
