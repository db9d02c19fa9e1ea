// The symbol server under Deno, over HTTP, with a folder store.
import { createFolderStorage } from '../../../../shared/storage/folder/folder.node.ts'
import { downloadVectors } from '../../../contract/symbol-downloads.ts'
import { symUploadVectors } from '../../../contract/sym-upload.ts'
import { programVectors } from '../../../contract/program-uploads.ts'
import { uploadVectors } from '../../../contract/symbol-uploads.ts'
import { openSymbolEdge, type SymbolEdge } from '../../../contract/symbol-edge.ts'

async function withServer(run: (edge: SymbolEdge) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir()
  const edge = await openSymbolEdge(createFolderStorage(folder))
  const server = Deno.serve({ port: 0, hostname: '127.0.0.1', onListen() {} }, edge.fetch)
  try {
    await run({ ...edge, fetch: (request) => fetch(request), origin: `http://127.0.0.1:${server.addr.port}` })
  } finally {
    await server.shutdown()
    await Deno.remove(folder, { recursive: true })
  }
}

for (const { name, run } of [...downloadVectors, ...uploadVectors, ...programVectors, ...symUploadVectors])
  Deno.test(`the symbol server under Deno: ${name}`, () => withServer(run))
