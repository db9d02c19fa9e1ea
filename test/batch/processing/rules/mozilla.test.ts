// Rules of the preset for products built on Gecko.
import { describe, expect, test } from 'vitest'
import { parseAddons } from '../../../../batch/processing/rules/mozilla.ts'
import { runRule } from '../../support/rule-input.ts'

describe('Mozilla', () => {
  test('4: add-ons', () => {
    expect(parseAddons('dmpluginff%40westbyte.com:1%2C4.8,a:0:3:1,noversion,')).toEqual([
      'dmpluginff@westbyte.com:1,4.8',
      'a:0:3:1',
      'noversion:NO_VERSION',
      ':NO_VERSION',
    ])
    expect(parseAddons('')).toEqual([])
    expect(runRule('addons', { raw: { EMCheckCompatibility: 'TRUE' } }).added).toEqual({
      addons: [],
      addons_checked: true,
    })
    expect(runRule('addons', {}).added.addons_checked).toBeNull()
  })

  test.each([
    ['100%:1', '100%:1'],
    ['100%:1%2C2', '100%:1,2'],
    ['a%zz%40b:1', 'a%zz@b:1'],
    ['caf%C3%A9:1', 'café:1'],
    ['a%FF%40:1', 'a\uFFFD@:1'],
    ['%E2%82:1', '\uFFFD:1'],
    ['%EF%BB%BFa:1', '\uFEFFa:1'],
    ['a+b%2B:1', 'a b+:1'],
    ['a%3A1', 'a:1:NO_VERSION'],
  ])('add-on %s is %s: each escape is decoded separately', (text, expected) => {
    expect(parseAddons(text)).toEqual([expected])
  })

  test.each([
    ['20260101000000', '64.0b4'],
    [' 20260101000000 ', '64.0b4'],
    ['20260101000001', '64.0b0'],
    ['', '64.0b0'],
  ])('22: the version of beta build %j is %s', (build, version) => {
    const findBuild = (channel: string, buildId: string) =>
      channel === 'beta' && buildId === '20260101000000' ? '64.0b4' : null
    const draft = { version: '64.0', release_channel: 'Beta', build }
    expect(runRule('beta-version', { findBuild }, draft).added).toEqual({ version })
  })

  test('the default theme gets its name', () => {
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

  test('heap checker: base addresses beyond 2^53 are exact; values that are not numbers are dropped', () => {
    const raw = { PHCKind: 'FreedPage', PHCBaseAddress: '18446744073709547520', PHCUsableSize: 'big' }
    expect(runRule('heap-checker', { raw }).added).toEqual({
      phc_kind: 'FreedPage',
      phc_base_address: '0xfffffffffffff000',
    })
    const large = { ...raw, PHCBaseAddress: '-1', PHCUsableSize: '18446744073709551615' }
    expect(runRule('heap-checker', { raw: large }).added).toEqual({
      phc_kind: 'FreedPage',
      phc_usable_size: '18446744073709551615',
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

  test('a shutdown hang is attributed to the main thread', () => {
    expect(
      runRule('shutdown-hang-thread', {}, { signature: 'shutdownhang | x', crashing_thread: 40 }).added,
    ).toEqual({ crashing_thread: 0 })
    expect(runRule('shutdown-hang-thread', {}, { signature: 'x' }).added).toEqual({})
  })
})
