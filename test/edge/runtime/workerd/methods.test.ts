// The table of methods and paths, in workerd with its R2.
import { env } from 'cloudflare:workers'
import { describe, test } from 'vitest'
import { createR2Storage } from '../../../../shared/storage/r2.ts'
import { fillStores, methodCases, pageCases } from '../../../contract/methods.ts'
import { createTestEdge } from '../../edge.support.ts'

describe('methods and paths in workerd', async () => {
  const edge = createTestEdge({}, undefined, createR2Storage(env.CRASHES))
  for (const { name, run } of [...methodCases, ...pageCases]) {
    test(name, async () => {
      await fillStores(edge)
      await run(edge)
    })
  }
})
