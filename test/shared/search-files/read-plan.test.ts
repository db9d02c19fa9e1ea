// Which bytes a question reads.
import { describe, expect, test } from 'vitest'
import { emptyManifest, type Manifest, type SearchFile } from '../../../shared/search-files/manifest.ts'
import { costOf, filesWithin, rangesOf } from '../../../shared/search-files/read-plan.ts'

const hour = 3_600_000_000
const file = (name: number, span: [number, number, number] | null): SearchFile => ({
  key: `search/v1/2026-11-2${name}-${'0'.repeat(32)}.cols`,
  bytes: 200_000,
  rows: 1000,
  from: `2026-11-2${name}`,
  to: `2026-11-2${name}`,
  submitted_at: span,
  processed_at: span,
  sources: [[`2026-11-2${name}`, 'v']],
  made_at: '2026-11-29T00:00:00.000Z',
  core: 300,
  blocks: [
    ['product', 0, 100, 1000, 1, 3],
    ['signature', 100, 150, 1000, 1, 3],
    ['weight', 250, 50, 1000, 1, 3],
    ['address', 300, 50_000, 60_000, 2, 900],
    ['uptime', 50_300, 10_000, 20_000, 2, 900],
    ['proto_signature', 60_300, 100_000, 200_000, 2, 900],
  ],
  ids: 160_300,
})

const manifest: Manifest = {
  ...emptyManifest(),
  files: [
    file(1, [0, 10 * hour, 0]),
    file(2, [10 * hour, 30 * hour, 5]),
    file(3, null),
    file(4, [40 * hour, 50 * hour, 0]),
  ],
}
const none = () => false
const names = (...columns: string[]) => new Set(columns)
const shown = (columns: ReadonlySet<string>, has = none as (file: SearchFile, column: string) => boolean) =>
  rangesOf(manifest.files[0]!, columns, has).map(({ offset, length, blocks }) => [
    offset,
    length,
    blocks.map(([name]) => name),
  ])

describe('a question', () => {
  test('reads the files with crashes processed in its period, newest first', () => {
    const found = (from: number, to: number) =>
      filesWithin(manifest, { from, to }).map((one) => one.from.at(-1))
    expect(found(0, 100 * hour)).toEqual(['4', '2', '1'])
    expect(found(10 * hour, 10 * hour + 1)).toEqual(['2', '1'])
    expect(found(31 * hour, 40 * hour)).toEqual([])
    expect(found(50 * hour, 60 * hour)).toEqual(['4'])
    expect(found(50 * hour + 1, 60 * hour)).toEqual([])
    expect(found(31 * hour, 40 * hour + 1)).toEqual(['4'])
    expect(found(10 * hour + 1, 20 * hour)).toEqual(['2'])
  })

  test('reads files that end at the same time in the order of their keys', () => {
    const files = [3, 1, 2].map((name) => file(name, [name * hour, 10 * hour, 0]))
    const found = filesWithin({ ...manifest, files }, { from: 0, to: 100 * hour })
    expect(found.map((one) => one.from.at(-1))).toEqual(['1', '2', '3'])
  })

  test('reads the whole core by one request, other columns alone', () => {
    expect(shown(names('signature'))).toEqual([[0, 300, ['product', 'signature', 'weight']]])
    expect(shown(names('proto_signature'))).toEqual([[60_300, 100_000, ['proto_signature']]])
    expect(shown(names('signature', 'proto_signature'))).toHaveLength(2)
    expect(shown(names())).toEqual([])
  })

  test('reads blocks by one request when little is between them', () => {
    expect(shown(names('address', 'proto_signature'))).toEqual([
      [300, 160_000, ['address', 'proto_signature']],
    ])
  })

  test('reads two blocks by one request up to 16 KiB between them', () => {
    const apart = (between: number) => {
      const blocks: SearchFile['blocks'] = [
        ['address', 300, 10, 20, 1, 1],
        ['uptime', 310 + between, 10, 20, 1, 1],
      ]
      const ranges = rangesOf({ ...file(1, null), blocks }, names('address', 'uptime'), none)
      return ranges.map(({ offset, length }) => [offset, length])
    }
    expect(apart(16_384)).toEqual([[300, 16_404]])
    expect(apart(16_385)).toEqual([
      [300, 10],
      [16_695, 10],
    ])
  })

  test('does not read blocks again, nor columns without values', () => {
    expect(shown(names('signature', 'unknown'), (_, column) => column !== 'weight')).toEqual([])
    expect(shown(names('weight'), (_, column) => column !== 'weight')).toEqual([[250, 50, ['weight']]])
  })

  test('has a cost that is known before it is asked', () => {
    const needs = { from: 0, to: 100 * hour, columns: names('signature', 'uptime') }
    expect(costOf(manifest, needs)).toEqual({ files: 3, rows: 3000, requests: 6, bytes: 3 * 10_300 })
    expect(costOf(manifest, needs, () => true)).toMatchObject({ requests: 0, bytes: 0 })
  })
})
