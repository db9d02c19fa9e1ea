// Documents about the system itself: missing symbols and the last round.
import {
  aggregatesVersion,
  type MissingSymbolsAggregate,
  type RoundAggregate,
} from '../../shared/aggregates/documents.ts'
import type { Alert, AlertsAggregate } from '../../shared/alerts/alert.ts'
import { alertsKey, missingSymbolsKey, roundKey } from '../../shared/keys.ts'

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
    [
      alertsKey,
      { version: aggregatesVersion, generated_at: now, alerts: alerts(now) } satisfies AlertsAggregate,
    ],
    [missingSymbolsKey, missing],
    [roundKey, round],
  ])
}

/** The newest first: each rule, and a name to isolate. */
function alerts(now: string): Alert[] {
  const all: (Partial<Alert> & Pick<Alert, 'rule' | 'subject' | 'value' | 'usual'>)[] = [
    {
      rule: 'new_signature',
      subject: 'atelier::Document::Open',
      value: 0.047,
      usual: 0,
      version: '3.2.0',
      only: 'Linux',
      more: 3,
    },
    { rule: 'rising', subject: '<b>\u202ehostile', value: 0.03, usual: 0.01, product: 'Lumen' },
    { rule: 'spike', subject: '', value: 2500, usual: 1000, product: 'Lumen' },
    { rule: 'version_rate', subject: '3.2.0', value: 1.8, usual: 1, version: '3.2.0', against: '3.1.4' },
    { rule: 'refused', subject: 'malformed_no_boundary', value: 400, usual: 3 },
    { rule: 'missing_symbols', subject: 'gpu-driver.pdb', value: 0.12, usual: 0.01, product: 'Lumen' },
    { rule: 'rising', subject: 'lumen::Save', value: 0.04, usual: 0.01, product: 'Lumen' },
  ]
  return all.map((one, place) => ({
    ...{ id: String(place).padStart(32, '0'), product: 'Atelier', day: '2026-11-21', version: null },
    ...{
      against: null,
      only: null,
      more: 0,
      at: new Date(Date.parse(now) - place * 86_400_000).toISOString(),
    },
    ...one,
  }))
}
