// Symbolication in workerd, measured: time, CPU, reads, memory.
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { symdexKey } from '../../shared/keys.ts'
import { openStores } from '../../shared/storage/open.node.ts'
import { withWorkerd } from './edge.support.ts'
import { watchHeap, workerdMemory, workerdProcesses } from './heap.support.ts'
import { forModule, makeLargeSymbols, sequence } from './large-symbols.support.ts'

const modules = 100
const frames = 10_000
const clockTickMs = 10

export const idOf = (i: number): string => `${i.toString(16).toUpperCase().padStart(32, 'A')}0`
const small = Array.from({ length: modules }, (_, i) => ({ file: `lib${i}.so`, id: idOf(i) }))

/** 10,000 frames over 100 modules, which have the same content. */
export async function overModules(dir: string): Promise<Record<string, unknown>> {
  const library = makeLargeSymbols(idOf(0), 'lib0.so', 1)
  await storeIndexes(
    dir,
    small.map(({ file, id }) => ({ file, id, symdex: forModule(library.symdex, id, file) })),
  )
  return withWorkerd(dir, async (url, inspector) => ({
    symdex_bytes: library.symdex.length,
    cold: await measure(url, inspector, stacksOver(library.addressEnd, 1)),
    warm: await measure(url, inspector, stacksOver(library.addressEnd, 2)),
  }))
}

interface Index {
  file: string
  id: string
  symdex: Uint8Array
}

export async function storeIndexes(dir: string, indexes: readonly Index[]): Promise<void> {
  const { stores, close } = await openStores(`r2:${dir}`, {})
  for (const { file, id, symdex } of indexes) await stores.symbols.put(symdexKey(file, id), symdex)
  await close()
}

export interface Job {
  memoryMap: string[][]
  stacks: number[][][]
}

/** Stacks of 50 frames; half of the frames of a module are near each other, as in a profile. */
function stacksOver(addressEnd: number, seed: number): Job {
  const next = sequence(seed)
  const frame = () => [next(modules), next(2) ? next(addressEnd) : next(addressEnd >> 4)]
  const stacks = Array.from({ length: frames / 50 }, () => Array.from({ length: 50 }, frame))
  return { memoryMap: small.map(({ file, id }) => [file, id]), stacks }
}

export async function measure(url: string, inspector: URL, job: Job): Promise<Record<string, unknown>> {
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
