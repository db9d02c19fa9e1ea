// The edge at several sizes, the cost of a refused report, and eight large reports at once.
import { join } from 'node:path'
import {
  besideBaseline,
  cpuPerReport,
  type Load,
  withDeno,
  withTemporaryFolder,
  withWorkerd,
} from './edge.support.ts'
import { eightLargeAtOnce } from './large.support.ts'

const sizes: Record<string, Load> = {
  '20 kB': { dumpBytes: 20_000, perRound: 300 },
  '125 kB': { dumpBytes: 125_000, perRound: 200 },
  '1 MB': { dumpBytes: 1_000_000, perRound: 40 },
}
const refused: Load = {
  dumpBytes: 125_000,
  perRound: 300,
  product: 'Unlisted',
  expect: 'Discarded=rule_unsupported_product',
}

async function each(
  measure: (kind: Load) => Promise<Record<string, unknown>>,
): Promise<Record<string, unknown>> {
  const results: Record<string, unknown> = {}
  for (const [name, kind] of Object.entries(sizes)) results[name] = await measure(kind)
  return results
}

export const run = (): Promise<Record<string, unknown>> =>
  withTemporaryFolder(async (dir) => ({
    workerd: {
      ...(await withWorkerd(join(dir, 'workerd'), (url) => each((kind) => besideBaseline(url, kind)))),
      'eight of 20 MB at once': await withWorkerd(join(dir, 'large'), eightLargeAtOnce),
    },
    deno: await withDeno(join(dir, 'deno'), {}, (url, child) =>
      each((kind) => cpuPerReport(url, child, join(dir, 'bare'), kind)),
    ),
    'deno, refused by the throttle, 125 kB': await withDeno(
      join(dir, 'refused'),
      { MAYDAY_POLICY: 'mozilla' },
      (url, child) => cpuPerReport(url, child, join(dir, 'bare'), refused),
    ),
  }))
