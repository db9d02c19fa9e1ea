import { beforeAll, describe, test } from 'vitest'
import { storeVectorFiles, symbolicationCases } from '../../../contract/symbolication.ts'
import { createTestEdge } from '../../edge.support.ts'

const edge = createTestEdge()
const served = { ask: edge.ask, symbols: edge.deps.stores.symbols }

describe('symbolication', () => {
  beforeAll(() => storeVectorFiles(served))
  for (const { name, run } of symbolicationCases) test(name, () => run(served))
})
