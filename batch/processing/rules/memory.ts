// Rules for memory: the memory report that some clients send, and the measures extracted from it.
import { addOwn, setOwn } from '../../../shared/own.ts'
import { type Rule, rule } from './rule.ts'

const memoryReportRule = rule({
  name: 'memory-report',
  version: 1,
  run({ memoryReport }, _draft, note) {
    if (!memoryReport) return null
    if ('error' in memoryReport) {
      note('memory-report: not readable')
      return { memory_report_error: memoryReport.error }
    }
    return { memory_report: memoryReport.report }
  },
})

interface Measure {
  process: string
  path: string
  kind: number
  units: number
  amount: number
}

/** Paths that are measures in themselves; their values are summed. */
const plainPaths: ReadonlySet<string> = new Set([
  'gfx-textures',
  'ghost-windows',
  'heap-allocated',
  'host-object-urls',
  'private',
  'resident',
  'resident-unique',
  'system-heap-allocated',
  'vsize',
  'vsize-max-contiguous',
])
const derived = [
  'explicit',
  'heap_overhead',
  'heap_unclassified',
  'images',
  'js_main_runtime',
  'top_none_detached',
]
const bytesUnits = 0
const kinds = { nonHeap: 0, heap: 1 }

/**
 * The measures of one process in a memory report. Null if the report has none for that process or does not have the
 * form that about:memory writes (version, reports, hasMozMallocUsableSize).
 */
export function memoryMeasures(report: unknown, pid: number): Record<string, number> | null {
  const { reports } = report as { reports: Measure[] }
  const own = reports.filter((item) => item.process.includes(`(pid ${pid})`))
  if (own.length === 0) return null
  const sums: Record<string, number> = {}
  for (const name of [...plainPaths, ...derived]) setOwn(sums, name.replaceAll('-', '_'), 0)
  const explicit = { heap: 0, nonHeap: 0 }
  for (const item of own) {
    if (item.path.startsWith('explicit/')) {
      if (!addExplicit(item, explicit)) return null
      const part = explicitPart(item.path)
      if (part) addOwn(sums, part, item.amount)
    } else if (item.path.startsWith('js-main-runtime/')) sums.js_main_runtime! += item.amount
    else if (plainPaths.has(item.path)) addOwn(sums, item.path.replaceAll('-', '_'), item.amount)
  }
  sums.heap_unclassified = sums.heap_allocated! - explicit.heap
  sums.explicit = sums.heap_allocated! + explicit.nonHeap
  return sums
}

function addExplicit(item: Measure, explicit: { heap: number; nonHeap: number }): boolean {
  if (item.units !== bytesUnits) return false
  if (item.kind === kinds.heap) explicit.heap += item.amount
  else if (item.kind === kinds.nonHeap) explicit.nonHeap += item.amount
  else return false
  return true
}

function explicitPart(path: string): string | null {
  if (path.startsWith('explicit/images/')) return 'images'
  if (path.includes('top(none)/detached')) return 'top_none_detached'
  return path.startsWith('explicit/heap-overhead/') ? 'heap_overhead' : null
}

const memoryMeasuresRule = rule({
  name: 'memory-measures',
  version: 1,
  after: ['memory-report', 'stackwalk'],
  run(_input, draft) {
    const report = draft.memory_report
    const pid = draft.json_dump?.pid
    if (!pid || !isMemoryReport(report)) return null
    const measures = memoryMeasures(report, pid)
    return measures ? { memory_measures: measures } : null
  },
})

function isMemoryReport(report: unknown): boolean {
  if (!report || typeof report !== 'object') return false
  const { reports } = report as { reports?: unknown }
  if (!('version' in report && 'hasMozMallocUsableSize' in report && Array.isArray(reports))) return false
  return reports.every(
    (item: Partial<Measure> | null) =>
      typeof item?.process === 'string' && typeof item.path === 'string' && typeof item.amount === 'number',
  )
}

export const memoryRules: readonly Rule[] = [memoryReportRule, memoryMeasuresRule]
