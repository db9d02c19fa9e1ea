// Programs to symbols: megabytes per second and peak memory, each file in a process of its own; Breakpad's `dump_syms` beside it
// where that is installed, or where `MAYDAY_DUMP_SYMS` names it.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { writeLargeElf } from './large-elf.support.ts'

const root = resolve(import.meta.dirname, '../..')
const mega = 1e6

/** Reads the file given by the environment and prints what it took. */
const reader = `
  const { findDebugFiles } = await import(process.env.ROOT + '/shared/debug-files/find-files.node.ts')
  const { groupModules, readModule } = await import(process.env.ROOT + '/shared/debug-files/debug-file.ts')
  const { symText } = await import(process.env.ROOT + '/shared/debug-files/sym-text.ts')
  const start = process.cpuUsage()
  let textBytes = 0
  let functions = 0
  for (const files of groupModules(findDebugFiles([process.env.FILE]).files)) {
    const module = await readModule(files)
    functions += module.functions.rows
    for (const chunk of symText(module)) textBytes += chunk.length
  }
  const { user, system } = process.cpuUsage(start)
  console.log(JSON.stringify({ cpu_s: (user + system) / 1e6, peak_bytes: process.resourceUsage().maxRSS * 1024, text_bytes: textBytes, functions }))
`

function measure(file: string): Record<string, unknown> {
  const env = { ...process.env, ROOT: root, FILE: file }
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', reader], {
    env,
    encoding: 'utf8',
  })
  if (stdout === '') throw new Error(stderr)
  const result = JSON.parse(stdout) as { cpu_s: number; peak_bytes: number }
  const bytes = statSync(file).size
  return {
    file_bytes: bytes,
    mb_per_cpu_s: Math.round(bytes / mega / result.cpu_s),
    ...result,
    ...peer(file, result.cpu_s),
  }
}

const dumper = process.env.MAYDAY_DUMP_SYMS || 'dump_syms'

/** How many times the processor time of Breakpad's dumper. */
function peer(file: string, ours: number): Record<string, unknown> {
  if (spawnSync(dumper, ['--help']).error) return { breakpad: 'dump_syms is not installed' }
  const script = 'TIMEFORMAT="%U %S"; time "$DUMPER" "$FILE" > /dev/null 2>&1'
  const { stderr } = spawnSync('bash', ['-c', script], {
    env: { ...process.env, FILE: file, DUMPER: dumper },
    encoding: 'utf8',
  })
  const seconds = stderr
    .trim()
    .split(' ')
    .reduce((sum, part) => sum + Number(part), 0)
  return { breakpad_cpu_s: seconds, times_breakpad: ours / seconds }
}

/** Files that many machines have. */
const real = [
  '/usr/lib/x86_64-linux-gnu/libc.so.6',
  '/usr/lib/x86_64-linux-gnu/libLLVM-14.so.1',
  process.execPath,
]

export async function run(): Promise<Record<string, unknown>> {
  const folder = mkdtempSync(join(tmpdir(), 'mayday-bench-debug-files-'))
  try {
    const results: Record<string, unknown> = {}
    for (const file of real) if (existsSync(file)) results[file.split('/').at(-1)!] = measure(file)
    for (const [name, bytes] of [
      ['dwarf_64_mb', 64 * mega],
      ['dwarf_1_gb', 1000 * mega],
    ] as const) {
      const path = join(folder, name)
      writeLargeElf(path, bytes)
      results[name] = measure(path)
      rmSync(path)
    }
    return results
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
