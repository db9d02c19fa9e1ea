// Explains a policy's decision on a report: every rule evaluated, its condition, the values found, and the odds.

import { own } from '../own.ts'
import type { Percent } from '../units.ts'
import type { Condition, Policy, Step, Verdict } from './policy.ts'
import { type Context, holds } from './throttle.ts'

/** A condition as text, with the values found; `of` are its parts. */
export interface EvaluatedCondition {
  text: string
  holds: boolean
  of?: EvaluatedCondition[]
}

/** A rule that is evaluated for this report. */
export interface EvaluatedRule {
  rule: string
  finding: EvaluatedCondition
  /** Applies when the condition holds. */
  verdict: Policy['rules'][number]['verdict']
}

/** One possible outcome, with its percentage of similar reports. */
export interface PossibleVerdict {
  result: Verdict
  /** NO_MATCH when no rule decides. */
  rule: string
  percent: Percent
  /** The weight of a report with this outcome. */
  weight: number
}

export interface Explanation {
  /** In order, up to the last rule that a report can reach. */
  rules: EvaluatedRule[]
  outcomes: PossibleVerdict[]
}

/**
 * Evaluates a report like `throttle`, following both branches of every draw. The product in `annotations` must be
 * resolved.
 */
export function explainPolicy(
  policy: Policy,
  annotations: Readonly<Record<string, unknown>>,
  now: Date,
): Explanation {
  const context = { policy, annotations, now }
  const rules: EvaluatedRule[] = []
  const outcomes: PossibleVerdict[] = []
  let reaching = 100
  let weight = 1
  for (const { name, when, verdict } of policy.rules) {
    const finding = find(when, context)
    rules.push({ rule: name, finding, verdict })
    if (!finding.holds) continue
    const ways: { share: Percent; step: Step }[] =
      typeof verdict === 'string'
        ? [{ share: 100, step: verdict }]
        : [
            { share: verdict.percent, step: verdict.pass },
            { share: 100 - verdict.percent, step: verdict.miss },
          ]
    let goingOn = 0
    for (const { share, step } of ways) {
      if (share === 0) continue
      if (step === 'continue') goingOn += share
      else
        outcomes.push({
          result: step,
          rule: name,
          percent: (reaching * share) / 100,
          weight: (weight * 100) / share,
        })
    }
    if (goingOn === 0) return { rules, outcomes }
    reaching *= goingOn / 100
    weight *= 100 / goingOn
  }
  outcomes.push({ result: 'reject', rule: 'NO_MATCH', percent: reaching, weight })
  return { rules, outcomes }
}

function find(condition: Condition, context: Context): EvaluatedCondition {
  const found = { text: describe(condition, context), holds: holds(condition, context) }
  if (condition.kind === 'all' || condition.kind === 'any')
    return { ...found, of: condition.of.map((one) => find(one, context)) }
  return condition.kind === 'not' ? { ...found, of: [find(condition.of, context)] } : found
}

const list = (texts: readonly string[]) => texts.map((text) => JSON.stringify(text)).join(', ')

function describe(condition: Condition, { policy, annotations }: Context): string {
  const found = (name: string) => foundText(annotations, name)
  switch (condition.kind) {
    case 'always':
      return 'always'
    case 'all':
      return 'all of'
    case 'any':
      return 'any of'
    case 'not':
      return 'not'
    case 'product-not-listed':
      return `${found('ProductName')} is not among the products ${list(policy.products) || '(all are accepted)'}`
    case 'package-not-listed':
      return `${found('Android_PackageName')} is not among the packages of ${found('ProductName')}`
    default:
      return `${found(condition.annotation)} ${demand(condition)}`
  }
}

function demand(condition: Extract<Condition, { annotation: string }>): string {
  switch (condition.kind) {
    case 'exists':
      return 'is present'
    case 'equals': {
      const absent =
        condition.absent === undefined ? '' : `, counting as ${JSON.stringify(condition.absent)} when absent`
      return `is ${JSON.stringify(condition.value)}${condition.ignoreCase ? ' in any case' : ''}${absent}`
    }
    case 'in':
      return `is one of ${list(condition.values)}`
    case 'starts-with':
      return `starts with one of ${list(condition.prefixes)}`
    case 'matches':
      return `matches ${condition.pattern}`
    case 'less-than':
      return `sorts before ${JSON.stringify(condition.value)}`
    case 'older-than':
      return `is a build from more than ${condition.days} days ago`
    case 'json-equals':
      return `has ${JSON.stringify(condition.value)} at ${condition.path.join('.')}`
    case 'json-between':
      return `has a number from ${condition.min ?? '-∞'} to ${condition.max ?? '∞'} at ${condition.path.join('.')}`
  }
}

const maxShown = 80

/** The annotation and its value, truncated to a line. */
function foundText(annotations: Readonly<Record<string, unknown>>, name: string): string {
  if (!Object.hasOwn(annotations, name)) return `${name} (absent)`
  const json = JSON.stringify(own(annotations, name))
  return `${name} (${json.length > maxShown ? `${json.slice(0, maxShown)}…` : json})`
}
