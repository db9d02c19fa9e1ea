// The rules, by the vectors of reference/processor.md §10 and beyond.
import { describe, expect, test } from 'vitest'
import { runRules } from '../../../../batch/processing/rules/run-rules.ts'
import { rulesets, rulesVersion } from '../../../../batch/processing/rules/rulesets.ts'
import { publicJavaStack } from '../../../../batch/processing/rules/java.ts'
import { memoryMeasures } from '../../../../batch/processing/rules/memory.ts'
import { parseAddons } from '../../../../batch/processing/rules/mozilla.ts'
import { cleanAnnotations } from '../../../../batch/processing/rules/report.ts'
import type { Rule, DumpResult } from '../../../../batch/processing/rules/rule.ts'
import { prettyOs } from '../../../../batch/processing/rules/system.ts'
import { withProduct } from '../../../../batch/processing/rules/product.ts'
import { crashDataFrom } from '../../../../shared/signature/crash-data.ts'
import type { StoredDump } from '../../../../shared/fields/stackwalk.ts'
import { fieldByName } from '../../../../shared/fields/fields.ts'
import type { RawCrash } from '../../../../shared/crash.ts'
import { inputOf, runPreset, runRule } from '../../support/rule-input.ts'

describe('presets', () => {
  test.each(Object.entries(rulesets))(
    '%s: names are unique, and every rule stands after those it names',
    (_n, rules) => {
      const names = rules.map((rule) => rule.name)
      expect(new Set(names).size).toBe(names.length)
      for (const [i, rule] of rules.entries()) {
        for (const earlier of rule.after ?? []) {
          expect(names.slice(0, i), `${rule.name} after ${earlier}`).toContain(earlier)
        }
      }
    },
  )

  test.each(Object.keys(rulesets) as (keyof typeof rulesets)[])(
    '%s: every field a rule adds is in the catalog',
    (preset) => {
      const dump: StoredDump = {
        status: 'OK',
        crash_info: { crashing_thread: 0, type: 'SIGSEGV' },
        threads: [{ frames: [] }],
        modules: [],
      }
      const raw = {
        ProductName: 'P',
        Version: '1',
        MozCrashReason: 'x',
        JavaStackTrace: 'A\n\tat b',
        PHCKind: 'k',
        Breadcrumbs: '[]',
        UtilityActorsName: 'a',
        ProcessType: 'plugin',
      }
      const { crash, failed } = runPreset(preset, {
        raw,
        dump,
        duplicateOf: 'x',
        memoryReport: { report: {} },
      })
      expect(failed).toEqual([])
      expect(Object.keys(crash).filter((name) => !fieldByName(name))).toEqual([])
    },
  )

  test('the version changes with a rule and not otherwise', () => {
    expect(rulesVersion('default')).toMatch(/^default-[0-9a-f]{8}$/)
    expect(rulesVersion('default')).toBe(rulesVersion('default'))
    expect(rulesVersion('default').slice(-8)).not.toBe(rulesVersion('mozilla').slice(-8))
  })
})

describe('runRules', () => {
  const rule = (name: string, run: Rule['run']): Rule => ({ name, version: 1, run })

  test('a rule that throws adds a note without its text, and the others go on', () => {
    const rules = [
      rule('first', () => ({ product: 'P' })),
      rule('broken', () => {
        throw new TypeError('secret text of the report')
      }),
      rule('last', (_input, draft) => ({ version: `${draft.product}1` })),
    ]
    const run = runRules(rules, inputOf({}), { version: 'v', now: () => new Date('2026-10-21T12:00:01Z') })
    expect(run.failed).toEqual(['broken'])
    expect(run.crash).toMatchObject({
      product: 'P',
      version: 'P1',
      success: false,
      processor_notes: "rule 'broken' failed: TypeError",
      started_datetime: '2026-10-21T12:00:00.000+00:00',
      completed_datetime: '2026-10-21T12:00:01.000+00:00',
    })
    expect(JSON.stringify(run.crash)).not.toContain('secret')
    expect(Object.keys(run.timings)).toEqual(['first', 'broken', 'last'])
  })

  test('a crash that no rule can name is called so', () => {
    expect(runRules([], inputOf({}), { version: 'v' }).crash.signature).toBe('EMPTY: crash failed to process')
  })
})

