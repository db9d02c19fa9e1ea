// One file with a minidump to the text that is printed of it; the same in the main thread and in others.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { formatOf } from '../../shared/bytes/format.ts'
import { CrashError, isCrashError } from '../../shared/errors.ts'
import { readMinidump } from '../../shared/minidump/minidump.ts'
import { humanReport } from '../../shared/stackwalk/human-report.ts'
import { outputOf, toJson } from '../../shared/stackwalk/output.ts'
import { symbolFailures, walkDumpThreads } from '../../shared/stackwalk/walked-dump.ts'
import type { Bytes } from '../../shared/units.ts'
import { openSymbolSources } from '../processing/symbol-sources.ts'

/** What to print of every dump: plain data. */
export interface StackwalkSettings {
  /** Folders and URLs with symbols, asked in this order. */
  symbols: readonly string[]
  /** Where indexes of symbol files are kept; null keeps none. */
  cacheFolder: string | null
  /** For symbols that stay in memory. */
  memoryBytes: Bytes
  format: 'json' | 'pretty' | 'human' | 'brief'
  /** A thread's walk ends after so many frames. */
  maxFrames: number
}

/** Text ends with a newline; notes are for people, about streams that are damaged and symbol servers that fail. A dump that cannot be walked has the reason. */
export type WalkedFile = { path: string; text: string; notes: string[] } | { path: string; failure: string }

/** A walker of files, which remembers symbols from one to the next. */
export function createFileWalker(settings: StackwalkSettings): (path: string) => Promise<WalkedFile> {
  const { cacheFolder, memoryBytes, format, maxFrames } = settings
  const symbols = openSymbolSources(settings.symbols, { cacheFolder, memoryBytes })
  return async (path) => {
    try {
      const walked = await walkDumpThreads(readMinidump(readDump(path)), { symbols, maxFrames })
      if (format === 'json' || format === 'pretty') {
        const text = toJson(outputOf(walked), { pretty: format === 'pretty' })
        return { path, text: `${text}\n`, notes: symbolFailures(walked) }
      }
      const text = humanReport(walked, { brief: format === 'brief' })
      const issues = walked.dump.issues.map(({ stream, detail }) => `${stream}: ${detail}`)
      return { path, text, notes: [...symbolFailures(walked), ...issues] }
    } catch (error) {
      if (!isCrashError(error)) throw error
      return { path, failure: error.message }
    }
  }
}

/** Larger dumps do not fit one buffer. */
const maxDumpBytes: Bytes = 2 ** 31

function readDump(path: string): Uint8Array {
  try {
    const bytes = readFileSync(path)
    return formatOf(bytes) === 'gzip' ? gunzipSync(bytes, { maxOutputLength: maxDumpBytes }) : bytes
  } catch (error) {
    throw new CrashError('missing', `the dump cannot be read (${(error as Error).message})`, { cause: error })
  }
}
