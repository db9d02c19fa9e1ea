// Totals and facets of one file. Columns of filters come first: where no row matches, no other is read.
import { searchFieldOf } from '../search/fields.ts'
import type { Query } from '../search/query.ts'
import { matchingRows } from '../search/scan/mask.ts'
import type { PartialResult } from '../search/scan/partial.ts'
import { neededColumns, scanSegment } from '../search/scan/scan.ts'
import { countsTime, type FileRequest, idColumn, scanFile, timeColumn } from './file-segment.ts'

/** The query without its hits. */
export function withoutHits({ after: _, ...query }: Query): Query {
  return { ...query, limit: 0, offset: 0, columns: [], sort: [] }
}

/** Null when no crash of the file matches. `query` has no hits. */
export async function countFile(query: Query, request: FileRequest): Promise<PartialResult | null> {
  for (const stage of stagesOf(query, request)) {
    const columns = neededColumns(stage).scanned
    const options = { query: stage, columns, readsTime: false }
    const matching = await scanFile(request, options, (segment) => matchingRows(stage, segment).length)
    if (matching === 0) return null
  }
  const columns = neededColumns(query).scanned
  const options = { query, columns, readsTime: countsTime(query.facets) }
  const partial = await scanFile(request, options, (segment) => scanSegment(query, segment))
  return partial.total > 0 ? partial : null
}

/**
 * Filters to try, at any time, before the rest is read: those over the core, which is read anyway, then all. A stage after
 * which nothing is left to read is omitted.
 */
function stagesOf(query: Query, { file, store }: FileRequest): Query[] {
  const toRead = new Set(
    file.blocks
      .filter(([name, offset]) => offset >= file.core && !store.has(file, name))
      .map(([name]) => name),
  ).add(idColumn)
  const inCore = query.where.filter(({ field }) => !toRead.has(searchFieldOf(field).column))
  const wheres = inCore.length < query.where.length ? [inCore, query.where] : [query.where]
  const stages = wheres.map((where) => ({ ...query, where, facets: [], from: -always, to: always }))
  return stages.filter((stage) => {
    const read = neededColumns(stage).scanned
    const isLeft = (name: string) => toRead.has(name) && (!read.has(name) || name === timeColumn)
    return stage.where.length > 0 && [...neededColumns(query).scanned].some(isLeft)
  })
}

const always = Number.MAX_SAFE_INTEGER
