// Throttle policies: rules, limits and removed annotations. Written by operators, checked before use.
import type { Percent } from '../units.ts'
import { type LimitName, type Limits, defaultOf, limitTable } from './limits.ts'
import { checkPattern, maxPatternLength } from './pattern.ts'
import {
  anyText,
  boolean,
  checkedText,
  constant,
  type Fields,
  fail,
  fieldsSchema,
  type JsonSchema,
  listOf,
  number,
  objectOf,
  oneOf,
  percent,
  positiveInteger,
  readFields,
  readObject,
  recordOf,
  type Shape,
  text,
} from './shape.ts'

/** A condition on the annotations of a report; `conditionKinds` documents each kind. */
export type Condition =
  | { kind: 'always' }
  | { kind: 'exists'; annotation: string }
  | { kind: 'equals'; annotation: string; value: string; ignoreCase?: boolean; absent?: string }
  | { kind: 'in'; annotation: string; values: readonly string[] }
  | { kind: 'starts-with'; annotation: string; prefixes: readonly string[] }
  | { kind: 'matches'; annotation: string; pattern: string }
  | { kind: 'less-than'; annotation: string; value: string }
  | { kind: 'older-than'; annotation: string; days: number }
  | { kind: 'json-equals'; annotation: string; path: readonly string[]; value: string }
  | { kind: 'json-between'; annotation: string; path: readonly string[]; min?: number; max?: number }
  | { kind: 'product-not-listed' }
  | { kind: 'package-not-listed' }
  | { kind: 'all'; of: readonly Condition[] }
  | { kind: 'any'; of: readonly Condition[] }
  | { kind: 'not'; of: Condition }

const verdicts = ['accept', 'defer', 'reject', 'fakeaccept'] as const
export type Verdict = (typeof verdicts)[number]
const steps = [...verdicts, 'continue'] as const
/** `continue` leaves the decision to the following rules. */
export type Step = (typeof steps)[number]

export interface Rule {
  name: string
  when: Condition
  /** One verdict for all reports, or a draw: `percent` of the reports `pass`, the others `miss`. */
  verdict: Verdict | { percent: Percent; pass: Step; miss: Step }
}

export interface Policy {
  name: string
  version: 1
  limits: Limits
  products: readonly string[]
  packages: Readonly<Record<string, readonly string[]>>
  remove: readonly string[]
  rules: readonly Rule[]
}

const maxRules = 1000
const maxDepth = 20

const annotation = {
  shape: text,
  doc: 'Name of an annotation. Compared as text: absent is empty, null is `None`, other values are JSON.',
}
const path = { shape: listOf(text), doc: 'Keys to follow, from the outermost.' }
const conditionRef: JsonSchema = { $ref: '#/$defs/condition' }
/** Reads through a function, because conditions are recursive. */
const nested: Shape<Condition> = {
  read: (json, at, depth) => readCondition(json, at, depth + 1),
  schema: conditionRef,
}
const pattern = checkedText(checkPattern, { maxLength: maxPatternLength })

/** Every kind of condition: when it holds, and its keys. */
const conditionKinds: Readonly<Record<Condition['kind'], { doc: string; fields: Fields }>> = {
  always: { doc: 'Always.', fields: {} },
  exists: { doc: 'The report has the annotation, even if it is empty.', fields: { annotation } },
  equals: {
    doc: 'The annotation equals this text.',
    fields: {
      annotation,
      value: { shape: anyText, doc: 'The text.' },
      ignoreCase: { shape: boolean, doc: 'Ignore case.', fallback: undefined },
      absent: {
        shape: anyText,
        doc: 'The value assumed when the annotation is absent.',
        fallback: undefined,
      },
    },
  },
  in: {
    doc: 'The annotation is one of these texts.',
    fields: { annotation, values: { shape: listOf(text), doc: 'The texts.' } },
  },
  'starts-with': {
    doc: 'The annotation starts with one of these texts.',
    fields: { annotation, prefixes: { shape: listOf(text), doc: 'The texts.' } },
  },
  matches: {
    doc: 'The annotation starts with a match of the pattern; only its first 256 characters are considered.',
    fields: {
      annotation,
      pattern: {
        shape: pattern,
        doc: 'A regular expression without groups, look-around and back references, with at most three quantifiers of variable length.',
      },
    },
  },
  'less-than': {
    doc: 'The annotation sorts before this text, by code units.',
    fields: { annotation, value: { shape: anyText, doc: 'The text.' } },
  },
  'older-than': {
    doc: 'A build id of 14 digits whose date, at 00:00 UTC, is more than this many days ago. Other build ids are not old.',
    fields: { annotation, days: { shape: number, doc: 'Days.' } },
  },
  'json-equals': {
    doc: 'The annotation is JSON that has this text at the path.',
    fields: { annotation, path, value: { shape: anyText, doc: 'The text.' } },
  },
  'json-between': {
    doc: 'The annotation is JSON that has an integer within these bounds at the path.',
    fields: {
      annotation,
      path,
      min: { shape: number, doc: 'Minimum, inclusive.', fallback: undefined },
      max: { shape: number, doc: 'Maximum, inclusive.', fallback: undefined },
    },
  },
  'product-not-listed': {
    doc: 'The policy lists products, and that of the report is not among them.',
    fields: {},
  },
  'package-not-listed': {
    doc: 'The policy lists Android packages for the product, and that of the report is not among them.',
    fields: {},
  },
  all: { doc: 'All of these hold.', fields: { of: { shape: listOf(nested), doc: 'Conditions.' } } },
  any: { doc: 'One of these holds.', fields: { of: { shape: listOf(nested), doc: 'Conditions.' } } },
  not: { doc: 'This does not hold.', fields: { of: { shape: nested, doc: 'A condition.' } } },
}
const kindNames = oneOf(Object.keys(conditionKinds) as Condition['kind'][])

