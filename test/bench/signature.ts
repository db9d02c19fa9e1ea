// Signatures per second on one core for short and full stacks, and the longest time for hostile stacks.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { CrashData } from '../../shared/signature/crash-data.ts'
import { defaultLists } from '../../shared/signature/default-lists.ts'
import { readLists } from '../../shared/signature/lists.node.ts'
import { generateSignature } from '../../shared/signature/signature.ts'

/** Signatures per second of the Python library on one server core, for stacks of 5 and of 40 frames. */
const python = { short: 7500, full: 1260 }

/** Random numbers below `n`, the same in every run. */
function createRandom(seed: number): (n: number) => number {
  let state = seed
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * n)
  }
}

const scopes = ['net', 'layers', 'app::ui', 'core::io', 'std', 'detail', '(anonymous namespace)', 'gfx']
const classes = [
  'Vector<T, N>',
  'Map<std::pair<int, char>, Foo<Bar> >',
  'Channel',
  'Widget',
  'Task',
  'Handler',
]
const verbs = ['Run', 'operator()', 'Dispatch', 'Close', '~Session', 'OnMessage', '$_3::__invoke', 'insert']
const prefixes = ['', '', '', 'void ', 'static bool ', 'static class nsTArray<int> * ', 'virtual void ']
const parameters = [
  '()',
  '(int, char const*)',
  '(Foo<Bar, 3> const&, void (*)(int))',
  '(unsigned long) const',
  '() &&',
]
const plumbing = [
  'memcpy',
  'free',
  'raise',
  'abort',
  'malloc',
  'RaiseException',
  'core::panicking::panic_fmt',
]

/** A function name as symbol files spell it; `tag` makes it unique. */
function functionText(random: (n: number) => number, tag: string): string {
  const pick = (list: readonly string[]) => list[random(list.length)]!
  const name = `${pick(scopes)}::${pick(classes)}::${pick(verbs)}${tag}`
  return `${pick(prefixes)}${name}${pick(parameters)}`
}

/** Crashes of `size` frames. `distinct`: no function occurs twice; otherwise functions are drawn from 5,000. */
function makeCrashes(count: number, size: number, distinct: boolean): CrashData[] {
  const random = createRandom(size)
  const pool = Array.from({ length: 5000 }, (_, i) => functionText(random, `_${i}`))
  let serial = 0
  const frame = () => {
    const kind = random(20)
    if (kind === 0) return { function: plumbing[random(plumbing.length)]! }
    if (kind === 1) return { module: `lib${random(50)}.so`, offset: `0x${random(1e9).toString(16)}` }
    if (kind === 2) return { offset: `0x7f${random(1e9).toString(16)}` }
    const text = distinct ? functionText(random, `_${serial++}`) : pool[random(5000)]!
    return { function: text, file: '/src/file.cpp', line: random(900), module: 'app' }
  }
  return Array.from({ length: count }, () => ({
    crashing_thread: 0,
    os: 'Linux',
    threads: [{ frames: Array.from({ length: size }, frame) }],
  }))
}

/** Signatures per second in the best of a few passes over the crashes. */
function rateOf(crashes: readonly CrashData[], sign: (crash: CrashData) => void): number {
  let best = 0
  for (let pass = 0; pass < 4; pass++) {
    const began = process.cpuUsage()
    for (const crash of crashes) sign(crash)
    const { user, system } = process.cpuUsage(began)
    best = Math.max(best, (crashes.length / (user + system)) * 1e6)
  }
  return Math.round(best)
}

const large = 100_000
const hostile: Readonly<Record<string, string>> = {
  'name of 100 kB': 'x'.repeat(large),
  words: 'a '.repeat(large / 2),
  'joined words': '(a) '.repeat(large / 4),
  'open brackets': '<'.repeat(large),
  'brackets that do not match': '<([{`'.repeat(large / 5),
  '10,000 nested templates': `${'a<'.repeat(10_000)}${'>'.repeat(10_000)}`,
  '10,000 nested traits': `${'IPC::ParamTraits<'.repeat(10_000)}${'>'.repeat(10_000)}`,
  'near misses of lists': 'fre abor callo Hashtabl '.repeat(large / 24),
  'all of Unicode': Array.from({ length: large / 2 }, (_, i) => String.fromCodePoint(0xa0 + i * 21)).join(''),
}

/** The slowest signature in milliseconds; each counts with its fastest try, because the machine may be busy. */
function worstHostile(sign: (crash: CrashData) => void): { name: string; ms: number } {
  let worst = { name: '', ms: 0 }
  for (const [name, text] of Object.entries(hostile)) {
    for (const frames of [1, 40]) {
      const crash = {
        threads: [{ frames: Array.from({ length: frames }, (_, i) => ({ function: `${text}${i}` })) }],
      }
      let ms = Number.POSITIVE_INFINITY
      for (let i = 0; i < 10; i++) {
        const began = performance.now()
        sign(crash)
        ms = Math.min(ms, performance.now() - began)
      }
      if (ms > worst.ms) worst = { name: `${name}, ${frames} frames`, ms: Number(ms.toFixed(2)) }
    }
  }
  return worst
}

/** Measurements with the built-in lists and, where available, with Socorro's. */
export async function run(): Promise<Record<string, unknown>> {
  const directory = resolve(import.meta.dirname, '../../../shared/data/siglists')
  const sets = { own: defaultLists(), ...(existsSync(directory) ? { socorro: readLists(directory) } : {}) }
  const cases = {
    short: makeCrashes(20_000, 5, false),
    short_distinct: makeCrashes(20_000, 5, true),
    full: makeCrashes(4000, 40, false),
    full_distinct: makeCrashes(4000, 40, true),
  }
  const results: Record<string, unknown> = { python_per_second: python }
  for (const [name, lists] of Object.entries(sets)) {
    const sign = (crash: CrashData) => void generateSignature(crash, { lists })
    const figures: Record<string, unknown> = {}
    for (const [kind, crashes] of Object.entries(cases)) {
      const rate = rateOf(crashes, sign)
      const bar = kind.startsWith('short') ? python.short : python.full
      figures[kind] = { per_second: rate, times_python: Number((rate / bar).toFixed(1)) }
    }
    results[name] = { ...figures, worst_hostile: worstHostile(sign) }
  }
  return results
}
