// Test vectors of the throttle of Socorro's collector. Data for several suites.

/** The default time. */
export const throttleNow = '2020-05-27T12:00:00Z'

export interface ThrottleVector {
  /** The number of the vector. */
  id: string
  /** The name of the test. */
  name: string
  annotations: Record<string, unknown>
  now?: string
  /** The random number that a rule draws; omitted: no rule may draw. */
  draw?: number
  allProducts?: true
  expected: [result: string, rule: string, percent: number]
}

const firefox = { ProductName: 'Firefox' }
const accepted: ThrottleVector['expected'] = ['accept', 'accept_everything', 100]
const old: ThrottleVector['expected'] = ['reject', 'has_old_buildid', 100]

const of = (
  id: string,
  annotations: readonly Record<string, unknown>[],
  expected: ThrottleVector['expected'],
  options: Pick<ThrottleVector, 'now' | 'draw' | 'allProducts'> = {},
): ThrottleVector[] =>
  annotations.map((one) => ({
    id,
    name: nameOf(one, expected, options),
    annotations: one,
    expected,
    ...options,
  }))

function nameOf(
  annotations: Record<string, unknown>,
  [result, rule]: ThrottleVector['expected'],
  { draw }: Pick<ThrottleVector, 'draw'>,
): string {
  const drawn = draw === undefined ? '' : `, drawing ${draw},`
  return `a report with ${JSON.stringify(annotations)}${drawn} gets ${result} by ${rule}`
}

const builds = (...ids: unknown[]) => ids.map((BuildID) => ({ ...firefox, BuildID }))
const infobar = (build: string, ...versions: string[]) =>
  versions.map((Version) => ({ ...firefox, SubmittedFromInfobar: 'true', BuildID: build, Version }))
const windows = (...numbers: unknown[]) =>
  numbers.map((windowsBuildNumber) => ({
    ...firefox,
    ReleaseChannel: 'esr',
    TelemetryEnvironment: JSON.stringify({ system: { os: { name: 'Windows_NT', windowsBuildNumber } } }),
  }))
const values = (key: string, ...list: unknown[]) => list.map((value) => ({ ...firefox, [key]: value }))
const in2018 = { now: '2018-01-01T00:00:00Z' }
const release = { ...firefox, ReleaseChannel: 'release' }
const killed = { ...firefox, ipc_channel_error: 'ShutDownKill' }

export const throttleVectors: readonly ThrottleVector[] = [
  ...of('R1', builds('20170505000000'), old),
  ...of('R2', builds('20180528000000'), old),
  ...of('R2', builds('20180529000000'), accepted),
  ...of('R3', builds('', 'None', null, 'abc', '20220404', '11111111111111'), accepted),
  ...of(
    'R4',
    [{ ...firefox, HangID: 'xyz', ProcessType: 'browser' }],
    ['reject', 'has_hangid_and_browser', 100],
  ),
  ...of('R5', infobar('20171128222554', '51.0', '60.0'), accepted, in2018),
  ...of(
    'R5',
    infobar('20171128222554', '52.0', '53.0', '54.0', '55.0', '56.0', '57.0', '57.0.2', '58.0', '59.0'),
    ['reject', 'infobar_is_true', 100],
    in2018,
  ),
  ...of('R6', infobar('20171226003912', '52.0', '57.0.2', '59.0'), accepted, in2018),
  ...of(
    'R7',
    ['', 'firefox', 'testproduct', null].map((ProductName) => ({ ProductName })),
    ['reject', 'unsupported_product', 100],
  ),
  ...of('R8', [{ ProductName: 'b2g' }], ['fakeaccept', 'b2g', 100]),
  ...of(
    'R9',
    [
      { ProductName: 'Fenix', Android_PackageName: 'org.mozilla.firefox' },
      { ProductName: 'Focus', Android_PackageName: 'org.mozilla.focus' },
      { ProductName: 'Thunderbird', Android_PackageName: 'any' },
    ],
    accepted,
  ),
  ...of(
    'R10',
    [
      { ProductName: 'Fenix', Android_PackageName: '' },
      { ProductName: 'Fenix', Android_PackageName: 'org.example.fork' },
      { ProductName: 'Fenix' },
    ],
    ['reject', 'unsupported_packagename', 100],
  ),
  ...of('R11', values('Throttleable', '0'), ['accept', 'throttleable_0', 100]),
  ...of('R11', values('Throttleable', '1', 'foo'), accepted),
  ...of('R12', values('Comments', 'foo'), ['accept', 'has_comments', 100]),
  ...of('R12', values('PHCKind', 'FreedPage'), ['accept', 'has_phc', 100]),
  ...of('R13', values('ProcessType', 'gpu', 'rdd', 'plugin', 'utility', 'socket'), [
    'accept',
    'is_background',
    100,
  ]),
  ...of('R13', values('ProcessType', 'content'), accepted),
  ...of('R14', [killed], ['reject', 'is_shutdownkill', 10], { draw: 90 }),
  ...of('R14', [killed], accepted, { draw: 9 }),
  ...of('R15', windows(9600), ['reject', 'is_firefox_esr_unsupported_windows', 25], { draw: 30 }),
  ...of('R15', windows(9600), ['accept', 'is_alpha_beta_esr', 100], { draw: 20 }),
  ...of('R16', windows(7601, 9200, 9600), ['reject', 'is_firefox_esr_unsupported_windows', 25], { draw: 30 }),
  ...of('R16', windows(10240, '', null, undefined), ['accept', 'is_alpha_beta_esr', 100]),
  ...of('R17', values('ReleaseChannel', 'aurora', 'beta', 'esr'), ['accept', 'is_alpha_beta_esr', 100]),
  ...of('R17', values('ReleaseChannel', 'nightly', 'nightlyfoo'), ['accept', 'is_nightly', 100]),
  ...of('R18', [release], ['accept', 'is_firefox_desktop', 10], { draw: 9 }),
  ...of('R18', [release], ['accept', 'is_firefox_desktop', 10], { draw: 10 }),
  ...of('R18', [release], ['reject', 'is_firefox_desktop', 10], { draw: 90 }),
  ...of('R19', [{}], accepted, { allProducts: true }),
]
