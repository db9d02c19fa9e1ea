// Explanations of every kind of condition, and limits of policies at their exact values.
import { describe, expect, test } from 'vitest'
import { explainPolicy } from '../../../shared/throttle/explain.ts'
import { checkPattern, matchesPattern } from '../../../shared/throttle/pattern.ts'
import { type Condition, parsePolicy } from '../../../shared/throttle/policy.ts'
import { throttle } from '../../../shared/throttle/throttle.ts'

const now = new Date('2026-11-01T12:00:00Z')
const always: Condition = { kind: 'always' }
const policyOf = (rules: object[], change: object = {}) =>
  parsePolicy({ name: 'p', version: 1, rules, ...change })
const policyWith = (when: unknown, change: object = {}) =>
  policyOf([{ name: 'r', when, verdict: 'accept' }], change)
const holds = (when: Condition, annotations: Record<string, unknown>, change: object = {}) =>
  throttle(policyWith(when, change), annotations, { now, draw: () => 0 }).result === 'accept'

describe('an explanation', () => {
  const a = { annotation: 'a' }
  test.each<[Condition, string]>([
    [always, 'always'],
    [{ kind: 'exists', ...a }, 'a ("x") is present'],
    [{ kind: 'equals', ...a, value: 'y' }, 'a ("x") is "y"'],
    [{ kind: 'equals', ...a, value: 'y', ignoreCase: true }, 'a ("x") is "y" in any case'],
    [{ kind: 'equals', ...a, value: 'y', ignoreCase: false }, 'a ("x") is "y"'],
    [
      { kind: 'equals', ...a, value: 'y', ignoreCase: true, absent: '' },
      'a ("x") is "y" in any case, counting as "" when absent',
    ],
    [{ kind: 'in', ...a, values: ['y', 'z'] }, 'a ("x") is one of "y", "z"'],
    [{ kind: 'starts-with', ...a, prefixes: ['y', 'z'] }, 'a ("x") starts with one of "y", "z"'],
    [{ kind: 'matches', ...a, pattern: '^y' }, 'a ("x") matches ^y'],
    [{ kind: 'less-than', ...a, value: 'y' }, 'a ("x") sorts before "y"'],
    [{ kind: 'older-than', ...a, days: 3 }, 'a ("x") is a build from more than 3 days ago'],
    [{ kind: 'json-equals', ...a, path: ['b', 'c'], value: 'y' }, 'a ("x") has "y" at b.c'],
    [
      { kind: 'json-between', ...a, path: ['b', 'c'], min: 1, max: 2 },
      'a ("x") has a number from 1 to 2 at b.c',
    ],
    [{ kind: 'json-between', ...a, path: ['b'] }, 'a ("x") has a number from -∞ to ∞ at b'],
    [{ kind: 'json-between', ...a, path: ['b'], min: 0, max: 0 }, 'a ("x") has a number from 0 to 0 at b'],
    [{ kind: 'product-not-listed' }, 'ProductName (absent) is not among the products (all are accepted)'],
    [
      { kind: 'package-not-listed' },
      'Android_PackageName (absent) is not among the packages of ProductName (absent)',
    ],
  ])('of %j', (when, text) => {
    expect(explainPolicy(policyWith(when), { a: 'x' }, now).rules).toEqual([
      { rule: 'r', verdict: 'accept', finding: { text, holds: holds(when, { a: 'x' }) } },
    ])
  })

  test.each<[Condition, string, boolean]>([
    [{ kind: 'all', of: [always] }, 'all of', true],
    [{ kind: 'any', of: [always] }, 'any of', true],
    [{ kind: 'not', of: always }, 'not', false],
  ])('of %j has its parts', (when, text, isTrue) => {
    const finding = { text, holds: isTrue, of: [{ text: 'always', holds: true }] }
    expect(explainPolicy(policyWith(when), {}, now).rules[0]!.finding).toEqual(finding)
  })

  test.each([
    ['x'.repeat(78), `a ("${'x'.repeat(78)}") is present`],
    ['x'.repeat(79), `a ("${'x'.repeat(79)}…) is present`],
  ])('shows 80 characters of a value', (value, text) => {
    const { rules } = explainPolicy(policyWith({ kind: 'exists', ...a }), { a: value }, now)
    expect(rules[0]!.finding.text).toBe(text)
  })

  test('multiplies percentages and weights, and ends where no report continues', () => {
    const rule = (name: string, percent: number, pass: string, miss: string) => ({
      ...{ name, when: always },
      verdict: { percent, pass, miss },
    })
    const all = policyOf([
      rule('a', 50, 'continue', 'defer'),
      rule('b', 100, 'continue', 'reject'),
      rule('c', 20, 'fakeaccept', 'continue'),
      rule('d', 10, 'continue', 'continue'),
    ])
    expect(explainPolicy(all, {}, now).outcomes).toEqual([
      { result: 'defer', rule: 'a', percent: 50, weight: 2 },
      { result: 'fakeaccept', rule: 'c', percent: 10, weight: 10 },
      { result: 'reject', rule: 'NO_MATCH', percent: 40, weight: 2.5 },
    ])
    const ending = policyOf([rule('a', 50, 'accept', 'reject'), rule('b', 50, 'accept', 'reject')])
    expect(explainPolicy(ending, {}, now).rules.map(({ rule }) => rule)).toEqual(['a'])
  })
})

