// A policy: which reports are kept, within which limits. A document that operators write; checked before it is used.
import { CrashError } from '../errors.ts'
import type { Bytes, Percent } from '../units.ts'
import { checkPattern } from './pattern.ts'

/**
 * A condition on the annotations of a report. An annotation is read as text: absent is empty, null is `None`, other
 * values that are not text are JSON.
 */
export type Condition =
  | { kind: 'always' }
  /** The report has the annotation, even if it is empty. */
  | { kind: 'exists'; annotation: string }
  /** `absent`: what an absent annotation counts as. */
  | { kind: 'equals'; annotation: string; value: string; ignoreCase?: boolean; absent?: string }
  | { kind: 'in'; annotation: string; values: readonly string[] }
  | { kind: 'starts-with'; annotation: string; prefixes: readonly string[] }
  /** From the beginning of the text; its first 256 characters count. Which patterns are allowed: `pattern.ts`. */
  | { kind: 'matches'; annotation: string; pattern: string }
  /** Compared as text, by code units. */
  | { kind: 'less-than'; annotation: string; value: string }
  /** A build id of 14 digits whose date, at 00:00 UTC, is more than this many days ago. Others are not old. */
  | { kind: 'older-than'; annotation: string; days: number }
  /** The annotation is JSON with this text at `path`. */
  | { kind: 'json-equals'; annotation: string; path: readonly string[]; value: string }
  /** The annotation is JSON with an integer at `path` within these bounds, both inclusive. */
  | { kind: 'json-between'; annotation: string; path: readonly string[]; min?: number; max?: number }
  /** The policy lists products, and the report's is not among them. */
  | { kind: 'product-not-listed' }
  /** The policy lists packages for the report's product, and the report's is not among them. */
  | { kind: 'package-not-listed' }
  | { kind: 'all'; of: readonly Condition[] }
  | { kind: 'any'; of: readonly Condition[] }
  | { kind: 'not'; of: Condition }

export type Verdict = 'accept' | 'defer' | 'reject' | 'fakeaccept'
/** `continue` leaves the decision to the rules that follow. */
export type Step = Verdict | 'continue'

export interface Rule {
  /** `[A-Za-z0-9_]+`, unique. */
  name: string
  when: Condition
  /** One verdict for all, or a draw: `percent` of the reports `pass`, the others `miss`. */
  verdict: Verdict | { percent: Percent; pass: Step; miss: Step }
}

export interface Limits {
  /** The body on the wire; larger ones are answered with 413. */
  bodyBytes: Bytes
  /** The body when inflated. */
  inflatedBytes: Bytes
  /** One annotation; larger ones are dropped with a note. */
  annotationBytes: Bytes
  /** All parts of one report. */
  parts: number
}

export interface Policy {
  name: string
  version: 1
  limits: Limits
  /** Products to accept; empty: all. */
  products: readonly string[]
  /** Android packages to accept, by product; a product without a list accepts all. */
  packages: Readonly<Record<string, readonly string[]>>
  /** Tried in order; the first final verdict counts. A report that no rule decides is rejected as NO_MATCH. */
  rules: readonly Rule[]
}

export const defaultLimits: Limits = {
  bodyBytes: 25 * 1024 * 1024,
  inflatedBytes: 100 * 1024 * 1024,
  annotationBytes: 20 * 1024 * 1024,
  parts: 2000,
}

const verdicts = ['accept', 'defer', 'reject', 'fakeaccept'] as const
const steps = [...verdicts, 'continue'] as const
const maxRules = 1000
const maxDepth = 20

/**
 * Checks a policy document, already parsed from JSON. `limits`, `products` and `packages` may be left out.
 * @throws CrashError 'bad-policy' naming the place and what is allowed there
 */
export function parsePolicy(json: unknown): Policy {
  const top = objectAt(json, 'policy')
  onlyKeys(top, 'policy', ['name', 'version', 'limits', 'products', 'packages', 'rules'])
  if (top.version !== 1) fail('version', 'must be 1')
  const rules = listAt(top.rules, 'rules')
  if (rules.length > maxRules) fail('rules', `has ${rules.length} rules; ${maxRules} are allowed`)
  const policy: Policy = {
    name: textAt(top.name, 'name'),
    version: 1,
    limits: limitsAt(top.limits ?? {}),
    products: textsAt(top.products ?? [], 'products'),
    packages: packagesAt(top.packages ?? {}),
    rules: rules.map((rule, i) => ruleAt(rule, `rules[${i}]`)),
  }
  const names = policy.rules.map((rule) => rule.name)
  const twice = names.findIndex((name, i) => names.indexOf(name) !== i)
  if (twice >= 0)
    fail(`rules[${twice}].name`, `is ${names[twice]}, as of an earlier rule; each needs its own`)
  return policy
}

function limitsAt(json: unknown): Limits {
  const given = objectAt(json, 'limits')
  onlyKeys(given, 'limits', Object.keys(defaultLimits))
  const limits = { ...defaultLimits }
  for (const [key, value] of Object.entries(given)) {
    if (!Number.isSafeInteger(value) || (value as number) < 1)
      fail(`limits.${key}`, 'must be a whole number above 0')
    limits[key as keyof Limits] = value as number
  }
  return limits
}

