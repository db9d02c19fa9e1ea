// Puts symbol files into a store.
import { nodeCodecs } from '../../shared/codecs/codecs.node.ts'
import { isCrashError } from '../../shared/errors.ts'
import { storeFile, type StoredFile } from '../../shared/symbol-store/store-file.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { recordArrival } from '../../shared/symbols/arrivals.ts'
import { maxSymbolBytes } from '../../shared/symbols/sources/symbol-files.ts'
import { indexFile } from './index-file.ts'
import { findLocalSymbols, makeScratch } from './local-symbols.ts'
import type { Problem } from './symbol-file.ts'

export interface AddReport {
  added: string[]
  replaced: string[]
  unchanged: string[]
  refused: Problem[]
  /** Programs and debug files that were read: what they contain and what is missing. */
  modules: { file: string; summary: string }[]
}

export interface AddOptions {
  isTry: boolean
  now: Date
  /** Called for each file that was looked at, also in archives, and for each module. */
  onFile(): void
}

export const noneAdded = (): AddReport => ({
  added: [],
  replaced: [],
  unchanged: [],
  refused: [],
  modules: [],
})

/** Stores and indexes the symbol files below the given paths. @throws CrashError 'missing', 'storage' */
export async function addSymbols(
  paths: readonly string[],
  symbols: Storage,
  { isTry, now, onFile }: AddOptions,
): Promise<AddReport> {
  await using scratch = await makeScratch()
  const report = noneAdded()
  const changed: StoredFile[] = []
  const lists = { new: report.added, replaced: report.replaced, same: report.unchanged }
  try {
    const onProblem = (problem: Problem) => report.refused.push(problem)
    const options = { scratch: scratch.path, onProblem, onFile }
    for await (const { from, path, open, summary } of findLocalSymbols(paths, options)) {
      try {
        const file = { path, isTry, content: open(), maxBytes: maxSymbolBytes }
        const stored = await storeFile(file, { symbols, codecs: nodeCodecs })
        if (summary) report.modules.push({ file: from, summary: summary() })
        lists[stored.outcome].push(`${path.name}/${path.id}/${path.leaf}`)
        if (stored.outcome !== 'same') changed.push(stored)
        if (stored.module && stored.outcome !== 'same') await indexFile(symbols, path, isTry)
      } catch (error) {
        if (!isCrashError(error) || error.code === 'storage') throw error
        report.refused.push({ file: from, problem: error.message })
      }
    }
  } finally {
    if (!isTry) await recordArrival(symbols, changed.flatMap(arrivedModule), now)
  }
  return report
}

export const arrivedModule = ({ module }: StoredFile) =>
  module
    ? [
        {
          debug_file: module.debugFile,
          debug_id: module.debugId,
          code_file: module.codeFile,
          code_id: module.codeId,
        },
      ]
    : []
