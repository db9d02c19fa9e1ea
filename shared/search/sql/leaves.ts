// Filters as SQL conditions.
import { hasSeveral, type SearchField, searchFieldOf } from '../fields.ts'
import type { Clause, Condition, FieldFilter, Op, Query, Scalar, Test, TextOp } from '../query.ts'
import { printRe2 } from '../regexp.ts'
import { anchored, wildcardParts, wildcardRe2 } from '../wildcard.ts'
import { fold, wordsOf } from '../words.ts'
import { type Bindings, identifier } from './bindings.ts'
import { keyType, valueSql } from './values.ts'

/** Where a statement collects values, and finds the distinct values of a column. */
export interface Scope {
  readonly bindings: Bindings
  /** SQL that follows FROM; null to test the values of each row. */
  readonly distinctFrom: string | null
}

/** The condition of a query's filters, range of times and duplicates; true or not, null counting as false. */
export function whereSql(query: Query, scope: Scope): string {
  const { bindings } = scope
  const date = searchFieldOf('date')
  return [
    rangeSql(date, { op: '>=', value: query.from }, bindings),
    rangeSql(date, { op: '<', value: query.to }, bindings),
    ...(query.duplicates === 'exclude' ? ['duplicate_of IS NULL'] : []),
    ...query.where.map((filter) => filterSql(filter, scope)),
  ].join(' AND ')
}

const filterSql = ({ field, test }: FieldFilter, scope: Scope): string =>
  testSql(searchFieldOf(field), test, scope)

function testSql(field: SearchField, test: Test, scope: Scope): string {
  if ('and' in test) return `(${test.and.map((one) => testSql(field, one, scope)).join(' AND ')})`
  if ('or' in test) return `(${test.or.map((one) => testSql(field, one, scope)).join(' OR ')})`
  return clauseSql(field, test, scope)
}

/** Only a negated condition distinguishes null from false: nothing above it is negated. */
function clauseSql(field: SearchField, clause: Clause, { bindings, distinctFrom }: Scope): string {
  const ofValue = conditionSql(field, clause, bindings)
  const isSlow = ofValue.startsWith('regexp_')
  const condition =
    distinctFrom && isSlow && repeated.has(field.column) ? distinctSql(field, ofValue, distinctFrom) : ofValue
  return clause.not ? `NOT coalesce(${condition}, false)` : `(${condition})`
}

/** Columns with few distinct texts. */
const repeated: ReadonlySet<string> = new Set([
  ...['signature', 'product', 'vendor', 'reason'],
  ...['platform', 'platform_version', 'platform_pretty_version'],
])

/**
 * Tests each distinct value once. DuckDB evaluates other functions once for each entry of a dictionary, but regular
 * expressions for each row. The limit keeps it from testing before grouping.
 */
function distinctSql({ column }: SearchField, condition: string, relation: string): string {
  const name = identifier(column)
  const values = `SELECT ${name}, count(*) FROM ${relation} GROUP BY 1 LIMIT ${Number.MAX_SAFE_INTEGER}`
  return `${name} IN (SELECT ${name} FROM (${values}) WHERE ${condition})`
}

type Printer<O extends Op> = (
  field: SearchField,
  condition: Condition & { readonly op: O },
  bindings: Bindings,
) => string

const textFunctions = { contains: 'contains', starts: 'starts_with', ends: 'ends_with' } as const

const textPrinter: Printer<TextOp> = (field, { op, value }, bindings) => {
  if (op === 'equals') return someSql(field, equalTo(bindings.add(value)))
  const parts = wildcardParts(value)
  if (parts) return someSql(field, matching(bindings.add(wildcardRe2(anchored(op, parts)))))
  const parameter = bindings.add(value)
  return someSql(field, (text) => `${textFunctions[op]}(${text}, ${parameter})`)
}

const equalTo = (parameter: string) => (text: string) => `${text} = ${parameter}`
const matching = (pattern: string) => (text: string) => `regexp_full_match(${text}, ${pattern}, 's')`

