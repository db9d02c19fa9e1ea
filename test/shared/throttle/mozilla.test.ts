// The preset `mozilla`: which rule decides, for the reference vectors.
import { describe, expect, test } from 'vitest'
import { type Policy, parsePolicy } from '../../../shared/throttle/policy.ts'
import { presets } from '../../../shared/throttle/presets.ts'
import { type ThrottleResult, throttle } from '../../../shared/throttle/throttle.ts'

const now = new Date('2020-05-27T12:00:00Z')
const never = () => {
  throw new Error('No rule should draw here')
}

function decide(
  annotations: Record<string, unknown>,
  {
    draw = never,
    policy = presets.mozilla,
    at = now,
  }: { draw?: () => number; policy?: Policy; at?: Date } = {},
): ThrottleResult {
  return throttle(policy, annotations, { now: at, draw })
}

const allProducts: Policy = { ...presets.mozilla, products: [] }
const firefox = { ProductName: 'Firefox' }
const esrOn = (build: unknown) => ({
  ...firefox,
  ReleaseChannel: 'esr',
  TelemetryEnvironment: JSON.stringify({ system: { os: { name: 'Windows_NT', windowsBuildNumber: build } } }),
})

describe('throttle with the preset mozilla', () => {
  test.each<[string, Record<string, unknown>, boolean]>([
    ['years ago', { BuildID: '20170505000000' }, true],
    ['two years ago to the hour', { BuildID: '20180528000000' }, true],
    ['a day later', { BuildID: '20180529000000' }, false],
    ['empty', { BuildID: '' }, false],
    ['None', { BuildID: 'None' }, false],
    ['null', { BuildID: null }, false],
    ['text', { BuildID: 'abc' }, false],
    ['a short number', { BuildID: '20220404' }, false],
    ['of another century', { BuildID: '11111111111111' }, false],
    ['no date', { BuildID: '20171332000000' }, false],
  ])('rejects old builds: %s', (_, annotations, old) => {
    expect(decide({ ...firefox, ...annotations })).toMatchObject(
      old
        ? { result: 'reject', rule: 'has_old_buildid', percent: 100 }
        : { result: 'accept', rule: 'accept_everything' },
    )
  })

  test.each<[Record<string, unknown>, string]>([
    [{ HangID: 'xyz', ProcessType: 'browser' }, 'has_hangid_and_browser'],
    [{ HangID: 'xyz' }, 'has_hangid_and_browser'],
    [{ HangID: '', ProcessType: 'content' }, 'accept_everything'],
    [{ HangID: 'xyz', ProcessType: '' }, 'accept_everything'],
  ])('rejects hangs of the browser process: %j is decided by %s', (annotations, rule) => {
    expect(decide({ ...firefox, ...annotations }).rule).toBe(rule)
  })

  const then = new Date('2018-01-01T00:00:00Z')
  const infobar = { ...firefox, SubmittedFromInfobar: 'true', BuildID: '20171128222554' }
  test.each([
    ...['52.0', '53.0', '54.0', '55.0', '56.0', '57.0', '57.0.2', '58.0', '59.0'].map(
      (v) => [v, true] as const,
    ),
    ['51.0', false],
    ['60.0', false],
  ] as const)('rejects the notification bar of version %s: %s', (Version, rejected) => {
    const rule = rejected ? 'infobar_is_true' : 'accept_everything'
    expect(decide({ ...infobar, Version }, { at: then }).rule).toBe(rule)
    const later = { ...infobar, Version, BuildID: '20171226003912' }
    expect(decide(later, { at: then }).rule).toBe('accept_everything')
  })

  test.each<[string, Record<string, unknown>]>([
    ['without a build ID', { BuildID: undefined }],
    ['with an empty build ID', { BuildID: '' }],
    ['with a JSON true', { SubmittedFromInfobar: true }],
  ])('keeps reports of the notification bar %s', (_, annotations) => {
    const sent = Object.entries({ ...infobar, Version: '57.0', ...annotations })
    const given = Object.fromEntries(sent.filter(([, value]) => value !== undefined))
    expect(decide(given, { at: then }).rule).toBe('accept_everything')
  })

  test.each([[''], ['firefox'], ['testproduct'], [null]])('rejects product %j', (ProductName) => {
    expect(decide({ ProductName })).toMatchObject({ result: 'reject', rule: 'unsupported_product' })
  })

  test.each(['b2g', 'B2G'])('pretends to accept %s', (ProductName) => {
    expect(decide({ ProductName })).toMatchObject({ result: 'fakeaccept', rule: 'b2g', percent: 100 })
  })

  test.each<[string, Record<string, unknown>, string]>([
    ['Fenix', { Android_PackageName: 'org.mozilla.firefox' }, 'accept_everything'],
    ['Focus', { Android_PackageName: 'org.mozilla.focus' }, 'accept_everything'],
    ['Thunderbird', { Android_PackageName: 'any' }, 'accept_everything'],
    ['Fenix', { Android_PackageName: '' }, 'unsupported_packagename'],
    ['Fenix', { Android_PackageName: 'org.example.fork' }, 'unsupported_packagename'],
    ['Fenix', {}, 'unsupported_packagename'],
  ])('knows the packages of %s: %j is decided by %s', (ProductName, annotations, rule) => {
    expect(decide({ ProductName, ...annotations }).rule).toBe(rule)
  })

  test.each<[Record<string, unknown>, string]>([
    [{ Throttleable: '0' }, 'throttleable_0'],
    [{ Throttleable: 0 }, 'throttleable_0'],
    [{ Throttleable: '1' }, 'accept_everything'],
    [{ Throttleable: 'foo' }, 'accept_everything'],
    [{ Comments: 'foo' }, 'has_comments'],
    [{ Comments: '' }, 'has_comments'],
    [{ PHCKind: 'FreedPage' }, 'has_phc'],
    [{ ProcessType: 'gpu' }, 'is_background'],
    [{ ProcessType: 'rdd' }, 'is_background'],
    [{ ProcessType: 'plugin' }, 'is_background'],
    [{ ProcessType: 'utility' }, 'is_background'],
    [{ ProcessType: 'socket' }, 'is_background'],
    [{ ProcessType: 'content' }, 'accept_everything'],
    [{ ReleaseChannel: 'aurora' }, 'is_alpha_beta_esr'],
    [{ ReleaseChannel: 'beta' }, 'is_alpha_beta_esr'],
    [{ ReleaseChannel: 'esr' }, 'is_alpha_beta_esr'],
    [{ ReleaseChannel: 'nightly' }, 'is_nightly'],
    [{ ReleaseChannel: 'nightlyfoo' }, 'is_nightly'],
  ])('accepts %j by %s', (annotations, rule) => {
    expect(decide({ ...firefox, ...annotations })).toMatchObject({
      result: 'accept',
      rule,
      percent: 100,
      weight: 1,
    })
  })

  test('accepts a tenth of reports killed at shutdown, with weights', () => {
    const killed = { ...firefox, ipc_channel_error: 'ShutDownKill' }
    expect(decide(killed, { draw: () => 90 })).toMatchObject({
      result: 'reject',
      rule: 'is_shutdownkill',
      percent: 10,
    })
    expect(decide(killed, { draw: () => 9 })).toEqual({
      result: 'accept',
      rule: 'accept_everything',
      percent: 100,
      weight: 10,
      trace: [
        { rule: 'is_shutdownkill', step: 'continue', drawn: 9 },
        { rule: 'accept_everything', step: 'accept' },
      ],
    })
  })

  test('multiplies the weights of two passed draws', () => {
    const release = { ...firefox, ipc_channel_error: 'ShutDownKill', ReleaseChannel: 'release' }
    expect(decide(release, { draw: () => 5 })).toMatchObject({
      result: 'accept',
      rule: 'is_firefox_desktop',
      percent: 10,
      weight: 100,
    })
  })

  test.each([7601, 9200, 9600])('samples extended support on Windows build %s', (build) => {
    expect(decide(esrOn(build), { draw: () => 30 })).toMatchObject({
      result: 'reject',
      rule: 'is_firefox_esr_unsupported_windows',
      percent: 25,
    })
    expect(decide(esrOn(build), { draw: () => 20 })).toMatchObject({
      result: 'accept',
      rule: 'is_alpha_beta_esr',
      percent: 100,
      weight: 4,
    })
  })

  test.each([10240, '', null, undefined, 0])(
    'does not sample extended support on Windows build %j',
    (build) => {
      expect(decide(esrOn(build))).toMatchObject({ rule: 'is_alpha_beta_esr', weight: 1 })
    },
  )

  test.each([
    '[]',
    '5',
    'null',
    '{"system":[]}',
    'not json',
    '',
    null,
    { system: { os: { name: 'Linux' } } },
  ])('survives the environment %j', (TelemetryEnvironment) => {
    const crash = { ...firefox, ReleaseChannel: 'esr', TelemetryEnvironment }
    expect(decide(crash)).toMatchObject({ result: 'accept', rule: 'is_alpha_beta_esr' })
  })

  test.each([
    [9, 'accept'],
    [10, 'accept'],
    [10.001, 'reject'],
    [90, 'reject'],
  ])('accepts a tenth of Firefox release: a draw of %s gives %s', (drawn, result) => {
    const release = { ...firefox, ReleaseChannel: 'release' }
    expect(decide(release, { draw: () => drawn })).toMatchObject({
      result,
      rule: 'is_firefox_desktop',
      percent: 10,
    })
  })

  test('accepts an empty report when every product is allowed', () => {
    expect(decide({}, { policy: allProducts })).toMatchObject({ result: 'accept', rule: 'accept_everything' })
  })

  test('rejects everything without rules', () => {
    const policy = { ...allProducts, rules: [] }
    expect(decide({}, { policy })).toMatchObject({ result: 'reject', rule: 'NO_MATCH', percent: 0 })
  })

  test('is a valid policy as JSON, like every preset', () => {
    for (const preset of Object.values(presets)) {
      expect(parsePolicy(JSON.parse(JSON.stringify(preset)))).toEqual(preset)
    }
  })
})