describe('annotations', () => {
  test('1: a boolean in any case; another text is noted and left out', () => {
    const { crash, notes } = runPreset('default', {
      raw: { StartupCrash: 'TRUE', IsGarbageCollecting: 'foo' },
    })
    expect(crash.startup_crash).toBe(true)
    expect(crash).not.toHaveProperty('is_garbage_collecting')
    expect(notes).toContain('IsGarbageCollecting has non-boolean value foo')
  })

  test('2: an integer with spaces and underscores; 12.5 is none', () => {
    const { crash, notes } = runPreset('default', {
      raw: { OOMAllocationSize: ' 1_000 ', TotalPageFile: '12.5' },
    })
    expect(crash.oom_allocation_size).toBe(1000)
    expect(crash).not.toHaveProperty('total_page_file')
    expect(notes).toContain('TotalPageFile has a non-int value')
  })

  test('3: a nightly of Fenix keeps the version it says', () => {
    const raw = { ProductName: 'Fenix', Version: 'Nightly 200312 12:12' }
    expect(runPreset('mozilla', { raw }).crash.version).toBe('Nightly 200312 12:12')
  })

  test('27: NUL characters go; a value under a cleaned name is kept', () => {
    expect(cleanAnnotations({ '\0k1': 'v1', k2: 'a\0b', gone: null })).toEqual({ k1: 'v1', k2: 'ab' })
    expect(cleanAnnotations({ k1: 'clean', '\0k1': 'dirty' })).toEqual({ k1: 'clean' })
    expect(cleanAnnotations({ '\0k1': 'dirty', k1: 'clean' })).toEqual({ k1: 'clean' })
  })

  test('30: report keys are cut to 100 characters; strange ones are noted and left out', () => {
    const { added, notes } = runRule('report-keys', {
      raw: { ['a'.repeat(150)]: '1', abc$def: '1', '   abc   ': '1', ok: '' },
    })
    expect(added.crash_report_keys).toContain('a'.repeat(100))
    expect(added.crash_report_keys).not.toContain('abc$def')
    expect(added.crash_report_keys).toContain('ok')
    expect(notes).toEqual(['invalidkeys: Crash report contains invalid keys'])
  })
})

describe('product', () => {
  const base = { uuid: 'u', submitted_timestamp: 't', version: 2, metadata: {} } as unknown as RawCrash
  test.each([
    [{ ProductName: 'A', Version: '1' }, 'A', '1'],
    [{ prod: 'B', ver: '2' }, 'B', '2'],
    [{ _productName: 'C', _version: '3', prod: 'Electron', ver: '30' }, 'C', '3'],
    [{ product: 'D', metadata: { shadowed: { version: '4' } } }, 'D', '4'],
    [{}, undefined, undefined],
  ])('%j', (annotations, name, version) => {
    const found = withProduct({ ...base, ...annotations } as RawCrash)
    expect([found.ProductName, found.Version]).toEqual([name, version])
    expect(found.version).toBe(2)
  })

  test('what the report lacks is taken from the annotations inside the minidump', () => {
    const inDump = new Map(Object.entries({ prod: 'App', ver: '1.2', channel: 'beta', ptype: 'renderer' }))
    const told = (annotations: Record<string, unknown>) => {
      const raw = withProduct({ ...base, ...annotations } as RawCrash, inDump)
      return [raw.ProductName, raw.Version, raw.ReleaseChannel, raw.ProcessType]
    }
    expect(told({})).toEqual(['App', '1.2', 'beta', 'renderer'])
    expect(told({ ProductName: 'App' })).toEqual(['App', '1.2', 'beta', 'renderer'])
    expect(told({ prod: 'Other', channel: 'esr' })).toEqual(['Other', undefined, 'esr', 'renderer'])
    const all = { ProductName: 'A', Version: '1', ReleaseChannel: 'x', process_type: 'gpu' }
    expect(told(all)).toEqual(['A', '1', 'x', undefined])
  })

  test('ESR versions carry their suffix, once', () => {
    const added = (version?: string) =>
      runRule('esr-version', {}, { release_channel: 'esr', ...(version && { version }) })
    expect(added('128.4.0').added).toEqual({ version: '128.4.0esr' })
    expect(added('128.4.0esr').added).toEqual({})
    expect(added().notes).toEqual(['"Version" missing from esr release raw_crash'])
  })

  test.each([
    ['128.4.0', 128],
    ['7', 7],
    ['', 0],
    ['N/A', 0],
  ])('the major version of %j is %d', (version, major) => {
    expect(runRule('major-version', {}, { version }).added.major_version).toBe(major)
  })
})

