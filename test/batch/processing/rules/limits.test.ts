// Rules at the exact value of each limit, and for each text that a note or field can have.
import { describe, expect, test } from 'vitest'
import { isPrivateHost } from '../../../../batch/processing/rules/private-host.ts'
import { rulesOf, rulesVersion } from '../../../../batch/processing/rules/rulesets.ts'
import { prettyOs } from '../../../../batch/processing/rules/system.ts'
import type { StoredDump } from '../../../../shared/fields/stackwalk.ts'
import { runRule } from '../../support/rule-input.ts'

const frames = (length: number) => Array.from({ length }, (_, frame) => ({ frame }))

describe('stacks', () => {
  test.each([
    [500, 500, undefined],
    [501, 500, '1 frames truncated'],
    [1500, 500, '1,000 frames truncated'],
  ])('of %i frames are stored with %i', (length, stored, msg) => {
    const dump = {
      crashing_thread: { frames: frames(length) },
      threads: [{ frames: frames(length) }, { frames: frames(1) }],
    }
    const { added, notes } = runRule('truncate-stacks', {}, { json_dump: dump })
    if (msg === undefined) return expect([added, notes]).toEqual([{}, []])
    const kept = [...frames(250), { truncated: { msg } }, ...frames(length).slice(-249)]
    expect(kept).toHaveLength(stored)
    const thread = { truncated: true, frames: kept }
    expect(added).toEqual({
      json_dump: { crashing_thread: thread, threads: [thread, { frames: frames(1) }] },
    })
    expect(notes).toEqual(['truncate-stacks: some stacks were truncated'])
  })

  test.each<[string, StoredDump, string[]]>([
    ['the crashing one alone', { crashing_thread: { frames: frames(501) } }, ['crashing_thread']],
    ['another one alone', { threads: [{ frames: frames(501) }] }, ['threads']],
  ])('are truncated: %s', (_, dump, names) => {
    const { added } = runRule('truncate-stacks', {}, { json_dump: dump })
    expect(Object.keys(added.json_dump!)).toEqual(names)
  })

  test('of other dumps are truncated, and the other fields of these dumps stay', () => {
    const other = { mdsw_return_code: 0, json_dump: { threads: [{ frames: frames(501) }] } }
    const { added } = runRule('truncate-stacks', {}, { upload_file_minidump_plugin: other })
    expect(added).toMatchObject({ upload_file_minidump_plugin: { mdsw_return_code: 0 } })
    const short = { json_dump: { threads: [{ frames: frames(500) }] } }
    expect(runRule('truncate-stacks', {}, { upload_file_minidump_plugin: short }).added).toEqual({})
  })
})

