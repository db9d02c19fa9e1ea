// Output for synthetic dumps: skipped threads, unloaded modules, memory at unusual addresses, limits.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readMinidump } from '../../../shared/minidump/minidump.ts'
import { humanReport } from '../../../shared/stackwalk/human-report.ts'
import type { StackwalkOutput } from '../../../shared/fields/stackwalk.ts'
import { toJson } from '../../../shared/stackwalk/output.ts'
import type { SymbolSource } from '../../../shared/symbols/sources/symbol-source.ts'
import { walkDump } from '../../../shared/stackwalk/walk.ts'
import { symbolFailures, walkDumpThreads } from '../../../shared/stackwalk/walked-dump.ts'
import { CrashError } from '../../../shared/errors.ts'
import { minidumpsDir } from '../../support/dump-data.ts'
import { createSynthMinidump } from '../../support/synth-minidump.ts'
import {
  appModule,
  linuxStack,
  stackBase,
  symbolTable,
  symbolText,
  words,
} from '../../support/linux-stack.ts'

const keysSorted = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null) return true
  const keys = Object.keys(value)
  const sorted = Array.isArray(value) || keys.every((key, i) => i === 0 || keys[i - 1]! < key)
  return sorted && Object.values(value).every(keysSorted)
}

describe('the output of a dump', () => {
  test('has its keys in alphabetical order at every level', async () => {
    const softErrors = '[{"b":1,"a":{"d":1,"c":2}}]'
    const dump = { ...linuxStack, softErrors, exception: { threadId: 7, code: 11, flags: 1, address: 0x10 } }
    const output = await walkDump(createSynthMinidump(dump), { symbols: symbolText('FUNC 100 1000 0 f\n') })
    expect(keysSorted(output)).toBe(true)
    expect(toJson(output)).toContain('"soft_errors":[{"a":{"c":2,"d":1},"b":1}]')
    expect(output.crashing_thread?.frames[0]?.registers?.rip).toBe('0x0000000000400100')
  })

  test('has mangled names as symbol files have them, and beside them readable ones', async () => {
    const symbols = symbolText(
      [
        'FILE 0 /src/main.cpp',
        'INLINE_ORIGIN 0 _ZN3app5innerEv',
        'INLINE_ORIGIN 1 plain',
        'FUNC 100 100 0 _ZN3app3runEi',
        'INLINE 0 9 0 1 100 10',
        'INLINE 1 10 0 0 100 10',
        '100 100 42 0',
      ].join('\n'),
    )
    const dump = { ...linuxStack, exception: { threadId: 7, code: 11, flags: 1, address: 0x10 } }
    const [frame] = (await walkDump(createSynthMinidump(dump), { symbols })).threads[0]!.frames
    expect(frame).toMatchObject({ demangled: 'app::run(int)', function: '_ZN3app3runEi' })
    expect(frame!.inlines).toEqual([
      { demangled: 'app::inner()', file: '/src/main.cpp', function: '_ZN3app5innerEv', line: 42 },
      { file: '/src/main.cpp', function: 'plain', line: 10 },
    ])
    const walked = await walkDumpThreads(readMinidump(createSynthMinidump(dump)), { symbols })
    expect(humanReport(walked)).toContain('app!app::run(int) [')
    expect(humanReport(walked)).toContain('app!app::inner() [')
  })

  test('the thread that wrote the dump stays in the list, without frames and name', async () => {
    const output = await walkDump(
      createSynthMinidump({
        ...linuxStack,
        threads: [...linuxStack.threads!, { id: 8, registers: { rip: 1 } }],
        threadNames: [
          [8, 'writer'],
          [7, 'main'],
        ],
        breakpad: { dumpThread: 8, requestingThread: 7 },
      }),
    )
    expect(output.threads.map((t) => [t.thread_id, t.thread_name, t.frame_count > 0])).toEqual([
      [7, 'main', true],
      [8, null, false],
    ])
    expect(output.crash_info).toMatchObject({ type: null, crashing_thread: 0 })
    expect(output.crashing_thread?.threads_index).toBe(0)
  })

  test('of threads with the same id the last is the crashing one; without frames it is not repeated', async () => {
    const threads = [{ ...linuxStack.threads![0]! }, { id: 7 }]
    const output = await walkDump(
      createSynthMinidump({ ...linuxStack, threads, exception: { threadId: 7, code: 11 } }),
    )
    expect(output.crash_info.crashing_thread).toBe(1)
    expect('crashing_thread' in output).toBe(false)
  })

  test('a stack missing from the thread is read from memory', async () => {
    const [thread] = linuxStack.threads!
    const elsewhere = { base: 0x5000_0000, bytes: words(0x40_0700n, 0n) }
    const registers = { rip: 0x40_0100, rsp: 0x5000_0000, rbp: 0 }
    const output = await walkDump(
      createSynthMinidump({ ...linuxStack, threads: [{ ...thread!, registers }], memory: [elsewhere] }),
    )
    expect(output.threads[0]?.frames.map((f) => f.offset)).toEqual([
      '0x0000000000400100',
      '0x00000000004006ff',
    ])
  })

  test('modules report whether symbols were requested and found; without sources none are requested', async () => {
    const bytes = createSynthMinidump(linuxStack)
    const stateOf = async (symbols?: SymbolSource) => {
      const { modules } = await walkDump(bytes, symbols ? { symbols } : {})
      const { missing_symbols, loaded_symbols, corrupt_symbols } = modules[0]!
      return [missing_symbols, loaded_symbols, corrupt_symbols]
    }
    expect(await stateOf()).toEqual([false, false, false])
    expect(await stateOf({ load: async () => null })).toEqual([true, false, false])
    expect(await stateOf(symbolText('PUBLIC 100 0 f\n'))).toEqual([false, true, false])
    expect(await stateOf(symbolText('nonsense\n'))).toEqual([false, true, true])
  })

  test('a source that fails leaves the appModule without symbols, and the failure is reported', async () => {
    const failing: SymbolSource = {
      load: () => Promise.reject(new CrashError('storage', 'The server is down')),
    }
    const walked = await walkDumpThreads(readMinidump(createSynthMinidump(linuxStack)), { symbols: failing })
    expect(walked.symbols.get(0)).toEqual({ table: null, failure: 'The server is down' })
    expect(symbolFailures(walked)).toEqual(['The server is down'])
    const broken: SymbolSource = { load: () => Promise.reject(new TypeError('a bug')) }
    await expect(
      walkDumpThreads(readMinidump(createSynthMinidump(linuxStack)), { symbols: broken }),
    ).rejects.toThrow('a bug')
  })

  test('modules with the same identity are requested once', async () => {
    let asked = 0
    const symbols: SymbolSource = {
      load: async () => {
        asked++
        return symbolTable('PUBLIC 100 0 f\n')
      },
    }
    const twice = [appModule, { ...appModule, base: 0x50_0000 }]
    const stack = { base: stackBase, bytes: words(0x50_0500n, 0x40_0500n, 0n) }
    const output = await walkDump(
      createSynthMinidump({
        ...linuxStack,
        modules: twice,
        threads: [{ ...linuxStack.threads![0]!, stack }],
      }),
      { symbols },
    )
    expect(output.threads[0]?.frames.map((f) => f.function)).toEqual(['f', 'f', 'f'])
    expect(asked).toBe(1)
  })

  test('a thread has at most the requested number of frames', async () => {
    const stack = { base: stackBase, bytes: words(...Array.from({ length: 500 }, () => 0x40_0500n)) }
    const bytes = createSynthMinidump({ ...linuxStack, threads: [{ ...linuxStack.threads![0]!, stack }] })
    expect((await walkDump(bytes, { maxFrames: 20 })).threads[0]?.frame_count).toBe(20)
    const { threads } = await walkDumpThreads(readMinidump(bytes), { maxFrames: 20 })
    expect(threads[0]?.end).toBe('frame-limit')
  })

  test.each([
    [{ ...linuxStack, threads: undefined }, 'MissingThreadList'],
    [{ ...linuxStack, system: undefined }, 'MissingSystemInfo'],
  ])('a dump without threads or system has none (%#)', async (dump, name) => {
    const bytes = createSynthMinidump(
      JSON.parse(JSON.stringify({ system: dump.system, threads: dump.threads && [] })),
    )
    await expect(walkDump(bytes)).rejects.toThrow(name)
  })

  test('a big-endian dump is walked the same way', async () => {
    const swapped = (value: bigint) => {
      const view = new DataView(new ArrayBuffer(8))
      view.setBigUint64(0, value, false)
      return view.getBigUint64(0, true)
    }
    const stack = { base: stackBase, bytes: words(...[0n, 0x40_0500n, 0n].map(swapped)) }
    const output = await walkDump(
      createSynthMinidump({
        ...linuxStack,
        littleEndian: false,
        threads: [{ ...linuxStack.threads![0]!, stack }],
      }),
    )
    expect(output.threads[0]?.frames.map((f) => f.trust)).toEqual(['context', 'scan'])
  })
})