describe('a draw', () => {
  const verdict = { percent: 25, pass: 'defer', miss: 'continue' }
  const policy = policyOf([
    { name: 'some', when: always, verdict },
    { name: 'none', when: { kind: 'not', of: always }, verdict: 'accept' },
  ])
  const passed = { rule: 'some', step: 'defer' }
  test.each([
    [0, { result: 'defer', rule: 'some', percent: 25, weight: 4 }, passed],
    [25, { result: 'defer', rule: 'some', percent: 25, weight: 4 }, passed],
    [
      25.1,
      { result: 'reject', rule: 'NO_MATCH', percent: 0, weight: 100 / 75 },
      { ...passed, step: 'continue' },
    ],
  ])('of %d', (drawn, result, step) => {
    expect(throttle(policy, {}, { now, draw: () => drawn })).toEqual({
      ...result,
      trace: [{ ...step, drawn }],
    })
  })

  test('is not made for a plain verdict', () => {
    const draw = () => {
      throw new Error('drawn')
    }
    expect(throttle(policyWith(always), {}, { now, draw })).toEqual({
      ...{ result: 'accept', rule: 'r', percent: 100, weight: 1 },
      trace: [{ rule: 'r', step: 'accept' }],
    })
  })
})

describe('a condition', () => {
  const between: Condition = { kind: 'json-between', annotation: 'a', path: ['b'], min: 1, max: 3 }
  const older: Condition = { kind: 'older-than', annotation: 'a', days: 1 }
  const b = (value: unknown) => ({ a: JSON.stringify({ b: value }) })
  const product = { products: ['A', '1'] }
  test.each<[Condition, Record<string, unknown>, boolean, object?]>([
    [between, b(0), false],
    [between, b(1), true],
    [between, b(3), true],
    [between, b(4), false],
    [{ ...between, path: ['b', 'c'] }, b(null), false],
    [{ ...between, path: ['b', 'length'] }, b('xy'), false],
    [{ ...between, path: [] }, { a: 2 }, true],
    [between, { a: 'no JSON' }, false],
    [older, { a: '20261031000000' }, true],
    [{ ...older, days: 1.5 }, { a: '20261031000000' }, false],
    [older, { a: '20260231000000' }, false],
    [older, { a: '19991231000000' }, false],
    [older, { a: '2026103100000' }, false],
    [older, { a: '202610310000000' }, false],
    [{ kind: 'less-than', annotation: 'a', value: '2' }, { a: '2' }, false],
    [{ kind: 'equals', annotation: 'a', value: 'x' }, { a: 'X' }, false],
    [{ kind: 'equals', annotation: 'a', value: 'X', ignoreCase: true, absent: 'x' }, {}, true],
    [{ kind: 'equals', annotation: 'a', value: 'X', absent: 'x' }, {}, false],
    [{ kind: 'equals', annotation: 'a', value: 'None' }, { a: undefined }, true],
    [{ kind: 'equals', annotation: 'a', value: '{"b":[1]}' }, { a: { b: [1] } }, true],
    [{ kind: 'starts-with', annotation: 'a', prefixes: ['x'] }, { a: 'ax' }, false],
    [{ kind: 'product-not-listed' }, { ProductName: 1 }, false, product],
    [{ kind: 'product-not-listed' }, {}, true, { products: ['A'] }],
    [
      { kind: 'package-not-listed' },
      { ProductName: 'A', Android_PackageName: 'p' },
      false,
      { packages: { A: ['p'] } },
    ],
    [
      { kind: 'package-not-listed' },
      { ProductName: 'A', Android_PackageName: 'q' },
      true,
      { packages: { A: ['p'] } },
    ],
    [{ kind: 'package-not-listed' }, { ProductName: 'A' }, false, { packages: { A: [] } }],
  ])('%j on %j: %s', (when, annotations, expected, change) => {
    expect(holds(when, annotations, change)).toBe(expected)
  })
})

