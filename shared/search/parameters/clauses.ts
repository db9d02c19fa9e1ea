// Values of one filter: prefixes are operators, the rest is converted to the field's type.

import type { SearchField, Validation } from '../fields.ts'
import { isRange } from '../fold.ts'
import { exactInteger } from '../order.ts'
import type { Clause, Condition, Op, Scalar } from '../query.ts'
import { parseRegexp, RegexpError } from '../regexp.ts'
import { parseInstant } from './instants.ts'
import { argumentError, badValue } from './problems.ts'

/** Clauses of one filter; each has its own place in SQL. */
const maxClauses = 1000
const maxValues = 10_000
/** Changes between ranges and other conditions, each of which nests the test. */
const maxChanges = 100
/** Characters of a value with wildcards. */
const maxPattern = 2000
/** Digits of an integer that every engine can hold. */
const maxDigits = 38

/** The prefix of each operator. */
export const prefixes: Readonly<Record<Exclude<Op, 'any'>, string>> = {
  equals: '=',
  contains: '~',
  ends: '$',
  starts: '^',
  regexp: '@',
  '>=': '>=',
  '<=': '<=',
  '<': '<',
  '>': '>',
  null: '__null__',
  true: '__true__',
}

const rangeOps = ['>=', '<=', '<', '>', 'null'] as const

/** The operators of each type, in the order in which prefixes are tried. */
const operators: Readonly<Record<Validation, readonly Exclude<Op, 'any'>[]>> = {
  str: ['equals', 'contains', 'ends', 'starts', 'regexp', 'null'],
  enum: ['null'],
  bool: ['true', 'null'],
  int: rangeOps,
  float: rangeOps,
  datetime: rangeOps,
}

/** The prefixes that values of a field may have, besides `!`. */
export const prefixesOf = ({ validation }: SearchField): readonly string[] =>
  operators[validation].map((op) => prefixes[op])

/**
 * The clauses of a filter's values, in the order in which they are folded: those with an operator, then all other values
 * as one negated and one plain clause. A version that ends in `b` is the prefix of all its betas.
 * @throws ProblemError for values that are not of the field's type
 */
export function readClauses(field: SearchField, values: readonly string[]): Clause[] {
  if (values.length > maxValues) throw badValue(field.name)
  const clauses: Clause[] = []
  const plain = { negated: [] as Scalar[], positive: [] as Scalar[] }
  for (const text of values) {
    const not = text.startsWith('!')
    const condition = readCondition(field, not ? text.slice(1) : text)
    if (condition.op !== 'any') clauses.push({ not, ...condition })
    else plain[not ? 'negated' : 'positive'].push(...condition.values)
  }
  const { betas, others } = separateBetas(field, [
    { not: true, values: plain.negated },
    { not: false, values: plain.positive },
  ])
  clauses.push(...others, ...betas)
  const changes = clauses.filter((clause, i) => i > 0 && isRange(clause) !== isRange(clauses[i - 1]!))
  if (clauses.length > maxClauses || changes.length > maxChanges) throw badValue(field.name)
  return clauses
}

function separateBetas(field: SearchField, lists: readonly { not: boolean; values: readonly Scalar[] }[]) {
  const isBeta = (value: Scalar) =>
    field.name === 'version' && typeof value === 'string' && value.endsWith('b')
  const others = lists.flatMap(({ not, values }): Clause[] => {
    const kept = values.filter((value) => !isBeta(value))
    return kept.length > 0 ? [{ not, op: 'any', values: kept }] : []
  })
  const betas = lists.flatMap(({ not, values }) =>
    values.filter(isBeta).map((value): Clause => ({ not, op: 'starts', value: String(value) })),
  )
  return { betas, others }
}

function readCondition(field: SearchField, text: string): Condition {
  const op = operators[field.validation].find((one) => text.startsWith(prefixes[one]))
  const rest = op ? text.slice(prefixes[op].length) : text
  switch (op) {
    case undefined:
      return { op: 'any', values: [convert(field, rest)] }
    case 'null':
    case 'true':
      return { op }
    case 'regexp':
      return { op, value: readRegexp(field, rest) }
    case 'equals':
      return { op, value: rest }
    case 'contains':
    case 'starts':
    case 'ends':
      if (rest.length > maxPattern && /[*?]/.test(rest)) throw badValue(field.name)
      return { op, value: rest }
    default:
      return { op, value: convert(field, rest) as number | bigint }
  }
}

/** The value of a filter without operator, or the bound of a range. Times are Instants. */
function convert({ name, validation }: SearchField, text: string): Scalar {
  const value = convertTo(validation, text)
  if (value === null) {
    throw argumentError(name, `Bad value for parameter ${name}: not a valid ${validation}`)
  }
  return value
}

/** A text as a value of a type; null if it is not one. As Python converts it. */
export function convertTo(validation: Validation, text: string): Scalar | null {
  switch (validation) {
    case 'int':
      return parseInteger(text)
    case 'float': {
      const form = /^[+-]?(\d+(_\d+)*(\.(\d+(_\d+)*)?)?|\.\d+(_\d+)*)(e[+-]?\d+)?$/i
      const number = form.test(text.trim()) ? Number(text.trim().replaceAll('_', '')) : Number.NaN
      return Number.isFinite(number) ? number : null
    }
    case 'datetime':
      return parseInstant(text)
    case 'bool':
      return ['true', 't', '1', 'y', 'yes'].includes(text.toLowerCase())
    default:
      return text
  }
}

function parseInteger(text: string): number | bigint | null {
  const digits = text.trim().replace(/^\+/, '')
  if (digits.length > 2 * maxDigits || !/^-?\d+(_\d+)*$/.test(digits)) return null
  const value = BigInt(digits.replaceAll('_', ''))
  return value >= 10n ** 38n || value <= -(10n ** 38n) ? null : exactInteger(value)
}

function readRegexp({ name }: SearchField, source: string) {
  try {
    return parseRegexp(source)
  } catch (error) {
    if (!(error instanceof RegexpError)) throw error
    throw badValue(`Malformed supersearch query: ${name}: ${error.message}`)
  }
}
