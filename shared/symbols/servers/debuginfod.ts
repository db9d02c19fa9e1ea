// debuginfod, the servers of Linux distributions (https://sourceware.org/elfutils/Debuginfod.html).
import { type HttpFilesOptions, type HttpServer, httpServer } from '../sources/http.ts'
import { baseName } from '../../text/base-name.ts'
import { sourceOfBytes } from '../../debug-files/byte-source.ts'
import { isElf, readElf } from '../../debug-files/elf/elf-file.ts'
import { supplementLinkOf, type SupplementLink } from '../../debug-files/elf/supplement-link.ts'
import { DamagedError } from '../../debug-files/module-symbols.ts'
import type { SymbolFiles } from '../sources/symbol-files.ts'
import { isId, isOfWindows } from '../sources/symbol-path.ts'
import { type Downloaded, fileOnServer } from './debug-server.ts'

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
      const files = [[`${folder}/debuginfo`], [`${folder}/executable`]]
      return fileOnServer({ server, module, files, more: (found) => supplementsOf(found, server) })
    },
  }
}

/** What dwz moved out of these files, by build ID. */
async function supplementsOf(files: readonly Downloaded[], server: HttpServer): Promise<Downloaded[]> {
  const links = new Map(files.flatMap(({ bytes }) => linkIn(bytes) ?? []).map((link) => [link.id, link]))
  const found: Downloaded[] = []
  for (const { id, name } of links.values()) {
    const bytes =
      isId(id) && id.length >= buildIdDigits ? await server.download(`buildid/${id}/debuginfo`) : null
    if (bytes) found.push({ name: baseName(name), bytes })
  }
  return found
}

/** Null also for a damaged file: its reader reports that. */
function linkIn(bytes: Uint8Array): SupplementLink | null {
  try {
    return isElf(bytes) ? supplementLinkOf(readElf(sourceOfBytes(bytes))) : null
  } catch (error) {
    if (error instanceof DamagedError || error instanceof RangeError) return null
    throw error
  }
}
