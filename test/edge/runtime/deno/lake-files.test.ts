// Search files and public tables under Deno, over HTTP, with a folder store.
import { createFolderStorage } from '../../../../shared/storage/folder/folder.node.ts'
import { lakeVectors } from '../../../contract/lake-files.ts'
import { startEdge, stopEdge } from './edge.support.ts'

Deno.test('a reader of the lake under Deno', async (t) => {
  const folder = await Deno.makeTempDir()
  const edge = await startEdge(folder, { READS_PER_MINUTE: '10000' })
  const [lake, crashes] = [createFolderStorage(`${folder}/lake`), edge.crashes]
  for (const { name, run } of lakeVectors) {
    await t.step(name, async () => {
      for (const storage of [lake, crashes])
        for await (const { key } of storage.list('')) await storage.delete(key)
      await run({ fetch: (request) => fetch(request), lake, crashes, origin: edge.url })
    })
  }
  await stopEdge(edge)
  await Deno.remove(folder, { recursive: true })
})
