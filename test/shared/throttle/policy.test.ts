// Policies: which are invalid, their messages, and how each condition decides.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isCrashError } from '../../../shared/errors.ts'
import { defaultLimits } from '../../../shared/report/refusals.ts'
import { submissionLimits } from '../../../shared/throttle/limits.ts'
import { checkPattern, matchesPattern } from '../../../shared/throttle/pattern.ts'
import { type Condition, parsePolicy } from '../../../shared/throttle/policy.ts'
import { presets } from '../../../shared/throttle/presets.ts'
import { throttle } from '../../../shared/throttle/throttle.ts'

const rule = { name: 'all', when: { kind: 'always' }, verdict: 'accept' }
const policyWith = (change: object) => ({ name: 'test', version: 1, rules: [rule], ...change })
const conditionWith = (when: unknown) => policyWith({ rules: [{ ...rule, when }] })

describe('parsePolicy', () => {
  test('fills in optional parts', () => {
    expect(parsePolicy(policyWith({}))).toEqual({
      name: 'test',
      version: 1,
      limits: {},
      products: [],
      packages: {},
      remove: [],
      rules: [rule],
    })
    const { limits } = parsePolicy(policyWith({ $schema: 'policy.schema.json', limits: { parts: 5 } }))
    expect(limits).toEqual({ parts: 5 })
    expect(submissionLimits(limits)).toEqual({ ...defaultLimits, maxParts: 5 })
  })

  test.each<[unknown, string]>([
    [null, 'policy must be an object'],
    [[], 'policy must be an object'],
    [policyWith({ rulez: [] }), 'policy.rulez is unknown'],
    [policyWith({ version: 2 }), 'version must be 1'],
    [policyWith({ name: '' }), 'name must be text that is not empty'],
    [policyWith({ rules: {} }), 'rules must be a list'],
    [policyWith({ products: ['a', 5] }), 'products[1] must be text'],
    [policyWith({ packages: { Fenix: 'a' } }), 'packages.Fenix must be a list'],
    [policyWith({ limits: { parts: 0 } }), 'limits.parts must be a whole number above 0'],
    [policyWith({ limits: { bytes: 1 } }), 'limits.bytes is unknown; allowed are bodyBytes'],
    [policyWith({ rules: [{ ...rule, name: 'o m g!' }] }), 'rules[0].name is "o m g!"; letters, digits'],
    [policyWith({ rules: [rule, rule] }), 'rules[1].name is all, like an earlier rule'],
    [
      policyWith({ rules: [{ ...rule, verdict: 'continue' }] }),
      'rules[0].verdict is "continue"; allowed are accept',
    ],
    [
      policyWith({ rules: [{ ...rule, verdict: { percent: 101 } }] }),
      'verdict.percent must be a number from 0',
    ],
    [
      policyWith({ rules: [{ ...rule, verdict: { percent: 10, pass: 'accept' } }] }),
      'rules[0].verdict.miss is undefined; allowed are accept, defer, reject, fakeaccept, continue',
    ],
    [conditionWith({ kind: 'equal' }), 'rules[0].when.kind is "equal"; allowed are always'],
    [conditionWith({ kind: 'exists' }), 'rules[0].when.annotation must be text'],
    [conditionWith({ kind: 'always', annotation: 'a' }), 'rules[0].when.annotation is unknown'],
    [conditionWith({ kind: 'not', of: { kind: 'x' } }), 'rules[0].when.of.kind is "x"'],
    [conditionWith({ kind: 'all', of: [{ kind: 'always' }, 1] }), 'rules[0].when.of[1] must be an object'],
    [conditionWith({ kind: 'matches', annotation: 'a', pattern: '(a+)+' }), 'pattern must not have groups'],
  ])('refuses %j', (json, message) => {
    expect(() => parsePolicy(json)).toThrow(
      expect.objectContaining({ code: 'bad-policy', message: expect.stringContaining(message) }),
    )
  })

  test('rejects conditions nested too deep, without a stack overflow', () => {
    let when: unknown = { kind: 'always' }
    for (let i = 0; i < 5000; i++) when = { kind: 'not', of: when }
    expect(() => parsePolicy(conditionWith(when))).toThrow('nested deeper than 20')
  })

  test('returns a policy or throws bad-policy for any JSON, including damaged presets', () => {
    const text = JSON.stringify(presets.mozilla)
    const damaged = fc
      .tuple(fc.nat(text.length - 1), fc.string({ maxLength: 3 }), fc.nat(5))
      .map(([at, insert, cut]) => text.slice(0, at) + insert + text.slice(at + cut))
      .map((broken): unknown => {
        try {
          return JSON.parse(broken)
        } catch {
          return broken
        }
      })
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), damaged), (json) => {
        try {
          parsePolicy(json)
        } catch (error) {
          expect(isCrashError(error) && error.code).toBe('bad-policy')
        }
      }),
    )
  })
})

