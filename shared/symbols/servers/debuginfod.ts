// debuginfod, the servers of Linux distributions (https://sourceware.org/elfutils/Debuginfod.html).
import { type HttpFilesOptions, httpServer } from '../sources/http.ts'
import type { SymbolFiles } from '../sources/symbol-files.ts'
import { isId, isOfWindows } from '../sources/symbol-path.ts'
import { fileOnServer } from './debug-server.ts'

/** A GNU build ID has 8 bytes at least; code IDs of Windows are shorter than most. */
const buildIdDigits = 16

/**
 * Programs and their debug files by build ID, which is the code ID of a module in a minidump of Linux.
 * @throws CrashError 'bad-usage' when `base` is not an http or https URL
 */
export function debuginfodFiles(base: string, options: HttpFilesOptions = {}): SymbolFiles {
  const server = httpServer(base, options)
  return {
    async find(module) {
      const { codeId } = module
      if (!isId(codeId) || codeId.length < buildIdDigits || codeId.length % 2 !== 0 || isOfWindows(module))
        return null
      const folder = `buildid/${codeId.toLowerCase()}`
      return fileOnServer({ server, module, files: [[`${folder}/debuginfo`], [`${folder}/executable`]] })
    },
  }
}