function readCondition(json: unknown, at: string, depth: number): Condition {
  if (depth > maxDepth) fail(at, `is nested deeper than ${maxDepth} levels`)
  const { kind: given, ...others } = readObject(json, at)
  const kind = kindNames.read(given, `${at}.kind`, depth)
  return { kind, ...readFields(conditionKinds[kind].fields, others, at, depth) } as unknown as Condition
}

const draw = objectOf({
  percent: {
    shape: percent,
    doc: 'How many of a hundred reports pass; the same report always gets the same result.',
  },
  pass: { shape: oneOf(steps), doc: 'Verdict for reports that pass.' },
  miss: { shape: oneOf(steps), doc: 'Verdict for the others.' },
})
const plainVerdict = oneOf(verdicts)
const verdict: Shape<unknown> = {
  read: (json, at, depth) =>
    typeof json === 'string' ? plainVerdict.read(json, at, depth) : draw.read(json, at, depth),
  schema: { oneOf: [plainVerdict.schema, draw.schema] },
}

const ruleName = checkedText(
  (name) =>
    /^[A-Za-z0-9_]+$/.test(name) ? null : `is ${JSON.stringify(name)}; letters, digits and _ are allowed`,
  { pattern: '^[A-Za-z0-9_]+$' },
)

const rule = objectOf({
  name: { shape: ruleName, doc: 'Shown to clients and in counts; unique in the policy.' },
  when: {
    shape: { read: (json, at) => readCondition(json, at, 0), schema: conditionRef },
    doc: 'Which reports the rule applies to.',
  },
  verdict: {
    shape: verdict,
    doc: 'accept and defer store the report, reject discards it, fakeaccept responds as if it were stored; continue, in a draw, moves to the next rule.',
  },
})

const limits = objectOf(
  Object.fromEntries(
    Object.entries(limitTable).map(([name, { doc }]) => [
      name,
      {
        shape: positiveInteger,
        doc: `${doc} Default: ${defaultOf(name as LimitName)}.`,
        fallback: undefined,
      },
    ]),
  ),
)

const policyFields: Fields = {
  $schema: { shape: text, doc: 'For editors: the location of this schema.', fallback: undefined },
  name: { shape: text, doc: 'Name of the policy in logs.' },
  version: { shape: constant(1), doc: 'Version of this format.' },
  limits: { shape: limits, doc: 'Limits on one report.', fallback: {} },
  products: { shape: listOf(text), doc: 'Products to accept; empty: all.', fallback: [] },
  packages: {
    shape: recordOf(listOf(text)),
    doc: 'Android packages to accept, by product; products without a list accept all.',
    fallback: {},
  },
  remove: {
    shape: listOf(text),
    doc: 'Annotations that are removed before anything is stored, in addition to those that are never stored.',
    fallback: [],
  },
  rules: {
    shape: listOf(rule, maxRules),
    doc: 'Tried in order; the first final verdict applies. Without one the report is rejected as NO_MATCH.',
  },
}

/**
 * Checks a policy parsed from JSON. `limits`, `products`, `packages` and `remove` are optional.
 * @throws CrashError 'bad-policy' with the location and the allowed values
 */
export function parsePolicy(json: unknown): Policy {
  const { $schema: _, ...read } = readFields(policyFields, readObject(json, 'policy'), 'policy', 0)
  const policy = read as unknown as Policy
  const names = policy.rules.map((one) => one.name)
  const twice = names.findIndex((name, i) => names.indexOf(name) !== i)
  if (twice >= 0) {
    fail(`policy.rules[${twice}].name`, `is ${names[twice]}, like an earlier rule; names must be unique`)
  }
  return policy
}

/** The JSON Schema of a policy, derived from the shapes that `parsePolicy` uses. */
export function policySchema(): JsonSchema {
  const kinds = Object.entries(conditionKinds).map(([kind, { doc, fields }]) => ({
    ...fieldsSchema({ kind: { shape: constant(kind), doc: 'Kind of condition.' }, ...fields }),
    description: doc,
  }))
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Policy of a Mayday edge',
    description: 'Which crash reports are kept, and within which limits.',
    ...fieldsSchema(policyFields),
    $defs: { condition: { oneOf: kinds } },
  }
}
