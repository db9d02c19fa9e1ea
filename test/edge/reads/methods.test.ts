import { describe, test } from 'vitest'
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
