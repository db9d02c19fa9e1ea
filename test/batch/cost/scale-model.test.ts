// The model of docs/scaling.md: it follows from its units.
import { describe, expect, test } from 'vitest'
import { perReport } from '../../../batch/cost/estimate.ts'
import { limitsOf, round, scaleLines, type ScaleUnits, shardsFor } from '../../bench/scale-model.support.ts'

const units: ScaleUnits = {
  processingCpuMs: 20,
  processCpuMs: 4000,
  documentBytes: 10_000,
  rowBytes: 1000,
  quietRequests: 18,
  aggregateCpuMs: 0.01,
  aggregateFixedMs: 5000,
  searchBytes: 50,
}

const valueIn = (perDay: number, start: string) =>
  scaleLines(perDay, units).find(({ part }) => part.startsWith(start))!.value

describe('the model', () => {
  test('counts the requests of a report that tests count', () => {
    const { edge, processing } = perReport
    const each = edge.writes + edge.reads + processing.writes + processing.reads
    expect(valueIn(1_000_000, 'reads and writes')).toBe((each * 1_000_000).toLocaleString('en-US'))
  })

  test('needs one shard for few crashes, and as many more as cores for many', () => {
    expect(shardsFor(1000, units)).toBe(1)
    // 100 million × 20 ms are 23 cores of a day, of which half is used.
    expect(shardsFor(100_000_000, units)).toBe(47)
  })

  test('stores 180 days', () => {
    expect(valueIn(1_000_000, 'stored')).toBe(round((180 * 29_000 * 1e6) / 1e12))
  })

  test('names every limit above 1,000 crashes a day, the lowest first', () => {
    const limits = limitsOf(units).map(({ perDay }) => perDay)
    expect(limits).toEqual([...limits].sort((a, b) => a - b))
    expect(limits.every((perDay) => perDay > 1000)).toBe(true)
  })
})
