// Which columns a search fetches of which files: no more than its answer needs.
import { describe, expect, test } from 'vitest'
import { ColumnStore } from '../../../shared/search-files/column-store.ts'
import { idBytes, idChunkRows } from '../../../shared/search-files/manifest.ts'
import { searchFiles } from '../../../shared/search-files/search-files.ts'
import type { Crash } from '../search/crashes.ts'
import { now, openOptions, queryOf } from '../search/parsed.ts'
import { sourceOfCrashes } from './memory-files.ts'

const idOf = (file: number, row: number) => `${file}000000${row}-0000-8000-8000-000000260820`

/** A crash for each of these rows; `at` is the processed time in microseconds before now. */
const fileOf = (file: number, rows: readonly ({ at: number } & Record<string, Crash[string]>)[]) =>
  rows.map(({ at, ...columns }, row) => ({ crash_id: idOf(file, row), processed_at: now - at, ...columns }))

/** What a search fetches of each file, request by request. Small columns between others are in the same request. */
async function fetchedBy(lists: readonly (readonly Crash[])[], parameters: string) {
  const source = sourceOfCrashes(lists)
  const { files } = await source.manifest()
  const fetched = files.map((): string[] => [])
  const read: typeof source.read = (key, range, signal) => {
    const index = files.findIndex((file) => file.key === key)
    const { blocks, core, ids } = files[index]!
    const names = blocks
      .filter(([, start, size]) => start >= range.offset && start + size <= range.offset + range.length)
      .map(([name, start]) => (start < core ? 'core' : name))
    const idRows = range.offset >= ids ? [`ids of ${range.length / idBytes}`] : []
    fetched[index]!.push([...new Set(names), ...idRows].join('+'))
    return source.read(key, range, signal)
  }
  const store = new ColumnStore({ ...source, read }, { maxBytes: 2 ** 20 })
  const { total, hits } = await searchFiles(queryOf(parameters, openOptions), store)
  return { fetched, total, hits: hits.flat() }
}

describe('a search of one file', () => {
  const columns = { product: 'A', signature: 's', uptime: 5, address: 'x', app_notes: 'n' }
  const file = fileOf(1, [
    { at: 10, ...columns },
    { at: 20, ...columns },
  ])
  const noon = '2026-08-20T12:00:00'
  const ago = (micros: number) => `2026-08-20T11:59:59.${1_000_000 - micros}`

  test.each<[string, string, string[], number]>([
    ['nothing more where no crash matches the core', 'product=B&uptime=5&address=x', ['core'], 0],
    ['no facets where no crash matches the filters', 'address=y&_facets=uptime', ['address'], 0],
    [
      'filters that are not in the core after those of the core',
      'product=A&address=y&_facets=uptime',
      ['core', 'address'],
      0,
    ],
    ['nothing more where the first column after the core decides', 'uptime=6&_facets=address', ['uptime'], 0],
    [
      'the facets where crashes match',
      'uptime=5&_facets=address&_results_number=0',
      ['uptime', 'address'],
      2,
    ],
    ['the times that a histogram counts', '_facets=_histogram.date&_results_number=0', ['processed_at'], 2],
    [
      'the times that a histogram counts below a facet',
      '_facets=product&_aggs.product=_histogram.date&_results_number=0',
      ['core+uptime+processed_at'],
      2,
    ],
    ['no times for another histogram', '_facets=_histogram.uptime&_results_number=0', ['uptime'], 2],
    [
      'no times where all are in the period',
      `date=>=${ago(20)}&date=<=${ago(10)}&_results_number=0`,
      ['core'],
      2,
    ],
    [
      'the times where the first is before the period',
      `date=>${ago(20)}&date=<=${noon}&_results_number=0`,
      ['core+uptime+processed_at'],
      1,
    ],
    [
      'the times where the last is after the period',
      `date=>=${ago(20)}&date=<${ago(10)}&_results_number=0`,
      ['core+uptime+processed_at'],
      1,
    ],
  ])('fetches %s', async (_, parameters, fetched, total) => {
    expect(await fetchedBy([file], parameters)).toEqual({ fetched: [fetched], total, hits: [] })
  })

  test('without filters fetches its facets with the core', async () => {
    const { fetched } = await fetchedBy(
      [fileOf(1, [{ at: 10, weight: 2, uptime: 1 }])],
      '_facets=uptime&_results_number=0',
    )
    expect(fetched).toEqual([['core+uptime']])
  })

  test('fetches nothing for the order of hits where none is in the period', async () => {
    const rows = [
      { at: 10, uptime: 1 },
      { at: 30, uptime: 2 },
    ]
    const parameters = `date=>${ago(30)}&date=<${ago(10)}&_sort=uptime&_facets_size=0`
    expect(await fetchedBy([fileOf(1, rows)], parameters)).toEqual({
      fetched: [['processed_at']],
      total: 0,
      hits: [],
    })
  })

  test('fetches crash IDs in pieces, those of hits alone', async () => {
    const count = idChunkRows + 2
    const rows = Array.from({ length: count }, (_, row) => ({
      crash_id: `00000000-0000-8000-8000-${row.toString().padStart(12, '0')}`,
      processed_at: now - 5,
      uptime: row < idChunkRows - 1 || row === count - 1 ? 1 : row,
    }))
    const idsOf = async (parameters: string) => {
      const { fetched, hits } = await fetchedBy([rows], `${parameters}&_columns=uuid&_facets_size=0`)
      return [
        fetched[0]!.filter((names) => names.startsWith('ids')).sort(),
        hits.map((id) => Number(String(id).slice(24))),
      ]
    }
    expect(await idsOf(`uptime=${idChunkRows - 1}`)).toEqual([[`ids of ${idChunkRows}`], [idChunkRows - 1]])
    expect(await idsOf(`uptime=${idChunkRows}`)).toEqual([['ids of 2'], [idChunkRows]])
    expect(await idsOf('uptime=>1')).toEqual([
      [`ids of ${idChunkRows}`, 'ids of 2'],
      [idChunkRows - 1, idChunkRows],
    ])
  })
})

