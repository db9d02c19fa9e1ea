// Every collector vector in workerd with its R2: the whole app, and bodies through the Worker's entry.
import { env, exports } from 'cloudflare:workers'
import { describe, test } from 'vitest'
import { createR2Storage } from '../../../../shared/storage/r2.ts'
import type { Storage } from '../../../../shared/storage/storage.ts'
import {
  bodyVectors,
  emptyReports,
  failingStore,
  faultVectors,
  innerVectors,
  outerVectors,
  reportIn,
} from '../../../contract/collector.ts'
import { compressedVectors } from '../../../contract/compressed-vectors.ts'
import type { EdgeSettings, EdgeUnderTest } from '../../../contract/vector.ts'
import { sentryVectors } from '../../../contract/sentry.ts'
import { createTestEdge } from '../../edge.support.ts'

const crashes = createR2Storage(env.CRASHES)
const report = (id: string) => reportIn(crashes, id)

async function openApp(
  settings: EdgeSettings = {},
  wrap?: (storage: Storage) => Storage,
): Promise<EdgeUnderTest> {
  await emptyReports(crashes)
  return { ask: createTestEdge({ ...settings }, wrap, crashes).ask, crashes, report }
}

async function openEntry(): Promise<EdgeUnderTest> {
  await emptyReports(crashes)
  return {
    async ask(request) {
      const response = await exports.default.fetch(request)
      return { status: response.status, text: await response.text(), headers: response.headers }
    },
    crashes,
    report,
  }
}

describe('the collector vectors in workerd', () => {
  for (const { name, run } of [...outerVectors, ...innerVectors]) test(name, () => run(openApp))
  for (const { name, fails, run } of faultVectors) {
    test(name, async () => run(await openApp({}, (storage) => failingStore(storage, fails))))
  }
})

describe('the Worker', () => {
  for (const { name, run } of [...bodyVectors, ...compressedVectors, ...sentryVectors])
    test(name, () => run(openEntry))
})
