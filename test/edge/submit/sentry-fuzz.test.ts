// Mutated bodies of Sentry's clients: no response is a server error, and stored reports are complete.
import fc from 'fast-check'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { fakeDump, streamOf } from '../../support/crash-request.ts'
import { createRandom, mutate } from '../../support/mutate.ts'
import { otherEnvelopes, sentryCrashes, sentryInproc } from '../../support/sentry-clients.ts'
import { createTestEdge } from '../edge.support.ts'

const plain = [...(await sentryCrashes(fakeDump(600))), sentryInproc(), ...otherEnvelopes()].map((sent) => {
  const { 'content-encoding': encoding, ...headers } = sent.headers
  return { ...sent, headers, body: encoding === 'gzip' ? new Uint8Array(gunzipSync(sent.body)) : sent.body }
})

test('mutated bodies get a JSON response, and exactly the accepted reports are stored', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(plain.length - 1),
      fc.nat(),
      fc.integer({ min: 1, max: 400 }),
      async (which, seed, chunkSize) => {
        const { path, headers, body } = plain[which]!
        const edge = createTestEdge()
        const sent = mutate(body, createRandom(seed), 4096)
        const init = {
          method: 'POST',
          headers,
          body: streamOf(sent, chunkSize),
          duplex: 'half',
        } as RequestInit
        const answer = await edge.ask(new Request(`http://localhost${path}`, init))
        const crashId = answer.headers.get('x-crash-id')
        const { id, detail, causes } = JSON.parse(answer.text)
        expect([...(await edge.stored()).keys()]).toEqual(crashId === null ? [] : [crashId])
        if (answer.status === 200) expect(id ?? 'none').toMatch(/^(none|[0-9a-f]{32})$/)
        else {
          expect([400, 413]).toContain(answer.status)
          expect([typeof detail, causes]).toEqual(['string', [expect.stringMatching(/^malformed_[a-z_]+$/)]])
        }
        expect(edge.deps.budget.heldBytes).toBe(0)
      },
    ),
    { seed: 20261129, numRuns: 500 },
  )
})
