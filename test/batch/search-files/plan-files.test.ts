// Which search files are made, kept and dropped.
import { describe, expect, test } from 'vitest'
import type { TableFile } from '../../../batch/lake/files/table-files.ts'
import { versionOf } from '../../../batch/planning/day-marks.ts'
import { type PlanInput, planFiles } from '../../../batch/search-files/plan-files.ts'
import { searchFileKey, tableKey } from '../../../shared/keys.ts'
import {
  type Block,
  emptyManifest,
  type Manifest,
  type SearchFile,
} from '../../../shared/search-files/manifest.ts'

const tableFile = (date: string, etag: string, size = 1000): TableFile => {
  const key = tableKey('crashes', date, '0of1', 0)
  return { key, date, shard: '0of1', part: 0, size, etag, metadata: {} }
}

/** A file made from these tables at noon of 25 November. */
function fileOf(tables: readonly TableFile[], blocks: Block[] = []): SearchFile {
  const dates = tables.map(({ date }) => date)
  return {
    key: searchFileKey(dates[0]!, versionOf(tables)),
    bytes: 1,
    rows: 1,
    from: dates[0]!,
    to: dates.at(-1)!,
    submitted_at: null,
    processed_at: null,
    sources: tables.map((table) => [table.date, versionOf([table])]),
    made_at: '2026-11-25T12:00:00.000Z',
    core: 0,
    blocks,
    ids: 0,
  }
}

function plan(
  tables: readonly TableFile[],
  files: SearchFile[],
  more: Partial<PlanInput> = {},
  manifest?: Manifest,
) {
  const stored = new Set(files.map(({ key }) => key))
  const input = {
    tables,
    manifest: manifest ?? { ...emptyManifest(), files },
    stored,
    promptly: new Set<string>(),
  }
  const { make, keep, drop, waiting } = planFiles({
    ...input,
    now: new Date('2026-11-25T12:01:00Z'),
    ...more,
  })
  return {
    make: make.map((days) => days.map(({ date }) => date)),
    keep: keep.map(({ from }) => from),
    drop: drop.map(({ from }) => from),
    waiting,
  }
}

describe('the plan of search files', () => {
  const day = tableFile('2026-11-24', 'a')
  const today = tableFile('2026-11-25', 'a')

  test('makes days and closed weeks, from Monday on', () => {
    const tables = ['2026-11-15', '2026-11-16', '2026-11-22', '2026-11-23', '2026-11-25'].map((date) =>
      tableFile(date, 'a'),
    )
    expect(plan(tables, [])).toMatchObject({
      make: [['2026-11-15'], ['2026-11-16', '2026-11-22'], ['2026-11-23'], ['2026-11-25']],
    })
  })

  test('leaves a large week in files of a day', () => {
    const tables = ['2026-11-16', '2026-11-17'].map((date) => tableFile(date, 'a', 2 ** 29 + 1))
    expect(plan(tables, []).make).toEqual([['2026-11-16'], ['2026-11-17']])
  })

  test('keeps files whose tables are the same, and drops those whose days have no tables', () => {
    expect(plan([today], [fileOf([day]), fileOf([today])])).toEqual({
      make: [],
      keep: ['2026-11-25'],
      drop: ['2026-11-24'],
      waiting: 0,
    })
  })

  test('makes a file again at once when a column of it has become protected, or has another kind', () => {
    const known: Block = ['product', 0, 1, 1, 1, 1]
    const files = [fileOf([day], [known]), fileOf([today], [known, ['user_comments', 1, 1, 1, 1, 1]])]
    const columns: Manifest['columns'] = [...emptyManifest().columns, ['user_comments', 'text']]
    expect(plan([day, today], files, {}, { ...emptyManifest(), files, columns })).toMatchObject({
      make: [['2026-11-25']],
      keep: ['2026-11-24'],
    })
    const other: Manifest['columns'] = columns.map(([name, kind]) => [
      name,
      name === 'product' ? 'integer' : kind,
    ])
    expect(plan([day, today], files, {}, { ...emptyManifest(), files, columns: other }).make).toHaveLength(2)
  })

  test('waits an hour before it makes a week again, unless crashes were removed', () => {
    const week = ['2026-11-16', '2026-11-17'].map((date) => tableFile(date, 'a'))
    const changed = [week[0]!, tableFile('2026-11-17', 'b')]
    const at = (time: string, promptly: string[] = []) =>
      plan(changed, [fileOf(week)], { now: new Date(time), promptly: new Set(promptly) })
    expect(at('2026-11-25T12:59:59Z')).toEqual({ make: [], keep: ['2026-11-16'], drop: [], waiting: 1 })
    expect(at('2026-11-25T13:00:00Z')).toMatchObject({ make: [['2026-11-16', '2026-11-17']], waiting: 0 })
    expect(at('2026-11-25T12:01:00Z', ['2026-11-16'])).toMatchObject({ make: [['2026-11-16', '2026-11-17']] })
  })
})