describe('a pattern', () => {
  const groups = 'must not have groups, look-around or back references'
  const quantifiers = (count: number) =>
    `has ${count} quantifiers of variable length in one alternative; 3 are allowed`
  test.each([
    ['a'.repeat(200), null],
    ['a'.repeat(201), 'is longer than 200 characters'],
    ['a*b+c?', null],
    ['a*b+c?d{1,2}', quantifiers(4)],
    ['a*b*c{2,}d{2}', null],
    ['a*b*c*|d*e*f*', null],
    ['a|b*c*d*e*f*', quantifiers(5)],
    ['a{256}', null],
    ['a{257}', 'repeats more than 256 times'],
    ['a{1,256}', null],
    ['a{1,257}', 'repeats more than 256 times'],
    ['a{257,}', 'repeats more than 256 times'],
    ['[*+?{}()]x', null],
    ['\\*\\+\\?\\(\\)', null],
    ['\\u{1f600}\\p{Lu}', null],
    ['(?:a)', groups],
    ['(a)\\1', groups],
    ['(?<a>b)\\k<a>', groups],
  ])('%s: %s', (pattern, problem) => {
    expect(checkPattern(pattern)).toBe(problem)
  })

  test('that is not a regular expression has the reason', () => {
    expect(checkPattern('[')).toMatch(/^is not a regular expression: .*Unterminated/)
  })

  test('sees 256 characters of a text', () => {
    expect(matchesPattern('a*b', `${'a'.repeat(255)}b`)).toBe(true)
    expect(matchesPattern('a*b', `${'a'.repeat(256)}b`)).toBe(false)
  })
})

describe('a policy', () => {
  const nested = (depth: number): unknown => (depth === 0 ? always : { kind: 'not', of: nested(depth - 1) })
  const rules = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ name: `r${i}`, when: always, verdict: 'accept' }))

  test('has 20 levels of conditions', () => {
    expect(policyWith(nested(20)).rules).toHaveLength(1)
    expect(() => policyOf([...rules(1), { name: 'x', when: nested(21), verdict: 'accept' }])).toThrow(
      'Policy: policy.rules[1].when is nested deeper than 20 levels',
    )
  })

  test('has 1000 rules, of different names', () => {
    expect(policyOf(rules(1000)).rules).toHaveLength(1000)
    expect(() => policyOf(rules(1001))).toThrow('rules')
    expect(() => policyOf([...rules(2), ...rules(1)])).toThrow(
      'Policy: policy.rules[2].name is r0, like an earlier rule; names must be unique',
    )
  })
})
