// Crash reports as segments in memory, searched by scanning.
import { columnsOf } from '../../../shared/fields/columns.ts'
import { compareScalars } from '../../../shared/search/order.ts'
import type { Scalar } from '../../../shared/search/query.ts'
import { mergeResults } from '../../../shared/search/scan/merge.ts'
import { neededColumns, scanSegment } from '../../../shared/search/scan/scan.ts'
import {
  type CodedColumn,
  type Dictionary,
  nullColumn,
  type Segment,
  type SegmentColumn,
} from '../../../shared/search/segment.ts'
import type { Crash } from './crashes.ts'
import type { Engine } from './sql-engine.ts'

/** @param segments how many segments the reports are divided into */
export function createScanEngine(segments: number): Engine {
  let parts: Segment[] = []
  return {
    load(crashes) {
      parts = Array.from({ length: segments }, (_, i) =>
        segmentOf(crashes.filter((_, row) => row % segments === i)),
      )
      return Promise.resolve()
    },
    search(query) {
      const { scanned, shown } = neededColumns(query)
      const partials = parts.map(({ rows, columns }) => {
        const loaded = [...columns].filter(([name]) => scanned.has(name) || shown.has(name))
        return structuredClone(scanSegment(query, { rows, columns: new Map(loaded) }))
      })
      return Promise.resolve(mergeResults(query, partials))
    },
  }
}

function segmentOf(crashes: readonly Crash[]): Segment {
  const columns = columnsOf('crashes').map(({ name, type }): [string, SegmentColumn] => {
    const values = crashes.map((crash) => crash[name] ?? null)
    if (values.every((value) => value === null)) return [name, nullColumn(crashes.length)]
    if (name === 'crash_id') return [name, { kind: 'rows', at: (row) => values[row] as string }]
    const isPlain = crashes.length % 2 === 0 && values.every((v) => v === null || Number.isSafeInteger(v))
    if (type === 'timestamp' || type === 'double' || (type === 'int64' && isPlain)) {
      return [
        name,
        { kind: 'numbers', values: Float64Array.from(values, (v) => (v as number) ?? Number.NaN) },
      ]
    }
    return [name, codedColumn(values)]
  })
  return { rows: crashes.length, columns: new Map(columns) }
}

function codedColumn(values: readonly Crash[string][]): CodedColumn {
  const present = values.filter((value) => value !== null)
  const keyOf = (value: unknown) => JSON.stringify(typeof value === 'bigint' ? `${value}n` : value)
  const distinct = [...new Map(present.map((value) => [keyOf(value), value])).values()]
  if (distinct.every((value) => !Array.isArray(value))) {
    distinct.sort((a, b) => compareScalars(a as Scalar, b as Scalar))
  }
  const codes = new Map(distinct.map((value, i) => [keyOf(value), i + 1]))
  const dictionary = distinct as unknown as Dictionary
  return {
    kind: 'coded',
    codes: Uint16Array.from(values, (value) => (value === null ? 0 : codes.get(keyOf(value))!)),
    dictionary,
  }
}
