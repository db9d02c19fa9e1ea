// Reads one minidump file.
import { readFile, stat } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { formatOf } from '../../shared/bytes/format.ts'
import { CrashError } from '../../shared/errors.ts'
import type { Bytes } from '../../shared/units.ts'

/** Larger dumps do not fit one buffer. */
const maxDumpBytes: Bytes = 2 ** 31

/**
 * The bytes of a dump, inflated if gzipped; both at most `maxBytes` (inclusive).
 * @throws CrashError 'missing' when it cannot be read or is larger.
 */
export async function readDumpFile(path: string, maxBytes: Bytes = maxDumpBytes): Promise<Uint8Array> {
  try {
    const { size } = await stat(path)
    if (size > maxBytes) throw new Error(`larger than ${maxBytes} bytes`)
    const bytes = await readFile(path)
    return formatOf(bytes) === 'gzip' ? gunzipSync(bytes, { maxOutputLength: maxBytes }) : bytes
  } catch (error) {
    throw new CrashError('missing', `the dump cannot be read (${(error as Error).message})`, { cause: error })
  }
}
