// Rules that read the stack walk.
import { describe, expect, test } from 'vitest'
import type { DumpResult } from '../../../../batch/processing/rules/rule.ts'
import type { StoredDump } from '../../../../shared/fields/stackwalk.ts'
import { runPreset, runRule } from '../../support/rule-input.ts'

describe('dump', () => {
  const withCrash = (info: NonNullable<StoredDump['crash_info']>): StoredDump => ({
    crash_info: info,
    threads: [],
  })

  test.each([
    ['0x00000048', { kind: 'null-pointer' }, '0x00000000'],
    ['0x0000000000000048', { kind: 'null-pointer' }, '0x0000000000000000'],
    ['0xffffffffffffffff', { kind: 'non-canonical', address: '0xe5e5e5e5e5e5e61d' }, '0xe5e5e5e5e5e5e61d'],
    ['0x1234', null, '0x1234'],
    [null, null, null],
  ])('10: address %s, adjusted %j', (address, adjusted, expected) => {
    const dump = withCrash({ address, adjusted_address: adjusted, crashing_thread: 0 })
    expect(runRule('crashing-thread', {}, { json_dump: dump }).added.address).toBe(expected)
  })

  test.each([
    [[0.625, 0.25], 62],
    [[0.29, 0.57], 56],
    [null, undefined],
    [[], undefined],
  ])('11: bit flips %j', (confidences, expected) => {
    const flips = confidences?.map((confidence) => ({ confidence })) ?? null
    const { added } = runRule('bit-flips', {}, { json_dump: withCrash({ possible_bit_flips: flips }) })
    expect(added.possible_bit_flips_max_confidence).toBe(expected)
  })

  test('12: long stacks lose their middle; short ones do not change', () => {
    const stack = (length: number) => ({
      frames: Array.from({ length }, (_, frame) => ({ frame })),
      frame_count: length,
    })
    const other = { json_dump: { threads: [stack(700)] } }
    const draft = { json_dump: { threads: [stack(1002), stack(100)] }, upload_file_minidump_browser: other }
    const { added, notes } = runRule('truncate-stacks', {}, draft)
    const [long, short] = added.json_dump!.threads!
    expect(long!.frames).toHaveLength(500)
    expect(long!.frames![250]).toEqual({ truncated: { msg: '502 frames truncated' } })
    expect(long!.frames![251]).toEqual({ frame: 753 })
    expect(long).toMatchObject({ truncated: true, frame_count: 1002 })
    expect(short!.frames).toHaveLength(100)
    expect((added.upload_file_minidump_browser as typeof other).json_dump.threads[0]!.frames).toHaveLength(
      500,
    )
    expect(notes).toHaveLength(1)
  })

  test('the status names a missing, empty or broken dump', () => {
    const walked: DumpResult[] = [
      {
        name: 'upload_file_minidump',
        dump: null,
        stackKey: null,
        status: 'EmptyMinidump',
        error: 'Shortcut for 0-bytes minidump.',
      },
    ]
    const { crash, notes } = runPreset('default', { walked })
    expect(crash).toMatchObject({
      mdsw_status_string: 'EmptyMinidump',
      os_name: 'Unknown',
      cpu_arch: 'unknown',
    })
    expect(crash.signature).toBe('EMPTY: no frame data available; EmptyMinidump')
    expect(notes).toContain('stackwalk: upload_file_minidump: EmptyMinidump')
  })

  test('13: a walker that did not finish leaves its status and a note, but no dump', () => {
    const walked: DumpResult[] = [
      {
        name: 'upload_file_minidump',
        dump: null,
        status: 'unknown error',
        error: 'stopped at 120 s',
        stackKey: null,
      },
    ]
    const { crash, notes } = runPreset('default', { walked })
    expect(crash).toMatchObject({ mdsw_status_string: 'unknown error', mdsw_stderr: 'stopped at 120 s' })
    expect(crash).not.toHaveProperty('json_dump')
    expect(notes).toContain('stackwalk: upload_file_minidump: unknown error')
    expect(notes.join()).not.toContain('stopped')
  })

  test('14: missing symbols are listed by cleaned names and IDs', () => {
    const modules = [
      {
        filename: ' l\nib (foo)',
        version: '1.0/5',
        debug_id: 'this is bad',
        code_id: 'ou812',
        missing_symbols: true,
      },
      { filename: 'has.so', missing_symbols: false },
      { filename: 'none.so', version: '', debug_id: '', missing_symbols: true },
    ]
    const { added } = runRule('missing-symbols', {}, { json_dump: { modules } })
    expect(added.missing_symbols).toBe(`libfoo/1.0\\/5/bad/812;none.so/None/${'0'.repeat(33)}`)
  })

  test('15: the first source file on the stack; inlined functions precede their frame', () => {
    const frames = [
      {},
      { file: 'MozPromise.h', inlines: [{ file: null }, { file: 'RTCRtpTransceiver.cpp' }] },
    ]
    const draft = { crashing_thread: 0, json_dump: { threads: [{ frames }] } }
    expect(runRule('topmost-files', {}, draft).added).toEqual({ topmost_filenames: 'RTCRtpTransceiver.cpp' })
    expect(runRule('topmost-files', {}, { ...draft, crashing_thread: null }).added).toEqual({})
  })

  test('modules on the crashing stack, without duplicates, in order', () => {
    const frames = [{ module: 'b.so' }, { module: 'a.so' }, { module: 'b.so' }, { module: null }]
    const modules = [
      { filename: 'a.so', debug_id: 'AB-1' },
      { filename: 'b.so', debug_id: 'CD' },
      { filename: 'c.so', debug_id: 'EF' },
    ]
    const draft = { crashing_thread: 0, json_dump: { threads: [{ frames }], modules } }
    expect(runRule('modules-in-stack', {}, draft).added).toEqual({ modules_in_stack: 'a.so/AB1;b.so/CD' })
    expect(runRule('modules-in-stack', {}, { ...draft, crashing_thread: null }).added).toEqual({})
    const without = { ...draft, json_dump: { threads: [{ frames: [{ module: 'x.so' }] }], modules } }
    expect(runRule('modules-in-stack', {}, without).added).toEqual({})
  })

  test('symbol URLs contain neither private hosts nor query strings', () => {
    const modules = [
      { filename: 'a', symbol_url: 'https://symbols.example.org/a/1/a.sym?key=secret' },
      { filename: 'b', symbol_url: 'http://localhost:8000/b.sym' },
      { filename: 'c', symbol_url: null },
    ]
    const { added } = runRule('module-urls', {}, { json_dump: { modules } })
    expect(added.json_dump!.modules!.map((module) => module.symbol_url)).toEqual([
      'https://symbols.example.org/a/1/a.sym',
      null,
      null,
    ])
  })

  test.each([
    ...['localhost', 'symbols.localhost', 'symbols.corp.internal', 'printer.local', 'LOCALHOST.', 'symbols'],
    ...['127.0.0.1', '127.255.1.2', '10.1.2.3', '192.168.0.9', '169.254.169.254', '0.0.0.0', '100.100.0.1'],
    ...['172.16.0.1', '172.31.255.254', '0xac100001', '[::1]', '[::]', '[fc00::1]', '[fdff:1::2]'],
    ...['[fe80::1]', '[febf::1]', '[::ffff:172.16.0.1]'],
  ])('a symbol URL of %s is removed from every dump', (host) => {
    const json_dump = { modules: [{ filename: 'a', symbol_url: `http://me@${host}:8000/a.sym` }] }
    const name = 'upload_file_minidump_gpu' as const
    const walked = [{ name, dump: json_dump, stackKey: null, status: 'OK', error: null }]
    const { added, notes } = runRule('module-urls', { walked }, { json_dump, [name]: { json_dump } })
    const shown = { modules: [{ filename: 'a', symbol_url: null }] }
    expect(added).toEqual({ json_dump: shown, [name]: { json_dump: shown } })
    expect(notes).toHaveLength(2)
  })

  test.each([
    ...['symbols.example.org', 'localhost.example.org', '10.example.org', 'internal.example.org'],
    ...['172.15.255.255', '172.32.0.1', '11.0.0.1', '169.253.0.1', '128.0.0.1', '192.169.0.1'],
    ...['[2001:db8::1]', '[fec0::1]', '[::ffff:808:808]'],
  ])('a symbol URL of %s is shown', (host) => {
    const json_dump = { modules: [{ filename: 'a', symbol_url: `https://me@${host}/a.sym?key=1` }] }
    const { added } = runRule('module-urls', {}, { json_dump })
    expect(added).toEqual({
      json_dump: { modules: [{ filename: 'a', symbol_url: `https://${host}/a.sym` }] },
    })
  })

  test('a guard page is reported only if it was accessed', () => {
    const hit = (likely?: boolean) =>
      runRule(
        'guard-page',
        {},
        { json_dump: withCrash({ memory_accesses: [{}, likely ? { is_likely_guard_page: true } : {}] }) },
      ).added
    expect(hit(true)).toEqual({ has_guard_page_access: true })
    expect(hit()).toEqual({})
  })

  test('macOS: trimmed boot arguments, crash info as JSON with sorted keys', () => {
    const draft = {
      json_dump: { mac_boot_args: ' -v ', mac_crash_info: { num_records: 1, b: 1, a: { d: 1, c: 2 } } },
    }
    expect(runRule('mac-boot-args', {}, draft).added).toEqual({
      mac_boot_args: '-v',
      has_mac_boot_args: true,
    })
    expect(runRule('mac-boot-args', {}, { json_dump: { mac_boot_args: ' \n' } }).added).toEqual({})
    expect(runRule('mac-crash-info', {}, draft).added).toEqual({
      mac_crash_info: '{"a":{"c":2,"d":1},"b":1,"num_records":1}',
    })
  })

  test('other minidumps are stored under their names', () => {
    const walked: DumpResult[] = [
      { name: 'upload_file_minidump', dump: { pid: 1 }, stackKey: null, status: 'OK', error: null },
      { name: 'upload_file_minidump_browser', dump: { pid: 2 }, stackKey: null, status: 'OK', error: null },
    ]
    expect(runRule('stackwalk', { walked }).added).toMatchObject({
      json_dump: { pid: 1 },
      upload_file_minidump_browser: { json_dump: { pid: 2 } },
      additional_minidumps: ['upload_file_minidump_browser'],
    })
  })
})
