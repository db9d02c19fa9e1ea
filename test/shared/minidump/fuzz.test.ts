// Damaged dumps: reading everything returns values or throws CrashError, in time bounded by their size.
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isCrashError } from '../../../shared/errors.ts'
import { analyzeCrash } from '../../../shared/minidump/analysis/analysis.ts'
import { extendedState } from '../../../shared/minidump/context.ts'
import { dumpErrorName } from '../../../shared/minidump/dump-view.ts'
import { readMinidump } from '../../../shared/minidump/minidump.ts'
import { lastErrorName } from '../../../shared/minidump/reasons/reason.ts'
import { corpusDump, corpusNames, minidumpPaths, readUnpacked } from '../../support/dump-data.ts'
import { createRandom, mutate } from '../../support/mutate.ts'
import { createSynthMinidump, elfBuildId, pdb70 } from '../../support/synth-minidump.ts'

/** Reads everything in a dump; returns the number of values. */
function readAll(bytes: Uint8Array): number {
  const dump = readMinidump(bytes)
  let values = Object.values(dump).length
  for (const thread of dump.threads) {
    if (thread.stack) values++
    if (thread.context) values += extendedState(thread.context, dump.miscInfo?.xstate ?? null).length
    lastErrorName(dump, thread)
  }
  const address = dump.exception?.context?.instructionPointer ?? 0x1000n
  if (dump.modules.at(address)) values++
  if (dump.memory.readU64(address)) values++
  if (dump.mappedMemory?.at(address)) values++
  const crash = analyzeCrash(dump)
  expect(crash === null || crash.reason.length > 0).toBe(true)
  expect(dump.issues.every(({ detail }) => /^[A-Z]\w+: /.test(detail))).toBe(true)
  return values
}

const fixtures = resolve(import.meta.dirname, '../../fixtures/dumps')

function seeds(): Array<[name: string, bytes: Uint8Array]> {
  const names = readdirSync(fixtures).filter((file) => /\.dmp(\.gz)?$/.test(file))
  const real = names.map((name): [string, Uint8Array] => [name, readUnpacked(join(fixtures, name))])
  return [
    ...real,
    ['synthetic, little endian', everything(true)],
    ['synthetic, big endian', everything(false)],
  ]
}

function everything(littleEndian: boolean): Uint8Array {
  const registers = { rip: 0x1000, rsp: 0x5000 }
  return createSynthMinidump({
    littleEndian,
    system: { cpu: 'amd64', os: 'windows', csd: 'Service Pack 1' },
    threads: [{ id: 1, registers, stack: { base: 0x5000, bytes: new Uint8Array(64) } }],
    threadNames: [[1, 'main']],
    modules: [
      {
        base: 0x1000,
        size: 0x1000,
        name: 'a.exe',
        codeView: pdb70([1, 2, 3, new Uint8Array(8)], 1, 'a.pdb'),
      },
      { base: 0x3000, size: 0x1000, name: 'b.so', codeView: elfBuildId([1, 2, 3, 4]) },
    ],
    unloadedModules: [{ base: 0x9000, size: 16, name: 'c.dll' }],
    memory: [{ base: 0x1000, bytes: new Uint8Array(64) }],
    memory64: [{ base: 0x1000, bytes: new Uint8Array(64) }],
    memoryInfo: [{ base: 0x1000, size: 0x1000, protection: 0x20 }],
    exception: { threadId: 1, code: 0xc0000005, parameters: [0, 0x45], registers },
    misc: { version: 5, flags: 0x3f7 },
    handles: [{ handle: 4, type: 'File', object: 'x' }],
    breakpad: { dumpThread: 2, requestingThread: 1 },
    assertion: { expression: 'e', function: 'f', file: 'g', line: 1, type: 1 },
    crashpad: {
      annotations: { a: 'b' },
      modules: [
        { index: 0, list: ['x'], annotations: { c: 'd' }, objects: [{ name: 'n', type: 1, value: [65] }] },
      ],
    },
    linux: {
      cpuInfo: 'microcode : 0x1',
      maps: '1000-2000 r-xp 0 0:0 1 /a',
      limits: 'h\nMax  1  2  s',
      lsbRelease: 'ID=x',
    },
    softErrors: '[]',
    macBootArgs: '-v',
    macCrash: [{ version: 5, thread: 1, texts: ['a', 'b', 'c', 'd', 'e'] }],
  })
}

/** Mutants that were rejected and mutants that were read. */
function fuzz(bytes: Uint8Array, seed: number, rounds: number): { refused: number; read: number } {
  const random = createRandom(seed)
  const count = { refused: 0, read: 0 }
  for (let round = 0; round < rounds; round++) {
    const mutant = mutate(bytes, random)
    try {
      readAll(mutant)
      count.read++
    } catch (error) {
      if (!isCrashError(error) || dumpErrorName(error) === null) throw error
      count.refused++
    }
  }
  return count
}

describe('readMinidump on mutants', () => {
  test.each(seeds())('%s: only values or a CrashError', (_, bytes) => {
    expect(readAll(bytes)).toBeGreaterThan(0)
    const { read, refused } = fuzz(bytes, bytes.length, 100)
    expect(read + refused).toBe(100)
    expect(read).toBeGreaterThan(0)
  })

  test("a few mutants each of the corpus and of other projects' dumps (those available)", () => {
    const dumps = [...corpusNames().map(corpusDump), ...minidumpPaths().map(readUnpacked)]
    const total = dumps.map((bytes, i) => fuzz(bytes, i, 4))
    expect(total.reduce((sum, { read, refused }) => sum + read + refused, 0)).toBe(4 * dumps.length)
  })
})
