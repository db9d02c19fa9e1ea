// Why a symbol file cannot be used for a module.
import type { SymFile } from '../sym/parse.ts'
import { isCorrupt, noValidRecord } from '../symdex/symbol-table.ts'
import { isId, type ModuleKey } from './symbol-path.ts'

/** Enough to recognize a page. */
const startBytes = 200

/** The end of a sentence about the file; null when it can be used. Ids are compared without case. */
export function problemOf(file: SymFile, module: ModuleKey): string | null {
  if (file.text.length === 0) return 'it is empty'
  if (isCorrupt(file)) return isMarkup(file.text) ? 'it is an HTML page' : noValidRecord
  const { debugId, codeId } = file.info
  if (isId(module.debugId)) return debugId === '' ? null : mismatch(debugId, module.debugId, 'debug ID')
  return codeId === '' || !isId(module.codeId) ? null : mismatch(codeId, module.codeId, 'code ID')
}

const isMarkup = (text: Uint8Array) =>
  /^\s*<(!doctype|!--|html|head|body|\?xml)/i.test(new TextDecoder().decode(text.subarray(0, startBytes)))

const ofAnotherModule = 'it is of another module'

/** True for a problem that `problemOf` returned because of an ID. */
export const problemIsOfAnotherModule = (problem: string) => problem.startsWith(ofAnotherModule)

const mismatch = (found: string, wanted: string, what: string) =>
  found.toUpperCase() === wanted.toUpperCase() ? null : `${ofAnotherModule}, with ${what} ${found}`
