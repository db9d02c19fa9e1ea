// Dumps and expected outputs outside the repository, for tests that compare with other tools where these are installed.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'

const data = resolve(import.meta.dirname, '../../../shared/data')

/** Real dumps with symbols and expected outputs; see its README. */
export const corpusDir = join(data, 'corpus/dev')
/** Dumps and outputs of other stack walkers. */
export const minidumpsDir = join(data, 'minidumps')

export const hasCorpus = existsSync(corpusDir)
export const hasMinidumps = existsSync(minidumpsDir)

/** A file's bytes, unpacked if it ends in .gz. */
export function readUnpacked(path: string): Uint8Array {
  const bytes = readFileSync(path)
  return new Uint8Array(path.endsWith('.gz') ? gunzipSync(bytes) : bytes)
}

/** Names of the corpus' dumps, without ending. */
export function corpusNames(): string[] {
  return hasCorpus ? readFileSync(join(corpusDir, 'names.txt'), 'utf8').split('\n').filter(Boolean) : []
}

export const corpusDump = (name: string): Uint8Array =>
  readUnpacked(join(corpusDir, 'dumps', `${name}.dmp.gz`))

/** Paths of all dumps of other projects. */
export function minidumpPaths(): string[] {
  if (!hasMinidumps) return []
  return ['breakpad/dumps', 'rust-minidump/dumps'].flatMap((folder) =>
    readdirSync(join(minidumpsDir, folder))
      .filter((file) => file.endsWith('.dmp'))
      .map((file) => join(minidumpsDir, folder, file)),
  )
}

/** The output of Breakpad's `minidump_stackwalk -m` before the stacks. */
export interface BreakpadSummary {
  os: string
  osVersion: string
  cpu: string
  cpuInfo: string
  cpuCount: number
  reason: string
  address: bigint
  /** Index of the crashing (or requesting) thread; null when there is none. */
  thread: number | null
  modules: Array<{
    file: string
    version: string
    debugFile: string
    debugId: string
    base: bigint
    last: bigint
  }>
}

export function parseBreakpadSummary(text: string): BreakpadSummary {
  const rows = text.split('\n').map((line) => line.split('|'))
  const row = (name: string) => rows.find(([first]) => first === name) ?? []
  const [, os = '', osVersion = ''] = row('OS')
  const [, cpu = '', cpuInfo = '', cpuCount = '0'] = row('CPU')
  const [, reason = '', address = '', thread = ''] = row('Crash')
  const modules = rows.filter(([first]) => first === 'Module')
  return {
    os,
    osVersion,
    cpu,
    cpuInfo,
    cpuCount: Number(cpuCount),
    reason,
    address: address ? BigInt(address) : 0n,
    thread: thread === '' ? null : Number(thread),
    modules: modules.map(
      ([, file = '', version = '', debugFile = '', debugId = '', base = '0', last = '0']) => ({
        file,
        version,
        debugFile,
        debugId,
        base: BigInt(base),
        last: BigInt(last),
      }),
    ),
  }
}
