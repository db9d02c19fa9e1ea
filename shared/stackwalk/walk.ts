// Walks a minidump: bytes in, stack walk output out.
import type { StackwalkOutput } from '../fields/stackwalk.ts'
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

/**
 * Like `walkDump`, and also returns what the output lacks: the stack key, null when no thread has registers, and the
 * distinct reasons why symbols could not be loaded.
 * @throws CrashError as `walkDump`
 */
export async function walkDumpWithKey(
  bytes: Uint8Array,
  options: StackwalkOptions = {},
): Promise<{ output: StackwalkOutput; stackKey: string | null; failures: string[] }> {
  const walked = await walkDumpThreads(readMinidump(bytes), options)
  return { output: outputOf(walked), stackKey: crashSiteKey(walked), failures: symbolFailures(walked) }
}