describe('fields of the dump', () => {
  const added = (name: string, dump: StoredDump | undefined, more: object = {}) =>
    runRule(name, {}, { ...(dump && { json_dump: dump }), ...more }).added

  test.each<[string, StoredDump | undefined, object]>([
    ['crash-inconsistencies', undefined, {}],
    ['crash-inconsistencies', {}, { crash_inconsistencies: null }],
    [
      'crash-inconsistencies',
      { crash_info: { crash_inconsistencies: ['x'] } } as StoredDump,
      { crash_inconsistencies: ['x'] },
    ],
    ['guard-page', { crash_info: { memory_accesses: [{ is_likely_guard_page: false }] } } as StoredDump, {}],
    [
      'guard-page',
      { crash_info: { memory_accesses: [{}, { is_likely_guard_page: true }] } } as StoredDump,
      { has_guard_page_access: true },
    ],
    ['guard-page', undefined, {}],
    [
      'bit-flips',
      { crash_info: { possible_bit_flips: [{}, { confidence: 0.5 }] } } as StoredDump,
      { possible_bit_flips_max_confidence: 50 },
    ],
    [
      'bit-flips',
      { crash_info: { possible_bit_flips: [{}] } } as StoredDump,
      { possible_bit_flips_max_confidence: 0 },
    ],
    ['thread-count', undefined, { thread_count: null }],
    ['thread-count', { thread_count: 3 }, { thread_count: 3 }],
    ['soft-errors', undefined, {}],
    ['soft-errors', {}, {}],
    ['soft-errors', { soft_errors: null } as StoredDump, { soft_errors: 'null' }],
    ['soft-errors', { soft_errors: ['x'] } as StoredDump, { soft_errors: '["x"]' }],
    ['mac-crash-info', { mac_crash_info: { num_records: 0 } } as StoredDump, {}],
    ['mac-crash-info', {}, {}],
    [
      'mac-crash-info',
      {
        mac_crash_info: { records: [{ b: 1, a: [2, { d: null, c: 1 }] }], num_records: 1 },
      } as unknown as StoredDump,
      { mac_crash_info: '{"num_records":1,"records":[{"a":[2,{"c":1,"d":null}],"b":1}]}' },
    ],
    ['mac-boot-args', { mac_boot_args: '  ' }, {}],
    ['mac-boot-args', {}, {}],
    ['mac-boot-args', { mac_boot_args: ' -v ' }, { mac_boot_args: '-v', has_mac_boot_args: true }],
    ['mac-boot-args', { mac_boot_args: 7 } as never, {}],
    ['missing-symbols', undefined, {}],
    ['missing-symbols', { modules: [{ filename: 'a' }, { missing_symbols: true }] } as StoredDump, {}],
    [
      'missing-symbols',
      {
        modules: [
          { filename: 'b (1).dll', missing_symbols: true, version: '1/2', debug_id: 'AB-1', code_id: '5e x' },
          { filename: 'a', missing_symbols: true },
          { filename: 'a', missing_symbols: true, version: '', debug_id: '', code_id: '' },
        ],
      } as StoredDump,
      { missing_symbols: `a/None/${'0'.repeat(33)};b1.dll/1\\/2/AB1/5e` },
    ],
    ['cpu-info', undefined, { cpu_info: null, cpu_count: null, cpu_arch: 'unknown' }],
    [
      'cpu-info',
      {
        system_info: { cpu_info: 'c', cpu_count: 2, cpu_arch: 'arm', cpu_microcode_version: '0x1' },
      } as StoredDump,
      { cpu_info: 'c', cpu_count: 2, cpu_arch: 'arm', cpu_microcode_version: '0x1' },
    ],
    ['os-info', undefined, { os_name: 'Unknown', os_version: '' }],
    [
      'os-info',
      { system_info: { os: ' Linux ', os_ver: ' 6 ' } } as StoredDump,
      { os_name: 'Linux', os_version: '6' },
    ],
    ['os-info', { system_info: { os: ' ' } } as StoredDump, { os_name: 'Unknown', os_version: '' }],
  ])('%s of %j', (name, dump, expected) => expect(added(name, dump)).toEqual(expected))

  test('soft errors have at most 4,096 characters', () => {
    const text = (length: number) => `["${'x'.repeat(length - 4)}"]`
    const of = (length: number) =>
      added('soft-errors', { soft_errors: JSON.parse(text(length)) } as StoredDump).soft_errors
    expect(of(4096)).toBe(text(4096))
    expect(of(4097)).toBe(text(4097).slice(0, 4096))
  })

  test('boot arguments that are not text get a note', () => {
    expect(runRule('mac-boot-args', {}, { json_dump: { mac_boot_args: 7 } } as never).notes).toEqual([
      'mac-boot-args: not text',
    ])
  })

  const thread = { crashing_thread: 0 }
  test.each([
    ['no frame has a file', [{}, {}], undefined],
    ['the first frame with a file', [{}, { file: 'a.c' }, { file: 'b.c' }], 'a.c'],
    [
      'an inlined function before its frame',
      [{ file: 'a.c', inlines: [{ file: null }, { file: 'i.h' }] }],
      'i.h',
    ],
    ['the frame of inlined functions without a file', [{ file: 'a.c', inlines: [{}] }], 'a.c'],
  ])('the topmost file: %s', (_, list, expected) => {
    const dump = { crashing_thread: { frames: list } } as StoredDump
    expect(added('topmost-files', dump, thread)).toEqual(expected ? { topmost_filenames: expected } : {})
    expect(added('topmost-files', dump)).toEqual({})
  })

  test('modules in the stack are in order, once, with safe names', () => {
    const modules = [
      { filename: 'b x.so', debug_id: 'F-0' },
      { filename: 'a.so' },
      { filename: 'a.so' },
      { filename: 'c.so' },
      {},
    ]
    const list = [{ module: 'b x.so' }, { module: 'a.so' }, {}]
    const dump = { modules, crashing_thread: { frames: list } } as StoredDump
    expect(added('modules-in-stack', dump, thread)).toEqual({ modules_in_stack: 'a.so/;bx.so/F0' })
    expect(added('modules-in-stack', dump)).toEqual({})
    expect(added('modules-in-stack', { ...dump, modules: [] }, thread)).toEqual({})
  })

  test.each<[StoredDump, object, string[]]>([
    [
      {},
      { crashing_thread: null, crashing_thread_name: null, reason: null, address: null },
      ['crashing-thread: the dump does not identify the crashing thread'],
    ],
    [
      {
        crash_info: { crashing_thread: 1, type: 'SIGSEGV', address: '0x1' },
        threads: [{ thread_name: 'a' }, { thread_name: 'b', last_error_value: 'E' }],
      } as StoredDump,
      {
        crashing_thread: 1,
        crashing_thread_name: 'b',
        reason: 'SIGSEGV',
        address: '0x1',
        last_error_value: 'E',
      },
      [],
    ],
    [
      {
        crash_info: { crashing_thread: 0 },
        crashing_thread: { thread_name: 'own' },
        threads: [{ thread_name: 'a' }],
      } as StoredDump,
      { crashing_thread: 0, crashing_thread_name: 'own', reason: null, address: null },
      [],
    ],
    [
      {
        crash_info: { crashing_thread: 0, address: '0x2', adjusted_address: { kind: 'non-canonical' } },
      } as StoredDump,
      { crashing_thread: 0, crashing_thread_name: null, reason: null, address: '0x2' },
      [],
    ],
  ])('the crashing thread of %j', (dump, expected, expectedNotes) => {
    const { added: fields, notes } = runRule('crashing-thread', {}, { json_dump: dump })
    expect([fields, notes]).toEqual([expected, expectedNotes])
  })

  test.each([
    ['https://symbols.example/a/b.sym?key=1#x', 'https://symbols.example/a/b.sym', 0],
    ['https://10.1.2.3/a', null, 1],
    ['not a URL', 'not a URL', 0],
    [null, null, 0],
  ])('the symbol URL %s is shown as %s', (symbol_url, shown, notes) => {
    const modules = [{ symbol_url }, { symbol_url: 'https://x.example/y' }]
    const found = runRule('module-urls', {}, { json_dump: { modules } } as never)
    expect(found.added.json_dump!.modules!.map((one) => one.symbol_url)).toEqual([
      shown,
      'https://x.example/y',
    ])
    expect(found.notes).toEqual(Array.from({ length: notes }, () => 'Redacting symbol url for a module'))
    expect(runRule('module-urls', {}, { json_dump: { modules: [{}] } } as never).added).toEqual({})
  })
})

