// The neighbors of a report, and the searches for those beyond the listed ones.
import { describe, expect, test } from 'vitest'
import { neighborParameters, peersOf } from '../../../../dashboard/model/report/peers.ts'
import type { ReportRow } from '../../../../shared/aggregates/documents.ts'

const [a, b, c] = ['a', 'b', 'c'].map((crash_id) => ({ crash_id }) as ReportRow) as [
  ReportRow,
  ReportRow,
  ReportRow,
]
const reports = [a, b, c]

describe('peersOf', () => {
  test.each<[string, number, object]>([
    ['a', 9, { place: 1, listed: 3, newer: null, older: b, newest: null, beyond: [] }],
    ['b', 9, { place: 2, listed: 3, newer: a, older: c, newest: a, beyond: [] }],
    ['c', 4, { place: 3, listed: 3, newer: b, older: null, newest: a, beyond: ['older'] }],
    ['c', 3, { place: 3, listed: 3, newer: b, older: null, newest: a, beyond: [] }],
    ['x', 9, { place: null, listed: 3, newer: null, older: null, newest: a, beyond: ['newer', 'older'] }],
  ])('of %s among %d', (crashId, all, peers) => {
    expect(peersOf({ reports, all }, crashId)).toEqual(peers)
  })

  test('of a report of a signature without reports', () => {
    expect(peersOf({ reports: [], all: 0 }, 'a')).toMatchObject({ place: null, newest: null })
  })
})

describe('neighborParameters', () => {
  const crash = {
    signature: 'f',
    product: 'Lumen',
    submitted_timestamp: '2026-10-21T12:00:00Z',
    completed_datetime: '2026-10-21T13:00:00Z',
  }

  test.each([
    ['older', '<', '2026-04-22', '2026-10-22', '-submitted_at'],
    ['newer', '>', '2026-10-20', '2027-04-21', 'submitted_at'],
  ] as const)('search the next %s report', (side, sign, from, to, sort) => {
    expect([...neighborParameters(crash, side)!]).toEqual([
      ['signature', '=f'],
      ['product', '=Lumen'],
      ['submitted_at', `${sign}2026-10-21T12:00:00Z`],
      ['date', `>=${from}T13:00:00.000Z`],
      ['date', `<${to}T13:00:00.000Z`],
      ['_sort', sort],
      ['_columns', 'uuid'],
      ['_results_number', '1'],
    ])
  })

  test('need no product, but a signature and both times', () => {
    const { product: _, ...without } = crash
    expect(neighborParameters(without, 'older')!.has('product')).toBe(false)
    for (const key of ['signature', 'submitted_timestamp', 'completed_datetime'] as const)
      expect(neighborParameters({ ...crash, [key]: undefined }, 'older'), key).toBeNull()
  })
})
