// Real dumps compared with Breakpad's output; intentional differences are listed here.
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readMinidump } from '../../../shared/minidump/minidump.ts'
import type { Minidump } from '../../../shared/minidump/minidump.ts'
import { baseName } from '../../../shared/text/base-name.ts'
import { crashReason } from '../../../shared/minidump/reasons/reason.ts'
import {
  corpusDir,
  corpusDump,
  corpusNames,
  hasCorpus,
  hasMinidumps,
  minidumpPaths,
  minidumpsDir,
  parseBreakpadSummary,
  readUnpacked,
} from '../../support/dump-data.ts'
import type { BreakpadSummary } from '../../support/dump-data.ts'

const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

/** Mayday's reason in Breakpad's form: without common si_codes, the number instead of si_code 0. */
function inBreakpadWords(reason: string): string {
  const [signal = '', kind] = reason.split(' / ')
  if (signal === 'SIGABRT' || signal === 'SIGTRAP') return signal
  if (kind === 'SI_KERNEL') return `${signal} / 0x00000080`
  const coded = ['SIGSEGV', 'SIGBUS', 'SIGFPE', 'SIGILL'].includes(signal)
  return kind === undefined && coded ? `${signal} / 0x00000000` : reason
}

function crashingThread(dump: Minidump): number | null {
  const id = dump.exception?.threadId ?? dump.breakpadInfo?.requestingThreadId
  const index = dump.threads.findLastIndex((thread) => thread.id === id)
  return index < 0 ? null : index
}

function summary(dump: Minidump): Omit<BreakpadSummary, 'osVersion'> {
  const system = dump.systemInfo!
  const crash = crashReason(dump)
  return {
    os: system.osLabel,
    cpu: system.cpu,
    cpuInfo: system.cpuInfo ?? '',
    cpuCount: system.cpuCount,
    reason: crash ? inBreakpadWords(crash.reason) : 'No crash',
    address: crash?.address ?? 0n,
    thread: crashingThread(dump),
    modules: dump.modules.list
      .map((module) => ({
        file: baseName(module.codeFile),
        version: module.version ?? '',
        debugFile: baseName(module.debugFile ?? ''),
        debugId: module.debugId ?? '',
        base: module.base,
        last: module.base + BigInt(module.size) - 1n,
      }))
      .sort((a, b) => (a.base < b.base ? -1 : 1)),
  }
}

/** Breakpad's summary without its formatting differences: spaces in reasons, 33 zeros for no id, no kernel split. */
function expectedSummary(text: string): Omit<BreakpadSummary, 'osVersion'> {
  const { osVersion: _, ...rest } = parseBreakpadSummary(text)
  return {
    ...rest,
    reason: rest.reason.replace(/ ?\/ ?/, ' / '),
    modules: rest.modules.map((module) => ({ ...module, debugId: module.debugId.replace(/^0{33}$/, '') })),
  }
}

describe.skipIf(!hasCorpus)(
  'readMinidump on the corpus (skipped where ../shared/data/corpus is absent)',
  () => {
    test.each(corpusNames())("%s: system, reason, address, thread and modules equal Breakpad's", (name) => {
      const dump = readMinidump(corpusDump(name))
      const text = decode(readUnpacked(join(corpusDir, 'expected', `${name}.breakpad.txt.gz`)))
      expect(summary(dump)).toEqual(expectedSummary(text.split('==== human-readable')[0]!))
      expect(dump.threads.filter((thread) => thread.context === null)).toEqual([])
      expect(dump.issues).toEqual([])
    })
  },
)

