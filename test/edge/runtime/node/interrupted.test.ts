// Answers whose bodies fail while they are sent.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { startNodeServer } from '../../../../edge/runtime/node.ts'
import { createServerEdge } from '../../../../edge/runtime/server-edge.ts'

const folder = mkdtempSync(join(tmpdir(), 'mayday-interrupted-'))
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true })
})

test('a body that fails closes the connection; its cause is logged, not sent', async () => {
  const lines: string[] = []
  vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line))
  const settings = {
    MAYDAY_STORE: `file:${folder}`,
    HOST: '127.0.0.1',
    PORT: '0',
    CRASH_ID_KEY: 'the key of the tests',
  }
  const edge = await createServerEdge(settings)
  const received = Promise.withResolvers<void>()
  const body = () =>
    new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode('the first part')),
      async pull(controller) {
        await received.promise
        controller.error(new Error('the disk does not respond'))
      },
    })
  const server = await startNodeServer({ ...edge, fetch: async () => new Response(body()) })
  const answer = await fetch(`http://127.0.0.1:${server.address.port}/`)
  const reader = answer.body!.getReader()
  expect(new TextDecoder().decode((await reader.read()).value)).toBe('the first part')
  received.resolve()
  await expect(reader.read()).rejects.toThrow()
  await server.end()
  const logged = lines.map((line) => JSON.parse(line)).filter(({ event }) => event === 'answer_interrupted')
  expect(logged).toEqual([
    expect.objectContaining({
      severity: 'error',
      error: expect.stringContaining('the disk does not respond'),
    }),
  ])
})
