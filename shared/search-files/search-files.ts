// Answers a search from search files: newest file first, with an exact result for the files read so far.
import { forEachConcurrent } from '../batches.ts'
import { CrashError, isCrashError } from '../errors.ts'
import type { Query, Result } from '../search/query.ts'
import { mergeResults } from '../search/scan/merge.ts'
import type { PartialResult } from '../search/scan/partial.ts'
import { neededColumns } from '../search/scan/scan.ts'
import type { ColumnStore } from './column-store.ts'
import { searchColumns } from './columns.ts'
import { countFile, withoutHits } from './count-file.ts'
import { type FileRequest, idColumn } from './file-segment.ts'
import { findHits } from './find-hits.ts'
import type { Manifest, SearchFile } from './manifest.ts'
import { filesWithin, type Needs } from './read-plan.ts'

export interface SearchProgress {
  /** Files searched so far, and all of the period. */
  files: number
  allFiles: number
  /** Rows of the files searched so far. */
  rows: number
  /** Totals and facets of these files, exact; without hits. */
  result(): Result
}

export interface SearchFilesOptions {
  /** A manifest that was read before. Where a file of it was deleted since, another one is read. */
  manifest?: Manifest | undefined
  signal?: AbortSignal | undefined
  /** Called after each file. */
  onProgress?: ((progress: SearchProgress) => void) | undefined
}

/** Files that are searched at once. The store limits requests. */
const filesAtOnce = 4

/** What a query reads, for `costOf`. Files without matches cost less, and hits are read from few files. */
export function needsOf(query: Query): Needs {
  const { scanned, shown } = neededColumns(query)
  return { from: query.from, to: query.to, columns: new Set([...scanned, ...shown]) }
}

/**
 * Answers a query, which must concern public fields only.
 * @throws CrashError 'bad-usage' for a field that search files lack; 'limit', 'missing', 'damaged', 'storage'; the reason
 *   of the signal
 */
export async function searchFiles(
  query: Query,
  store: ColumnStore,
  options: SearchFilesOptions = {},
): Promise<Result> {
  const unknown = [...needsOf(query).columns].filter((name) => !known.has(name))
  if (unknown.length > 0) throw new CrashError('bad-usage', `Search files do not have ${unknown.join(', ')}`)
  const { manifest, signal } = options
  try {
    return await searchManifest(query, store, {
      ...options,
      manifest: manifest ?? (await store.source.manifest(signal)),
    })
  } catch (error) {
    if (!isCrashError(error) || error.code !== 'missing') throw error
    return await searchManifest(query, store, { ...options, manifest: await store.source.manifest(signal) })
  }
}

const known = new Set([idColumn, ...searchColumns.map(({ name }) => name)])

async function searchManifest(
  query: Query,
  store: ColumnStore,
  { manifest, signal, onProgress = () => {} }: SearchFilesOptions & { manifest: Manifest },
): Promise<Result> {
  const files = filesWithin(manifest, query)
  const requestOf = (file: SearchFile): FileRequest => ({ store, manifest, file, signal })
  const partials = new Map<SearchFile, PartialResult>()
  const counting = withoutHits(query)
  const progress = { files: 0, allFiles: files.length, rows: 0 }
  const count = async (file: SearchFile) => {
    const partial = await countFile(counting, requestOf(file))
    if (partial) partials.set(file, partial)
    progress.files++
    progress.rows += file.rows
    const found = [...partials.values()]
    onProgress({ ...progress, result: () => mergeResults(counting, found) })
  }
  await forEachConcurrent(files, count, { concurrency: filesAtOnce })
  const matching = [...partials].map(([file, { total }]) => ({ file, total }))
  const hits = query.limit > 0 ? await findHits(query, matching, requestOf) : null
  const complete = [...partials].map(([file, partial]) => ({ ...partial, hits: hits?.get(file) ?? [] }))
  return mergeResults(query, complete)
}
