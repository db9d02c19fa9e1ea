// Symbols on this machine: symbol files as text or gzip, alone, in folders and archives; programs and debug files.
import { createReadStream, statSync } from 'node:fs'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'
import { groupModules } from '../../shared/debug-files/debug-file.ts'
import { closeFilesBelow } from '../../shared/debug-files/file-source.node.ts'
import { findDebugFiles, moduleReader } from '../../shared/debug-files/find-files.node.ts'
import { describeModule, type ModuleSymbols } from '../../shared/debug-files/module-symbols.ts'
import { symText } from '../../shared/debug-files/sym-text.ts'
import { CrashError, isCrashError } from '../../shared/errors.ts'
import { type FilePath, parseFilePath } from '../../shared/symbol-store/file-path.ts'
import { isDebugFile } from '../../shared/symbols/sources/debug-folder.node.ts'
import { symbolPaths } from '../../shared/symbols/sources/symbol-path.ts'
import { archiveFormatAt, symbolsInArchive } from './archive-symbols.ts'
import { type FindOptions, type LocalFile, symbolFile } from './symbol-file.ts'

/** An empty folder that is deleted at the end. */
export async function makeScratch(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'mayday-symbols-'))
  const dispose = async () => {
    closeFilesBelow(path)
    await rm(path, { recursive: true, force: true })
  }
  return { path, [Symbol.asyncDispose]: dispose }
}

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
  const { scratch, onProblem, onFile } = options
  for (const path of paths) {
    const info = await stat(path).catch(() => null)
    if (!info) throw new CrashError('missing', `${path} does not exist`)
    const entries = info.isDirectory() ? filesIn(path) : [path]
    for await (const entry of entries) {
      onFile()
      try {
        yield* symbolsAt(entry, { ...options, isInFolder: info.isDirectory() })
      } catch (error) {
        if (!isCrashError(error)) throw error
        onProblem({ file: entry, problem: error.message })
      }
    }
  }
  yield* modulesAt([...paths, scratch], options)
}

async function* symbolsAt(
  path: string,
  { isInFolder, ...options }: FindOptions & { isInFolder: boolean },
): AsyncGenerator<LocalFile> {
  const name = path.split(sep).join('/')
  const found = await symbolFile({ from: path, name, open: () => createReadStream(path) })
  if (found) yield found
  else if (await archiveFormatAt(path)) yield* symbolsInArchive(path, options)
  else if (!isInFolder && !isDebugFile(path))
    throw new CrashError(
      'bad-usage',
      'It is neither a symbol file (.sym, .sym.gz), a program, a debug file, an archive, nor a folder',
    )
}

/** Programs and debug files, each module as one symbol file. */
function* modulesAt(paths: readonly string[], { onProblem, onFile }: FindOptions): Generator<LocalFile> {
  const places = paths.filter((path) => isDebugFile(path) || statSync(path).isDirectory())
  const { files, problems } = findDebugFiles(places)
  for (const { path, reason } of problems) onProblem({ file: path, problem: `It cannot be used: ${reason}` })
  const read = moduleReader(files)
  const modules = groupModules(files)
  if (modules.length === 0)
    for (const { path } of files)
      onProblem({
        file: path,
        problem: 'It holds a part of the debug data of a program: add the program, too',
      })
  for (const module of modules) {
    onFile()
    const from = module.map(({ path }) => path).join(', ')
    const { debugFile, debugId, codeFile, codeId } = module[0].identity
    const ids = { debugFile, debugId: debugId ?? '', codeFile: codeFile ?? '', codeId: codeId ?? '' }
    const path = parseFilePath(symbolPaths(ids)[0] ?? '')
    if (path) yield moduleFile(from, path, () => read(module))
    else
      onProblem({ file: from, problem: 'It has no debug ID or build ID: link it with --build-id or /DEBUG' })
  }
}

function moduleFile(from: string, path: FilePath, read: () => Promise<ModuleSymbols>): LocalFile {
  let summary = ''
  return {
    from,
    path,
    async *open() {
      const module = await read()
      summary = describeModule(module)
      yield* symText(module, { statesLacking: true })
    },
    summary: () => summary,
  }
}

async function* filesIn(folder: string): AsyncGenerator<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  yield* paths.sort()
}
