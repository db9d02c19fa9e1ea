// Parses parameters with fixed options.
import { openLimits, type ParseOptions, socorroLimits } from '../../../shared/search/parameters/options.ts'
import { parseQuery } from '../../../shared/search/parameters/parse.ts'
import type { Problem } from '../../../shared/search/parameters/problems.ts'
import type { Query } from '../../../shared/search/query.ts'

export const now = Date.UTC(2026, 7, 20, 12, 0, 0) * 1000

/** As SuperSearch for callers without a permission. */
export const publicOptions: ParseOptions = { now, protected: 'drop', unknown: 'drop', limits: socorroLimits }
/** As callers with the permission. */
export const permittedOptions: ParseOptions = {
  now,
  protected: 'allow',
  unknown: 'refuse',
  limits: socorroLimits,
}
export const openOptions: ParseOptions = { ...publicOptions, limits: openLimits }

export function queryOf(parameters: string | URLSearchParams, options = publicOptions): Query {
  const parsed = parseQuery(new URLSearchParams(parameters), options)
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems))
  return parsed.query
}

export function problemsOf(parameters: string, options = publicOptions): readonly Problem[] {
  const parsed = parseQuery(new URLSearchParams(parameters), options)
  return 'problems' in parsed ? parsed.problems : []
}

/** The clauses of a field, as text in a notation of these tests: `a AND b`, `NOT ~x`. */
export function testText(parameters: string, field: string, options = publicOptions): string {
  const filter = queryOf(parameters, options).where.find((one) => one.field === field)
  const textOf = (test: NonNullable<typeof filter>['test']): string => {
    if ('and' in test) return `(${test.and.map(textOf).join(' AND ')})`
    if ('or' in test) return `(${test.or.map(textOf).join(' OR ')})`
    const value =
      test.op === 'any'
        ? `[${test.values.map((one) => `${typeof one} ${one}`).join(', ')}]`
        : test.op === 'regexp'
          ? test.value.source
          : 'value' in test
            ? `${typeof test.value} ${test.value}`
            : ''
    return `${test.not ? 'NOT ' : ''}${test.op} ${value}`.trim()
  }
  return filter ? textOf(filter.test) : 'none'
}
