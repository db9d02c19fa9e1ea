// The rows of a search file as a segment: the columns that a scan needs, and crash IDs chunk by chunk.
import type { Facet, Query } from '../search/query.ts'
import { nullColumn, type RowColumn, type Segment, type SegmentColumn } from '../search/segment.ts'
import type { ColumnStore } from './column-store.ts'
import { crashIdOf, idBytes, idChunkRows, type Manifest, type SearchFile } from './manifest.ts'

/** One file of one search. */
export interface FileRequest {
  store: ColumnStore
  manifest: Manifest
  file: SearchFile
  signal: AbortSignal | undefined
}

/** The column of the time that periods concern. */
export const timeColumn = 'processed_at'
/** The column of crash IDs, which is not a block. */
export const idColumn = 'crash_id'

/** Loads columns by their names in the table `crashes`. A name without a block is null in every row. */
async function openSegment(
  { store, manifest, file, signal }: FileRequest,
  columns: ReadonlySet<string>,
): Promise<Map<string, SegmentColumn>> {
  const loaded = await store.load({ manifest, file, columns, signal })
  return new Map([...columns].map((name) => [name, loaded.get(name) ?? nullColumn(file.rows)]))
}

/**
 * Runs a scan over the columns. The times are not loaded when all of the file are within the query's period and `readsTime`
 * is false. When the scan needs crash IDs that are not loaded, its result is discarded, and it runs again with them: only
 * the scan knows which rows it lists.
 */
export async function scanFile<T>(
  request: FileRequest,
  { query, columns, readsTime }: { query: Query; columns: ReadonlySet<string>; readsTime: boolean },
  scan: (segment: Segment) => T,
): Promise<T> {
  const { file } = request
  const time = readsTime ? null : timeWithin(query, file)
  const stored = [...columns].filter((name) => name !== idColumn && (name !== timeColumn || time === null))
  const loaded = await openSegment(request, new Set(stored))
  if (columns.has(timeColumn) && time !== null) {
    const codes = new Uint8Array(file.rows).fill(1)
    loaded.set(timeColumn, { kind: 'coded', codes, dictionary: [time] })
  }
  if (!columns.has(idColumn)) return scan({ rows: file.rows, columns: loaded })
  return withIds(request, (ids) => scan({ rows: file.rows, columns: new Map([...loaded, [idColumn, ids]]) }))
}

/** A time of the file if all its rows were processed in the query's period. */
function timeWithin({ from, to }: Query, { processed_at: span }: SearchFile): number | null {
  return span !== null && span[2] === 0 && span[0] >= from && span[1] < to ? span[0] : null
}

async function withIds<T>({ store, file, signal }: FileRequest, scan: (ids: RowColumn) => T): Promise<T> {
  const chunks = new Map<number, Uint8Array>()
  for (;;) {
    const missing = new Set<number>()
    const at = (row: number): string => {
      const chunk = Math.floor(row / idChunkRows)
      const bytes = chunks.get(chunk)
      if (bytes) return crashIdOf(bytes, (row - chunk * idChunkRows) * idBytes)
      missing.add(chunk)
      return ''
    }
    const result = scan({ kind: 'rows', at })
    if (missing.size === 0) return result
    const load = async (chunk: number) => chunks.set(chunk, await store.loadIds(file, chunk, signal))
    await Promise.all([...missing].map(load))
  }
}

/** True if facets count by the time. */
export const countsTime = (facets: readonly Facet[]): boolean =>
  facets.some(
    (facet) => facet.field === 'date' || (facet.kind !== 'cardinality' && countsTime(facet.sub ?? [])),
  )
