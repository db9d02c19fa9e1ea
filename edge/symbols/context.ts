// What the routes of the symbol server share.
import type { EdgeDeps } from '../deps.ts'
import { createMissingFiles, type MissingFiles } from './missing-files.ts'

export interface SymbolServer {
  deps: EdgeDeps
  missingFiles: MissingFiles
}

export const createSymbolServer = (deps: EdgeDeps): SymbolServer => ({
  deps,
  missingFiles: createMissingFiles(deps.clock),
})
