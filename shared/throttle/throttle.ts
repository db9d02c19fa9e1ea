// The throttle: decides which reports are stored, from rules, annotations and a draw.

import { own } from '../own.ts'
import { dayMs, isDate, startOfDate } from '../time/dates.ts'
import type { Percent } from '../units.ts'
import { matchesPattern } from './pattern.ts'
import type { Condition, Policy, Step, Verdict } from './policy.ts'

type Annotations = Readonly<Record<string, unknown>>

export interface ThrottleOptions {
  now: Date
  /** A number in [0, 100) for a rule's name, repeatable for the same report (`shared/crash-id.ts`). */
  draw(ruleName: string): Percent
}

export interface ThrottleResult {
  result: Verdict
  /** The rule that decided; NO_MATCH when none did. */
  rule: string
  /** The percentage of the deciding rule: 100 for a plain verdict, 0 for NO_MATCH. */
  percent: Percent
  /**
   * How many submitted reports this one represents: the product of 100 / percentage over the draws on its path.
   * Infinity when a percentage is zero, which a draw can only hit exactly.
   */
  weight: number
  /** Every rule whose condition held, in order. */
  trace: { rule: string; step: Step; drawn?: Percent }[]
}

/**
 * Decides on one report. Its product must be resolved (`product.ts`).
 * Semantics: those of Antenna's throttler, with repeatable draws, UTC, and tolerance for any JSON value.
 */
export function throttle(policy: Policy, annotations: Annotations, options: ThrottleOptions): ThrottleResult {
  const trace: ThrottleResult['trace'] = []
  let weight = 1
  for (const { name, when, verdict } of policy.rules) {
    if (!holds(when, { policy, annotations, now: options.now })) continue
    if (typeof verdict === 'string') {
      trace.push({ rule: name, step: verdict })
      return { result: verdict, rule: name, percent: 100, weight, trace }
    }
    const drawn = options.draw(name)
    const passed = drawn <= verdict.percent
    const step = passed ? verdict.pass : verdict.miss
    trace.push({ rule: name, step, drawn })
    weight *= 100 / (passed ? verdict.percent : 100 - verdict.percent)
    if (step !== 'continue') return { result: step, rule: name, percent: verdict.percent, weight, trace }
  }
  return { result: 'reject', rule: 'NO_MATCH', percent: 0, weight, trace }
}

/** Input of a condition. */
export interface Context {
  policy: Policy
  annotations: Annotations
  now: Date
}

/** True when the condition holds for the annotations. */
export function holds(condition: Condition, context: Context): boolean {
  switch (condition.kind) {
    case 'always':
      return true
    case 'all':
      return condition.of.every((inner) => holds(inner, context))
    case 'any':
      return condition.of.some((inner) => holds(inner, context))
    case 'not':
      return !holds(condition.of, context)
    case 'product-not-listed':
      return isMissingFrom(context.policy.products, comparedText(context.annotations, 'ProductName'))
    case 'package-not-listed':
      return isMissingFrom(packagesOf(context), comparedText(context.annotations, 'Android_PackageName'))
    default:
      return holdsForAnnotation(condition, context)
  }
}

type AnnotationCondition = Extract<Condition, { annotation: string }>

function holdsForAnnotation(condition: AnnotationCondition, { annotations, now }: Context): boolean {
  if (!Object.hasOwn(annotations, condition.annotation)) return holdsWhenAbsent(condition)
  const text = comparedText(annotations, condition.annotation)
  switch (condition.kind) {
    case 'exists':
      return true
    case 'equals':
      return equals(condition, text)
    case 'in':
      return condition.values.includes(text)
    case 'starts-with':
      return condition.prefixes.some((prefix) => text.startsWith(prefix))
    case 'matches':
      return matchesPattern(condition.pattern, text)
    case 'less-than':
      return text < condition.value
    case 'older-than':
      return isOlder(text, condition.days, now)
    case 'json-equals':
      return jsonAt(own(annotations, condition.annotation), condition.path) === condition.value
    case 'json-between':
      return isBetween(jsonAt(own(annotations, condition.annotation), condition.path), condition)
  }
}

/** No comparison holds, unless the policy states a value for the absent annotation. */
const holdsWhenAbsent = (condition: AnnotationCondition): boolean =>
  condition.kind === 'equals' && condition.absent !== undefined && equals(condition, condition.absent)

function equals(condition: { value: string; ignoreCase?: boolean }, text: string): boolean {
  if (!condition.ignoreCase) return text === condition.value
  return text.toLowerCase() === condition.value.toLowerCase()
}

/** Antenna's texts of values that JSON has names for. */
const constantTexts: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [null, 'None'],
  [undefined, 'None'],
  [true, 'True'],
  [false, 'False'],
])

function comparedText(annotations: Annotations, name: string): string {
  if (!Object.hasOwn(annotations, name)) return ''
  const value = own(annotations, name)
  return typeof value === 'string' ? value : (constantTexts.get(value) ?? JSON.stringify(value))
}

/** An empty list contains everything. */
const isMissingFrom = (list: readonly string[], text: string) => list.length > 0 && !list.includes(text)

function packagesOf({ policy, annotations }: Context): readonly string[] {
  const product = comparedText(annotations, 'ProductName')
  return own(policy.packages, product) ?? []
}

function isOlder(buildId: string, days: number, now: Date): boolean {
  const match = /^(20\d\d)(\d\d)(\d\d)\d{6}$/.exec(buildId)
  if (!match) return false
  const date = `${match[1]}-${match[2]}-${match[3]}`
  return isDate(date) && startOfDate(date) < now.getTime() - days * dayMs
}

/** The value at a path in a JSON annotation, as text or already parsed; undefined when there is none. */
function jsonAt(annotation: unknown, path: readonly string[]): unknown {
  let value = annotation
  if (typeof annotation === 'string') {
    try {
      value = JSON.parse(annotation)
    } catch {
      return undefined
    }
  }
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = own(value as Record<string, unknown>, key)
  }
  return value
}

function isBetween(value: unknown, { min, max }: { min?: number; max?: number }): boolean {
  if (typeof value !== 'number' || !Number.isInteger(value)) return false
  return value >= (min ?? Number.NEGATIVE_INFINITY) && value <= (max ?? Number.POSITIVE_INFINITY)
}
