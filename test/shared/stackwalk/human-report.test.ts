// The human-readable report of synthetic dumps: every optional line once, and its limits.
import { describe, expect, test } from 'vitest'
import { readMinidump } from '../../../shared/minidump/minidump.ts'
import { humanReport } from '../../../shared/stackwalk/human-report.ts'
import { walkDumpThreads } from '../../../shared/stackwalk/walked-dump.ts'
import { createSynthMinidump, type SynthDump } from '../../support/synth-minidump.ts'
import { appModule, linuxStack, stackBase, symbolText, words } from '../../support/linux-stack.ts'

describe('the human-readable report', () => {
  const report = async (dump: SynthDump) =>
    humanReport(await walkDumpThreads(readMinidump(createSynthMinidump(dump))))
  const empty = () => {}

  const symbols = symbolText(
    [
      'MODULE Linux x86_64 0 app',
      'FILE 0 /src/main.cpp',
      'INLINE_ORIGIN 0 inner',
      'FUNC 100 100 0 main',
      'INLINE 0 9 0 0 100 10',
      '100 100 42 0',
      'FUNC 4f0 100 0 start',
      'PUBLIC 5f0 0 entry',
    ].join('\n'),
  )
  const thread = (id: number, rip: number) => ({
    id,
    stack: { base: stackBase + 0x1000n * BigInt(id), bytes: words(0n) },
    registers: { rip, rsp: stackBase + 0x1000n * BigInt(id), rbp: 0 },
  })
  const crash: SynthDump = {
    time: 1_700_000_100,
    system: {
      cpu: 'amd64',
      os: 'linux',
      csd: 'Linux 6.1.0',
      cpuCount: 2,
      cpuLevel: 6,
      cpuRevision: 0x0102,
    },
    modules: [
      { ...appModule, version: [1, 2, 3, 4] },
      { base: 0x10_0000, size: 0x1000, name: '/lib/libc.so.6' },
    ],
    unloadedModules: [
      { base: 0x9000_0000, size: 0x2000, name: '/late.so' },
      { base: 0x9000_0000, size: 0x1000, name: '/early.so' },
      { base: 0x8000_0000, size: 0x1000, name: '/first.so' },
    ],
    threads: [...linuxStack.threads!, thread(8, 0x9000_0800), thread(9, 0x10_0010), { id: 10 }],
    threadNames: [[8, 'worker']],
    memory: [{ base: 0x40_0100, bytes: Uint8Array.of(0x8b, 0x00, 0x90) }],
    exception: {
      threadId: 7,
      code: 11,
      flags: 1,
      address: 0x10,
      registers: { rip: 0x40_0100, rsp: stackBase, rax: 0x10 },
    },
    misc: { version: 2, flags: 3, processId: 5, createTime: 1_700_000_000 },
    linux: {
      lsbRelease:
        'DISTRIB_ID=Debian\nDISTRIB_RELEASE=13\nDISTRIB_CODENAME=trixie\nDISTRIB_DESCRIPTION="Debian 13"\n',
      maps: '00400000-00410000 r-xp 00000000 00:00 0 /bin/app\n',
      cmdLine: 'app',
    },
    macBootArgs: 'keepsyms=1',
    softErrors: '[{"a":1}]',
  }
  const request: SynthDump = {
    system: { cpu: 'amd64', os: 'linux', cpuCount: 1 },
    modules: [appModule],
    threads: [thread(6, 0x40_0200), thread(7, 0x40_0300), thread(8, 0x40_0400)],
    threadNames: [[8, 'requester']],
    breakpad: { dumpThread: 6, requestingThread: 8 },
  }
  test.each([
    ['crash', crash],
    ['request', request],
  ])(
    'has all lines that apply to a %s, in order; the brief one ends after the first thread',
    async (name, dump) => {
      const walked = await walkDumpThreads(readMinidump(createSynthMinidump(dump)), { symbols })
      const text = humanReport(walked)
      await expect(text).toMatchFileSnapshot(`../../golden/human-report-${name}.txt`)
      const parts = text.split(/^(?=Thread \d)/m)
      expect(humanReport(walked, { brief: true })).toBe(parts.slice(0, 2).join(''))
    },
  )

  test('names streams that it does not show, and numbers unknown ones, each once', async () => {
    const raw = [0x8002, 0x4d7affff, 0x12340001, 0x11, 0x8002].map((type) => ({ type, write: empty }))
    const text = await report({ ...linuxStack, linux: { cmdLine: 'app' }, raw })
    const streams = text.slice(text.indexOf('\nUnimplemented')).replace(/@ 0x[0-9a-f]{8}$/gm, '@')
    expect(streams).toBe(
      [
        '\nUnimplemented streams encountered:',
        'Stream 0x00008002 ceStreamException (Official) @',
        'Stream 0x47670006 LinuxCmdLine (Google Extension) @',
        '\nUnknown streams encountered:',
        'Stream 0x12340001 (Unknown Extension) @',
        'Stream 0x4d7affff (Mozilla Extension) @\n',
      ].join('\n'),
    )
  })

  test('shows a stack with all walked frames', async () => {
    const frames = 10_000
    const pairs = Array.from({ length: frames }, (_, i) => [stackBase + BigInt(16 * (i + 1)), 0x40_0500n])
    const stack = { base: stackBase, bytes: words(...pairs.flat(), 0n, 0n) }
    const registers = { rip: 0x40_0100, rsp: stackBase, rbp: stackBase }
    const dump = createSynthMinidump({ ...linuxStack, threads: [{ id: 7, stack, registers }] })
    const inlines = Array.from({ length: 6 }, (_, depth) => `INLINE ${depth} 1 0 0 100 1000\n`).join('')
    const symbols = symbolText(`INLINE_ORIGIN 0 inner\nFUNC 100 1000 0 f\n${inlines}`)
    const text = humanReport(await walkDumpThreads(readMinidump(dump), { symbols }))
    expect(text.split('app!inner')).toHaveLength(6 * frames + 1)
  })

  test('ends with the soft errors of the writer, if there are any', async () => {
    const text = await report({ ...linuxStack, softErrors: '[{"b":[1],"a":"x"}]' })
    expect(text).toContain(
      '\nSoft errors were encountered when minidump was written:\n[\n  {\n    "a": "x",\n    "b": [\n      1\n    ]\n  }\n]\n',
    )
    expect(await report({ ...linuxStack, softErrors: '[]' })).not.toContain('Soft errors')
  })

  test('describes inconsistencies of a crash, and only known facts of the next instruction', async () => {
    const crash = (code: readonly number[]): SynthDump => ({
      ...linuxStack,
      system: { cpu: 'amd64', os: 'windows' },
      memory: [{ base: 0x40_0100, bytes: Uint8Array.from(code) }],
      exception: {
        threadId: 7,
        code: 0xc0000094,
        registers: { rip: 0x40_0100, rsp: stackBase, rax: 0x5000 },
      },
    })
    const load = await report(crash([0x8b, 0x00, 0x90]))
    expect(load).toContain('\nNo instruction pointer update by instruction\n')
    expect(load).toContain(
      '\nCrash is inconsistent:\n  Crash reason is an integer division by zero but the crashing instruction is not a division\n',
    )
    expect(await report(crash([0x74, 0x10, 0x90]))).not.toContain('instruction pointer update')
  })

  test('lists only addressable modules', async () => {
    const modules = [
      appModule,
      { ...appModule, base: 0x40_8000, name: '/bin/over' },
      { ...appModule, base: 0, size: 0 },
    ]
    const text = await report({ ...linuxStack, modules })
    expect(text.slice(text.indexOf('\nLoaded'), text.indexOf('\nUnloaded'))).toBe(
      '\nLoaded modules:\n0x00400000 - 0x0040ffff  app  ???  (main)\n',
    )
  })

  test('writes the numbers of macOS crash information without leading zeros', async () => {
    const text = await report({
      ...linuxStack,
      system: { cpu: 'amd64', os: 'mac' },
      macCrash: [{ version: 5, thread: 7, abortCause: 0, texts: ['/lib/x', 'why', '', '', ''] }],
    })
    expect(text).toMatch(/Mac Crash Info:\n {2}Record 0\n {4}thread: 0x7\n(.*\n)* {4}message: why\n/)
  })
})
