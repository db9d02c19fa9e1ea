// Symbols on this machine: symbol files as text or gzip, alone, in folders and zip archives; programs and debug files.
import { createReadStream, createWriteStream, statSync } from 'node:fs'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { baseName } from '../../shared/base-name.ts'
import { ByteBuffer } from '../../shared/bytes/byte-buffer.ts'
import {
  debugHeadBytes,
  formatOfDebugFile,
  groupModules,
  type ModuleFiles,
  readModule,
} from '../../shared/debug-files/debug-file.ts'
import { findDebugFiles } from '../../shared/debug-files/find-files.node.ts'
import { describeModule } from '../../shared/debug-files/module-symbols.ts'
import { symText } from '../../shared/debug-files/sym-text.ts'
import { CrashError, isCrashError } from '../../shared/errors.ts'
import { gunzipPieces } from '../../shared/codecs/gunzip-pieces.ts'
import { type FilePath, isSymName, parseFilePath } from '../../shared/symbol-store/file-path.ts'
import { readSymbolHead, symbolHeadOf } from '../../shared/symbol-store/symbol-head.ts'
import { readZip, type ZipMember, type ZipSource } from '../../shared/symbol-store/zip.ts'
import { isDebugFile } from '../../shared/symbols/sources/debug-folder.node.ts'
import { isSafeLeaf, symbolPath } from '../../shared/symbols/sources/symbol-path.ts'

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
  /** A folder for programs and debug files out of archives; keep it until the last file was read. */
  scratch: string
  /** Called for files that cannot be used. */
  onProblem(problem: Problem): void
}

/** An empty folder that is deleted at the end. */
export async function makeScratch(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'mayday-symbols-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** Packages of NuGet, Android, iOS, Firefox and Java are zip archives. */
const isZip = /\.(zip|nupkg|apk|aar|ipa|xpi|jar)$/i

/**
 * The files of a symbol store below the given paths. A file in the layout `<name>/<ID>/<file>` keeps its path; any other
 * symbol file gets the one that its MODULE record states; programs and debug files become symbol files, also those in
 * archives; other files are not symbols.
 * @throws CrashError 'missing' when a path does not exist
 */
export async function* findLocalSymbols(
  paths: readonly string[],
  options: FindOptions,
): AsyncGenerator<LocalFile> {
  const { scratch, onProblem } = options
  for (const path of paths) {
    const info = await stat(path).catch(() => null)
    if (!info) throw new CrashError('missing', `${path} does not exist`)
    const entries = info.isDirectory() ? filesIn(path) : [path]
    for await (const entry of entries) {
      try {
        if (isZip.test(entry)) yield* filesOfZip(entry, options)
        else yield* fileAt(entry, info.isDirectory())
      } catch (error) {
        if (!isCrashError(error)) throw error
        onProblem({ file: entry, problem: error.message })
      }
    }
  }
  yield* modulesAt([...paths, scratch], onProblem)
}

/** Programs and debug files, each module as one symbol file. */
function* modulesAt(paths: readonly string[], onProblem: (problem: Problem) => void): Generator<LocalFile> {
  const places = paths.filter((path) => isDebugFile(path) || statSync(path).isDirectory())
  const { files, problems } = findDebugFiles(places)
  for (const { path, reason } of problems) onProblem({ file: path, problem: `It cannot be used: ${reason}` })
  for (const module of groupModules(files)) {
    const from = module.map(({ path }) => path).join(', ')
    const { debugFile, debugId, codeFile, codeId } = module[0].identity
    const ids = { debugFile, debugId: debugId ?? '', codeFile: codeFile ?? '', codeId: codeId ?? '' }
    const path = parseFilePath(symbolPath(ids) ?? '')
    if (path) yield moduleFile(from, path, module)
    else
      onProblem({ file: from, problem: 'It has no debug ID or build ID: link it with --build-id or /DEBUG' })
  }
}

function moduleFile(from: string, path: FilePath, files: ModuleFiles): LocalFile {
  let summary = ''
  return {
    from,
    path,
    async *open() {
      const module = await readModule(files)
      summary = describeModule(module)
      yield* symText(module)
    },
    summary: () => summary,
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
  else if (!isInFolder && !isDebugFile(path))
    throw new CrashError(
      'bad-usage',
      'It is neither a symbol file (.sym, .sym.gz), a program, a debug file, a zip, nor a folder',
    )
}

/** Other files in a folder that happens to have such a path are not symbols. */
const isStored = ({ leaf }: FilePath) => isSymName(leaf) || /\.(?:dl_|ex_|pd_|dbg\.gz|tar\.bz2)$/.test(leaf)

async function byRecords(from: string, open: LocalFile['open']): Promise<LocalFile> {
  const { debugFile, debugId } = readSymbolHead(await symbolHeadOf(open()))
  const path = parseFilePath(symbolPath({ debugFile, debugId, codeFile: '', codeId: '' }) ?? '')
  if (!path) throw new CrashError('bad-symbols', 'The name and ID of its MODULE record cannot be a path')
  return { from, path, open }
}

async function* filesOfZip(path: string, { scratch, onProblem }: FindOptions): AsyncGenerator<LocalFile> {
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
      else await extractProgram(member, scratch)
    } catch (error) {
      if (!isCrashError(error)) throw error
      onProblem({ file: from, problem: error.message })
    }
  }
}

/** Programs and debug files are read by ranges, which an archive does not allow. Other members are skipped. */
async function extractProgram(member: ZipMember, scratch: string): Promise<void> {
  const head = new ByteBuffer(debugHeadBytes)
  for await (const piece of member.open()) {
    head.append(piece.subarray(0, debugHeadBytes - head.length))
    if (head.length >= debugHeadBytes) break
  }
  const leaf = baseName(member.name)
  if (formatOfDebugFile(head.view()) === null || !isSafeLeaf(leaf)) return
  const folder = await mkdtemp(join(scratch, 'member-'))
  await pipeline(Readable.from(member.open()), createWriteStream(join(folder, leaf)))
}