const expectedFolder = join(minidumpsDir, 'rust-minidump/expected-json')
describe.skipIf(!existsSync(expectedFolder))(
  'unloaded modules (skipped where the snapshot is missing)',
  () => {
    const expected = () =>
      readFileSync(join(expectedFolder, 'unloaded-modules-synthetic.json'), 'utf8').trimEnd()
    const name = 'unloaded-modules-synthetic.human.txt'
    const dump = createSynthMinidump({
      system: {
        cpu: 'x86',
        platformId: 0,
        cpuCount: 1,
        cpuLevel: 6,
        cpuRevision: 0,
        cpuWords: [0, 0, 0, 0, 0, 0],
      } as never,
      modules: [],
      threads: [
        {
          id: 0x1234,
          stack: { base: 0x1010, bytes: new Uint8Array(16) },
          registers: { eip: 0xf00800, esp: 0x1010 },
        },
      ],
      unloadedModules: (
        JSON.parse(existsSync(expectedFolder) ? expected() : '{"unloaded_modules":[]}') as StackwalkOutput
      ).unloaded_modules.map((m) => ({
        base: BigInt(m.base_addr),
        size: Number(BigInt(m.end_addr) - BigInt(m.base_addr)),
        name: m.filename,
        timestamp: 0xb1054d2a,
      })),
    })

    test('are named with all their offsets', async () => {
      const output = await walkDump(dump)
      const theirs = JSON.parse(expected()) as StackwalkOutput
      expect(output.threads[0]!.frames[0]!.unloaded_modules).toEqual(
        theirs.threads[0]!.frames[0]!.unloaded_modules,
      )
      expect(output.unloaded_modules).toEqual(theirs.unloaded_modules)
      const line = readFileSync(join(expectedFolder, name), 'utf8')
        .split('\n')
        .find((l) => l.startsWith(' 0  '))!
      expect(humanReport(await walkDumpThreads(readMinidump(dump)))).toContain(line)
    })
  },
)
