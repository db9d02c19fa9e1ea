// The submissions of every kind of client are read completely, in chunks of any size.
import { describe, expect, test } from 'vitest'
import { clientBodies } from '../../support/client-bodies.ts'
import { streamOf } from '../../support/crash-request.ts'
import { createTestEdge } from '../edge.support.ts'

describe('the edge reads', async () => {
  for (const { name, body, headers, query, expected } of await clientBodies()) {
    test(name, async () => {
      const answers = new Set<string>()
      for (const size of [1, 7, 1000, body.length]) {
        const edge = createTestEdge()
        const init = { method: 'POST', headers, body: streamOf(body, size), duplex: 'half' } as RequestInit
        const answer = await edge.ask(new Request(`http://localhost/submit${query ?? ''}`, init))
        expect([answer.status, answer.text]).toEqual([200, expect.stringMatching(/^CrashID=bp-/)])
        const [report] = [...(await edge.stored()).values()]
        const { product, version, annotations, files } = expected
        expect(report!.rawCrash).toMatchObject({ ProductName: product, Version: version, ...annotations })
        expect(Object.fromEntries(report!.dumps.map((dump) => [dump.name, dump.bytes]))).toEqual(files)
        if (Object.keys(files).length > 0) answers.add(answer.text)
      }
      expect(answers.size).toBeLessThanOrEqual(1)
    })
  }
})
