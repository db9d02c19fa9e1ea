// Cells of Top Crashers survive their compact form, and documents that refer to nothing are refused.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  aggregatesVersion,
  type Cell,
  type TopCrashersAggregate,
} from '../../../shared/aggregates/documents.ts'
import { packTopCrashers, unpackTopCrashers } from '../../../shared/aggregates/crash-cells.ts'

const documentOf = (current: Cell[], previous: Cell[]): TopCrashersAggregate => ({
  version: aggregatesVersion,
  generated_at: '2026-11-22T12:00:00+00:00',
  product: 'Lumen',
  days: 7,
  from: '2026-11-16',
  to: '2026-11-22',
  until: '2026-11-22T12:00:00+00:00',
  versions: ['2.0', '1.0'],
  channels: ['release', 'beta'],
  platforms: ['Linux', 'Windows NT'],
  process_types: ['parent', 'gpu'],
  report_types: ['crash', 'hang'],
  all: { current, previous },
  startup: 0,
  signatures: [],
})

const place = fc.nat({ max: 1 })
const count = fc.integer({ min: 1, max: 1_000_000 })
const weight = fc.constantFrom(1, 10, 100 / 15, 2.5)
const cell = fc
  .tuple(place, place, place, place, count, weight, place)
  .map(([v, c, p, t, n, w, r]): Cell => [v, c, p, t, n, Math.round(n * w * 100) / 100, r])

const sorted = (cells: readonly Cell[]) => [...cells].map((one) => one.join()).sort()

test('packing loses nothing', () => {
  fc.assert(
    fc.property(fc.array(cell), fc.array(cell), (current, previous) => {
      const { all } = unpackTopCrashers(
        JSON.parse(JSON.stringify(packTopCrashers(documentOf(current, previous)))),
      )
      expect(sorted(all.current)).toEqual(sorted(current))
      expect(sorted(all.previous)).toEqual(sorted(previous))
    }),
  )
})

test('a cell that refers to a missing line or group is refused', () => {
  const packed = packTopCrashers(documentOf([[0, 0, 0, 0, 1, 1, 0]], []))
  for (const broken of [{ lines: [] }, { groups: [] }])
    expect(() => unpackTopCrashers({ ...packed, ...broken })).toThrow(RangeError)
})
