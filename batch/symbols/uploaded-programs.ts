// Makes symbol files of uploaded programs and debug files: of all files that are kept of a module, whenever they arrived.
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { nodeCodecs } from '../../shared/codecs/codecs.node.ts'
import {
  type DebugFile,
  groupModules,
  openDebugFile,
  readModule,
} from '../../shared/debug-files/debug-file.ts'
import { sourceOfFile } from '../../shared/debug-files/file-source.node.ts'
import { DamagedError } from '../../shared/debug-files/module-symbols.ts'
import { symText } from '../../shared/debug-files/sym-text.ts'
import { isCrashError } from '../../shared/errors.ts'
import { newDebugFilePrefix, parseNewDebugFileKey } from '../../shared/keys.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { type KeptDebugFile, keptDebugFiles, storedIdOf } from '../../shared/symbol-store/debug-store.ts'
import { parseFilePath } from '../../shared/symbol-store/file-path.ts'
import { storeFile } from '../../shared/symbol-store/store-file.ts'
import { recordArrival } from '../../shared/symbols/arrivals.ts'
import { maxSymbolBytes } from '../../shared/symbols/sources/symbol-files.ts'
import { symbolPaths } from '../../shared/symbols/sources/symbol-path.ts'
import { arrivedModule } from './add-symbols.ts'
import { indexFile } from './index-file.ts'
import { makeScratch } from './local-symbols.ts'

export interface MadeSymbols {
  /** Symbol files that were made. */
  made: number
  /** What could not be used, with the file and the reason. */
  problems: string[]
}

/** Files of one module that are read: more are copies with other contents. */
const maxFiles = 16
const maxProblems = 100

/**
 * Costs one LIST when nothing was uploaded. A file stays until its symbols expire, so that another file of the module can
 * come later. Needs room on disk for the files of one module.
 */
export async function makeUploadedSymbols(
  symbols: Storage,
  { now, onModule }: { now: Date; onModule: () => void },
): Promise<MadeSymbols> {
  const result: MadeSymbols = { made: 0, problems: [] }
  for await (const { id, isTry, marks } of newModules(symbols)) {
    await using scratch = await makeScratch()
    const work = { symbols, id, isTry, now, scratch: scratch.path, result }
    await makeSymbols(work)
    await symbols.delete(marks)
    onModule()
  }
  return result
}

/** Modules with new files; their marks are together in a list. */
async function* newModules(symbols: Storage) {
  let current: { id: string; isTry: boolean; marks: string[] } | null = null
  for await (const { key } of symbols.list(newDebugFilePrefix)) {
    const mark = parseNewDebugFileKey(key)
    if (!mark) continue
    if (current && (current.id !== mark.id || current.isTry !== mark.isTry)) {
      yield current
      current = null
    }
    current ??= { ...mark, marks: [] }
    current.marks.push(key)
  }
  if (current) yield current
}

interface Work {
  symbols: Storage
  id: string
  isTry: boolean
  now: Date
  /** A folder for the files of the module. */
  scratch: string
  result: MadeSymbols
}

async function makeSymbols(work: Work): Promise<void> {
  const { id, result } = work
  const files = await openKept(work)
  for (const module of groupModules(files)) {
    if (!module.some(({ identity }) => storedIdOf(identity) === id)) continue
    try {
      await storeModule(module, work)
      result.made++
    } catch (error) {
      if (!(error instanceof DamagedError) && (!isCrashError(error) || error.code === 'storage')) throw error
      addProblem(result, module.map(({ path }) => path).join(', '), error.message)
    }
  }
}

function addProblem({ problems }: MadeSymbols, file: string, reason: string): void {
  if (problems.length < maxProblems) problems.push(`${file}: ${reason}`)
}

/** The kept files of the module, copied to disk. */
async function openKept({ symbols, id, isTry, scratch, result }: Work): Promise<DebugFile[]> {
  const files: DebugFile[] = []
  let count = 0
  for await (const kept of keptDebugFiles(symbols, id, isTry)) {
    if (++count > maxFiles) {
      addProblem(result, kept.name, `there are more than ${maxFiles} files of ${id}`)
      break
    }
    const path = join(scratch, `${count}`)
    try {
      if (await copyTo(path, kept, symbols)) files.push(...openDebugFile(kept.name, sourceOfFile(path)))
    } catch (error) {
      if (!(error instanceof DamagedError)) throw error
      addProblem(result, kept.name, error.message)
      await rm(path, { force: true })
    }
  }
  return files
}

/** False when the content was removed meanwhile. */
async function copyTo(path: string, { dataKey }: KeptDebugFile, symbols: Storage): Promise<boolean> {
  const object = await symbols.get(dataKey)
  if (!object) return false
  await pipeline(Readable.fromWeb(object.body as never), createWriteStream(path))
  return true
}

async function storeModule(
  files: Parameters<typeof readModule>[0],
  { symbols, isTry, now }: Work,
): Promise<void> {
  const { debugFile, debugId, codeFile, codeId } = files[0].identity
  const ids = { debugFile, debugId: debugId ?? '', codeFile: codeFile ?? '', codeId: codeId ?? '' }
  const path = parseFilePath(symbolPaths(ids)[0] ?? '')
  if (!path) throw new DamagedError(`the name ${debugFile} cannot be that of a symbol file`)
  const module = await readModule(files)
  const content = async function* () {
    yield* symText(module, { statesLacking: true })
  }
  const stored = await storeFile(
    { path, isTry, content: content(), maxBytes: maxSymbolBytes },
    { symbols, codecs: nodeCodecs },
  )
  if (path.id === debugId) await indexFile(symbols, path, isTry)
  const arrived = arrivedModule(stored).map((one) => ({ ...one, is_partial: module.lacks !== null }))
  if (!isTry) await recordArrival(symbols, arrived, now)
}
