// The symbolication API through the Worker's entry, with its R2.
import { env, exports } from 'cloudflare:workers'
import { beforeAll, describe, test } from 'vitest'
import { createR2Storage, type R2BucketLike } from '../../../../shared/storage/r2.ts'
import {
  type SymbolicationEdge,
  storeVectorFiles,
  symbolicationCases,
} from '../../../contract/symbolication.ts'

const edge: SymbolicationEdge = {
  async ask(request) {
    const response = await exports.default.fetch(request)
    return { status: response.status, text: await response.text(), headers: response.headers }
  },
  symbols: createR2Storage((env as { SYMBOLS: R2BucketLike }).SYMBOLS),
}

describe('symbolication in workerd', () => {
  beforeAll(() => storeVectorFiles(edge))
  for (const { name, run } of symbolicationCases) test(name, () => run(edge))
})
