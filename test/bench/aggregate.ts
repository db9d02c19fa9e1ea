// `mayday aggregate` of simulated crashes: time and peak memory of the first run, of one without changes, of one with a new
// day; and bytes of what it wrote.
import { spawnSync } from 'node:child_process'
import { existsSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { aggregatesPrefix, aggregatesRoot, searchPrefix, tablePrefix } from '../../shared/keys.ts'
import { openStores } from '../../shared/storage/open.node.ts'
import type { Storage } from '../../shared/storage/storage.ts'

const crashes = Number(process.env.MAYDAY_BENCH_ROWS || 1_000_000)
const root = resolve(import.meta.dirname, '../..')
const to = '2026-11-29'

const shapes = {
  four_weeks: ['--days', '28'],
  many_products: ['--days', '90', '--products', '40', '--versions', '200', '--signatures', '13000'],
} as const

/** The bars are those of the first run over four weeks, on two cores with nothing else to do. */
export async function run(): Promise<Record<string, unknown>> {
  const measured: Record<string, unknown> = {}
  for (const [name, shape] of Object.entries(shapes)) measured[name] = await measure(name, shape)
  return { crashes, bar_seconds: 60, bar_peak_mb: 1000, ...measured }
}

async function measure(name: string, shape: readonly string[]) {
  const dir = join(tmpdir(), `mayday-bench-aggregate-${name}-${crashes}`)
  const lake = join(dir, 'data/lake')
  const mayday = (...args: string[]) => runMayday([...args, '--store', `file:${join(dir, 'data')}`], dir)
  if (!existsSync(dir)) mayday('simulate', '--crashes', `${crashes}`, '--to', to, '--modules', ...shape)
  const derived = ['signatures', 'builds', 'missing_modules'].map((table) => tablePrefix(table))
  for (const made of [aggregatesRoot, searchPrefix, 'made-from/', ...derived])
    rmSync(join(lake, made), { recursive: true, force: true })
  const first = mayday('aggregate')
  const nothing_new = mayday('aggregate')
  const newest = ['crashes', 'modules'].map((table) => join(lake, tablePrefix(table, to)))
  for (const day of newest) renameSync(day, hidden(day))
  mayday('aggregate')
  for (const day of newest) renameSync(hidden(day), day)
  const new_day = mayday('aggregate')
  const { stores } = await openStores(`file:${join(dir, 'data')}`, process.env, { missing: 'refuse' })
  return { first, nothing_new, new_day, written: await bytesOf(stores.lake) }
}

/** Outside the prefix of any table. */
const hidden = (day: string) =>
  join(day, '../../../../', `hidden-${day.includes('crashes') ? 'crashes' : 'modules'}`)

/** Runs a command in a process of its own, and reports what that used. */
const program = `
  const { main } = await import(process.env.ROOT + '/batch/program.ts')
  const start = performance.now()
  await main(JSON.parse(process.env.ARGUMENTS))
  const { user, system } = process.cpuUsage()
  const used = { seconds: (performance.now() - start) / 1000, cpu_seconds: (user + system) / 1e6, peak_mb: process.resourceUsage().maxRSS / 1000 }
  console.error('used ' + JSON.stringify(used))
`

function runMayday(args: readonly string[], cache: string): Record<string, number> {
  const env = {
    ...process.env,
    ROOT: root,
    ARGUMENTS: JSON.stringify(args),
    MAYDAY_CACHE: join(cache, 'cache'),
  }
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    env,
    encoding: 'utf8',
  })
  const used = /^used (.*)$/m.exec(stderr)?.[1]
  if (!used) throw new Error(`mayday ${args[0]} failed: ${stderr}`)
  const numbers = Object.entries(JSON.parse(used) as Record<string, number>)
  return Object.fromEntries(numbers.map(([name, value]) => [name, Math.round(value * 10) / 10]))
}

/** What a reader loads first, and all that was written. */
async function bytesOf(lake: Storage) {
  const largest: Record<string, { key: string; bytes: number; gzip_bytes: number }> = {}
  const all = { documents: 0, bytes: 0, search_bytes: 0 }
  for await (const { key, size } of lake.list(aggregatesPrefix)) {
    all.documents++
    all.bytes += size
    const kind = key.slice(aggregatesPrefix.length).split('/')[0]!
    if (size > (largest[kind]?.bytes ?? 0)) largest[kind] = { key, bytes: size, gzip_bytes: 0 }
  }
  for await (const { size } of lake.list(searchPrefix)) all.search_bytes += size
  for (const one of Object.values(largest))
    one.gzip_bytes = gzipSync(await (await lake.get(one.key))!.bytes()).length
  return { ...all, largest }
}
