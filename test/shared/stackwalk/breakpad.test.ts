// Walks compared with Breakpad's on real dumps, frame by frame, and with known facts.
// docs/stackwalk-differences.md explains the remaining differences.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import { type Minidump, readMinidump } from '../../../shared/minidump/minidump.ts'
import { crashReason } from '../../../shared/minidump/reasons/reason.ts'
import { type WalkedDump, walkDumpThreads } from '../../../shared/stackwalk/walked-dump.ts'
import { folderSource } from '../../../shared/symbols/sources/folder.node.ts'
import {
  noSymbols,
  rememberingSource,
  type SymbolSource,
} from '../../../shared/symbols/sources/symbol-source.ts'
import type { Frame } from '../../../shared/unwind/frame.ts'
import { highHalf, lowHalf } from '../../../shared/unwind/word.ts'
import {
  corpusDir,
  corpusDump,
  corpusNames,
  hasCorpus,
  hasMinidumps,
  minidumpsDir,
  readUnpacked,
} from '../../support/dump-data.ts'
import {
  type BreakpadReport,
  firstDifference,
  moduleRows,
  parseBreakpadReport,
  plainReason,
  rowsOf,
} from './breakpad-report.ts'

/** Threads (by index) of a dump whose frames differ from Breakpad's. */
const known: Readonly<Record<string, readonly number[]>> = JSON.parse(
  readFileSync(join(import.meta.dirname, 'known-differences.json'), 'utf8'),
)

function headline(walked: WalkedDump) {
  const crash = crashReason(walked.dump)
  return {
    reason: plainReason(crash?.reason ?? ''),
    address: crash?.address ?? null,
    thread: String(walked.requestingThread ?? ''),
    modules: moduleRows(walked),
  }
}

const headlineOf = (report: BreakpadReport) => ({
  reason: plainReason(report.reason),
  address: plainReason(report.reason) === '' ? null : BigInt(report.address),
  thread: report.crashingThread,
  modules: report.modules,
})

const differentThreads = (walked: WalkedDump, report: BreakpadReport) =>
  walked.threads.flatMap((walk, index) =>
    firstDifference(rowsOf(walked, walk), report.threads.get(index) ?? []) < 0 ? [] : [index],
  )

/** The dump as Breakpad's scans see it: without the map of memory permissions. */
const withoutMap = (dump: Minidump): Minidump =>
  Object.create(dump, { mappedMemory: { value: null } }) as Minidump

const isScanOutsideCode = ({ mappedMemory }: Minidump, { trust, instruction }: Frame): boolean =>
  trust === 'scan' && !(mappedMemory?.isCode(highHalf(instruction), lowHalf(instruction)) ?? true)

/**
 * Threads (by index) that the memory map changes. Each must equal the walk without the map up to a scan frame outside
 * executable memory, and have no such frame itself.
 */
function threadsChangedByMap(walked: WalkedDump, unmapped: WalkedDump): number[] {
  const { dump, threads } = walked
  return threads.flatMap((walk, index) => {
    const other = unmapped.threads[index]!
    const same = (frame: Frame, at: number) => isDeepStrictEqual(frame, walk.frames[at])
    const first = other.frames.findIndex((frame, at) => !same(frame, at))
    expect(walk.frames.filter((frame) => isScanOutsideCode(dump, frame))).toEqual([])
    if (first < 0 && walk.frames.length === other.frames.length) return []
    expect(isScanOutsideCode(dump, other.frames[first]!)).toBe(true)
    return [index]
  })
}

describe.skipIf(!hasCorpus)('the corpus of real dumps (skipped where it is missing)', () => {
  const symbols = rememberingSource(folderSource(join(corpusDir, 'symbols')), { maxBytes: 400_000_000 })
  const variants: [kind: string, source: SymbolSource, changedByMap: number][] = [
    ['breakpad', symbols, 4],
    ['nosym', noSymbols, 160],
  ]
  for (const [kind, source, changedByMap] of variants) {
    test(`without a memory map every dump equals Breakpad's report, with it only scans differ (${kind})`, async () => {
      const differences: Record<string, number[]> = {}
      let changed = 0
      for (const name of corpusNames()) {
        const dump = readMinidump(corpusDump(name))
        const walked = await walkDumpThreads(withoutMap(dump), { symbols: source })
        changed += threadsChangedByMap(await walkDumpThreads(dump, { symbols: source }), walked).length
        const path = join(corpusDir, 'expected', `${name}.${kind}.txt.gz`)
        const report = parseBreakpadReport(new TextDecoder().decode(readUnpacked(path)))
        expect({ name, ...headline(walked) }).toEqual({ name, ...headlineOf(report) })
        const different = differentThreads(walked, report)
        if (different.length) differences[`${name} ${kind}`] = different
      }
      const expected = Object.entries(known).filter(([name]) => name.endsWith(` ${kind}`))
      expect(differences).toEqual(Object.fromEntries(expected))
      expect(changed).toBe(changedByMap)
    })
  }

  test('the function a person would name is found in all dumps except those whose symbols lack it', async () => {
    const missing: string[] = []
    for (const name of corpusNames()) {
      const truth = JSON.parse(readFileSync(join(corpusDir, 'dumps', `${name}.json`), 'utf8'))
      const walked = await walkDumpThreads(readMinidump(corpusDump(name)), { symbols })
      if (!truth.expected_function || walked.requestingThread === null) continue
      const names = walked.threads[walked.requestingThread]!.frames.flatMap(({ symbol }) =>
        symbol ? [...symbol.inlines.map((inline) => inline.function), symbol.function] : [],
      )
      const plain = (text: string) => text.replaceAll('(anonymous namespace)::', '')
      if (!names.some((found) => plain(found).includes(plain(truth.expected_function)))) missing.push(name)
    }
    expect(missing).toEqual([
      'c-noinfo-stripped-descend',
      'c-noinfo-stripped-jump',
      'node-abort-split',
      'node-recursion-split',
      'rust-generics-v0-closure',
    ])
  })
})

describe.skipIf(!hasMinidumps)("Breakpad's own test dumps (skipped where they are missing)", () => {
  const folder = join(minidumpsDir, 'breakpad')
  const names = hasMinidumps ? readdirSync(join(folder, 'dumps')).map((file) => file.replace('.dmp', '')) : []
  for (const [kind, source] of [
    ['machine', folderSource(join(folder, 'symbols'))],
    ['machine.nosym', noSymbols],
  ] as const) {
    test.each(names)(`%s (${kind})`, async (name) => {
      const dump = readMinidump(readUnpacked(join(folder, 'dumps', `${name}.dmp`)))
      const walked = await walkDumpThreads(withoutMap(dump), { symbols: source })
      threadsChangedByMap(await walkDumpThreads(dump, { symbols: source }), walked)
      const report = parseBreakpadReport(readFileSync(join(folder, 'expected', name, `${kind}.txt`), 'utf8'))
      expect(headline(walked)).toEqual(headlineOf(report))
      expect(differentThreads(walked, report)).toEqual(known[`${name} ${kind}`] ?? [])
    })
  }
})
