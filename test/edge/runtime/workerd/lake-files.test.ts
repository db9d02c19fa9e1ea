// Search files and public tables in workerd with its R2.
import { env, exports } from 'cloudflare:workers'
import { describe, test } from 'vitest'
import { createR2Storage } from '../../../../shared/storage/r2.ts'
import { lakeVectors } from '../../../contract/lake-files.ts'

const fetchEdge = (request: Request): Promise<Response> => exports.default.fetch(request)

describe('a reader of the lake in workerd:', () => {
  for (const { name, run } of lakeVectors)
    test(name, async () => {
      const [lake, crashes] = [createR2Storage(env.LAKE), createR2Storage(env.CRASHES)]
      for (const storage of [lake, crashes])
        for await (const { key } of storage.list('')) await storage.delete(key)
      await run({ fetch: fetchEdge, lake, crashes, origin: 'https://crash.example' })
    })
})
