// The parameter `date`: bounds of the processed time.
import type { Instant } from '../query.ts'
import { dayMicros, parseInstant } from './instants.ts'
import type { ParseOptions } from './options.ts'
import { argumentError } from './problems.ts'

const defaultDays = 7

interface Bound {
  /** As written. */
  readonly value: Instant
  /** The first instant in the range, or the first after it. */
  readonly edge: Instant
}

/**
 * The tightest range of all values, from inclusive, to exclusive. Without an upper bound it ends now; without a lower one
 * it starts seven days before its end.
 * @throws ProblemError for values without operator, and for ranges beyond the limit
 */
export function readDateRange(
  values: readonly string[],
  { now, limits }: ParseOptions,
): { from: Instant; to: Instant } {
  let lower: Bound | undefined
  let upper: Bound | undefined
  for (const text of values) {
    const bound = readBound(text)
    if (!bound) continue
    if (bound.isLower) lower = !lower || bound.edge > lower.edge ? bound : lower
    else upper = !upper || bound.edge < upper.edge ? bound : upper
  }
  upper ??= { value: now, edge: now + 1 }
  const start = upper.value - defaultDays * dayMicros
  lower ??= { value: start, edge: start }
  if (upper.value - lower.value > limits.days * dayMicros) {
    throw argumentError('date', `Date range is bigger than ${limits.days} days`)
  }
  return { from: lower.edge, to: upper.edge }
}

/** A negated bound is the opposite one. `__null__` does not restrict: every report was processed. */
function readBound(text: string): (Bound & { isLower: boolean }) | null {
  const found = /^(!?)(>=|<=|<|>|__null__)?(.*)$/s.exec(text)!
  const [, not, operator] = found
  if (operator === undefined) {
    checked(found[3]!)
    throw argumentError('date', 'date must have a prefix operator')
  }
  if (operator === '__null__') return null
  const value = checked(found[3]!)
  const isLower = operator.startsWith('>') !== (not === '!')
  // `>` and `<=`, also as the opposites of `<=` and `>`, are beyond the value itself.
  const isAfter = operator === '>' || operator === '<='
  return { value, edge: isAfter ? value + 1 : value, isLower }
}

function checked(text: string): Instant {
  const value = parseInstant(text)
  if (value === null) throw argumentError('date', 'Bad value for parameter date: not a valid datetime')
  return value
}
