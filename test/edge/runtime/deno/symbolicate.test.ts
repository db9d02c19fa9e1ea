// The symbolication API on the edge under Deno, with a folder store.
import { createFolderStorage } from '../../../../shared/storage/folder/folder.node.ts'
import {
  type SymbolicationEdge,
  storeVectorFiles,
  symbolicationCases,
} from '../../../contract/symbolication.ts'
import { startEdge, stopEdge } from './edge.support.ts'

Deno.test('symbolication in Deno', async (t) => {
  const folder = await Deno.makeTempDir()
  const running = await startEdge(folder)
  const edge: SymbolicationEdge = {
    async ask(request) {
      const path = request.url.slice(new URL(request.url).origin.length)
      const response = await fetch(new Request(running.url + path, request))
      return { status: response.status, text: await response.text(), headers: response.headers }
    },
    symbols: createFolderStorage(`${folder}/symbols`),
  }
  await storeVectorFiles(edge)
  for (const { name, run } of symbolicationCases) await t.step(name, () => run(edge))
  await stopEdge(running)
  await Deno.remove(folder, { recursive: true })
})
