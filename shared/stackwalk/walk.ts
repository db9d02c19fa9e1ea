// Walks a minidump: bytes in, stack walk output out.
import type { StackwalkOutput } from '../fields/stackwalk.ts'
import { crashpadAnnotations } from '../minidump/crashpad.ts'
import { readMinidump } from '../minidump/minidump.ts'
import { crashSiteKey } from './crash-site.ts'
import { outputOf } from './output.ts'
import { type StackwalkOptions, symbolFailures, walkDumpThreads } from './walked-dump.ts'

/**
 * Reads a minidump and walks all its threads.
 * @throws CrashError 'bad-dump' when the bytes are not a minidump, or one without threads or system information.
 */
export const walkDump = async (bytes: Uint8Array, options: StackwalkOptions = {}): Promise<StackwalkOutput> =>
  outputOf(await walkDumpThreads(readMinidump(bytes), options))

interface WalkWithKey {
  output: StackwalkOutput
  stackKey: string | null
  failures: string[]
  annotations: ReadonlyMap<string, string>
}

/**
 * Like `walkDump`, and also returns what the output lacks: the stack key, null when no thread has registers, the
 * distinct reasons why symbols could not be loaded, and the annotations of a Crashpad dump.
 * @throws CrashError as `walkDump`
 */
export async function walkDumpWithKey(
  bytes: Uint8Array,
  options: StackwalkOptions = {},
): Promise<WalkWithKey> {
  const dump = readMinidump(bytes)
  const walked = await walkDumpThreads(dump, options)
  return {
    output: outputOf(walked),
    stackKey: crashSiteKey(walked),
    failures: symbolFailures(walked),
    annotations: dump.crashpadInfo ? crashpadAnnotations(dump.crashpadInfo) : new Map(),
  }
}