describe.skipIf(!hasMinidumps)('readMinidump on other projects’ dumps (skipped where absent)', () => {
  const breakpad = minidumpPaths().filter((path) => path.includes('/breakpad/'))
  test.each(breakpad.map((path) => [basename(path, '.dmp'), path]))(
    '%s agrees with Breakpad',
    (name, path) => {
      const text = readFileSync(join(minidumpsDir, 'breakpad/expected', name, 'machine.txt'), 'utf8')
      expect(summary(readMinidump(readUnpacked(path)))).toEqual(expectedSummary(text))
    },
  )

  test.each([
    ['test.dmp', 'test.nosym.json'],
    ['pipeline-inlines-macos-segv.dmp', 'pipeline-inlines-macos-segv.symbols.json'],
  ])('%s agrees with rust-minidump', (file, json) => {
    const dump = readMinidump(readUnpacked(join(minidumpsDir, 'rust-minidump/dumps', file)))
    const expected = JSON.parse(readFileSync(join(minidumpsDir, 'rust-minidump/expected-json', json), 'utf8'))
    expect(jsonView(dump)).toEqual(jsonExpected(expected))
  })

  test('a Crashpad dump has its annotations, and broken dumps of fuzzers are read as far as possible', () => {
    const folder = join(minidumpsDir, 'rust-minidump/dumps')
    const crashpad = readMinidump(readUnpacked(join(folder, 'simple-crashpad.dmp'))).crashpadInfo!
    expect(crashpad.reportId).toBe('42f9de72-518a-43dd-97d7-8ddc328d3662')
    expect([...crashpad.annotations]).toEqual([['hello', 'world']])
    expect(crashpad.modules.map((m) => [m.moduleIndex, m.listAnnotations])).toEqual([
      [16, ['abort() called']],
      [39, ['dyld2 mode']],
    ])
    const range = readMinidump(readUnpacked(join(folder, 'invalid-range.dmp')))
    expect(range.linuxMaps).toBeNull()
    const count = readMinidump(readUnpacked(join(folder, 'invalid-record-count.dmp')))
    expect(count.macCrashInfo).toBeNull()
    expect(count.issues.length).toBeGreaterThan(0)
  })

  test('a dump with control-flow enforcement carries extended state', async () => {
    const { extendedState } = await import('../../../shared/minidump/context.ts')
    const path = join(minidumpsDir, 'breakpad/dumps/tiny-exe-with-cet-xsave.dmp')
    const dump = readMinidump(readUnpacked(path))
    const xstate = dump.miscInfo?.xstate ?? null
    const features = dump.threads.flatMap(({ context }) => extendedState(context!, xstate))
    expect(features.map(({ feature, bytes }) => [feature, bytes.byteLength])).toContainEqual([11, 16])
  })
})

const hexOf = (value: bigint, width: number) => `0x${value.toString(16).padStart(width, '0')}`

function jsonView(dump: Minidump) {
  const system = dump.systemInfo!
  const width = system.pointerSize === 4 ? 8 : 16
  const crash = crashReason(dump)!
  return {
    crash: { type: crash.reason, address: hexOf(crash.address, width), thread: crashingThread(dump) },
    pid: dump.miscInfo?.processId,
    system: [system.osLabel, system.osVer, system.cpu, system.cpuInfo, system.cpuCount],
    modules: dump.modules.list.map((m) => [
      hexOf(m.base, width),
      hexOf(m.base + BigInt(m.size), width),
      baseName(m.codeFile),
      baseName(m.debugFile ?? ''),
      m.debugId ?? '0'.repeat(33),
      m.codeId ?? '',
      m.version,
    ]),
    threads: dump.threads.map((t) => [t.id, t.name]),
  }
}

interface ReferenceModule {
  base_addr: string
  end_addr: string
  filename: string
  debug_file: string
  debug_id: string
  code_id: string
  version: string | null
}

interface ReferenceReport {
  crash_info: { type: string; address: string; crashing_thread: number }
  pid: number
  system_info: { os: string; os_ver: string; cpu_arch: string; cpu_info: string | null; cpu_count: number }
  modules: ReferenceModule[]
  threads: Array<{ thread_id: number; thread_name: string | null }>
}

function jsonExpected({ crash_info: c, pid, system_info: s, modules, threads }: ReferenceReport) {
  return {
    crash: { type: c.type, address: c.address, thread: c.crashing_thread },
    pid,
    system: [s.os, s.os_ver, s.cpu_arch, s.cpu_info, s.cpu_count],
    modules: modules.map((m) => [
      m.base_addr,
      m.end_addr,
      m.filename,
      m.debug_file,
      m.debug_id,
      m.code_id,
      m.version,
    ]),
    threads: threads.map((t) => [t.thread_id, t.thread_name]),
  }
}
