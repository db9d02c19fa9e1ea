// Throttle policies: rules, limits and removed annotations. Written by operators, checked before use.
import * as z from 'zod/mini'
import { CrashError } from '../errors.ts'
import { bannedAnnotations } from '../fields/annotations.ts'
import {
  checkedText,
  documented,
  exactObject,
  percent,
  positiveInteger,
  readDocument,
  text,
} from '../json/schema.ts'
import { own } from '../own.ts'
import { defaultOf, type LimitName, limitTable } from './limits.ts'
import { checkPattern, maxPatternLength } from './pattern.ts'

const verdicts = ['accept', 'defer', 'reject', 'fakeaccept'] as const
export type Verdict = (typeof verdicts)[number]
const steps = [...verdicts, 'continue'] as const
/** `continue` leaves the decision to the following rules. */
export type Step = (typeof steps)[number]

const maxRules = 1000
const maxDepth = 20

/** Adds a description and what a JSON Schema can say of a check that only code can make. */
const withSchema = <Schema extends z.ZodMiniType>(schema: Schema, jsonSchema: object): Schema =>
  schema.check(z.meta({ ...jsonSchema }))

const annotation = documented(
  text,
  'Name of an annotation. Compared as text: null, true and false are `None`, `True` and `False`, other values are JSON. No comparison holds for an absent annotation.',
)
const path = documented(z.array(text), 'Keys to follow, from the outermost.')
const value = documented(z.string(), 'The text.')
const texts = documented(z.array(text), 'The texts.')
const pattern = withSchema(checkedText(checkPattern), {
  maxLength: maxPatternLength,
  description:
    'A regular expression without groups, look-around and back references, with at most three quantifiers of variable length.',
})

/** A kind of condition: its name, what it means, and its parts. */
const kind = <const Name extends string, Parts extends z.core.$ZodLooseShape>(
  name: Name,
  description: string,
  kindParts: Parts,
) =>
  documented(
    exactObject({ kind: documented(z.literal(name), 'Kind of condition.'), ...kindParts }),
    description,
  )

/** Conditions on the annotations of a report that have no parts. */
const simpleConditions = [
  kind('always', 'Always.', {}),
  kind('exists', 'The report has the annotation, even if it is empty.', { annotation }),
  kind('equals', 'The annotation equals this text.', {
    annotation,
    value,
    ignoreCase: z.exactOptional(documented(z.boolean(), 'Ignore case.')),
    absent: z.exactOptional(documented(z.string(), 'The value assumed when the annotation is absent.')),
  }),
  kind('in', 'The annotation is one of these texts.', { annotation, values: texts }),
  kind('starts-with', 'The annotation starts with one of these texts.', { annotation, prefixes: texts }),
  kind(
    'matches',
    'The annotation starts with a match of the pattern; only its first 256 characters are considered.',
    { annotation, pattern },
  ),
  kind('less-than', 'The annotation sorts before this text, by code units.', { annotation, value }),
  kind(
    'older-than',
    'A build ID of 14 digits whose date, at 00:00 UTC, is more than this many days ago. Other build IDs are not old.',
    { annotation, days: documented(z.number(), 'Days.') },
  ),
  kind('json-equals', 'The annotation is JSON that has this text at the path.', { annotation, path, value }),
  kind('json-between', 'The annotation is JSON that has an integer within these bounds at the path.', {
    annotation,
    path,
    min: z.exactOptional(documented(z.number(), 'Minimum, inclusive.')),
    max: z.exactOptional(documented(z.number(), 'Maximum, inclusive.')),
  }),
  kind('product-not-listed', 'The policy lists products, and that of the report is not among them.', {}),
  kind(
    'package-not-listed',
    'The policy lists Android packages for the product, and that of the report is not among them.',
    {},
  ),
] as const

/** A condition on the annotations of a report. */
export type Condition =
  | z.output<(typeof simpleConditions)[number]>
  | { kind: 'all'; of: readonly Condition[] }
  | { kind: 'any'; of: readonly Condition[] }
  | { kind: 'not'; of: Condition }

/** The parts of a condition, read through a function because conditions are recursive. */
const parts = z.lazy((): z.ZodMiniType<readonly Condition[]> => documented(z.array(condition), 'Conditions.'))
const part = z.lazy((): z.ZodMiniType<Condition> => documented(condition, 'A condition.'))

const condition: z.ZodMiniType<Condition> = z
  .discriminatedUnion('kind', [
    ...simpleConditions,
    kind('all', 'All of these hold.', { of: parts }),
    kind('any', 'One of these holds.', { of: parts }),
    kind('not', 'This does not hold.', { of: part }),
  ])
  .register(z.globalRegistry, { id: 'condition' })

