// Stack walking on one thread, in process: dumps per second, symbol indexing, lookups; compared with a peer if one is given.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { toJson } from '../../shared/stackwalk/output.ts'
import { walkDump } from '../../shared/stackwalk/walk.ts'
import { folderFiles } from '../../shared/symbols/sources/folder.node.ts'
import { parseSymFile, type SymFile } from '../../shared/symbols/sym/parse.ts'
import { findSymbol } from '../../shared/symbols/symdex/symbol-page.ts'
import {
  noSymbols,
  rememberingSource,
  type SymbolSource,
} from '../../shared/symbols/sources/symbol-source.ts'
import { deflatePage, indexedSource, inflatePage } from '../../shared/symbols/sources/symdex-cache.node.ts'
import { tableOfSymdex, tableOfSymdexRanges } from '../../shared/symbols/symdex/table.ts'
import { buildSymdex } from '../../shared/symbols/symdex/writer.ts'
import { createRandom } from '../support/mutate.ts'
import { besidePeer, type Dump } from './stackwalk-peer.support.ts'

const corpus = resolve(import.meta.dirname, '../../../shared/data/corpus/dev')
const fixtures = resolve(import.meta.dirname, '../fixtures')
/** Symbol files with many inlined functions. */
const predecessors = resolve(import.meta.dirname, '../../../shared/data/minidumps/rust-minidump')

const unpack = (path: string): Uint8Array => {
  const bytes = readFileSync(path)
  return path.endsWith('.gz') ? gunzipSync(bytes) : bytes
}

/** The larger of the two folders with `dumps` and `symbols`. */
function dataFolder(): string {
  try {
    return statSync(corpus).isDirectory() ? corpus : fixtures
  } catch {
    return fixtures
  }
}

function readDumps(folder: string): Dump[] {
  return readdirSync(join(folder, 'dumps'))
    .filter((name) => /\.dmp(\.gz)?$/.test(name))
    .map((name) => join(folder, 'dumps', name))
    .map((path) => ({ path, bytes: unpack(path) }))
}

const smallBytes = 300_000
const round = (value: number, digits = 1) => Number(value.toFixed(digits))

/** Dumps per second of CPU time over several rounds, after one round of warm-up. */
async function walkRate(dumps: readonly Dump[], symbols: SymbolSource, rounds: number): Promise<number> {
  for (const { bytes } of dumps) toJson(await walkDump(bytes, { symbols }))
  const before = process.cpuUsage()
  for (let i = 0; i < rounds; i++) for (const { bytes } of dumps) toJson(await walkDump(bytes, { symbols }))
  return (dumps.length * rounds) / cpuSeconds(before)
}

function cpuSeconds(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

function symbolFiles(folder: string): string[] {
  return readdirSync(join(folder, 'symbols'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.sym(\.gz)?$/.test(name))
    .map((name) => join(folder, 'symbols', name))
}

/** Time to read and index a symbol file, in the fastest of several rounds. */
function indexRate(text: Uint8Array): { symdex: Uint8Array; rate: number } {
  let best = Number.POSITIVE_INFINITY
  let symdex = new Uint8Array()
  for (let i = 0; i < 6; i++) {
    const before = process.cpuUsage()
    symdex = buildSymdex(parseSymFile(text), deflatePage) as Uint8Array<ArrayBuffer>
    best = Math.min(best, cpuSeconds(before))
  }
  return { symdex, rate: text.length / 1e6 / best }
}

/** Kinds of lines; for each, the file with the largest share of them is measured. */
const kinds = {
  lines: /^[0-9a-f]/,
  inline: /^INLINE /,
  cfi: /^STACK CFI /,
} as const

/** MB of text per second, for the symbol file with the largest share of each kind of record and for the largest file. */
function indexRates(folders: readonly string[]): Record<string, unknown> {
  let largest = { path: '', share: 0 }
  const most = new Map(Object.keys(kinds).map((name) => [name, { path: '', share: 0 }]))
  for (const path of folders.flatMap(symbolFiles)) {
    const text = unpack(path)
    if (text.length > largest.share) largest = { path, share: text.length }
    if (text.length < leastIndexBytes) continue
    for (const [name, pattern] of Object.entries(kinds)) {
      const share = shareOf(text, pattern)
      if (share > most.get(name)!.share) most.set(name, { path, share })
    }
  }
  const rates: Record<string, unknown> = { largest: measureIndex(largest.path) }
  for (const [name, { path }] of most) if (path) rates[`most_${name}`] = measureIndex(path)
  return rates
}

function measureIndex(path: string): Record<string, unknown> {
  const text = unpack(path)
  const { symdex, rate } = indexRate(text)
  return {
    file: basename(path),
    text_bytes: text.length,
    gzip_bytes: gzipSync(text).length,
    symdex_bytes: symdex.length,
    mb_per_s: round(rate),
    peak_memory_bytes: indexMemory(path),
  }
}

/** Peak memory of a process that builds one index, including Node's own; 0 where the system does not report it. */
function indexMemory(path: string): number {
  const room = resolve(import.meta.dirname, '../../shared/symbols')
  const script = `
    import { readFileSync } from 'node:fs'
    const [{ readSymFile }, { gunzipNow }, { deflatePage }, { buildSymdex }] = await Promise.all(
      ['sources/symbol-files', 'sources/folder.node', 'sources/symdex-cache.node', 'symdex/writer'].map((n) => import('${room}/' + n + '.ts')))
    const file = { stamp: '', url: null, read: async () => readFileSync(${JSON.stringify(path)}) }
    const module = { debugFile: '', debugId: '', codeFile: '', codeId: '' }
    buildSymdex(await readSymFile(file, module, gunzipNow), deflatePage)
    process.stdout.write(/VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1] * 1024 + '')`
  if (!existsSync('/proc/self/status')) return 0
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }))
}

