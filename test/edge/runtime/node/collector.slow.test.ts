// Every collector vector on the edge under Node, over sockets with a folder store.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, test } from 'vitest'
import { createFolderStorage } from '../../../../shared/storage/folder/folder.node.ts'
import { emptyReports, innerVectors, outerVectors, reportIn } from '../../../contract/collector.ts'
import { compressedVectors } from '../../../contract/compressed-vectors.ts'
import { sentryVectors } from '../../../contract/sentry.ts'
import { type EdgeSettings, type EdgeUnderTest, vectorToken } from '../../../contract/vector.ts'
import { type RunningEdge, startNodeEdge } from '../../../support/running-edge.ts'

let folder: string
const running = new Map<string, { edge: RunningEdge; dir: string }>()

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mayday-node-'))
})
afterAll(async () => {
  for (const { edge } of running.values()) await edge.stop()
  await rm(folder, { recursive: true })
})

async function open(settings: EdgeSettings = {}): Promise<EdgeUnderTest> {
  const name = JSON.stringify(settings)
  const dir = running.get(name)?.dir ?? join(folder, String(running.size))
  const edge =
    running.get(name)?.edge ?? (await startNodeEdge(dir, { SUBMIT_TOKEN: vectorToken, ...settings }))
  running.set(name, { edge, dir })
  const crashes = createFolderStorage(join(dir, 'crashes'))
  await emptyReports(crashes)
  return {
    async ask(request) {
      const path = request.url.slice(new URL(request.url).origin.length)
      const response = await fetch(new Request(edge.url + path, request))
      return { status: response.status, text: await response.text(), headers: response.headers }
    },
    crashes,
    report: (id) => reportIn(crashes, id),
  }
}

for (const { name, run } of [...outerVectors, ...innerVectors, ...compressedVectors, ...sentryVectors])
  test(name, () => run(open))
