// Symbol files on this machine: single files, folders and zip archives, as text or gzip.
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { Readable } from 'node:stream'
import { CrashError, isCrashError } from '../../shared/errors.ts'
import { gunzipPieces } from '../../shared/codecs/gunzip-pieces.ts'
import { type FilePath, isSymName, parseFilePath } from '../../shared/symbol-store/file-path.ts'
import { readSymbolHead, symbolHeadOf } from '../../shared/symbol-store/symbol-head.ts'
import { readZip, type ZipSource } from '../../shared/symbol-store/zip.ts'
import { symbolPath } from '../../shared/symbols/sources/symbol-path.ts'

export interface LocalFile {
  /** Where it was found, for messages. */
  from: string
  path: FilePath
  /** Not compressed. */
  open(): AsyncIterable<Uint8Array>
}

export interface Problem {
  file: string
  problem: string
}

/**
 * The files of a symbol store below the given paths. A file in the layout `<name>/<ID>/<file>` keeps its path; any other
 * symbol file gets the one that its MODULE record states; other files are not symbols.
 * @param onProblem called for files that cannot be used
 * @throws CrashError 'missing' when a path does not exist
 */
export async function* findLocalSymbols(
  paths: readonly string[],
  onProblem: (problem: Problem) => void,
): AsyncGenerator<LocalFile> {
  for (const path of paths) {
    const info = await stat(path).catch(() => null)
    if (!info) throw new CrashError('missing', `${path} does not exist`)
    const entries = info.isDirectory() ? filesIn(path) : [path]
    for await (const entry of entries) {
      try {
        if (/\.zip$/i.test(entry)) yield* filesOfZip(entry, onProblem)
        else yield* fileAt(entry, info.isDirectory())
      } catch (error) {
        if (!isCrashError(error)) throw error
        onProblem({ file: entry, problem: error.message })
      }
    }
  }
}

async function* filesIn(folder: string): AsyncGenerator<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  yield* paths.sort()
}

const withoutGzip = (path: string) => path.replace(/(?<=\.sym)\.gz$/i, '')

async function* fileAt(path: string, isInFolder: boolean): AsyncGenerator<LocalFile> {
  const parts = withoutGzip(path).split(sep)
  const isSym = isSymName(parts.at(-1)!)
  const open = () => (isSym ? gunzipPieces(createReadStream(path)) : createReadStream(path))
  const inLayout = parseFilePath(parts.slice(-3).join('/'))
  if (inLayout && isStored(inLayout)) yield { from: path, path: inLayout, open }
  else if (isSym) yield await byRecords(path, open)
  else if (!isInFolder)
    throw new CrashError('bad-usage', 'It is neither a symbol file (.sym, .sym.gz), a zip, nor a folder')
}

/** Other files in a folder that happens to have such a path are not symbols. */
const isStored = ({ leaf }: FilePath) => isSymName(leaf) || /\.(?:dl_|ex_|pd_|dbg\.gz|tar\.bz2)$/.test(leaf)

async function byRecords(from: string, open: LocalFile['open']): Promise<LocalFile> {
  const { debugFile, debugId } = readSymbolHead(await symbolHeadOf(open()))
  const path = parseFilePath(symbolPath({ debugFile, debugId, codeFile: '', codeId: '' }) ?? '')
  if (!path) throw new CrashError('bad-symbols', 'The name and ID of its MODULE record cannot be a path')
  return { from, path, open }
}

async function* filesOfZip(path: string, onProblem: (problem: Problem) => void): AsyncGenerator<LocalFile> {
  const { size } = await stat(path)
  const source: ZipSource = {
    size,
    read: async (start, length) =>
      Readable.toWeb(
        createReadStream(path, { start, end: start + length - 1 }),
      ) as ReadableStream<Uint8Array>,
  }
  for (const member of await readZip(source)) {
    const from = `${path}:${member.name}`
    const name = withoutGzip(member.name)
    const open = () => (isSymName(name) ? gunzipPieces(member.open()) : member.open())
    const inLayout = parseFilePath(name.split('/').slice(-3).join('/'))
    try {
      if (inLayout && isStored(inLayout)) yield { from, path: inLayout, open }
      else if (isSymName(name)) yield await byRecords(from, open)
    } catch (error) {
      if (!isCrashError(error)) throw error
      onProblem({ file: from, problem: error.message })
    }
  }
}
