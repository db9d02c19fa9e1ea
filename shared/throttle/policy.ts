// A policy: which reports are kept, within which limits. A document that operators write; checked before it is used.
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

/** A condition on the annotations of a report; what each kind means: `conditionKinds`. */
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
/** `continue` leaves the decision to the rules that follow. */
export type Step = (typeof steps)[number]

export interface Rule {
  name: string
  when: Condition
  /** One verdict for all, or a draw: `percent` of the reports `pass`, the others `miss`. */
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
  doc: 'Name of an annotation. Read as text: absent is empty, null is `None`, what is not text is JSON.',
}
const path = { shape: listOf(text), doc: 'Keys to follow, from the outermost.' }
const conditionRef: JsonSchema = { $ref: '#/$defs/condition' }
/** Reads through a function, because a condition holds conditions. */
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
    doc: 'The annotation is this text.',
    fields: {
      annotation,
      value: { shape: anyText, doc: 'The text.' },
      ignoreCase: { shape: boolean, doc: 'Upper and lower case are the same.', fallback: undefined },
      absent: { shape: anyText, doc: 'What an absent annotation counts as.', fallback: undefined },
    },
  },
  in: {
    doc: 'The annotation is one of these texts.',
    fields: { annotation, values: { shape: listOf(text), doc: 'The texts.' } },
  },
  'starts-with': {
    doc: 'The annotation begins with one of these texts.',
    fields: { annotation, prefixes: { shape: listOf(text), doc: 'The texts.' } },
  },
  matches: {
    doc: 'The annotation begins with a match of the pattern; its first 256 characters count.',
    fields: {
      annotation,
      pattern: {
        shape: pattern,
        doc: 'A regular expression without groups, look-around and back references; three quantifiers of variable length at most.',
      },
    },
  },
  'less-than': {
    doc: 'The annotation comes before this text, by code units.',
    fields: { annotation, value: { shape: anyText, doc: 'The text.' } },
  },
  'older-than': {
    doc: 'A build id of 14 digits whose date, at 00:00 UTC, is more than so many days ago. Others are not old.',
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
      min: { shape: number, doc: 'Least, inclusive.', fallback: undefined },
      max: { shape: number, doc: 'Most, inclusive.', fallback: undefined },
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
  percent: { shape: percent, doc: 'How many of a hundred reports pass; the same report always draws alike.' },
  pass: { shape: oneOf(steps), doc: 'What becomes of those.' },
  miss: { shape: oneOf(steps), doc: 'What becomes of the others.' },
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
  name: { shape: ruleName, doc: 'What clients and counts see; unique in the policy.' },
  when: {
    shape: { read: (json, at) => readCondition(json, at, 0), schema: conditionRef },
    doc: 'Which reports the rule is for.',
  },
  verdict: {
    shape: verdict,
    doc: 'accept and defer store, reject refuses, fakeaccept answers as if it stored; continue, in a draw, goes on to the next rule.',
  },
})

const limits = objectOf(
  Object.fromEntries(
    Object.entries(limitTable).map(([name, { doc }]) => [
      name,
      {
        shape: positiveInteger,
        doc: `${doc} Unless set: ${defaultOf(name as LimitName)}.`,
        fallback: undefined,
      },
    ]),
  ),
)

const policyFields: Fields = {
  $schema: { shape: text, doc: 'For editors: where this schema is.', fallback: undefined },
  name: { shape: text, doc: 'What logs call the policy.' },
  version: { shape: constant(1), doc: 'Version of this form.' },
  limits: { shape: limits, doc: 'Limits on one report.', fallback: {} },
  products: { shape: listOf(text), doc: 'Products to accept; empty: all.', fallback: [] },
  packages: {
    shape: recordOf(listOf(text)),
    doc: 'Android packages to accept, by product; a product without a list accepts all.',
    fallback: {},
  },
  remove: {
    shape: listOf(text),
    doc: 'Annotations that are removed before anything is stored, besides those that never are kept.',
    fallback: [],
  },
  rules: {
    shape: listOf(rule, maxRules),
    doc: 'Tried in order; the first final verdict counts. What no rule decides is rejected as NO_MATCH.',
  },
}

/**
 * Checks a policy document, already parsed from JSON. `limits`, `products`, `packages` and `remove` may be left out.
 * @throws CrashError 'bad-policy' naming the place and what is allowed there
 */
export function parsePolicy(json: unknown): Policy {
  const { $schema: _, ...read } = readFields(policyFields, readObject(json, 'policy'), 'policy', 0)
  const policy = read as unknown as Policy
  const names = policy.rules.map((one) => one.name)
  const twice = names.findIndex((name, i) => names.indexOf(name) !== i)
  if (twice >= 0) {
    fail(`policy.rules[${twice}].name`, `is ${names[twice]}, as of an earlier rule; each needs its own`)
  }
  return policy
}

/** The JSON Schema of a policy document, made from what `parsePolicy` reads. */
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
