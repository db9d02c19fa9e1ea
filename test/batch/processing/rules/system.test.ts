// Rules for the system, Java stacks and memory reports.
import { describe, expect, test } from 'vitest'
import { publicJavaStack } from '../../../../batch/processing/rules/java.ts'
import { memoryMeasures } from '../../../../batch/processing/rules/memory.ts'
import { prettyOs } from '../../../../batch/processing/rules/system.ts'
import { runPreset, runRule } from '../../support/rule-input.ts'

describe('system', () => {
  const android = (os: string, raw: Record<string, string>) =>
    runPreset('default', { raw, dump: { system_info: { os, os_ver: '' } } }).crash

  test('19: Android, from its version annotation', () => {
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

  test('a Linux distribution provides its own name', () => {
    expect(
      runPreset('default', { raw: { OS: 'Linux', LinuxLSBDescription: 'Debian 12 ' } }).crash
        .os_pretty_version,
    ).toBe('Debian 12')
  })

  test.each<[Record<string, unknown> | undefined]>([
    [undefined],
    [{}],
    [{ cpu_info: null, cpu_count: null }],
  ])('CPU details that the dump lacks are null: %j', (system) => {
    const dump = system && { system_info: system, crash_info: {} }
    const { crash } = runPreset('default', { ...(dump && { dump }) })
    expect(crash).toMatchObject({ cpu_info: null, cpu_count: null, cpu_arch: 'unknown' })
    expect(crash.reason ?? null).toBeNull()
  })

  test('annotations are used only without a dump', () => {
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
    ['E: m\n\n\tat a(b)\n\n\tat c(d)\n\n', 'E\n\tat a(b)\n\tat c(d)'],
    ['\n \nE\n\tat a(b)\n \t\n', 'E\n\tat a(b)'],
    ['E: m\r\n\tat a(b)\r\n\r\n', 'E\n\tat a(b)'],
    ['E: m\r\tat a(b)\u2028\u2029\x85\x1c\v\f\tat c(d)', 'E\n\tat a(b)\n\tat c(d)'],
    ['E\n\tat a(b)\n\nCaused by: secret\n\tat c(d)', 'E\n\tat a(b)'],
    ['E\n\tat a(b)\n\t\tat c(d)', 'E\n\tat a(b)\n\t\tat c(d)'],
    ['E\n\tat a(b)\n \tat c(d)', null],
    ['E: message only', 'E'],
    ['\n \n', null],
    ['', null],
  ])('17: %j', (text, expected) => {
    expect(publicJavaStack(text)).toBe(expected)
  })

  test('the message remains protected', () => {
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

  test('reports of another form, and units other than bytes, yield none', () => {
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