describe('throttle', () => {
  const holds = (when: Condition, annotations: Record<string, unknown>) => {
    const policy = parsePolicy({
      ...policyWith({ rules: [{ ...rule, when }] }),
      products: ['A'],
      packages: { A: ['p'] },
    })
    return throttle(policy, annotations, { now: new Date('2026-11-01'), draw: () => 0 }).result === 'accept'
  }

  test.each<[Condition, Record<string, unknown>, boolean]>([
    [{ kind: 'exists', annotation: 'a' }, { a: null }, true],
    [{ kind: 'exists', annotation: 'toString' }, {}, false],
    [{ kind: 'equals', annotation: 'a', value: 'None' }, { a: null }, true],
    [{ kind: 'equals', annotation: 'a', value: '' }, { a: '' }, true],
    [{ kind: 'equals', annotation: 'a', value: '' }, {}, false],
    [{ kind: 'equals', annotation: 'a', value: 'x', absent: 'x' }, {}, true],
    [{ kind: 'equals', annotation: 'a', value: 'x', absent: 'x' }, { a: '' }, false],
    [{ kind: 'equals', annotation: 'a', value: 'ÄB', ignoreCase: true }, { a: 'äb' }, true],
    [{ kind: 'equals', annotation: 'a', value: 'true' }, { a: 'true' }, true],
    [{ kind: 'equals', annotation: 'a', value: 'true' }, { a: true }, false],
    [{ kind: 'equals', annotation: 'a', value: 'True' }, { a: true }, true],
    [{ kind: 'in', annotation: 'a', values: ['False'] }, { a: false }, true],
    [{ kind: 'equals', annotation: 'a', value: '0' }, { a: 0 }, true],
    [{ kind: 'in', annotation: 'a', values: ['x', 'y'] }, { a: 'y' }, true],
    [{ kind: 'in', annotation: 'a', values: ['x', 'y'] }, { a: 'xy' }, false],
    [{ kind: 'matches', annotation: 'a', pattern: '.*' }, {}, false],
    [{ kind: 'less-than', annotation: 'a', value: '2' }, {}, false],
    [{ kind: 'not', of: { kind: 'less-than', annotation: 'a', value: '2' } }, {}, true],
    [{ kind: 'starts-with', annotation: 'a', prefixes: ['x', 'y'] }, { a: 'yes' }, true],
    [{ kind: 'matches', annotation: 'a', pattern: '\\d+\\.\\d+b' }, { a: '64.0b4' }, true],
    [{ kind: 'matches', annotation: 'a', pattern: 'x' }, { a: 'ax' }, false],
    [{ kind: 'less-than', annotation: 'a', value: '2' }, { a: '10' }, true],
    [{ kind: 'older-than', annotation: 'a', days: 1 }, { a: '20261030235959' }, true],
    [{ kind: 'older-than', annotation: 'a', days: 1 }, { a: '20261031000000' }, false],
    [{ kind: 'json-equals', annotation: 'a', path: ['b', 'c'], value: 'x' }, { a: '{"b":{"c":"x"}}' }, true],
    [{ kind: 'json-equals', annotation: 'a', path: ['b', 'c'], value: 'x' }, { a: { b: { c: 'x' } } }, true],
    [
      { kind: 'json-equals', annotation: 'a', path: ['constructor', 'name'], value: 'Object' },
      { a: '{}' },
      false,
    ],
    [{ kind: 'json-between', annotation: 'a', path: ['b'], min: 1, max: 2 }, { a: '{"b":2}' }, true],
    [{ kind: 'json-between', annotation: 'a', path: ['b'], min: 1, max: 2 }, { a: '{"b":1.5}' }, false],
    [{ kind: 'json-between', annotation: 'a', path: ['b'], min: 1 }, { a: '{"b":"1"}' }, false],
    [{ kind: 'product-not-listed' }, { ProductName: 'B' }, true],
    [{ kind: 'product-not-listed' }, { ProductName: 'A' }, false],
    [{ kind: 'package-not-listed' }, { ProductName: 'A' }, true],
    [{ kind: 'package-not-listed' }, { ProductName: 'constructor' }, false],
    [{ kind: 'all', of: [] }, {}, true],
    [{ kind: 'any', of: [] }, {}, false],
    [{ kind: 'not', of: { kind: 'always' } }, {}, false],
    [{ kind: 'any', of: [{ kind: 'exists', annotation: 'z' }, { kind: 'always' }] }, {}, true],
  ])('%j on %j: %s', (when, annotations, expected) => {
    expect(holds(when, annotations)).toBe(expected)
  })

  test('weighs continued misses by the percentage that misses', () => {
    const verdict = { percent: 75, pass: 'reject', miss: 'continue' }
    const policy = parsePolicy(policyWith({ rules: [{ ...rule, name: 'most', verdict }, rule] }))
    expect(throttle(policy, {}, { now: new Date(), draw: () => 80 })).toMatchObject({
      rule: 'all',
      weight: 4,
    })
  })

  test('keeps estimates unbiased: the weights of accepted reports add up to the submitted ones', () => {
    const half = { percent: 50, pass: 'continue', miss: 'reject' }
    const fifth = { percent: 20, pass: 'accept', miss: 'reject' }
    const policy = parsePolicy(
      policyWith({
        rules: [
          { ...rule, name: 'half', verdict: half },
          { ...rule, name: 'fifth', verdict: fifth },
        ],
      }),
    )
    let sum = 0
    for (let i = 0; i < 10_000; i++) {
      const draw = (name: string) => (name === 'half' ? i % 100 : Math.floor(i / 100)) + 0.5
      const { result, weight } = throttle(policy, {}, { now: new Date(), draw })
      if (result === 'accept') sum += weight
    }
    expect(sum).toBe(10_000)
  })
})

