// Programs to symbols: megabytes per second and peak memory, each file in a process of its own; Breakpad's `dump_syms` beside it
// where that is installed, or where `MAYDAY_DUMP_SYMS` names it.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { buildIdOf } from '../../shared/debug-files/elf/build-id.ts'
import { readElf } from '../../shared/debug-files/elf/elf-file.ts'
import { sourceOfFile } from '../../shared/debug-files/file-source.node.ts'
import { writeLargeElf } from './large-elf.support.ts'

const root = resolve(import.meta.dirname, '../..')
const mega = 1e6

/**
 * Reads the file given by the environment until three seconds are over and prints what it took: the first time, when
 * nothing is compiled yet, and the quickest, as in a process that reads many files.
 */
const reader = `
  const { findDebugFiles } = await import(process.env.ROOT + '/shared/debug-files/find-files.node.ts')
  const { groupModules, readModule } = await import(process.env.ROOT + '/shared/debug-files/debug-file.ts')
  const { symText } = await import(process.env.ROOT + '/shared/debug-files/sym-text.ts')
  async function read() {
    const start = process.cpuUsage()
    let text_bytes = 0
    let functions = 0
    for (const files of groupModules(findDebugFiles([process.env.FILE]).files)) {
      const module = await readModule(files)
      functions += module.functions.rows
      for (const chunk of symText(module)) text_bytes += chunk.length
    }
    const { user, system } = process.cpuUsage(start)
    return { cpu_s: (user + system) / 1e6, text_bytes, functions }
  }
  const { cpu_s: first_cpu_s, ...counts } = await read()
  const peak_bytes = process.resourceUsage().maxRSS * 1024
  let cpu_s = first_cpu_s
  for (let spent = first_cpu_s; spent < 3; ) {
    const { cpu_s: next } = await read()
    cpu_s = Math.min(cpu_s, next)
    spent += next
  }
  console.log(JSON.stringify({ first_cpu_s, cpu_s, peak_bytes, ...counts }))
`

interface Measured {
  first_cpu_s: number
  cpu_s: number
  text_bytes: number
}

function measure(file: string): Record<string, unknown> {
  const env = { ...process.env, ROOT: root, FILE: file }
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', reader], {
    env,
    encoding: 'utf8',
  })
  if (stdout === '') throw new Error(stderr)
  const result = JSON.parse(stdout) as Measured
  const bytes = statSync(file).size
  return {
    file_bytes: bytes,
    mb_per_cpu_s: Math.round(bytes / mega / result.cpu_s),
    ...result,
    ...peer(file, result),
  }
}

const dumper = process.env.MAYDAY_DUMP_SYMS || 'dump_syms'

/** How many times the processor time of Breakpad's dumper, with inlined calls, where that reads the file as well. */
function peer(file: string, ours: Measured): Record<string, unknown> {
  if (spawnSync(dumper, ['--help']).error) return { breakpad: 'dump_syms is not installed' }
  const script = 'TIMEFORMAT="%U %S"; time "$DUMPER" -d "$FILE" $FOLDER 2> /dev/null | wc -c'
  const { stdout, stderr } = spawnSync('bash', ['-c', script], {
    env: { ...process.env, FILE: file, DUMPER: dumper, FOLDER: helperFolder(file) },
    encoding: 'utf8',
  })
  const breakpad_text_bytes = Number(stdout)
  if (breakpad_text_bytes < ours.text_bytes / 2) return { breakpad_text_bytes }
  const seconds = stderr
    .trim()
    .split(' ')
    .reduce((sum, part) => sum + Number(part), 0)
  return {
    breakpad_text_bytes,
    breakpad_cpu_s: seconds,
    times_breakpad: ours.cpu_s / seconds,
    first_times_breakpad: ours.first_cpu_s / seconds,
  }
}

/** The folder of the debug file that belongs to a stripped program, which Breakpad's dumper has to be given. */
function helperFolder(file: string): string {
  const id = buildIdOf(readElf(sourceOfFile(file)))
  const folder = id ? `/usr/lib/debug/.build-id/${id[0]!.toString(16).padStart(2, '0')}` : ''
  return existsSync(folder) ? folder : ''
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
