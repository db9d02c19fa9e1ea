// Symbolication in workerd: 50 addresses of a symbol file of almost 1 GB, cold, and 10,000 frames over 100 modules.
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { symdexKey } from '../../shared/keys.ts'
import { openStores } from '../../shared/storage/open.node.ts'
import { withTemporaryFolder, withWorkerd } from './edge.support.ts'
import { watchHeap, workerdMemory, workerdProcesses } from './heap.support.ts'
import { forModule, type LargeSymbols, makeLargeSymbols, sequence } from './large-symbols.support.ts'

const largeParts = 210
const modules = 100
const frames = 10_000
const clockTickMs = 10
const idOf = (i: number) => `${i.toString(16).toUpperCase().padStart(32, 'A')}0`
const large = { file: 'libxul.so', id: idOf(1000) }
const small = Array.from({ length: modules }, (_, i) => ({ file: `lib${i}.so`, id: idOf(i) }))

export const run = (): Promise<Record<string, unknown>> =>
  withTemporaryFolder(async (dir) => {
    const xul = makeLargeSymbols(large.id, large.file, largeParts)
    const library = makeLargeSymbols(idOf(0), 'lib0.so', 1)
    await store(dir, xul, library)
    return {
      'symbol file of almost 1 GB': await withWorkerd(dir, async (url, inspector) => ({
        text_bytes: xul.textBytes,
        symdex_bytes: xul.symdex.length,
        'cold, 50 addresses': await measure(url, inspector, ofLarge(xul, 50, 1)),
        'then 50 others': await measure(url, inspector, ofLarge(xul, 50, 2)),
        'then 10,000 others': await measure(url, inspector, ofLarge(xul, frames, 3)),
        bar_isolate_mb: 128,
        bar_cold_cpu_ms: 300,
      })),
      '10,000 frames over 100 modules': await withWorkerd(dir, async (url, inspector) => ({
        symdex_bytes: library.symdex.length,
        cold: await measure(url, inspector, overModules(library, 1)),
        warm: await measure(url, inspector, overModules(library, 2)),
      })),
    }
  })

/** The small modules have the same content. */
async function store(dir: string, xul: LargeSymbols, library: LargeSymbols): Promise<void> {
  const { stores, close } = await openStores(`r2:${dir}`, {})
  await stores.symbols.put(symdexKey(large.file, large.id), xul.symdex)
  for (const { file, id } of small)
    await stores.symbols.put(symdexKey(file, id), forModule(library.symdex, id, file))
  await close()
}

interface Job {
  memoryMap: string[][]
  stacks: number[][][]
}

function ofLarge({ addressEnd }: LargeSymbols, count: number, seed: number): Job {
  const next = sequence(seed)
  const stack = Array.from({ length: count }, () => [0, next(addressEnd)])
  return { memoryMap: [[large.file, large.id]], stacks: [stack] }
}

/** Stacks of 50 frames; half of the frames of a module are near each other, as in a profile. */
function overModules({ addressEnd }: LargeSymbols, seed: number): Job {
  const next = sequence(seed)
  const frame = () => [next(modules), next(2) ? next(addressEnd) : next(addressEnd >> 4)]
  const stacks = Array.from({ length: frames / 50 }, () => Array.from({ length: 50 }, frame))
  return { memoryMap: small.map(({ file, id }) => [file, id]), stacks }
}

async function measure(url: string, inspector: URL, job: Job): Promise<Record<string, unknown>> {
  const count = job.stacks.reduce((sum, stack) => sum + stack.length, 0)
  workerdMemory.reset()
  const heap = await watchHeap(inspector)
  const before = cpuMs()
  const startedAt = performance.now()
  const response = await fetch(`${url}/symbols/symbolicate/v5`, {
    method: 'POST',
    headers: { debug: '1' },
    body: JSON.stringify(job),
  })
  const text = await response.text()
  const wallMs = performance.now() - startedAt
  await sleep(2 * clockTickMs)
  const cpu = cpuMs() - before
  const { peakMb } = await heap.stop()
  const { results, debug } = JSON.parse(text)
  const named = results.flatMap(({ stacks }: { stacks: object[][] }) => stacks.flat())
  return {
    frames: count,
    frames_with_function: named.filter((frame: object) => 'function' in frame).length,
    wall_ms: Math.round(wallMs),
    cpu_ms_with_store: cpu,
    reads: debug.downloads.count,
    bytes_read: debug.downloads.size,
    bytes_read_per_frame: Math.round(debug.downloads.size / count),
    answer_bytes: text.length,
    isolate_peak_mb: Math.round(peakMb),
    process_peak_mb: Math.round(workerdMemory.peakMb()),
  }
}

/** User and system time of all workerd processes, which also run the local R2. */
function cpuMs(): number {
  let ticks = 0
  for (const pid of workerdProcesses()) {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    ticks += Number(fields[11]) + Number(fields[12])
  }
  return ticks * clockTickMs
}
