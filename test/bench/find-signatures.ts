// Finding texts in the signature index, as the palette does on each key: milliseconds, of which 50 are the bar.
import { findSignatures } from '../../dashboard/model/signatures/find-signatures.ts'
import { manySignatures, searchableParts } from '../support/sample-signature-index.ts'

const texts = ['a', 'evict', 'sim::cache', 'cache session', 'f99999', 'nowhere']
const sizes = [13_000, 100_000]
const runs = 9
const barMs = 50

export async function run(): Promise<Record<string, unknown>> {
  const results = sizes.map((signatures) => {
    const parts = searchableParts(manySignatures(signatures), '2026-11-22T14:05:00.000000+00:00')
    const slowest = Math.max(...texts.map((text) => median(() => findSignatures(parts, { text }))))
    return { signatures, slowest_ms: Math.round(slowest * 10) / 10, bar_ms: barMs }
  })
  return { results }
}

function median(work: () => unknown): number {
  const times = Array.from({ length: runs }, () => {
    const began = performance.now()
    work()
    return performance.now() - began
  })
  return times.sort((a, b) => a - b)[runs >> 1]!
}
