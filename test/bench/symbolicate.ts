// Symbolication in workerd of addresses in a symbol file of almost 1 GB. `symbols.ts` has one over many modules.
import { withTemporaryFolder, withWorkerd } from './edge.support.ts'
import { type LargeSymbols, makeLargeSymbols, sequence } from './large-symbols.support.ts'
import { idOf, type Job, measure, storeIndexes } from './symbolicate.support.ts'

const largeParts = 210
const large = { file: 'libxul.so', id: idOf(1000) }

export const run = (): Promise<Record<string, unknown>> =>
  withTemporaryFolder(async (dir) => {
    const xul = makeLargeSymbols(large.id, large.file, largeParts)
    await storeIndexes(dir, [{ ...large, symdex: xul.symdex }])
    return withWorkerd(dir, async (url, inspector) => ({
      text_bytes: xul.textBytes,
      symdex_bytes: xul.symdex.length,
      'cold, 50 addresses': await measure(url, inspector, addressesIn(xul, 50, 1)),
      'then 50 others': await measure(url, inspector, addressesIn(xul, 50, 2)),
      'then 10,000 others': await measure(url, inspector, addressesIn(xul, 10_000, 3)),
      bar_isolate_mb: 128,
      bar_cold_cpu_ms: 300,
    }))
  })

function addressesIn({ addressEnd }: LargeSymbols, count: number, seed: number): Job {
  const next = sequence(seed)
  const stack = Array.from({ length: count }, () => [0, next(addressEnd)])
  return { memoryMap: [[large.file, large.id]], stacks: [stack] }
}
