// Built-in policies: accept everything, and Mozilla's.
import mozilla from './mozilla.json' with { type: 'json' }
import { type Policy, parsePolicy } from './policy.ts'

/** Policies by name, for `MAYDAY_POLICY`. */
export const presets = {
  /** Accepts every report. The default. */
  'accept-all': parsePolicy({
    name: 'accept-all',
    version: 1,
    rules: [{ name: 'accept_everything', when: { kind: 'always' }, verdict: 'accept' }],
  }),
  /**
   * The rules of Mozilla's collector, as of July 2026. `b2g` answers devices that no longer get updates: they resend a
   * report until it is accepted.
   */
  mozilla: parsePolicy(mozilla),
} as const satisfies Record<string, Policy>
