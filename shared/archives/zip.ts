// Zip archives that are read by range, a member at a time, in constant memory. Archives come from clients: what a zip
// bomb needs is refused before anything is inflated.
import { type FileEntry, ZipReader } from '@zip.js/zip.js/lib/zip-core-reader.js'
import { CrashError } from '../errors.ts'
import type { Bytes } from '../units.ts'
import type { ByteRanges } from './byte-ranges.ts'

export interface ZipMember {
  name: string
  /** Inflated, as the directory of the archive states. */
  size: Bytes
  /** @throws CrashError 'bad-symbols' when the data is damaged, or does not have the stated size */
  open(): AsyncIterable<Uint8Array>
}

/** The directory of an archive is held in memory. */
const maxDirectoryBytes: Bytes = 16 * 1024 * 1024
const maxMembers = 20_000
/** Symbol files shrink to a tenth; a zip bomb to a thousandth. */
const maxRatio = 100
const ratioFreeBytes: Bytes = 64 * 1024 * 1024

/**
 * The members of an archive, without folders, in the order of its directory; a name may occur several times.
 * @throws CrashError 'bad-symbols' for a file that is not a zip, or a hostile one; errors of the source
 */
export async function readZip(source: ByteRanges): Promise<ZipMember[]> {
  const reader = new ZipReader(readerOf(source), {
    useWebWorkers: false,
    checkSignature: true,
    checkOverlappingEntry: true,
    // Paths are checked by the rules of symbol stores.
    filenameValidation: 'tolerant',
  })
  const members: ZipMember[] = []
  let total = 0
  try {
    for await (const entry of reader.getEntriesGenerator()) {
      if (entry.directory) continue
      if (members.length === maxMembers) throw refused(`it has more than ${maxMembers} files`)
      members.push(memberOf(entry))
      total += entry.uncompressedSize
    }
  } catch (error) {
    throw problemOf(error, 'File is not a zip file')
  }
  if (total > Math.max(ratioFreeBytes, source.size * maxRatio))
    throw refused(`its files have ${total} bytes, more than ${maxRatio} times its size`)
  return members
}

const refused = (problem: string) => new CrashError('bad-symbols', `The zip file is refused: ${problem}`)

/** Errors of the source, which is a store, keep their meaning. */
function problemOf(error: unknown, message: string): Error {
  return error instanceof CrashError ? error : new CrashError('bad-symbols', message, { cause: error })
}

function memberOf(entry: FileEntry): ZipMember {
  const name = entry.filename
  if (entry.encrypted) throw refused(`${name} is encrypted`)
  return { name, size: entry.uncompressedSize, open: () => inflate(entry) }
}

async function* inflate(entry: FileEntry): AsyncGenerator<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const problem = entry.getData(writable).then(
    () => null,
    async (error: unknown) => {
      // A wrong local header is detected before the stream is used, which then never ends.
      await writable.abort(error).catch(() => {})
      return problemOf(error, `Bad CRC-32 or damaged data of file '${entry.filename}'`)
    },
  )
  let left = entry.uncompressedSize
  try {
    for await (const piece of readable) {
      left -= piece.length
      if (left < 0) throw refused(`${entry.filename} has more bytes than its directory states`)
      yield piece
    }
  } catch (error) {
    throw (await problem) ?? error
  }
  const failure = await problem
  if (failure) throw failure
}

function readerOf({ size, read }: ByteRanges) {
  return {
    size,
    readable: new ReadableStream(),
    async readUint8Array(offset: number, length: number): Promise<Uint8Array> {
      if (length > maxDirectoryBytes) throw refused(`its directory has ${length} bytes`)
      const wanted = Math.min(length, size - offset)
      if (wanted <= 0) return new Uint8Array(0)
      return new Uint8Array(
        await new Response((await read(offset, wanted)) as ReadableStream<never>).arrayBuffer(),
      )
    },
    createReadable({ offset = 0, size: length = size - offset }: { offset?: number; size?: number } = {}) {
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
      read(offset, length)
        .then((stream) => stream.pipeTo(writable))
        .catch((error: unknown) => writable.abort(error).catch(() => {}))
      return readable
    },
  }
}
