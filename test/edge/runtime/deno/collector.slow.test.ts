// Every collector vector on the edge under Deno: over sockets with a folder store, and in process with a faulty store.
import { createFolderStorage } from '../../../../shared/storage/folder/folder.node.ts'
import {
  emptyReports,
  failingStore,
  faultVectors,
  innerVectors,
  outerVectors,
  reportIn,
} from '../../../contract/collector.ts'
import { compressedVectors } from '../../../contract/compressed-vectors.ts'
import { type EdgeSettings, type EdgeUnderTest, vectorToken } from '../../../contract/vector.ts'
import { sentryVectors } from '../../../contract/sentry.ts'
import { createTestEdge } from '../../edge.support.ts'
import { type DenoEdge, startEdge, stopEdge } from './edge.support.ts'

Deno.test('the collector vectors in Deno', async (t) => {
  const folder = await Deno.makeTempDir()
  const running = new Map<string, DenoEdge>()

  async function open(settings: EdgeSettings = {}): Promise<EdgeUnderTest> {
    const name = JSON.stringify(settings)
    const edge =
      running.get(name) ??
      (await startEdge(`${folder}/${running.size}`, { SUBMIT_TOKEN: vectorToken, ...settings }))
    running.set(name, edge)
    await emptyReports(edge.crashes)
    return {
      async ask(request) {
        const response = await fetch(
          new Request(edge.url + request.url.slice(new URL(request.url).origin.length), request),
        )
        return { status: response.status, text: await response.text(), headers: response.headers }
      },
      crashes: edge.crashes,
      report: (id) => reportIn(edge.crashes, id),
    }
  }

  for (const { name, run } of [...outerVectors, ...innerVectors, ...compressedVectors, ...sentryVectors])
    await t.step(name, () => run(open))
  for (const { name, fails, run } of faultVectors) {
    await t.step(name, async () => {
      const crashes = createFolderStorage(await Deno.makeTempDir({ dir: folder }))
      const { ask } = createTestEdge({}, (storage) => failingStore(storage, fails), crashes)
      await run({ ask, crashes, report: (id) => reportIn(crashes, id) })
    })
  }
  for (const edge of running.values()) await stopEdge(edge)
  await Deno.remove(folder, { recursive: true })
})
