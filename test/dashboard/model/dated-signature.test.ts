// A signature over the days of the home aggregate.
import { expect, test } from 'vitest'
import { datedSignature } from '../../../dashboard/model/dated-signature.ts'
import type { Home } from '../../../dashboard/model/freshness.ts'
import type { SignatureAggregate } from '../../../shared/aggregates.ts'

const tally = { count: 2, weighted: 20 }
const none = { count: 0, weighted: 0 }
const line = { product: 'Lumen', version: '1.0' }
const days = ['2026-09-30', '2026-10-02', '2026-10-04'].map((date) => ({ date, ...tally }))
const signature = { signature: 'f', trend: [{ ...line, days }] } as unknown as SignatureAggregate
const homeOf = (checked_at: string) =>
  ({ checked_at, dates: ['2026-10-01', '2026-10-02', '2026-10-03'] }) as unknown as Home

test('days without crashes are zero; days outside of the period are omitted', () => {
  const dated = datedSignature(signature, homeOf('2026-10-04T01:00:00+00:00'))
  expect(dated).toMatchObject({ signature: 'f', dates: ['2026-10-01', '2026-10-02', '2026-10-03'] })
  expect(dated.trend).toEqual([{ ...line, days: [none, { date: '2026-10-02', ...tally }, none] }])
  expect(dated.partial).toBeUndefined()
})

test('the last day is partial when crashes were counted before its end', () => {
  expect(datedSignature(signature, homeOf('2026-10-03T23:00:00+00:00')).partial).toBe('2026-10-03')
})