test.each([
  ...[
    'localhost',
    'a.localhost',
    'localhost.',
    'x.local',
    'x.localdomain',
    'x.internal',
    'x.internal.',
    'host',
  ],
  ...['host.', '0.0.0.1', '10.255.255.255', '100.64.0.0', '100.127.255.255', '127.0.0.1', '169.254.1.1'],
  ...['172.16.0.0', '172.31.255.255', '192.168.255.255', '[::]', '[::1]', '[fc00::1]', '[fdff::1]'],
  ...['[fe80::1]', '[febf::1]', '[::ffff:10.0.0.1]'],
])('%s is private', (host) => expect(isPrivateHost(host)).toBe(true))

test.each([
  ...['example.org', 'local.example', 'xlocal.example', 'internal.example.org', 'a.notlocal'],
  ...[
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.0',
    '169.253.0.0',
  ],
  ...['169.255.0.0', '172.15.255.255', '172.32.0.0', '192.167.255.255', '192.169.0.0', '1.0.0.0'],
  ...['[::2]', '[fe00::1]', '[fec0::1]', '[2001:db8::1]', '[::ffff:8.8.8.8]'],
])('%s is not private', (host) => expect(isPrivateHost(host)).toBe(false))

test.each([
  ['Windows NT', '10.0.21995', 'Windows 10'],
  ['Windows NT', '10.0.21996', 'Windows 11'],
  ['Windows NT', '10.0', 'Windows 10'],
  ['Windows NT', '6.3.99999', 'Windows 8.1'],
  ['Windows NT', '3.5', 'Windows NT'],
  ['Windows NT', '4.0', 'Windows NT'],
  ['Windows NT', '4.1', 'Windows 98'],
  ['Windows NT', '4.9', 'Windows Me'],
  ['Windows NT', '5.0', 'Windows 2000'],
  ['Windows NT', '5.1', 'Windows XP'],
  ['Windows NT', '5.2', 'Windows Server 2003'],
  ['Windows NT', '6.0', 'Windows Vista'],
  ['Windows NT', '06.01', 'Windows 7'],
  ['Windows NT', '6.2', 'Windows 8'],
  ['Windows NT', '7.0', 'Windows Unknown'],
  ['Windows NT', '', 'Windows NT'],
  ['Mac OS X', '10.15.7', 'OS X 10.15'],
  ['macOS', '11.0', 'macOS 11'],
  ['Mac OS X', '9.1', 'OS X Unknown'],
  ['macOS', 'x', 'macOS'],
  ['Android', '33', 'Android 33'],
  ['Android', '', 'Android'],
  ['Linux', '6', 'Linux'],
  ['Fuchsia', '1.2', 'Fuchsia'],
])('%s %s is %s', (name, version, expected) => expect(prettyOs(name, version, null)).toBe(expected))

