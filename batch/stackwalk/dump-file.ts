// Reads one minidump file.
import { closeSync, openSync, readSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { formatOf } from '../../shared/bytes/format.ts'
import { CrashError } from '../../shared/errors.ts'
import { condenseDump } from '../../shared/minidump/memory/condense.ts'
import type { Bytes } from '../../shared/units.ts'

/** Larger dumps do not fit one buffer: of their memory only what a stack walk reads is loaded. */
const maxDumpBytes: Bytes = 2 ** 31

/**
 * The bytes of a dump, inflated if gzipped; both at most `maxBytes` (inclusive). Larger dumps are condensed.
 * @throws CrashError 'missing' when it cannot be read
 */
export async function readDumpFile(path: string, maxBytes: Bytes = maxDumpBytes): Promise<Uint8Array> {
  try {
    const { size } = await stat(path)
    if (size > maxBytes) return condenseFile(path, size)
    const bytes = await readFile(path)
    return formatOf(bytes) === 'gzip' ? gunzipSync(bytes, { maxOutputLength: maxBytes }) : bytes
  } catch (error) {
    throw new CrashError('missing', `the dump cannot be read (${(error as Error).message})`, { cause: error })
  }
}

function condenseFile(path: string, size: Bytes): Uint8Array {
  const fd = openSync(path, 'r')
  try {
    return condenseDump({ size, read: (offset, length) => readRange(fd, offset, length) })
  } finally {
    closeSync(fd)
  }
}

function readRange(fd: number, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let filled = 0
  while (filled < length) {
    const read = readSync(fd, bytes, filled, length - filled, offset + filled)
    if (read === 0) throw new CrashError('bad-dump', `it ends before offset ${offset + length}`)
    filled += read
  }
  return bytes
}