const draw = exactObject({
  percent: documented(
    percent,
    'How many of a hundred reports pass; the same report always gets the same result.',
  ),
  pass: documented(z.enum(steps), 'Verdict for reports that pass.'),
  miss: documented(z.enum(steps), 'Verdict for the others.'),
})

const namePattern = /^[A-Za-z0-9_]+$/
const ruleName = withSchema(
  checkedText((name) =>
    namePattern.test(name) ? null : `is ${JSON.stringify(name)}; letters, digits and _ are allowed`,
  ),
  { pattern: namePattern.source, description: 'Shown to clients and in counts; unique in the policy.' },
)

const rule = exactObject({
  name: ruleName,
  when: documented(condition, 'Which reports the rule applies to.'),
  /** One verdict for all reports, or a draw: `percent` of the reports `pass`, the others `miss`. */
  verdict: documented(
    z.union([z.enum(verdicts), draw]),
    'accept and defer store the report, reject discards it, fakeaccept responds as if it were stored; continue, in a draw, moves to the next rule.',
  ),
})

const limit = (name: LimitName) =>
  z.exactOptional(documented(positiveInteger, `${limitTable[name].doc} Default: ${defaultOf(name)}.`))
const limitNames = Object.keys(limitTable) as LimitName[]
const limits = exactObject(
  Object.fromEntries(limitNames.map((name) => [name, limit(name)])) as Record<
    LimitName,
    ReturnType<typeof limit>
  >,
)

const policy = exactObject({
  $schema: z.exactOptional(documented(text, 'For editors: the location of this schema.')),
  name: documented(text, 'Name of the policy in logs.'),
  version: documented(z.literal(1), 'Version of this format.'),
  limits: documented(z._default(limits, {}), 'Limits on one report.'),
  products: documented(z._default(z.array(text), []), 'Products to accept; empty: all.'),
  packages: documented(
    z._default(z.record(z.string(), z.array(text)), {}),
    'Android packages to accept, by product; products without a list accept all.',
  ),
  remove: documented(
    z._default(z.array(text), []),
    'Annotations that are removed before anything is stored, in addition to those that are never stored.',
  ),
  rules: documented(
    z.array(rule).check(z.maxLength(maxRules)),
    'Tried in order; the first final verdict applies. Without one the report is rejected as NO_MATCH.',
  ),
})

export type Policy = Omit<z.output<typeof policy>, '$schema'>

/**
 * Checks a policy parsed from JSON. `limits`, `products`, `packages` and `remove` are optional.
 * @throws CrashError 'bad-policy' with the location and the allowed values
 */
export function parsePolicy(json: unknown): Policy {
  refuseDeepConditions(json)
  const { $schema: _, ...read } = readDocument(policy, json, {
    code: 'bad-policy',
    name: 'policy',
    prefix: 'Policy: ',
  })
  const names = read.rules.map((one) => one.name)
  const twice = names.findIndex((name, i) => names.indexOf(name) !== i)
  if (twice >= 0) throw badRule(twice, `.name is ${names[twice]}, like an earlier rule; names must be unique`)
  return read
}

const badRule = (index: number, problem: string) =>
  new CrashError('bad-policy', `Policy: policy.rules[${index}]${problem}`)

/** Before the schema, which is recursive, is applied. */
function refuseDeepConditions(json: unknown): void {
  const rules = Array.isArray(keyOf(json, 'rules')) ? (keyOf(json, 'rules') as unknown[]) : []
  for (const [index, one] of rules.entries()) {
    let level = [keyOf(one, 'when')]
    for (let depth = 0; level.length > 0; depth++) {
      if (depth > maxDepth) throw badRule(index, `.when is nested deeper than ${maxDepth} levels`)
      level = level.flatMap((inner) => keyOf(inner, 'of') ?? [])
    }
  }
}

const keyOf = (json: unknown, key: string): unknown => own(Object(json), key)

/** The JSON Schema of a policy, derived from the schema that `parsePolicy` uses. */
export const policySchema = () => ({
  title: 'Policy of a Mayday edge',
  description: 'Which crash reports are kept, and within which limits.',
  ...z.toJSONSchema(policy, { io: 'input' }),
})

/** Names of annotations to remove before a report is identified or stored: banned ones and those of the policy. */
export const removedBy = ({ remove }: Policy): ReadonlySet<string> =>
  remove.length > 0 ? new Set([...bannedAnnotations, ...remove]) : bannedAnnotations