describe('times', () => {
  const times = (raw: Record<string, unknown>) => runPreset('default', { raw })

  test('5: crash date, age of the installation, uptime', () => {
    const { crash } = times({ CrashTime: '1336519554', StartupTime: '1336499438', InstallTime: '1335439892' })
    expect(crash).toMatchObject({
      client_crash_date: '2012-05-08T23:25:54+00:00',
      install_age: 1079662,
      uptime: 20116,
    })
  })

  test('6: without CrashTime the time of submission stands in', () => {
    const { crash, notes } = times({ StartupTime: '1336499438', InstallTime: '1335439892' })
    expect(crash).toMatchObject({ uptime: 20155, install_age: 1079701 })
    expect(notes).toEqual(
      expect.arrayContaining(['WARNING: raw_crash missing CrashTime', 'client_crash_date is unknown']),
    )
  })

  test('7: without StartupTime no uptime; an InstallTime that is no number counts as 0', () => {
    const { crash, notes } = times({ CrashTime: '1336519554', InstallTime: 'feed the goats' })
    expect(crash).toMatchObject({ uptime: 0, install_age: 1336519554 })
    expect(notes).toContain('non-integer value of "InstallTime"')
  })

  test('8: a CrashTime that is no number counts as 0', () => {
    const { crash, notes } = times({ CrashTime: 'junk', StartupTime: '1336499438' })
    expect(crash).toMatchObject({
      crash_time: 0,
      client_crash_date: '1970-01-01T00:00:00+00:00',
      install_age: -1336499438,
      uptime: 0,
    })
    expect(notes).toContain('non-integer value of "CrashTime"')
  })

  test('9: of a CrashTime ten digits count', () => {
    expect(times({ CrashTime: '99999999999' }).crash).toMatchObject({
      crash_time: 9999999999,
      client_crash_date: '2286-11-20T17:46:39+00:00',
    })
  })

  test.each([
    ['86400', 86400, 0],
    ['soon', null, 1],
    ['9223372036854775808', null, 1],
  ])('SecondsSinceLastCrash %j', (text, value, notes) => {
    const run = runRule('dates-and-times', { raw: { CrashTime: '1', SecondsSinceLastCrash: text } })
    expect(run.added.last_crash).toBe(value)
    expect(run.notes.filter((note) => note.includes('SecondsSinceLastCrash'))).toHaveLength(notes)
  })
})

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

  test('12: long stacks lose their middle, short ones nothing', () => {
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

  test('a missing, empty or broken dump is told in the status', () => {
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

  test('13: a walker that did not finish leaves its status and a note, and no dump', () => {
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

  test('14: what is missing is named by cleaned names and ids', () => {
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

  test('15: the first file on the stack; inlined functions come before their frame', () => {
    const frames = [
      {},
      { file: 'MozPromise.h', inlines: [{ file: null }, { file: 'RTCRtpTransceiver.cpp' }] },
    ]
    const draft = { crashing_thread: 0, json_dump: { threads: [{ frames }] } }
    expect(runRule('topmost-files', {}, draft).added).toEqual({ topmost_filenames: 'RTCRtpTransceiver.cpp' })
  })

  test('modules in the crashing stack, each once, in order', () => {
    const frames = [{ module: 'b.so' }, { module: 'a.so' }, { module: 'b.so' }, { module: null }]
    const modules = [
      { filename: 'a.so', debug_id: 'AB-1' },
      { filename: 'b.so', debug_id: 'CD' },
      { filename: 'c.so', debug_id: 'EF' },
    ]
    const draft = { crashing_thread: 0, json_dump: { threads: [{ frames }], modules } }
    expect(runRule('modules-in-stack', {}, draft).added).toEqual({ modules_in_stack: 'a.so/AB1;b.so/CD' })
    expect(runRule('modules-in-stack', {}, { ...draft, crashing_thread: null }).added).toEqual({})
  })

  test('symbol URLs show neither private hosts nor query strings', () => {
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
  ])('a symbol URL of %s is not shown, in any dump', (host) => {
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

  test('a guard page is told only when it was hit', () => {
    const hit = (likely?: boolean) =>
      runRule(
        'guard-page',
        {},
        { json_dump: withCrash({ memory_accesses: [{}, likely ? { is_likely_guard_page: true } : {}] }) },
      ).added
    expect(hit(true)).toEqual({ has_guard_page_access: true })
    expect(hit()).toEqual({})
  })

  test('macOS: boot arguments trimmed, crash info as JSON with sorted keys', () => {
    const draft = {
      json_dump: { mac_boot_args: ' -v ', mac_crash_info: { num_records: 1, b: 1, a: { d: 1, c: 2 } } },
    }
    expect(runRule('mac-boot-args', {}, draft).added).toEqual({
      mac_boot_args: '-v',
      has_mac_boot_args: true,
    })
    expect(runRule('mac-crash-info', {}, draft).added).toEqual({
      mac_crash_info: '{"a":{"c":2,"d":1},"b":1,"num_records":1}',
    })
  })

  test('other minidumps stand under their names', () => {
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

describe('kind of report', () => {
  const watchdog = [{ function: 'mozilla::(anonymous namespace)::RunWatchdog(void*)' }]
  test.each([
    ['18: ipc_channel_error, though empty', { ipc_channel_error: '' }, 'hang'],
    [
      '18: its watchdog on the stack',
      { crashing_thread: 0, json_dump: { threads: [{ frames: watchdog }] } },
      'hang',
    ],
    ['18: a thread that is no number', { crashing_thread: 'jim' as unknown as number }, 'crash'],
    ['anything else', {}, 'crash'],
  ])('%s', (_name, draft, expected) => {
    expect(runRule('report-type', {}, draft).added.report_type).toBe(expected)
  })

  test.each([
    ['main', 'parent'],
    [undefined, 'parent'],
    ['content', 'content'],
    ['browser', 'parent'],
  ])('process type %j is %s', (type, expected) => {
    expect(runRule('process-type', { raw: type ? { ProcessType: type } : {} }).added.process_type).toBe(
      expected,
    )
  })

  test.each([
    [{ SubmittedFromInfobar: '1', SubmittedFrom: 'x' }, 'Infobar', true],
    [{ SubmittedFromInfobar: 'no' }, 'Unknown', false],
    [{ SubmittedFrom: 'Infobar' }, 'Infobar', true],
    [{ SubmittedFrom: 'Client' }, 'Client', false],
    [{}, 'Unknown', false],
  ])('submitted from %j', (raw, from, infobar) => {
    expect(runRule('submitted-from', { raw }).added).toEqual({
      submitted_from: from,
      submitted_from_infobar: infobar,
    })
  })
})

describe('system', () => {
  const android = (os: string, raw: Record<string, string>) =>
    runPreset('default', { raw, dump: { system_info: { os, os_ver: '' } } }).crash

  test('19: Android by its version annotation', () => {
    expect(android('Unknown', { Android_Version: '23 (REL)' })).toMatchObject({
      os_name: 'Android',
      os_version: '23',
      os_pretty_version: 'Android 23',
    })
    expect(android('Unknown', { Android_Version: 'xx' }).os_version).toBe('')
    expect(android('Android', { Android_Version: '33 (REL)', OSVersion: '13' }).os_version).toBe('33')
  })

  test.each([
    ['Windows NT', '10.0.17758', 'Windows 10'],
    ['Windows NT', '10.0.21996', 'Windows 11'],
    ['Windows NT', '10.0.100000', 'Windows 11'],
    ['Windows NT', '10.0.9926', 'Windows 10'],
    ['Windows NT', '6.1.7601 Service Pack 1', 'Windows 7'],
    ['Windows NT', '15.2', 'Windows Unknown'],
    ['Windows NT', 'NaN', 'Windows NT'],
    ['Mac OS X', '10.18.324', 'OS X 10.18'],
    ['Mac OS X', '11.2.1 20D74', 'macOS 11'],
    ['Mac OS X', '9.1', 'OS X Unknown'],
    ['Mac OS X', '', 'Mac OS X'],
    ['Linux', '5.4', 'Linux'],
    ['Android', '', 'Android'],
    ['Haiku', '1', 'Haiku'],
  ])('20: %s %s is %s', (name, version, expected) => {
    expect(prettyOs(name, version, null)).toBe(expected)
  })

  test('a Linux distribution names itself', () => {
    expect(
      runPreset('default', { raw: { OS: 'Linux', LinuxLSBDescription: 'Debian 12 ' } }).crash
        .os_pretty_version,
    ).toBe('Debian 12')
  })

  test('without a dump the client tells; with one it does not', () => {
    const raw = { CPUArchitecture: 'arm64', CPUInfo: ' cpu ', OS: 'Mac OS X', OSVersion: '14.1' }
    expect(runPreset('default', { raw }).crash).toMatchObject({
      cpu_arch: 'arm64',
      cpu_info: 'cpu',
      os_name: 'Mac OS X',
      os_pretty_version: 'macOS 14',
    })
    const dump = { system_info: { os: 'Linux', os_ver: '6', cpu_arch: 'amd64', cpu_info: 'x', cpu_count: 4 } }
    expect(runPreset('default', { raw, dump }).crash).toMatchObject({
      cpu_arch: 'amd64',
      os_name: 'Linux',
      cpu_count: 4,
    })
  })

  test.each([
    ['armeabi-v7a', 'arm'],
    ['arm64-v8a', 'arm64'],
    ['x86_64', 'amd64'],
    ['mips', 'mips'],
  ])('ABI %s is %s', (abi, arch) => {
    expect(runPreset('default', { raw: { Android_CPU_ABI: abi } }).crash.cpu_arch).toBe(arch)
  })
})

describe('Java', () => {
  test.each([
    [
      'Exception: some messge\n\tat org.File.function(File.java:100)\n\tCaused by: x\n\tat y',
      'Exception\n\tat org.File.function(File.java:100)',
    ],
    ['Exception: long\nmessage\n\tat a(b)\n\t... 3 more\n', 'Exception\n\tat a(b)\n\t... 3 more'],
    ['junk\n\tat org.File.function\njunk', null],
    ['', null],
  ])('17: %j', (text, expected) => {
    expect(publicJavaStack(text)).toBe(expected)
  })

  test('the message stays protected', () => {
    const { crash } = runPreset('default', { raw: { JavaStackTrace: 'E: secret\n\tat a(b)' } })
    expect(crash.java_stack_trace).toBe('E\n\tat a(b)')
    expect(crash.java_stack_trace_raw).toContain('secret')
    expect(runPreset('default', { raw: { JavaStackTrace: 'x\n\tat a\njunk' } }).crash.java_stack_trace).toBe(
      'malformed',
    )
  })
})

describe('memory report', () => {
  const item = (path: string, amount: number, kind = 1, process = 'Main Process (pid 7)') => ({
    process,
    path,
    kind,
    units: 0,
    amount,
  })
  const report = {
    version: 1,
    hasMozMallocUsableSize: true,
    reports: [
      item('explicit/a', 100),
      item('explicit/b', 20, 0),
      item('explicit/images/x', 5),
      item('explicit/js/top(none)/detached/w', 3),
      item('heap-allocated', 200, 2),
      item('js-main-runtime/gc', 9, 2),
      item('explicit/a', 999, 1, 'Other (pid 77)'),
    ],
  }

  test('26: the measures of one process', () => {
    expect(memoryMeasures(report, 7)).toMatchObject({
      explicit: 220,
      heap_unclassified: 92,
      images: 5,
      top_none_detached: 3,
      js_main_runtime: 9,
      heap_allocated: 200,
      resident: 0,
    })
    expect(Object.keys(memoryMeasures(report, 7)!)).toHaveLength(16)
    expect(memoryMeasures(report, 8)).toBeNull()
  })

  test('reports of another form, and units that are no bytes, give none', () => {
    const broken = { ...report, reports: [{ ...item('explicit/a', 1), units: 1 }] }
    expect(memoryMeasures(broken, 7)).toBeNull()
    expect(
      runRule('memory-measures', {}, { json_dump: { pid: 7 }, memory_report: { reports: [1] } }).added,
    ).toEqual({})
    expect(
      runRule('memory-measures', {}, { json_dump: { pid: 7 }, memory_report: report }).added,
    ).toHaveProperty('memory_measures')
    expect(runRule('memory-report', { memoryReport: { error: 'error in json' } })).toEqual({
      added: { memory_report_error: 'error in json' },
      notes: ['memory-report: not readable'],
    })
  })
})

describe('Mozilla', () => {
  test('4: add-ons', () => {
    expect(parseAddons('dmpluginff%40westbyte.com:1%2C4.8,a:0:3:1,noversion,')).toEqual([
      'dmpluginff@westbyte.com:1,4.8',
      'a:0:3:1',
      'noversion:NO_VERSION',
      ':NO_VERSION',
    ])
    expect(parseAddons('')).toEqual([])
    expect(parseAddons('100%:1')).toEqual(['100%:1'])
    expect(runRule('addons', { raw: { EMCheckCompatibility: 'TRUE' } }).added).toEqual({
      addons: [],
      addons_checked: true,
    })
    expect(runRule('addons', {}).added.addons_checked).toBeNull()
  })

  test('the default theme is named', () => {
    const addons = ['x:1', '{972ce4c6-7e08-4474-a285-3208198ce6fd}:28.0']
    expect(runRule('theme-name', {}, { addons }).added.addons).toEqual([
      'x:1',
      '{972ce4c6-7e08-4474-a285-3208198ce6fd} (default theme):28.0',
    ])
  })

  test.each([
    ['{"values":[{"timestamp":"x"}]}', [{ timestamp: 'x' }], []],
    ['[{"message":"m","other":1}]', [{ message: 'm', other: 1 }], []],
    ['{}', undefined, ["Breadcrumbs: malformed: {} is not of type 'array'"]],
    ['{', undefined, ['Breadcrumbs: malformed: not JSON']],
    ['[{"message":1}]', undefined, ["Breadcrumbs: malformed: message is not of type 'string'"]],
  ])('16: breadcrumbs %s', (text, expected, notes) => {
    const run = runRule('breadcrumbs', { raw: { Breadcrumbs: text } })
    expect(run.added.breadcrumbs).toEqual(expected)
    expect(run.notes).toEqual(notes)
  })

  test.each([
    [{ TelemetryEnvironment: 'foo{' }, 'unknown'],
    [{ TelemetryEnvironment: 'null' }, 'unknown'],
    [{ TelemetryEnvironment: '{}' }, 'unknown'],
    [{}, 'unknown'],
    [{ TelemetryEnvironment: '{"partner":{"distributionId":null}}' }, 'mozilla'],
    [{ TelemetryEnvironment: '{"partner":{"distributionId":""}}' }, 'mozilla'],
    [{ TelemetryEnvironment: '{"partner":{"distributionId":"d"}}' }, 'd'],
    [{ DistributionID: 'given', TelemetryEnvironment: '{}' }, 'given'],
  ])('21: distribution %j is %s', (raw, expected) => {
    expect(runRule('distribution', { raw }).added.distribution_id).toBe(expected)
  })

  test.each([
    ['MOZ_RELEASE_ASSERT(x)', 'MOZ_RELEASE_ASSERT(x)'],
    ['byte index 3 is not a char boundary in secret', 'sanitized--see moz_crash_reason_raw'],
    ['Failed to load module file:///home/me', 'sanitized--see moz_crash_reason_raw'],
  ])('assertion %s', (raw, expected) => {
    expect(runRule('moz-crash-reason', { raw: { MozCrashReason: raw } }).added).toEqual({
      moz_crash_reason_raw: raw,
      moz_crash_reason: expected,
    })
  })

  test('heap checker: a base address beyond 2^53 is exact; what is no number is dropped', () => {
    const raw = { PHCKind: 'FreedPage', PHCBaseAddress: '18446744073709547520', PHCUsableSize: 'big' }
    expect(runRule('heap-checker', { raw }).added).toEqual({
      phc_kind: 'FreedPage',
      phc_base_address: '0xfffffffffffff000',
    })
    expect(runRule('heap-checker', { raw: { PHCUsableSize: '8' } }).added).toEqual({})
  })

  test('actors, plugin, accessibility', () => {
    expect(runRule('utility-actors', { raw: { UtilityActorsName: 'a, b,,' } }).added).toEqual({
      utility_actors_name: ['a', 'b'],
    })
    expect(runRule('utility-actors', { raw: { UtilityActorsName: '' } }).added).toEqual({
      utility_actors_name: [],
    })
    expect(runRule('plugin', { raw: { ProcessType: 'plugin', PluginName: 'F' } }).added).toEqual({
      plugin_filename: '',
      plugin_name: 'F',
      plugin_version: '',
    })
    expect(runRule('accessibility', { raw: { Accessibility: 'Active' } }).added).toEqual({
      accessibility: true,
    })
  })

  test('in a shutdown hang the main thread is the one to look at', () => {
    expect(
      runRule('shutdown-hang-thread', {}, { signature: 'shutdownhang | x', crashing_thread: 40 }).added,
    ).toEqual({ crashing_thread: 0 })
    expect(runRule('shutdown-hang-thread', {}, { signature: 'x' }).added).toEqual({})
  })
})

describe('grouping', () => {
  test('signature, proto signature and stack key of a plain stack', () => {
    const frames = [
      { frame: 0, function: 'crash()', module: 'app', module_offset: '0x10', trust: 'context' },
      { frame: 1, function: 'main', module: 'app', module_offset: '0x20', trust: 'cfi' },
    ]
    const dump = {
      crash_info: { crashing_thread: 0, type: 'SIGSEGV' },
      threads: [{ frames }],
      system_info: { os: 'Linux' },
    }
    const { crash } = runPreset('default', { dump })
    expect(crash).toMatchObject({
      signature: 'crash',
      proto_signature: 'crash | main',
      stack_key: '00112233445566ff',
      signature_steps: [
        { rule: 'SignatureGenerationRule', what: 'selected crash and stopped: it is in no list' },
        {
          rule: 'SignatureGenerationRule',
          what: 'joined the selected frames: the signature became "crash"',
        },
      ],
    })
    expect(crash.signature_version).toMatch(/^default-[0-9a-f]{8}$/)
    expect(crash.signature_debug).toContain('change signature: "" -> "crash"')
  })

  test('rules and lists of one family are for the products of its preset only', () => {
    const dump = {
      crash_info: { crashing_thread: 0 },
      threads: [{ frames: [{ function: 'NS_DebugBreak' }, { function: 'f' }] }],
    }
    const raw = { AbortMessage: '###!!! ABORT: oh: file x' }
    expect(runPreset('mozilla', { dump, raw }).crash.signature).toBe('Abort | oh | NS_DebugBreak | f')
    const { crash } = runPreset('default', { dump, raw })
    expect(crash.signature).toBe('NS_DebugBreak')
    expect(JSON.stringify(crash.signature_steps)).not.toContain('oh')
  })

  test('steps are short and few, whatever a stack holds', () => {
    const frames = Array.from({ length: 100 }, (_, i) => ({
      function: `std::__${'\u{1F600}x'.repeat(20_000)}${i}`,
    }))
    const dump = { crash_info: { crashing_thread: 0 }, threads: [{ frames }] }
    const { crash } = runPreset('mozilla', {
      dump,
      raw: { AbortMessage: 'a'.repeat(100_000), Hang: 'h'.repeat(1e5) },
    })
    expect(crash.signature).toHaveLength(255)
    expect(JSON.stringify(crash.signature_steps).length).toBeLessThan(60_000)
    expect(String(crash.signature_debug).length).toBeLessThanOrEqual(32_768)
    expect(JSON.stringify(crash.signature_steps).isWellFormed()).toBe(true)
  })

  test('signature, notes and steps are made of what is public', () => {
    const JavaException = JSON.stringify({
      exception: {
        values: [
          {
            stacktrace: {
              module: { value: 'secret' },
              type: 'T',
              value: 'secret',
              frames: [{ function: ['secret'], module: 'm' }],
            },
          },
        ],
      },
    })
    const { crash, notes } = runPreset('mozilla', { raw: { JavaException } })
    expect(crash.signature).toBe('T: at m')
    expect(JSON.stringify([crash.signature_steps, crash.signature_debug, notes])).not.toContain('secret')

    const read = new Set<string>()
    const watched = new Proxy({ json_dump: {} } as Record<string, unknown>, {
      get(target, name) {
        read.add(String(name))
        return target[String(name)]
      },
      has(_target, name) {
        read.add(String(name))
        return true
      },
    })
    crashDataFrom(watched)
    expect(read.size).toBeGreaterThan(10)
    expect([...read].filter((name) => fieldByName(name)?.access !== 'public')).toEqual([])
  })

  test('a shutdown hang is looked at on its main thread, and no more once it is none', () => {
    const dump = { crash_info: { crashing_thread: 40 } }
    const turn = (signature: string, crashing_thread: number) =>
      runRule('shutdown-hang-thread', {}, { signature, crashing_thread, json_dump: dump }).added
    expect(turn('shutdownhang | x', 40)).toEqual({ crashing_thread: 0 })
    expect(turn('x', 0)).toEqual({ crashing_thread: 40 })
  })

  test('weight and throttling come from the collector; nonsense weighs 1', () => {
    const weightOf = (weight: unknown) =>
      runRule('collector-metadata', { raw: { metadata: { throttle: { weight } } } }).added.weight
    expect([10, 0, Number.NaN, 'x', undefined].map(weightOf)).toEqual([10, 1, 1, 1, 1])
  })
})
