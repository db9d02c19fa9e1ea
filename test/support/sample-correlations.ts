// The correlations of invented signatures: of `OOM | small` some of every kind, of others none.
import { aggregatesVersion } from '../../shared/aggregates/documents.ts'
import type { Correlation, CorrelationsAggregate } from '../../shared/aggregates/correlations.ts'
import { hostileText, type SampleProduct } from './sample-products.ts'

const correlation = (
  kind: Correlation['kind'],
  column: string,
  value: string,
  [group, reference]: readonly [number, number],
): Correlation => ({ kind, column, value, range: null, group, reference, prior: null, explains: [] })

const platform = correlation('value', 'platform', 'Windows NT', [1, 0.61])
const correlations: readonly Correlation[] = [
  correlation('module', 'modules', 'simhook.dll', [0.843, 0.04]),
  {
    ...correlation('number', 'uptime', '', [0.7, 0.25]),
    range: [null, 60],
    prior: { of: platform, group: 0.7, reference: 0.4 },
  },
  { ...platform, explains: [correlation('value', 'release_channel', 'release', [0.98, 0.7])] },
  correlation('flag', 'safe_mode', 'true', [0.4, 0.02]),
  correlation('item', 'addons', hostileText, [0.3, 0.01]),
]

/** Sixteen documents. @param idOf of signatures */
export function sampleCorrelations(
  { name, signatures }: SampleProduct,
  { now, idOf }: { now: string; idOf: (signature: string) => string },
): CorrelationsAggregate[] {
  return [...'0123456789abcdef'].map((start) => ({
    version: aggregatesVersion,
    generated_at: now,
    product: name,
    start,
    source: '',
    from: '2026-10-26',
    to: '2026-11-21',
    reference: 3000,
    signatures: signatures.flatMap((signature) => {
      const id = idOf(signature)
      const found = signature === 'OOM | small' ? [...correlations] : []
      return id.startsWith(start) ? [{ id, reports: 400, tests: 60, correlations: found }] : []
    }),
  }))
}
