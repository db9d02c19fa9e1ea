// Walks one minidump file and formats the result; runs in threads.
import { isCrashError } from '../../shared/errors.ts'
import { readMinidump } from '../../shared/minidump/minidump.ts'
import { humanReport } from '../../shared/stackwalk/human-report.ts'
import { missingSymbols } from '../../shared/stackwalk/missing-symbols.ts'
import { outputOf, toJson } from '../../shared/stackwalk/output.ts'
import { symbolFailures, walkDumpThreads } from '../../shared/stackwalk/walked-dump.ts'
import type { Bytes } from '../../shared/units.ts'
import { openSymbolSources } from '../symbols/symbol-sources.ts'
import { readDumpFile } from './dump-file.ts'

/** Output settings for every dump: plain data. */
export interface StackwalkSettings {
  /** Folders, files and URLs with symbols, tried in this order. */
  symbols: readonly string[]
  /** Folder for indexes of symbol files; null: no cache. */
  cacheFolder: string | null
  /** For symbols in memory. */
  memoryBytes: Bytes
  /** Largest symbol file of a server, inflated. Default: that of `SYMBOL_FETCH_MB`. */
  fetchBytes?: Bytes
  format: 'json' | 'pretty' | 'human' | 'brief'
  /** Maximum number of frames per thread. */
  maxFrames: number
}

/**
 * Text ends with a newline; notes are about damaged streams and, beside JSON, about symbols that failed. A dump that cannot be walked
 * has the reason.
 */
export type WalkedFile = { path: string; text: string; notes: string[] } | { path: string; failure: string }

/** A function that walks files and caches symbols between them. */
export function createFileWalker(settings: StackwalkSettings): (path: string) => Promise<WalkedFile> {
  const { cacheFolder, memoryBytes, fetchBytes, format, maxFrames } = settings
  const symbols = openSymbolSources(settings.symbols, { cacheFolder, memoryBytes, fetchBytes })
  return async (path) => {
    try {
      const walked = await walkDumpThreads(readMinidump(await readDumpFile(path)), { symbols, maxFrames })
      if (format === 'json' || format === 'pretty') {
        const text = toJson(outputOf(walked), { pretty: format === 'pretty' })
        return { path, text: `${text}\n`, notes: symbolFailures(walked) }
      }
      const detail = { brief: format === 'brief' }
      const missing = missingSymbols(walked, settings.symbols, detail)
      const end = missing.length > 0 ? `\nSymbols:\n${missing.map((line) => `  ${line}\n`).join('')}` : ''
      const notes = walked.dump.issues.map(({ stream, detail: why }) => `${stream}: ${why}`)
      return { path, text: `${humanReport(walked, detail)}${end}`, notes }
    } catch (error) {
      if (!isCrashError(error)) throw error
      return { path, failure: error.message }
    }
  }
}
