// What a request with the header `Debug` gets to know, with the names of Eliot.
import type { Symbolicated } from '../../../shared/symbolicate/symbolicate.ts'
import { keyOf } from '../../../shared/symbolicate/symbolicate.ts'
import type { ReadBudget } from './read-budget.ts'

/** `seconds`: the time of the whole lookup. Nothing is parsed or saved for a request whose modules have indexes. */
export function debugStats({ jobs, modules }: Symbolicated, budget: ReadBudget, seconds: number): object {
  const perModule = new Map<string, number>()
  for (const { memoryMap } of jobs)
    for (const key of new Set(memoryMap.map(keyOf)))
      if (modules.has(key)) perModule.set(key, (perModule.get(key) ?? 0) + 1)
  const count = [...perModule.values()].reduce((sum, jobsOfModule) => sum + jobsOfModule, 0)
  return {
    time: seconds,
    cache_lookups: { count: modules.size, hits: budget.cachedRoots, time: 0 },
    downloads: { count: budget.reads, size: budget.bytes, time: budget.seconds },
    parse_sym: { time: 0 },
    save_symcache: { time: 0 },
    modules: { count, stacks_per_module: Object.fromEntries(perModule) },
  }
}
