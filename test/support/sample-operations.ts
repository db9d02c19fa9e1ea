// Documents about the system itself: missing symbols and the last round.
import {
  aggregatesVersion,
  type MissingSymbolsAggregate,
  type RoundAggregate,
} from '../../shared/aggregates.ts'
import { missingSymbolsKey, roundKey } from '../../shared/keys.ts'

/** By key. @param now ISO time */
export function sampleOperations(now: string): Map<string, unknown> {
  const missing: MissingSymbolsAggregate = {
    version: aggregatesVersion,
    generated_at: now,
    from: '2026-10-26',
    to: '2026-11-22',
    all: 502,
    modules: [
      {
        ...{ filename: 'gpu-driver.dll', debug_file: 'gpu-driver.pdb' },
        ...{ debug_id: '0123456789ABCDEF0123456789ABCDEF1', code_id: '5F3E1A2B6000' },
        total: { count: 40, weighted: 400 },
        products: [
          { product: 'Lumen', total: { count: 30, weighted: 300 } },
          { product: 'Atelier', total: { count: 10, weighted: 100 } },
        ],
        last_seen: '2026-11-21',
      },
      {
        ...{ filename: '<b>\u202egnp.exe', debug_file: '', debug_id: '', code_id: 'ABC' },
        total: { count: 7, weighted: 7 },
        products: [{ product: 'Atelier', total: { count: 7, weighted: 7 } }],
        last_seen: '2026-11-20',
      },
    ],
  }
  const round: RoundAggregate = {
    version: aggregatesVersion,
    generated_at: now,
    began: new Date(Date.parse(now) - 83_000).toISOString(),
    good: false,
    backlog: 12,
    oldest_waiting: '2026-11-22T13:55:00.000000+00:00',
    steps: [
      {
        name: 'process',
        good: true,
        ms: 81_500,
        requests: 1234,
        bytes_read: 45_000_000,
        bytes_written: 9_000_000,
      },
      { name: 'verify', good: false, ms: 320, requests: 3, bytes_read: 1200, bytes_written: 0 },
    ],
  }
  return new Map<string, unknown>([
    [missingSymbolsKey, missing],
    [roundKey, round],
  ])
}
