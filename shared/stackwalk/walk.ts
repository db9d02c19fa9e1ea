// A minidump in, the stack walker's document out.
import { readMinidump } from '../minidump/minidump.ts'
import type { Minidump } from '../minidump/minidump.ts'
import type { StackwalkOutput } from './output.ts'
import { outputOf } from './report.ts'
import { type StackwalkOptions, walkDumpThreads } from './walked-dump.ts'

/**
 * Walks all threads of a dump.
 * @throws CrashError 'bad-dump' when the dump has no thread list or no system information.
 */
export async function stackwalk(dump: Minidump, options: StackwalkOptions = {}): Promise<StackwalkOutput> {
  return outputOf(await walkDumpThreads(dump, options))
}

/**
 * Reads a minidump and walks all its threads.
 * @throws CrashError 'bad-dump' when the bytes are no minidump, or one without threads or system information.
 */
export const walkDump = (bytes: Uint8Array, options: StackwalkOptions = {}): Promise<StackwalkOutput> =>
  stackwalk(readMinidump(bytes), options)
