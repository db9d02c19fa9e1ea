// Rules for the report: annotations, product, times, report type.
import { describe, expect, test } from 'vitest'
import { withProduct } from '../../../../batch/processing/rules/product.ts'
import { cleanAnnotations } from '../../../../batch/processing/rules/report.ts'
import type { RawCrash } from '../../../../shared/crash.ts'
import { runPreset, runRule } from '../../support/rule-input.ts'

describe('annotations', () => {
  test('1: a boolean in any case; other text is noted and omitted', () => {
    const { crash, notes } = runPreset('default', {
      raw: { StartupCrash: 'TRUE', IsGarbageCollecting: 'foo' },
    })
    expect(crash.startup_crash).toBe(true)
    expect(crash).not.toHaveProperty('is_garbage_collecting')
    expect(notes).toContain('IsGarbageCollecting has non-boolean value foo')
  })

  test('2: an integer with spaces and underscores; 12.5 is not one', () => {
    const { crash, notes } = runPreset('default', {
      raw: { OOMAllocationSize: ' 1_000 ', TotalPageFile: '12.5' },
    })
    expect(crash.oom_allocation_size).toBe(1000)
    expect(crash).not.toHaveProperty('total_page_file')
    expect(notes).toContain('TotalPageFile has a non-int value')
  })

  test('3: a nightly of Fenix keeps the version it sends', () => {
    const raw = { ProductName: 'Fenix', Version: 'Nightly 200312 12:12' }
    expect(runPreset('mozilla', { raw }).crash.version).toBe('Nightly 200312 12:12')
  })

  test('27: NUL characters are removed; a value under a cleaned name is kept', () => {
    expect(cleanAnnotations({ '\0k1': 'v1', k2: 'a\0b', gone: null })).toEqual({ k1: 'v1', k2: 'ab' })
    expect(cleanAnnotations({ k1: 'clean', '\0k1': 'dirty' })).toEqual({ k1: 'clean' })
    expect(cleanAnnotations({ '\0k1': 'dirty', k1: 'clean' })).toEqual({ k1: 'clean' })
  })

  test('30: report keys are truncated to 100 characters; invalid ones are noted and omitted', () => {
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

  test('missing annotations are read from the annotations inside the minidump', () => {
    const inDump = new Map(Object.entries({ prod: 'App', ver: '1.2', channel: 'beta', ptype: 'renderer' }))
    const identify = (annotations: Record<string, unknown>) => {
      const raw = withProduct({ ...base, ...annotations } as RawCrash, inDump)
      return [raw.ProductName, raw.Version, raw.ReleaseChannel, raw.ProcessType]
    }
    expect(identify({})).toEqual(['App', '1.2', 'beta', 'renderer'])
    expect(identify({ ProductName: 'App' })).toEqual(['App', '1.2', 'beta', 'renderer'])
    expect(identify({ prod: 'Other', channel: 'esr' })).toEqual(['Other', undefined, 'esr', 'renderer'])
    const all = { ProductName: 'A', Version: '1', ReleaseChannel: 'x', process_type: 'gpu' }
    expect(identify(all)).toEqual(['A', '1', 'x', undefined])
  })

  test('ESR versions have their suffix once', () => {
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

  test('6: without CrashTime the time of submission is used', () => {
    const { crash, notes } = times({ StartupTime: '1336499438', InstallTime: '1335439892' })
    expect(crash).toMatchObject({ uptime: 20155, install_age: 1079701 })
    expect(notes).toEqual(
      expect.arrayContaining(['WARNING: raw_crash missing CrashTime', 'client_crash_date is unknown']),
    )
  })

  test('7: without StartupTime there is no uptime; an invalid InstallTime counts as 0', () => {
    const { crash, notes } = times({ CrashTime: '1336519554', InstallTime: 'feed the goats' })
    expect(crash).toMatchObject({ uptime: 0, install_age: 1336519554 })
    expect(notes).toContain('non-integer value of "InstallTime"')
  })

  test('8: an invalid CrashTime counts as 0', () => {
    const { crash, notes } = times({ CrashTime: 'junk', StartupTime: '1336499438' })
    expect(crash).toMatchObject({
      crash_time: 0,
      client_crash_date: '1970-01-01T00:00:00+00:00',
      install_age: -1336499438,
      uptime: 0,
    })
    expect(notes).toContain('non-integer value of "CrashTime"')
  })

  test('9: ten digits of CrashTime are used', () => {
    expect(times({ CrashTime: '99999999999' }).crash).toMatchObject({
      crash_time: 9999999999,
      client_crash_date: '2286-11-20T17:46:39+00:00',
    })
  })

  test('durations beyond 2^53 are exact', () => {
    const { crash } = times({
      CrashTime: '1336519554',
      InstallTime: '-9007199254740993',
      StartupTime: '-9007199254740993',
    })
    expect(crash).toMatchObject({ install_age: '9007200591260547', uptime: '9007200591260547' })
  })

  test.each([
    ['86400', 86400, 0],
    ['soon', null, 1],
    ['9223372036854775808', '9223372036854775808', 0],
  ])('SecondsSinceLastCrash %j', (text, value, notes) => {
    const run = runRule('dates-and-times', { raw: { CrashTime: '1', SecondsSinceLastCrash: text } })
    expect(run.added.last_crash).toBe(value)
    expect(run.notes.filter((note) => note.includes('SecondsSinceLastCrash'))).toHaveLength(notes)
  })
})

describe('kind of report', () => {
  const watchdog = [{ function: 'mozilla::(anonymous namespace)::RunWatchdog(void*)' }]
  test.each([
    ['18: ipc_channel_error, even if empty', { ipc_channel_error: '' }, 'hang'],
    [
      '18: its watchdog on the stack',
      { crashing_thread: 0, json_dump: { threads: [{ frames: watchdog }] } },
      'hang',
    ],
    ['18: an invalid thread number', { crashing_thread: 'jim' as unknown as number }, 'crash'],
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
