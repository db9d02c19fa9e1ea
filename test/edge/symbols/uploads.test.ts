// Uploads to the symbol server. test/edge/runtime runs the same vectors in workerd and Deno.
import { describe, test } from 'vitest'
import { openSymbolEdge } from '../../contract/symbol-edge.ts'
import { symUploadVectors } from '../../contract/sym-upload.ts'
import { programVectors } from '../../contract/program-uploads.ts'
import { uploadVectors } from '../../contract/symbol-uploads.ts'

describe('an uploader of symbols:', () => {
  for (const { name, run } of [...uploadVectors, ...programVectors, ...symUploadVectors])
    test(name, async () => run(await openSymbolEdge()))
})