describe('the report', () => {
  test.each([
    [['a'.repeat(100)], ['a'.repeat(100)], false],
    [['a'.repeat(101)], ['a'.repeat(100)], true],
    [['ok', 'b d'], ['ok'], true],
    [['Z_-9'], ['Z_-9'], false],
  ])('keys %j', (names, kept, isNoted) => {
    const given = {
      raw: Object.fromEntries(names.map((name) => [name, '1'])),
      files: [{ name: 'f' }] as never,
    }
    const { added, notes } = runRule('report-keys', given)
    const usual = ['f', 'metadata', 'submitted_timestamp', 'uuid', 'version']
    expect(added.crash_report_keys).toEqual([...usual, ...kept].sort())
    expect(notes).toEqual(isNoted ? ['invalidkeys: Crash report contains invalid keys'] : [])
  })

  test.each([
    [1, 1],
    [0.99, 1],
    [10.5, 10.5],
    [Number.POSITIVE_INFINITY, 1],
    ['5', 1],
    [undefined, 1],
  ])('a weight of %j counts as %i', (weight, expected) => {
    const raw = { metadata: { throttle: { rule: 'r', percent: 7, weight }, dumps_dropped: { at: 't' } } }
    const { added } = runRule('collector-metadata', { raw, duplicateOf: 'other' })
    expect(added).toEqual({
      ...{ collector_metadata: { ...raw.metadata, files: [] }, weight: expected, throttle_rule: 'r' },
      ...{ throttle_percent: 7, duplicate_of: 'other', dumps_dropped_at: 't' },
    })
  })

  test.each([
    ['62.0', 62],
    [' 7', 7],
    ['123456789', 123_456_789],
    ['1234567890', 0],
    ['x1', 0],
    [undefined, 0],
  ])('the major version of %s is %i', (version, expected) => {
    expect(runRule('major-version', {}, { ...(version && { version }) }).added.major_version).toBe(expected)
  })

  test.each([
    [{ SubmittedFromInfobar: '1' }, 'Infobar', true],
    [{ SubmittedFromInfobar: 'true' }, 'Infobar', true],
    [{ SubmittedFromInfobar: true }, 'Infobar', true],
    [{ SubmittedFromInfobar: '0', SubmittedFrom: 'Auto' }, 'Unknown', false],
    [{ SubmittedFrom: 'Auto' }, 'Auto', false],
    [{ SubmittedFrom: 'Infobar' }, 'Infobar', true],
    [{}, 'Unknown', false],
  ])('submitted from %j', (raw, submitted_from, submitted_from_infobar) => {
    expect(runRule('submitted-from', { raw }).added).toEqual({ submitted_from, submitted_from_infobar })
  })

  test.each([
    [{}, 'crash'],
    [{ ipc_channel_error: 'x' }, 'hang'],
    [{ async_shutdown_timeout: 'x' }, 'hang'],
  ])('the type of %j', (draft, expected) => {
    expect(runRule('report-type', {}, draft as never).added.report_type).toBe(expected)
  })
})