describe('checkPattern', () => {
  test.each(['^20\\d{12}', 'a|b|c', '[a-z()]+x', '\\(x\\)', '\\p{Lu}.*', 'a{2}b{3}', 'x{1,20}'])(
    'allows %s',
    (pattern) => {
      expect(checkPattern(pattern)).toBeNull()
    },
  )

  test.each([
    ['(a)', 'groups'],
    ['(?=a)', 'groups'],
    ['a*b*c*d*', 'quantifiers'],
    ['a?a?a?a?aaaa', 'quantifiers'],
    ['x{1,9999}', 'repeats'],
    ['[', 'not a regular expression'],
    ['a'.repeat(201), 'longer'],
  ])('refuses %s: %s', (pattern, word) => {
    expect(checkPattern(pattern)).toContain(word)
  })

  test('allows no slow pattern', () => {
    const piece = fc.constantFrom(
      'a*',
      'a+',
      '.*',
      '[ab]+',
      'a',
      'b',
      '.',
      '|',
      '^',
      '$',
      '{2}',
      '?',
      '(',
      ')',
      '\\1',
    )
    const text = `${'a'.repeat(5000)}b`
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const pattern = pieces.join('')
        if (checkPattern(pattern) === null) expect(typeof matchesPattern(pattern, text)).toBe('boolean')
      }),
      { numRuns: 300 },
    )
  })
})
