// Requests to process crashes again, as the API stores them.
import { expect, test } from 'vitest'
import { readRequested } from '../../../batch/rounds/requested.ts'
import { encodeReprocessing, type ReprocessingRequest } from '../../../shared/api/reprocessing.ts'
import { reprocessingKey } from '../../../shared/keys.ts'
import { createMemoryStorage } from '../../../shared/storage/memory.ts'

const id = (n: number) => `0000000${n}-0000-0000-0000-000000261021`
const request = (...crashes: ReprocessingRequest['crashes']): Uint8Array =>
  encodeReprocessing({ version: 1, requested_at: '2026-10-21T12:00:00.000Z', label: 'ann', crashes })

test('are joined by ruleset, all rules before signatures alone, and removed when they are done', async () => {
  const crashes = createMemoryStorage()
  const at = new Date('2026-10-21T12:00:00Z')
  const both = request(
    { crash_id: id(1), ruleset: 'default' },
    { crash_id: id(2), ruleset: 'regenerate_signature' },
  )
  await crashes.put(reprocessingKey(at, 'a'), both)
  await crashes.put(reprocessingKey(at, 'b'), request({ crash_id: id(1), ruleset: 'regenerate_signature' }))
  await crashes.put(reprocessingKey(at, 'c'), new TextEncoder().encode('{'))
  await crashes.put(reprocessingKey(at, 'd'), new TextEncoder().encode('{"version": 1}'))
  const requested = await readRequested(crashes)
  expect(requested).toMatchObject({
    requests: 2,
    unreadable: [reprocessingKey(at, 'c'), reprocessingKey(at, 'd')],
    crashes: { default: new Set([id(1)]), regenerate_signature: new Set([id(2)]) },
  })
  await crashes.put(reprocessingKey(at, 'later'), both)
  await requested.finish()
  expect(await readRequested(crashes)).toMatchObject({ requests: 1, unreadable: [] })
})