/** Smaller files give no reliable rate. */
const leastIndexBytes = 2e6

/** The fraction of a text's bytes that is in lines of one kind. */
function shareOf(text: Uint8Array, pattern: RegExp): number {
  let bytes = 0
  for (const line of Buffer.from(text).toString('latin1').split('\n'))
    if (pattern.test(line)) bytes += line.length
  return bytes / text.length
}

function someAddresses({ tables }: SymFile, count: number): number[] {
  const { functions, publics } = tables
  const random = createRandom(1)
  return Array.from({ length: count }, () => {
    const row = Math.floor(random() * (functions.length + publics.length))
    return row < functions.length ? functions.address[row]! : publics.address[row - functions.length]!
  })
}

/** Bytes and range reads per address without a cache: mean and maximum. */
async function rangeCost(symdex: Uint8Array, addresses: readonly number[]) {
  const bytes: number[] = []
  let reads = 0
  for (const address of addresses) {
    let read = 0
    const table = await tableOfSymdexRanges(async (offset, length) => {
      const slice = symdex.subarray(offset, offset + length)
      read += slice.length
      reads++
      return slice
    })
    await table.load(address)
    bytes.push(read)
  }
  const sum = bytes.reduce((a, b) => a + b, 0)
  return {
    bytes_mean: Math.round(sum / bytes.length),
    bytes_max: Math.max(...bytes),
    reads_mean: round(reads / addresses.length, 2),
  }
}

function warmLookup(symdex: Uint8Array, addresses: readonly number[]): number {
  const table = tableOfSymdex(symdex, inflatePage)
  const all = (times: number) => {
    for (let i = 0; i < times; i++) for (const at of addresses) findSymbol(table.page(at)!, at)
  }
  all(30)
  const before = process.cpuUsage()
  all(300)
  return (cpuSeconds(before) * 1e6) / (300 * addresses.length)
}

/** Rates are per second of this process's CPU time, so that other load on the machine does not count. */
export async function run(): Promise<Record<string, unknown>> {
  const folder = dataFolder()
  const dumps = readDumps(folder)
  const small = dumps.filter(({ bytes }) => bytes.length < smallBytes)
  const scratch = mkdtempSync(join(tmpdir(), 'bench-stackwalk-'))
  const cache = join(scratch, 'symdex')
  try {
    const files = indexedSource(folderFiles(join(folder, 'symbols')), { folder: cache, maxBytes: 1e10 })
    const warm = rememberingSource(files, { maxBytes: 1e9 })
    const walking = {
      small_dumps_per_s_without_symbols: round(await walkRate(small, noSymbols, 3)),
      dumps_per_s_without_symbols: round(await walkRate(dumps, noSymbols, 2)),
      dumps_per_s_with_symbols_warm: round(await walkRate(dumps, warm, 2)),
      peak_memory_bytes: process.resourceUsage().maxRSS * 1024,
    }
    const [largest] = symbolFiles(folder).sort((a, b) => statSync(b).size - statSync(a).size)
    const text = unpack(largest!)
    const { symdex } = indexRate(text)
    const addresses = someAddresses(parseSymFile(text), 300)
    const peer = process.env.PEER_STACKWALK
    return {
      data: { dumps: dumps.length, small_dumps: small.length, small_below_bytes: smallBytes },
      ...walking,
      index: indexRates([folder, ...(existsSync(predecessors) ? [predecessors] : [])]),
      lookup_by_range: await rangeCost(symdex, addresses),
      lookup_warm_us: round(warmLookup(symdex, addresses), 3),
      ...(peer ? { beside_peer: await besidePeer(peer, join(folder, 'symbols'), dumps, scratch) } : {}),
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
