// The hits of a page, from as few files as possible.
import { forEachConcurrent } from '../batches.ts'
import { effectiveSort } from '../search/parameters/controls.ts'
import type { Query } from '../search/query.ts'
import { comparePositions } from '../search/scan/hits.ts'
import type { PartialHit } from '../search/scan/partial.ts'
import { neededColumns, scanSegment } from '../search/scan/scan.ts'
import { type FileRequest, idColumn, scanFile } from './file-segment.ts'
import type { SearchFile } from './manifest.ts'

/** A file with matching crashes. */
export interface Matching {
  file: SearchFile
  total: number
}

export type FileHits = ReadonlyMap<SearchFile, readonly PartialHit[]>

const filesAtOnce = 4

/**
 * The hits by file, complete for those of the query's page. First only what decides their order is read, then crash IDs
 * and columns of the files that have some of the page.
 */
export async function findHits(
  query: Query,
  matching: readonly Matching[],
  requestOf: (file: SearchFile) => FileRequest,
): Promise<FileHits> {
  const page: Query = { ...query, facets: [] }
  const { scanned, shown } = neededColumns(page)
  const candidates = candidatesOf(query, matching)
  const ordered = await scanAll(page, candidates, { columns: scanned, requestOf })
  const contributing = candidates.length > 1 ? contributingTo(query, ordered) : candidates
  const columns = new Set([...scanned, ...shown, idColumn])
  return scanAll(page, contributing, { columns, requestOf })
}

async function scanAll(
  page: Query,
  files: readonly SearchFile[],
  { columns, requestOf }: { columns: ReadonlySet<string>; requestOf: (file: SearchFile) => FileRequest },
): Promise<FileHits> {
  const hits = new Map<SearchFile, readonly PartialHit[]>()
  const readsTime = [...effectiveSort(page.sort).map(({ field }) => field), ...page.columns].includes('date')
  const scan = async (file: SearchFile) => {
    const options = { query: page, columns, readsTime }
    hits.set(file, await scanFile(requestOf(file), options, (segment) => scanSegment(page, segment).hits))
  }
  await forEachConcurrent(files, scan, { concurrency: filesAtOnce })
  return hits
}

/** The files that may have hits of the page. Where the newest are wanted, older files are not needed for their order. */
function candidatesOf(query: Query, matching: readonly Matching[]): SearchFile[] {
  const [first] = effectiveSort(query.sort)
  const files = matching.map(({ file }) => file)
  if (first?.field !== 'date' || !first.descending || query.after) return files
  const newest = [...matching].sort((a, b) => b.file.processed_at![1] - a.file.processed_at![1])
  let [left, bound] = [query.offset + query.limit, Number.POSITIVE_INFINITY]
  for (const { file, total } of newest) {
    if (left <= 0) break
    // Times of this file that come after those of the page are missing from no file before it.
    bound = Math.min(bound, file.processed_at![0])
    left -= total
  }
  return files.filter((file) => file.processed_at![1] >= bound)
}

/** The files with hits up to the end of the page, or as good as the last one. */
function contributingTo(query: Query, hits: FileHits): SearchFile[] {
  const keys = effectiveSort(query.sort)
  const all = [...hits.values()].flat().sort((a, b) => comparePositions(keys, a.keys, b.keys))
  const last = all[query.offset + query.limit - 1]
  const counts = (hit: PartialHit) => !last || comparePositions(keys, hit.keys, last.keys) <= 0
  return [...hits].flatMap(([file, found]) => (found.some(counts) ? [file] : []))
}
