// Built-in policies: accept everything, and Mozilla's.
import type { Condition, Policy } from './policy.ts'

/** Accepts every report. The default. */
const acceptAll: Policy = {
  name: 'accept-all',
  version: 1,
  limits: {},
  products: [],
  packages: {},
  remove: [],
  rules: [{ name: 'accept_everything', when: { kind: 'always' }, verdict: 'accept' }],
}

const isFirefox: Condition = { kind: 'equals', annotation: 'ProductName', value: 'Firefox' }
const isEsr: Condition = { kind: 'equals', annotation: 'ReleaseChannel', value: 'esr' }

/** The rules of Mozilla's collector, as of July 2026. */
const mozilla: Policy = {
  name: 'mozilla',
  version: 1,
  limits: {},
  products: [
    'Fenix',
    'Firefox',
    'Firefox Enterprise',
    'Focus',
    'MozillaVPN',
    'ReferenceBrowser',
    'Thunderbird',
  ],
  packages: {
    Fenix: ['org.mozilla.firefox', 'org.mozilla.firefox_beta', 'org.mozilla.fenix'],
    Focus: ['org.mozilla.focus', 'org.mozilla.focus.beta', 'org.mozilla.focus.nightly', 'org.mozilla.klar'],
    ReferenceBrowser: ['org.mozilla.reference.browser'],
  },
  remove: [],
  rules: [
    {
      name: 'has_old_buildid',
      when: { kind: 'older-than', annotation: 'BuildID', days: 730 },
      verdict: 'reject',
    },
    {
      name: 'has_hangid_and_browser',
      when: {
        kind: 'all',
        of: [
          { kind: 'exists', annotation: 'HangID' },
          { kind: 'equals', annotation: 'ProcessType', value: 'browser', absent: 'browser' },
        ],
      },
      verdict: 'reject',
    },
    {
      name: 'infobar_is_true',
      when: {
        kind: 'all',
        of: [
          isFirefox,
          { kind: 'equals', annotation: 'SubmittedFromInfobar', value: 'true' },
          {
            kind: 'starts-with',
            annotation: 'Version',
            prefixes: ['52.', '53.', '54.', '55.', '56.', '57.', '58.', '59.'],
          },
          { kind: 'less-than', annotation: 'BuildID', value: '20171226' },
        ],
      },
      verdict: 'reject',
    },
    {
      // Devices that no longer get updates resend a report until it is accepted.
      name: 'b2g',
      when: {
        kind: 'all',
        of: [
          { kind: 'product-not-listed' },
          { kind: 'equals', annotation: 'ProductName', value: 'b2g', ignoreCase: true },
        ],
      },
      verdict: 'fakeaccept',
    },
    { name: 'unsupported_product', when: { kind: 'product-not-listed' }, verdict: 'reject' },
    { name: 'unsupported_packagename', when: { kind: 'package-not-listed' }, verdict: 'reject' },
    {
      name: 'throttleable_0',
      when: { kind: 'equals', annotation: 'Throttleable', value: '0' },
      verdict: 'accept',
    },
    { name: 'has_comments', when: { kind: 'exists', annotation: 'Comments' }, verdict: 'accept' },
    { name: 'has_phc', when: { kind: 'exists', annotation: 'PHCKind' }, verdict: 'accept' },
    {
      name: 'is_background',
      when: {
        kind: 'in',
        annotation: 'ProcessType',
        values: ['gpu', 'plugin', 'rdd', 'socket', 'utility'],
      },
      verdict: 'accept',
    },
    {
      name: 'is_shutdownkill',
      when: { kind: 'equals', annotation: 'ipc_channel_error', value: 'ShutDownKill' },
      verdict: { percent: 10, pass: 'continue', miss: 'reject' },
    },
    {
      name: 'is_firefox_esr_unsupported_windows',
      when: {
        kind: 'all',
        of: [
          isFirefox,
          isEsr,
          {
            kind: 'json-equals',
            annotation: 'TelemetryEnvironment',
            path: ['system', 'os', 'name'],
            value: 'Windows_NT',
          },
          {
            kind: 'json-between',
            annotation: 'TelemetryEnvironment',
            path: ['system', 'os', 'windowsBuildNumber'],
            max: 9600,
          },
          {
            kind: 'not',
            of: {
              kind: 'json-between',
              annotation: 'TelemetryEnvironment',
              path: ['system', 'os', 'windowsBuildNumber'],
              min: 0,
              max: 0,
            },
          },
        ],
      },
      verdict: { percent: 25, pass: 'continue', miss: 'reject' },
    },
    {
      name: 'is_alpha_beta_esr',
      when: { kind: 'in', annotation: 'ReleaseChannel', values: ['aurora', 'beta', 'esr'] },
      verdict: 'accept',
    },
    {
      name: 'is_nightly',
      when: { kind: 'starts-with', annotation: 'ReleaseChannel', prefixes: ['nightly'] },
      verdict: 'accept',
    },
    {
      name: 'is_firefox_desktop',
      when: {
        kind: 'all',
        of: [isFirefox, { kind: 'equals', annotation: 'ReleaseChannel', value: 'release' }],
      },
      verdict: { percent: 10, pass: 'accept', miss: 'reject' },
    },
    { name: 'accept_everything', when: { kind: 'always' }, verdict: 'accept' },
  ],
}

/** Policies by name, for `MAYDAY_POLICY`. */
export const presets = { 'accept-all': acceptAll, mozilla } as const satisfies Record<string, Policy>
