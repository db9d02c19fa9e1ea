// What is in a symbol store: lists, counts, removal.
import { codePointerKey, debugDataPrefix, symdexKey, tryPrefix } from '../../shared/keys.ts'
import type { ObjectInfo, Storage } from '../../shared/storage/storage.ts'
import { keptDebugFiles } from '../../shared/symbol-store/debug-store.ts'
import { type FilePath, isSymName, parseFilePath } from '../../shared/symbol-store/file-path.ts'
import { factsOf } from '../../shared/symbol-store/stored-file.ts'

export interface ListedFile {
  path: FilePath
  isTry: boolean
  info: ObjectInfo
}

/** The files whose name starts with a text, in order of their keys: regular ones, then those of try builds. */
export async function* listFiles(symbols: Storage, start = ''): AsyncGenerator<ListedFile> {
  for (const prefix of [start, `${tryPrefix}${start}`]) {
    const isTry = prefix.startsWith(tryPrefix)
    for await (const info of symbols.list(prefix)) {
      const path = parseFilePath(isTry ? info.key.slice(tryPrefix.length) : info.key)
      if (path) yield { path, isTry, info }
    }
  }
}

export interface StoreStats {
  symbol_files: number
  other_files: number
  try_files: number
  /** Uploaded programs and debug files. */
  debug_files: number
  /** Of all files, as stored. */
  bytes: number
  names: number
  indexes: number
  index_bytes: number
}

export async function countFiles(symbols: Storage): Promise<StoreStats> {
  const stats: StoreStats = {
    ...{
      symbol_files: 0,
      other_files: 0,
      try_files: 0,
      debug_files: 0,
      bytes: 0,
      names: 0,
      indexes: 0,
      index_bytes: 0,
    },
  }
  let last = ''
  for await (const { path, isTry, info } of listFiles(symbols)) {
    if (isTry) stats.try_files++
    else if (isSymName(path.leaf)) stats.symbol_files++
    else stats.other_files++
    stats.bytes += info.size
    if (path.name !== last && !isTry) stats.names++
    last = path.name
  }
  for (const isTry of [false, true])
    for await (const { size } of symbols.list(debugDataPrefix(isTry))) {
      stats.debug_files++
      stats.bytes += size
    }
  for await (const { size } of symbols.list('symdex/')) {
    stats.indexes++
    stats.index_bytes += size
  }
  return stats
}

/**
 * Removes the files of a module, `<name>/<ID>`, also what its symbol file was made of, or a single one, `<name>/<ID>/<file>`, with index and code ID.
 * @returns the keys of the files; all are still there with `dryRun`
 */
export async function removeFiles(
  symbols: Storage,
  text: string,
  { isTry, dryRun }: { isTry: boolean; dryRun: boolean },
): Promise<string[]> {
  const [name = '', id = '', leaf] = text.split('/')
  const prefix = `${isTry ? tryPrefix : ''}${name}/${id.toUpperCase()}/${leaf ?? ''}`
  const files: ObjectInfo[] = []
  for await (const info of symbols.list(prefix)) {
    const path = parseFilePath(isTry ? info.key.slice(tryPrefix.length) : info.key)
    if (path && (leaf === undefined || path.leaf === leaf)) files.push(info)
  }
  const sources = leaf === undefined && id !== '' ? await debugFilesOf(symbols, id.toUpperCase(), isTry) : []
  if (!dryRun) for (const { key } of files) await removeFile(symbols, key, isTry)
  if (!dryRun && sources.length > 0) await symbols.delete(sources)
  return [...files.map(({ key }) => key), ...sources]
}

async function debugFilesOf(symbols: Storage, id: string, isTry: boolean): Promise<string[]> {
  const keys: string[] = []
  for await (const { key, dataKey } of keptDebugFiles(symbols, id, isTry)) keys.push(key, dataKey)
  return keys
}

async function removeFile(symbols: Storage, key: string, isTry: boolean): Promise<void> {
  const info = await symbols.head(key)
  if (!info) return
  const { debugFile, debugId, codeFile, codeId } = factsOf(info).module
  const path = parseFilePath(isTry ? key.slice(tryPrefix.length) : key)
  const derived = path && isSymName(path.leaf) ? [symdexKey(path.name, path.id, isTry)] : []
  if (debugFile !== '' && debugId !== '') derived.push(symdexKey(debugFile, debugId, isTry))
  if (codeFile !== '' && codeId !== '') derived.push(codePointerKey(codeFile, codeId, isTry))
  await symbols.delete([key, ...derived])
}