function packagesAt(json: unknown): Record<string, string[]> {
  const given = Object.entries(objectAt(json, 'packages'))
  return Object.fromEntries(given.map(([product, list]) => [product, textsAt(list, `packages.${product}`)]))
}

function ruleAt(json: unknown, at: string): Rule {
  const rule = objectAt(json, at)
  onlyKeys(rule, at, ['name', 'when', 'verdict'])
  const name = textAt(rule.name, `${at}.name`)
  if (!/^[A-Za-z0-9_]+$/.test(name)) {
    fail(`${at}.name`, `is ${JSON.stringify(name)}; letters, digits and _ are allowed`)
  }
  return {
    name,
    when: conditionAt(rule.when, `${at}.when`, 0),
    verdict: verdictAt(rule.verdict, `${at}.verdict`),
  }
}

function verdictAt(json: unknown, at: string): Rule['verdict'] {
  if (typeof json === 'string') return oneOf(json, at, verdicts)
  const draw = objectAt(json, at)
  onlyKeys(draw, at, ['percent', 'pass', 'miss'])
  const { percent } = draw
  if (typeof percent !== 'number' || !(percent >= 0 && percent <= 100)) {
    fail(`${at}.percent`, 'must be a number from 0 to 100')
  }
  return {
    percent: percent as number,
    pass: oneOf(draw.pass, `${at}.pass`, steps),
    miss: oneOf(draw.miss, `${at}.miss`, steps),
  }
}

type Reader = (json: unknown, at: string, depth: number) => unknown
/** The keys of each kind of condition, with what reads them; `?` at the end: may be left out. */
const conditionKeys: Record<Condition['kind'], Readonly<Record<string, Reader>>> = {
  always: {},
  exists: { annotation: textAt },
  equals: { annotation: textAt, value: anyTextAt, 'ignoreCase?': booleanAt, 'absent?': anyTextAt },
  in: { annotation: textAt, values: textsAt },
  'starts-with': { annotation: textAt, prefixes: textsAt },
  matches: { annotation: textAt, pattern: patternAt },
  'less-than': { annotation: textAt, value: anyTextAt },
  'older-than': { annotation: textAt, days: numberAt },
  'json-equals': { annotation: textAt, path: textsAt, value: anyTextAt },
  'json-between': { annotation: textAt, path: textsAt, 'min?': numberAt, 'max?': numberAt },
  'product-not-listed': {},
  'package-not-listed': {},
  all: { of: conditionsAt },
  any: { of: conditionsAt },
  not: { of: conditionAt },
}

function conditionAt(json: unknown, at: string, depth: number): Condition {
  if (depth > maxDepth) fail(at, `is nested deeper than ${maxDepth} levels`)
  const given = objectAt(json, at)
  const kinds = Object.keys(conditionKeys) as Condition['kind'][]
  const kind = oneOf(given.kind, `${at}.kind`, kinds)
  const keys = Object.entries(conditionKeys[kind])
  onlyKeys(given, at, ['kind', ...keys.map(([key]) => key.replace('?', ''))])
  const condition: Record<string, unknown> = { kind }
  for (const [key, read] of keys) {
    const name = key.replace('?', '')
    if (key.endsWith('?') && given[name] === undefined) continue
    condition[name] = read(given[name], `${at}.${name}`, depth + 1)
  }
  return condition as Condition
}

function conditionsAt(json: unknown, at: string, depth: number): Condition[] {
  return listAt(json, at).map((item, i) => conditionAt(item, `${at}[${i}]`, depth))
}

function patternAt(json: unknown, at: string): string {
  const pattern = textAt(json, at)
  const problem = checkPattern(pattern)
  if (problem) fail(at, problem)
  return pattern
}

function objectAt(json: unknown, at: string): Record<string, unknown> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) fail(at, 'must be an object')
  return json as Record<string, unknown>
}

function listAt(json: unknown, at: string): unknown[] {
  if (!Array.isArray(json)) fail(at, 'must be a list')
  return json as unknown[]
}

function textAt(json: unknown, at: string): string {
  if (typeof json !== 'string' || json === '') fail(at, 'must be text that is not empty')
  return json as string
}

function anyTextAt(json: unknown, at: string): string {
  if (typeof json !== 'string') fail(at, 'must be text')
  return json as string
}

function textsAt(json: unknown, at: string): string[] {
  return listAt(json, at).map((item, i) => textAt(item, `${at}[${i}]`))
}

function numberAt(json: unknown, at: string): number {
  if (typeof json !== 'number' || !Number.isFinite(json)) fail(at, 'must be a number')
  return json as number
}

function booleanAt(json: unknown, at: string): boolean {
  if (typeof json !== 'boolean') fail(at, 'must be true or false')
  return json as boolean
}

function oneOf<T extends string>(json: unknown, at: string, allowed: readonly T[]): T {
  if (!allowed.includes(json as T)) fail(at, `is ${JSON.stringify(json)}; allowed are ${allowed.join(', ')}`)
  return json as T
}

function onlyKeys(given: Record<string, unknown>, at: string, allowed: readonly string[]): void {
  const other = Object.keys(given).find((key) => !allowed.includes(key))
  if (other !== undefined) fail(`${at}.${other}`, `is not known here; allowed are ${allowed.join(', ')}`)
}

function fail(at: string, problem: string): never {
  throw new CrashError('bad-policy', `Policy: ${at} ${problem}`)
}
