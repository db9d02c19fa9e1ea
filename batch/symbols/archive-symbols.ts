// Symbols in archives on this machine.
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, open as openFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { archivedFiles, type ArchivedFile } from '../../shared/archives/archived-files.ts'
import {
  type ArchiveFormat,
  archiveFormatOf,
  archiveHeadBytes,
} from '../../shared/archives/archive-format.ts'
import type { ByteRanges } from '../../shared/archives/byte-ranges.ts'
import { baseName } from '../../shared/text/base-name.ts'
import { nodeCodecs } from '../../shared/codecs/codecs.node.ts'
import { formatOfDebugFile } from '../../shared/debug-files/debug-file.ts'
import { isCrashError } from '../../shared/errors.ts'
import { isSymName } from '../../shared/symbol-store/file-path.ts'
import { isSafeLeaf } from '../../shared/symbols/sources/symbol-path.ts'
import { type FindOptions, storedPath, type LocalFile, symbolFile } from './symbol-file.ts'

/** The format of a file on disk by its first bytes; null for another file, or one that cannot be read. */
export async function archiveFormatAt(path: string): Promise<ArchiveFormat | null> {
  try {
    await using file = await openFile(path)
    const { buffer, bytesRead } = await file.read(new Uint8Array(archiveHeadBytes), 0, archiveHeadBytes, 0)
    return archiveFormatOf(buffer.subarray(0, bytesRead))
  } catch {
    return null
  }
}

/**
 * The symbol files in an archive on disk and in archives in it. Programs and debug files are copied into the folder
 * `scratch`, since they are read by ranges; other files are skipped.
 * @throws CrashError 'bad-symbols', 'limit' when the archive is damaged or hostile
 */
export async function* symbolsInArchive(path: string, options: FindOptions): AsyncGenerator<LocalFile> {
  const { scratch, onProblem, onFile } = options
  const ranges = await rangesOfFile(path)
  const files = archivedFiles(ranges, path, {
    codecs: nodeCodecs,
    spool: async (content) => rangesOfFile(await keep(content, scratch, 'archive')),
    isWhole: (names) => isStoredUnchanged(names.at(-1)!),
    onProblem: (names, problem) => onProblem({ file: names.join(':'), problem }),
  })
  for await (const file of files) {
    onFile()
    try {
      const found = await symbolsOf(file, scratch)
      if (found) yield found
    } catch (error) {
      if (!isCrashError(error)) throw error
      onProblem({ file: file.names.join(':'), problem: error.message })
    }
  }
}

/** Not a compressed symbol file. */
const isStoredUnchanged = (name: string) => {
  const path = storedPath(name)
  return path !== null && !isSymName(path.leaf)
}

async function symbolsOf(file: ArchivedFile, scratch: string): Promise<LocalFile | null> {
  const name = file.names.at(-1)!
  if (storedPath(name) || isSymName(name)) {
    const kept = file.isRepeatable ? null : await keep(file.open(), scratch, 'symbols')
    const open = kept === null ? () => file.open() : () => createReadStream(kept)
    return symbolFile({ from: file.names.join(':'), name, open })
  }
  const leaf = baseName(name)
  if (formatOfDebugFile(file.head) !== null && isSafeLeaf(leaf)) await keep(file.open(), scratch, leaf)
  return null
}

/** Writes a file of its own folder. `leaf`: a safe name. */
async function keep(content: AsyncIterable<Uint8Array>, scratch: string, leaf: string): Promise<string> {
  const path = join(await mkdtemp(join(scratch, 'file-')), leaf)
  await pipeline(Readable.from(content, { objectMode: false }), createWriteStream(path))
  return path
}

async function rangesOfFile(path: string): Promise<ByteRanges> {
  const { size } = await stat(path)
  return {
    size,
    read: async (start, length) =>
      Readable.toWeb(
        createReadStream(path, { start, end: start + length - 1 }),
      ) as ReadableStream<Uint8Array>,
  }
}