describe('times', () => {
  const submitted = '2026-10-21T00:00:10.9+00:00'
  const seconds = Date.UTC(2026, 9, 21) / 1000 + 10
  const at = (raw: object, startup?: number) =>
    runRule('dates-and-times', { raw: { submitted_timestamp: submitted, ...raw } }, {
      ...(startup !== undefined && { startup_time: startup }),
    } as never)

  test.each<[object, string | number, string[]]>([
    [{}, seconds, ['WARNING: raw_crash missing CrashTime', 'client_crash_date is unknown']],
    [{ CrashTime: { a: 1 } }, seconds, ['non-text value of "CrashTime"', 'client_crash_date is unknown']],
    [{ CrashTime: 'x' }, 0, ['non-integer value of "CrashTime"']],
    [{ CrashTime: '12345678901' }, 1_234_567_890, []],
    [{ CrashTime: '5', InstallTime: 'x' }, 5, ['non-integer value of "InstallTime"']],
    [{ CrashTime: '5', SecondsSinceLastCrash: 'x' }, 5, ['bad value of "SecondsSinceLastCrash"']],
  ])('of %j', (raw, crash_time, notes) => {
    const found = at(raw)
    expect([found.added.crash_time, found.notes]).toEqual([crash_time, notes])
  })

  test.each([
    [5, 5, 0],
    [4, 5, 1],
    [9, 5, 0],
  ])('started at %i, crashed at %i', (startup, crash, uptime) => {
    const raw = { CrashTime: String(crash), InstallTime: '2', SecondsSinceLastCrash: '7' }
    expect(at(raw, startup).added).toEqual({
      ...{ submitted_timestamp: submitted, date_processed: submitted, crash_time: crash, uptime },
      ...{ client_crash_date: '1970-01-01T00:00:05+00:00', install_age: crash - 2, last_crash: 7 },
    })
  })

  test('without an installation time, the start counts', () => {
    expect(at({ CrashTime: '9' }, 4).added).toMatchObject({ install_age: 5, last_crash: null })
  })
})

describe('breadcrumbs', () => {
  test.each([
    ['{', 'not JSON'],
    ['{}', "{} is not of type 'array'"],
    ['{"values":3}', "the value is not of type 'array'"],
    ['null', "the value is not of type 'array'"],
    ['[1]', "an item is not of type 'object'"],
    ['[null]', "an item is not of type 'object'"],
    ['[[]]', "an item is not of type 'object'"],
    ...['timestamp', 'category', 'type', 'level', 'message'].map((name) => [
      `[{}, {"${name}":1}]`,
      `${name} is not of type 'string'`,
    ]),
  ])('%s are malformed', (Breadcrumbs, problem) => {
    expect(runRule('breadcrumbs', { raw: { Breadcrumbs } })).toEqual({
      ...{ added: {}, notes: [`Breadcrumbs: malformed: ${problem}`] },
    })
  })

  test.each(['[{"message":"a","other":1}]', '{"values":[{"message":"a","other":1}]}'])(
    '%s are stored',
    (text) => {
      expect(runRule('breadcrumbs', { raw: { Breadcrumbs: text } })).toEqual({
        ...{ added: { breadcrumbs: [{ message: 'a', other: 1 }] }, notes: [] },
      })
    },
  )
})

test('rulesets have a version by their rules; regrouping runs the last ones', () => {
  expect(rulesVersion('default')).toMatch(/^default-[0-9a-f]{8}$/)
  expect(rulesVersion('mozilla')).toMatch(/^mozilla-[0-9a-f]{8}$/)
  const names = (mode: 'process' | 'regroup', preset: 'default' | 'mozilla') =>
    rulesOf(mode, preset).map(({ name }) => name)
  expect(names('regroup', 'default')).toEqual(['signature'])
  expect(names('regroup', 'mozilla')).toEqual(['signature', 'shutdown-hang-thread'])
  expect(names('process', 'default').slice(-2)).toEqual(['stack-key', 'signature'])
  expect(names('process', 'mozilla').at(-1)).toBe('shutdown-hang-thread')
})