const printers: { readonly [O in Op]: Printer<O> } = {
  any: anySql,
  equals: textPrinter,
  contains: textPrinter,
  starts: textPrinter,
  ends: textPrinter,
  regexp: (field, { value }, bindings) => someSql(field, matching(bindings.add(printRe2(value.tree)))),
  '>': rangeSql,
  '>=': rangeSql,
  '<': rangeSql,
  '<=': rangeSql,
  null: (field) =>
    hasSeveral(field) ? `coalesce(len(${valueSql(field)}), 0) = 0` : `${valueSql(field)} IS NULL`,
  true: (field) => valueSql(field),
}

/** The printer takes the conditions of its operator. */
const conditionSql = (field: SearchField, condition: Condition, bindings: Bindings): string =>
  (printers[condition.op] as Printer<Op>)(field, condition, bindings)

/** A condition on the value, or on some value of a list. */
function someSql(field: SearchField, condition: (text: string) => string): string {
  if (!hasSeveral(field)) return condition(valueSql(field))
  return `len(list_filter(${valueSql(field)}, x -> ${condition('x')})) > 0`
}

function anySql(
  field: SearchField,
  { values }: { readonly values: readonly Scalar[] },
  bindings: Bindings,
): string {
  switch (field.matching) {
    case 'text': {
      const words = [...new Set(values.flatMap((value) => wordsOf(String(value))))]
      if (words.length === 0) return 'false'
      const pattern = bindings.add(wordsRe2(words))
      return someSql(field, (text) => `regexp_matches(${text}, ${pattern})`)
    }
    case 'items': {
      const items = bindings.add(values.map((value) => fold(String(value))))
      const folded = `list_transform(${valueSql(field)}, x -> translate(x, ${upperLower}))`
      return `list_has_any(${folded}, CAST(${items} AS VARCHAR[]))`
    }
    default:
      return oneOfSql(field, values, bindings)
  }
}

const upperLower = `'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz'`
/** More values are one list: DuckDB plans thousands of parameters slowly, but skips files and row groups by a few. */
const maxParameters = 50

function oneOfSql(field: SearchField, values: readonly Scalar[], bindings: Bindings): string {
  const value = valueSql(field)
  const texts = values.map(String)
  if (hasSeveral(field)) return `list_has_any(${value}, CAST(${bindings.add(texts)} AS VARCHAR[]))`
  if (values.length <= maxParameters) {
    return `${value} IN (${values.map((one) => boundSql(field, one, bindings)).join(', ')})`
  }
  const type = values.some(isWide) ? 'HUGEINT' : keyType(field)
  return `${value} IN (SELECT unnest(CAST(${bindings.add(texts)} AS ${type}[])))`
}

/** A pattern that finds one of the words, which are folded, anywhere in a text. */
function wordsRe2(words: readonly string[]): string {
  const edge = '[^A-Za-z0-9_\\x{80}-\\x{10FFFF}]'
  const either = words.map((word) => word.replace(/[a-z]/g, (letter) => `[${letter.toUpperCase()}${letter}]`))
  return `(?:^|${edge})(?:${either.join('|')})(?:$|${edge})`
}

function rangeSql(
  field: SearchField,
  { op, value }: { readonly op: string; readonly value: number | bigint },
  bindings: Bindings,
): string {
  return `${valueSql(field)} ${op} ${boundSql(field, value, bindings)}`
}

/** A value of a query, in the type of the field's values; wider where 64 bits are not enough. */
function boundSql(field: SearchField, value: Scalar, bindings: Bindings): string {
  const parameter = bindings.add(String(value))
  if (field.matching === 'date') return `make_timestamptz(CAST(${parameter} AS BIGINT))`
  return `CAST(${parameter} AS ${isWide(value) ? 'HUGEINT' : keyType(field)})`
}

const isWide = (value: Scalar) => typeof value === 'bigint' && BigInt.asIntN(64, value) !== value
