// Files of a symbol store that were found on this machine.
import { gunzipPieces } from '../../shared/codecs/gunzip-pieces.ts'
import { CrashError } from '../../shared/errors.ts'
import { type FilePath, isSymName, parseFilePath } from '../../shared/symbol-store/file-path.ts'
import { readSymbolHead, symbolHeadOf } from '../../shared/symbol-store/symbol-head.ts'
import { symbolPaths } from '../../shared/symbols/sources/symbol-path.ts'

export interface LocalFile {
  /** Where it was found, for messages. */
  from: string
  path: FilePath
  /** Not compressed. */
  open(): AsyncIterable<Uint8Array>
  /** Of programs and debug files, once `open` was read: what they contain and what is missing. */
  summary?(): string
}

export interface Problem {
  file: string
  problem: string
}

export interface FindOptions {
  /** A folder for files out of archives; keep it until the last file was read. */
  scratch: string
  /** Called for files that cannot be used. */
  onProblem(problem: Problem): void
  /** Called for each file that was looked at, and for each module. */
  onFile(): void
}

const withoutGzip = (path: string) => path.replace(/(?<=\.sym)\.gz$/i, '')

/**
 * The path of a file that lies in the layout `<name>/<ID>/<file>`; null for any other. Other files in a folder that
 * happens to have such a path are not symbols.
 */
export function storedPath(path: string): FilePath | null {
  const inLayout = parseFilePath(withoutGzip(path).split('/').slice(-3).join('/'))
  return inLayout && (isSymName(inLayout.leaf) || otherKinds.test(inLayout.leaf)) ? inLayout : null
}

const otherKinds = /\.(?:dl_|ex_|pd_|dbg\.gz|tar\.bz2)$/

export interface Candidate {
  from: string
  /** Its path, with slashes. */
  name: string
  open(): AsyncIterable<Uint8Array>
}

/**
 * A file as one of a symbol store; null when it is not.
 * @throws CrashError 'bad-symbols' for a symbol file without a place
 */
export async function symbolFile({ from, name, open }: Candidate): Promise<LocalFile | null> {
  const isSym = isSymName(withoutGzip(name))
  const inflated = isSym ? () => gunzipPieces(open()) : open
  const path = storedPath(name) ?? (isSym ? await pathByRecords(inflated) : null)
  return path && { from, path, open: inflated }
}

async function pathByRecords(open: LocalFile['open']): Promise<FilePath> {
  const path = parseFilePath(symbolPaths(readSymbolHead(await symbolHeadOf(open())))[0] ?? '')
  if (path) return path
  throw new CrashError('bad-symbols', 'The name and ID of its MODULE record cannot be a path')
}
