// Submissions of 125 kB: in workerd compared with a handler that only reads and stores, in Deno by CPU time per report.
import { join } from 'node:path'
import {
  besideBaseline,
  cpuPerReport,
  type Load,
  report,
  withDeno,
  withTemporaryFolder,
  withWorkerd,
} from './edge.support.ts'

const kind: Load = { dumpBytes: 125_000, perRound: 300 }

export const run = (): Promise<Record<string, unknown>> =>
  withTemporaryFolder(async (dir) => ({
    body_bytes: report(0, kind.dumpBytes).length,
    workerd: {
      ...(await withWorkerd(join(dir, 'workerd'), (url) => besideBaseline(url, kind))),
      bar_ratio: 0.5,
    },
    deno: {
      ...(await withDeno(join(dir, 'deno'), {}, (url, child) =>
        cpuPerReport(url, child, join(dir, 'bare'), kind),
      )),
      bar_cpu_ms: 0.6,
    },
  }))