describe('the hits of a page', () => {
  const idsBy = async (lists: readonly (readonly Crash[])[], parameters: string) => {
    const { fetched, hits } = await fetchedBy(lists, `${parameters}&_columns=uuid&_facets_size=0`)
    const withIds = fetched.map((requests) => requests.some((names) => names.startsWith('ids')))
    return { withIds, hits: hits.map((id) => Number(String(id).slice(0, 8))) }
  }
  const pages = [
    fileOf(3, [{ at: 10 }, { at: 20 }]),
    fileOf(2, [{ at: 20 }, { at: 30 }]),
    fileOf(1, [{ at: 30 }, { at: 40 }]),
  ]

  test.each<[string, string, boolean[], number[]]>([
    ['the newest', '_results_number=1', [true, false, false], [30_000_000]],
    ['as many as the newest file has', '_results_number=2', [true, true, false], [30_000_000, 20_000_000]],
    [
      'more than the newest file has',
      '_results_number=3',
      [true, true, false],
      [30_000_000, 20_000_000, 30_000_001],
    ],
    ['after an offset', '_results_offset=3&_results_number=1', [true, true, true], [10_000_000]],
    ['beyond all', '_results_offset=6&_results_number=1', [true, true, true], []],
    ['the oldest', '_sort=date&_results_number=1', [false, false, true], [10_000_001]],
  ])('that are %s come from the files that may have them', async (_, parameters, withIds, hits) => {
    expect(await idsBy(pages, parameters)).toEqual({ withIds, hits })
  })

  test('do not need the order of older files', async () => {
    const lists = [fileOf(2, [{ at: 10 }, { at: 20 }]), fileOf(1, [{ at: 21 }, { at: 30 }])]
    const { fetched } = await fetchedBy(lists, '_results_number=2&_columns=uuid&_facets_size=0')
    expect(fetched).toEqual([['processed_at', 'ids of 2'], []])
  })

  test('of equal values are those with the first crash IDs of all files', async () => {
    const lists = [
      fileOf(3, [{ at: 10, uptime: 5 }]),
      fileOf(1, [{ at: 20, uptime: 5 }]),
      fileOf(2, [{ at: 30, uptime: 6 }]),
    ]
    expect(await idsBy(lists, '_sort=uptime&_results_number=1')).toEqual({
      withIds: [true, true, false],
      hits: [10_000_000],
    })
  })
})
