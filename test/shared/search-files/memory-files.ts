// Search files in memory from rows, without DuckDB.
import { deflateRawSync } from 'node:zlib'
import { searchFileKey } from '../../../shared/keys.ts'
import { compareScalars } from '../../../shared/search/order.ts'
import type { Scalar } from '../../../shared/search/query.ts'
import type { Dictionary } from '../../../shared/search/segment.ts'
import { FileAssembler } from '../../../shared/search-files/assemble.ts'
import { type SearchColumn, searchColumns } from '../../../shared/search-files/columns.ts'
import {
  createCodes,
  type EncodedBlock,
  encodeCoded,
  encodeNumbers,
  widthFor,
} from '../../../shared/search-files/encode.ts'
import { emptyManifest, idBytes, type SearchFile } from '../../../shared/search-files/manifest.ts'
import type { SearchSource } from '../../../shared/search-files/source.ts'
import type { Crash } from '../search/crashes.ts'

/** A source with one file for each list of crashes that is not empty. Crash IDs are UUIDs. */
export function sourceOfCrashes(lists: readonly (readonly Crash[])[]): SearchSource {
  const contents = new Map<string, Uint8Array>()
  const files = lists
    .filter((crashes) => crashes.length > 0)
    .map((crashes, i) => makeFile(crashes, i, contents))
  return {
    manifest: async () => ({ ...emptyManifest(), files }),
    read: async (key, { offset, length }) =>
      Uint8Array.from(contents.get(key)!.subarray(offset, offset + length)),
  }
}

function makeFile(crashes: readonly Crash[], index: number, contents: Map<string, Uint8Array>): SearchFile {
  const assembler = new FileAssembler()
  for (const column of searchColumns) {
    const block = encode(column, crashes)
    if (!block) continue
    const { bytes, ...shape } = block
    assembler.add(column, { ...shape, inflated: bytes.length, bytes: deflateRawSync(bytes) })
  }
  const ids = Buffer.from(crashes.map(({ crash_id }) => crash_id.replaceAll('-', '')).join(''), 'hex')
  const layout = assembler.finish(ids)
  const key = searchFileKey('2026-08-20', index.toString(16).padStart(2 * idBytes, '0'))
  contents.set(key, Buffer.concat(assembler.pieces))
  const times = crashes.map(({ processed_at }) => processed_at)
  const [from, to] = ['2026-08-20', '2026-08-20']
  const about = { key, rows: crashes.length, from, to, sources: [], made_at: '2026-08-20T00:00:00Z' }
  const processed_at: SearchFile['processed_at'] = [Math.min(...times), Math.max(...times), 0]
  return { ...about, submitted_at: null, processed_at, ...layout }
}

function encode(column: SearchColumn, crashes: readonly Crash[]): EncodedBlock | null {
  const values = crashes.map((crash) => stored(column, crash[column.name] ?? null))
  const keyOf = (value: unknown) => JSON.stringify(typeof value === 'bigint' ? `${value}n` : value)
  const present = values.filter((value) => value !== null)
  if (present.length === 0) return null
  const distinct = [...new Map(present.map((value) => [keyOf(value), value])).values()]
  if (column.kind !== 'list') distinct.sort((a, b) => compareScalars(a as Scalar, b as Scalar))
  if (column.kind === 'integer' && distinct.length > crashes.length / 2) {
    const numbers = Float64Array.from(values, (value) => (value === null ? Number.NaN : Number(value)))
    const isExact = distinct.every((value) => typeof value === 'number')
    const block = isExact ? encodeNumbers({ kind: 'numbers', values: numbers }) : null
    if (block) return block
  }
  const codeOf = new Map(distinct.map((value, i) => [keyOf(value), i + 1]))
  const codes = createCodes(values.length, widthFor(distinct.length))
  for (const [row, value] of values.entries()) codes[row] = value === null ? 0 : codeOf.get(keyOf(value))!
  return encodeCoded(column.kind, { kind: 'coded', codes, dictionary: distinct as unknown as Dictionary })
}

/** Numbers that are not finite are not stored. */
function stored({ kind }: SearchColumn, value: Crash[string]): Crash[string] {
  if (kind !== 'double' || value === null) return value
  return Number.isFinite(value) ? (value as number) + 0 : null
}
