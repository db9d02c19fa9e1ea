// explainPolicy: the same result as the throttle, with reasons and odds.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { explainPolicy } from '../../../shared/throttle/explain.ts'
import { type Policy, parsePolicy } from '../../../shared/throttle/policy.ts'
import { presets } from '../../../shared/throttle/presets.ts'
import { throttle } from '../../../shared/throttle/throttle.ts'

const now = new Date('2026-11-01T00:00:00Z')

describe('explainPolicy', () => {
  test('names conditions and values found, down to the part that does not hold', () => {
    const { rules, outcomes } = explainPolicy(presets.mozilla, { ProductName: 'Fenx', HangID: null }, now)
    expect(rules.map(({ rule, finding }) => [rule, finding.holds])).toEqual([
      ['has_old_buildid', false],
      ['has_hangid_and_browser', true],
    ])
    expect(rules[1]!.finding).toEqual({
      text: 'all of',
      holds: true,
      of: [
        { text: 'HangID (null) is present', holds: true },
        { text: 'ProcessType (absent) is "browser", counting as "browser" when absent', holds: true },
      ],
    })
    expect(outcomes).toEqual([{ result: 'reject', rule: 'has_hangid_and_browser', percent: 100, weight: 1 }])
  })

  test('shows that a misspelled product is not in the list, and the packages', () => {
    const of = (annotations: Record<string, unknown>) =>
      explainPolicy(presets.mozilla, annotations, now).rules.at(-1)!
    expect(of({ ProductName: 'Firefox Focus' }).finding.text).toMatch(
      /^ProductName \("Firefox Focus"\) is not among the products "Fenix", /,
    )
    expect(of({ ProductName: 'Fenix' }).finding.text).toBe(
      'Android_PackageName (absent) is not among the packages of ProductName ("Fenix")',
    )
  })

  test('follows both branches of every draw', () => {
    const killed = { ProductName: 'Firefox', ReleaseChannel: 'release', ipc_channel_error: 'ShutDownKill' }
    const { outcomes } = explainPolicy(presets.mozilla, killed, now)
    expect(outcomes.map(({ result, rule }) => [result, rule])).toEqual([
      ['reject', 'is_shutdownkill'],
      ['accept', 'is_firefox_desktop'],
      ['reject', 'is_firefox_desktop'],
    ])
    expect(outcomes.map(({ percent }) => Math.round(percent * 1000) / 1000)).toEqual([90, 1, 9])
    expect(outcomes[1]!.weight).toBeCloseTo(100)
  })

  test('truncates long values', () => {
    const policy = parsePolicy({
      name: 'p',
      version: 1,
      rules: [{ name: 'r', when: { kind: 'exists', annotation: 'a' }, verdict: 'accept' }],
    })
    const { rules } = explainPolicy(policy, { a: 'x'.repeat(1000) }, now)
    expect(rules[0]!.finding.text).toBe(`a ("${'x'.repeat(79)}…) is present`)
  })

  test('gives each branch the same percentage as the throttle', () => {
    const step = fc.constantFrom('accept', 'defer', 'reject', 'fakeaccept', 'continue')
    const verdict = fc.oneof(
      fc.constantFrom('accept', 'reject'),
      fc.record({ percent: fc.constantFrom(0, 25, 50, 100), pass: step, miss: step }),
    )
    const when = fc.constantFrom(
      { kind: 'always' },
      { kind: 'exists', annotation: 'a' },
      { kind: 'exists', annotation: 'b' },
    )
    const rules = fc.array(fc.record({ when, verdict }), { maxLength: 3 })
    fc.assert(
      fc.property(rules, (list) => {
        const policy: Policy = parsePolicy({
          name: 'p',
          version: 1,
          rules: list.map((rule, i) => ({ name: `r${i}`, ...rule })),
        })
        const counted = new Map<string, number>()
        for (let i = 0; i < 64; i++) {
          const draw = (name: string) => ((i >> (2 * Number(name[1]))) & 3) * 25 + 12.5
          const { result, rule } = throttle(policy, { a: '1' }, { now, draw })
          const key = `${result} ${rule}`
          counted.set(key, (counted.get(key) ?? 0) + 100 / 64)
        }
        const explained = new Map<string, number>()
        for (const { result, rule, percent } of explainPolicy(policy, { a: '1' }, now).outcomes) {
          const key = `${result} ${rule}`
          explained.set(key, (explained.get(key) ?? 0) + percent)
        }
        expect([...explained].sort()).toEqual([...counted].sort())
      }),
    )
  })
})
