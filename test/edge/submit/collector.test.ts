// Every collector vector on an edge in memory. test/edge/runtime runs the same vectors in workerd and Deno.
import { describe, test } from 'vitest'
import type { Storage } from '../../../shared/storage/storage.ts'
import { failingStore, faultVectors, innerVectors, outerVectors, reportIn } from '../../contract/collector.ts'
import { compressedVectors } from '../../contract/compressed-vectors.ts'
import type { EdgeSettings, EdgeUnderTest } from '../../contract/vector.ts'
import { createTestEdge } from '../edge.support.ts'

async function open(
  settings: EdgeSettings = {},
  wrap?: (storage: Storage) => Storage,
): Promise<EdgeUnderTest> {
  const { ask, crashes } = createTestEdge({ ...settings }, wrap)
  return { ask, crashes, report: (id) => reportIn(crashes, id) }
}

describe('the collector vectors', () => {
  for (const { name, run } of [...outerVectors, ...innerVectors, ...compressedVectors])
    test(name, () => run(open))
  for (const { name, fails, run } of faultVectors) {
    test(name, async () => run(await open({}, (storage) => failingStore(storage, fails))))
  }
})
