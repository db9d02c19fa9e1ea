// Mayday's stack walker compared with another program, one process per dump: same dumps and symbols, alternating.
import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { toJson } from '../../shared/stackwalk/output.ts'
import { walkDump } from '../../shared/stackwalk/walk.ts'
import { folderFiles } from '../../shared/symbols/sources/folder.node.ts'
import { symbolPath } from '../../shared/symbols/sources/symbol-path.ts'
import {
  noSymbols,
  rememberingSource,
  type SymbolSource,
} from '../../shared/symbols/sources/symbol-source.ts'
import { indexedSource } from '../../shared/symbols/sources/symdex-cache.node.ts'

export interface Dump {
  path: string
  bytes: Uint8Array
}

/** Elapsed time and CPU time in seconds. */
interface Cost {
  wall: number
  cpu: number
}

const largeBytes = 20e6
const smallBytes = 300_000
/** Dumps that each side walks before it is the other's turn, so that other load on the machine affects both. */
const turn = 16

/**
 * Four comparisons: small dumps without symbols; all dumps with symbols; dumps that need a symbol file of more than 20 MB,
 * first without and then with indexes on disk. A ratio is the time of the peer divided by the time of Mayday.
 * @param scratch an empty folder to work in
 */
export async function besidePeer(peer: string, symbols: string, dumps: readonly Dump[], scratch: string) {
  const plain = join(scratch, 'symbols')
  unpackSymbols(symbols, plain)
  const paths = new Map(dumps.map((dump) => [dump, unpackDump(dump, scratch)]))
  const peerOn = (args: readonly string[]) => (some: readonly Dump[]) =>
    peerCost(
      peer,
      some.map((dump) => paths.get(dump)!),
      args,
    )
  const oursOn = (source: SymbolSource) => (some: readonly Dump[]) => ourCost(some, source)
  const open = (cache: string) =>
    rememberingSource(indexedSource(folderFiles(plain), { folder: join(scratch, cache), maxBytes: 1e10 }), {
      maxBytes: 5e8,
    })
  const small = dumps.filter(({ bytes }) => bytes.length < smallBytes)
  const large = await needingLargeFiles(dumps, plain)
  await ourCost(small, noSymbols)
  return {
    small_dumps_without_symbols: await race(small, peerOn([]), oursOn(noSymbols)),
    large_symbols_index_not_made: await race(large, peerOn([plain]), oursOn(open('large'))),
    large_symbols_index_on_disk: await race(large, peerOn([plain]), oursOn(open('large'))),
    all_with_symbols_index_not_made: await race(dumps, peerOn([plain]), oursOn(open('all'))),
  }
}

async function race(
  dumps: readonly Dump[],
  theirs: (dumps: readonly Dump[]) => Promise<Cost>,
  ours: (dumps: readonly Dump[]) => Promise<Cost>,
) {
  const sum = { theirs: { wall: 0, cpu: 0 }, ours: { wall: 0, cpu: 0 } }
  for (let at = 0; at < dumps.length; at += turn) {
    const some = dumps.slice(at, at + turn)
    add(sum.theirs, await theirs(some))
    add(sum.ours, await ours(some))
  }
  const round = (value: number) => Number(value.toPrecision(3))
  return {
    dumps: dumps.length,
    peer_dumps_per_s: round(dumps.length / sum.theirs.wall),
    ours_dumps_per_s: round(dumps.length / sum.ours.wall),
    ratio: round(sum.theirs.wall / sum.ours.wall),
    ratio_of_cpu: round(sum.theirs.cpu / sum.ours.cpu),
  }
}

function add(to: Cost, { wall, cpu }: Cost): void {
  to.wall += wall
  to.cpu += cpu
}

/** A shell starts the processes, because starting them from a small process is cheap. `times` reports their CPU time. */
const script = 'p=$1; n=$2; shift 2; for d; do "$p" "$d" $n >/dev/null 2>&1; done; times'

async function peerCost(peer: string, paths: readonly string[], args: readonly string[]): Promise<Cost> {
  const begin = performance.now()
  const { stdout } = await promisify(execFile)('sh', ['-c', script, 'sh', peer, args.join(' '), ...paths])
  const wall = (performance.now() - begin) / 1000
  const children = stdout.trim().split('\n')[1] ?? ''
  const times = [...children.matchAll(/(\d+)m([\d.]+)s/g)]
  return {
    wall,
    cpu: times.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0),
  }
}

async function ourCost(dumps: readonly Dump[], symbols: SymbolSource): Promise<Cost> {
  const begin = performance.now()
  const before = process.cpuUsage()
  for (const { bytes } of dumps) toJson(await walkDump(bytes, { symbols }))
  const { user, system } = process.cpuUsage(before)
  return { wall: (performance.now() - begin) / 1000, cpu: (user + system) / 1e6 }
}

/** The dumps whose stack walk needs a symbol file of more than 20 MB. */
async function needingLargeFiles(dumps: readonly Dump[], symbols: string): Promise<Dump[]> {
  const large: Dump[] = []
  for (const dump of dumps) {
    let needed = false
    const watch: SymbolSource = {
      async load(module) {
        const path = symbolPath(module)
        const info = path === null ? null : statSync(join(symbols, path), { throwIfNoEntry: false })
        needed ||= (info?.size ?? 0) > largeBytes
        return null
      },
    }
    await walkDump(dump.bytes, { symbols: watch })
    if (needed) large.push(dump)
  }
  return large
}

/** Unpacks the symbol files into a folder, because the peer cannot read compressed ones. */
function unpackSymbols(folder: string, to: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!/\.sym(\.gz)?$/.test(name)) continue
    const target = join(to, name.replace(/\.gz$/, ''))
    const bytes = readFileSync(join(folder, name))
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, name.endsWith('.gz') ? gunzipSync(bytes) : bytes)
  }
}

function unpackDump({ path, bytes }: Dump, to: string): string {
  const target = join(to, basename(path).replace(/\.gz$/, ''))
  writeFileSync(target, bytes)
  return target
}
