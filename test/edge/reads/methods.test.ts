import { describe, expect, test } from 'vitest'
import { createApp } from '../../../edge/app.ts'
import { fillStores, methodCases, pageCases } from '../../contract/methods.ts'
import { createTestEdge } from '../edge.support.ts'

describe('methods and paths', () => {
  for (const { name, run } of [...methodCases, ...pageCases]) {
    test(name, async () => {
      const edge = createTestEdge()
      await fillStores(edge)
      await run(edge)
    })
  }
})

test("the router is Hono's RegExpRouter, which does not support a name next to a parameter", async () => {
  const app = createApp(createTestEdge().deps)
  await app.request('/__lbheartbeat__')
  expect(app.router.name).toBe('SmartRouter + RegExpRouter')
})
