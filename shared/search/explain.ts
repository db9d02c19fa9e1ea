// What a query searches, in words, with warnings about conditions that mean something else than they seem to.

import { type SearchField, searchFieldOf } from './fields.ts'
import { clausesOf } from './fold.ts'
import { effectiveSort } from './parameters/controls.ts'
import { printInstant } from './parameters/instants.ts'
import type { Clause, FieldFilter, Op, Query, Scalar, Test } from './query.ts'
import { wildcardParts } from './wildcard.ts'
import { wordsOf } from './words.ts'

export interface Explanation {
  /** What every hit fulfils. */
  readonly conditions: readonly string[]
  /** The order of hits. */
  readonly order: string
  /** Names in the parameters that had no effect, and why. */
  readonly dropped: readonly string[]
  readonly warnings: readonly string[]
}

/** Sentences without a final period. Values are quoted; they may contain any text. */
export function explainQuery(query: Query): Explanation {
  const { from, to, duplicates } = query
  const conditions = [
    `processed from ${printInstant(from)} to before ${printInstant(to)}`,
    ...(duplicates === 'exclude' ? ['not a duplicate of an earlier report'] : []),
    ...query.where.map(({ field, test }) => `${field} ${testWords(searchFieldOf(field), test)}`),
  ]
  const order = effectiveSort(query.sort).map(
    ({ field, descending }) => `${field} ${descending ? 'descending' : 'ascending'}`,
  )
  return {
    conditions,
    order: order.join(', '),
    dropped: query.ignored.map(({ name, why }) => `${name} is ${why}`),
    warnings: [...generalWarnings(query), ...query.where.flatMap(filterWarnings)],
  }
}

function testWords(field: SearchField, test: Test): string {
  if ('and' in test) return test.and.map((one) => partWords(field, one)).join(' and ')
  if ('or' in test) return test.or.map((one) => partWords(field, one)).join(' or ')
  return clauseWords(field, test)
}

const partWords = (field: SearchField, test: Test) =>
  'and' in test || 'or' in test ? `(${testWords(field, test)})` : testWords(field, test)

function clauseWords(field: SearchField, clause: Clause): string {
  const words = (verbs[clause.op] as Verb<Op>)(clause, field)
  if (!clause.not) return words
  if (clause.op === 'null') return 'has a value'
  return clause.op === 'true' ? 'is false or missing' : `is missing or not: ${words}`
}

type Verb<O extends Op> = (condition: Clause & { readonly op: O }, field: SearchField) => string

const quote = (value: Scalar) => (typeof value === 'string' ? JSON.stringify(value) : String(value))
const either = (values: readonly Scalar[]) => values.map(quote).join(' or ')

const verbs: { readonly [O in Op]: Verb<O> } = {
  any: anyWords,
  equals: ({ value }) => `is exactly ${quote(value)}`,
  contains: ({ value }) => `contains ${quote(value)}`,
  starts: ({ value }) => `starts with ${quote(value)}`,
  ends: ({ value }) => `ends with ${quote(value)}`,
  regexp: ({ value }) => `matches the expression ${quote(value.source)} as a whole`,
  '>': ({ value }, field) => `is ${field.matching === 'date' ? 'after' : 'above'} ${bound(field, value)}`,
  '>=': ({ value }, field) => `is at least ${bound(field, value)}`,
  '<': ({ value }, field) => `is ${field.matching === 'date' ? 'before' : 'below'} ${bound(field, value)}`,
  '<=': ({ value }, field) => `is at most ${bound(field, value)}`,
  null: () => 'is missing',
  true: () => 'is true',
}

const bound = ({ matching }: SearchField, value: number | bigint) =>
  matching === 'date' ? printInstant(Number(value)) : String(value)

function anyWords({ values }: { readonly values: readonly Scalar[] }, { matching }: SearchField): string {
  if (matching === 'items') return `has the item ${either(values)} (in any case)`
  if (matching !== 'text') return `is ${either(values)}`
  const words = values.flatMap((value) => wordsOf(String(value)))
  return words.length === 0 ? 'matches nothing' : `has the word ${either(words)} (in any case)`
}

function generalWarnings({ from, to, ignored }: Query): string[] {
  const warnings: string[] = []
  if (from >= to) warnings.push('the range of dates is empty: nothing matches')
  if (ignored.length > 0) {
    const names = ignored.map(({ name }) => name).join(', ')
    warnings.push(`not applied: ${names}. The search may be wider than intended`)
  }
  return warnings
}

function filterWarnings({ field: name, test }: FieldFilter): string[] {
  const field = searchFieldOf(name)
  const clauses = clausesOf(test)
  return [
    ...alternativeWarnings(name, test),
    ...clauses.flatMap((clause) => clauseWarnings(field, clause)),
    ...rangeWarnings(name, clauses),
  ]
}

/** Conditions of one field are alternatives unless they are ranges. */
function alternativeWarnings(name: string, test: Test): string[] {
  if ('and' in test) return test.and.flatMap((one) => alternativeWarnings(name, one))
  if (!('or' in test)) return []
  const negated = test.or.filter((one) => 'not' in one && one.not)
  if (negated.length === 0) return test.or.flatMap((one) => alternativeWarnings(name, one))
  if (negated.length > 1) {
    return [
      `${name}: negated conditions are alternatives, so nearly every report matches. Values without an operator exclude all of them: !a and !b`,
    ]
  }
  return [`${name}: a negated condition is an alternative to the others, not a restriction of them`]
}

function clauseWarnings(field: SearchField, clause: Clause): string[] {
  switch (clause.op) {
    case 'any':
      return clause.values.flatMap((value) => valueWarnings(field, String(value)))
    case 'contains':
    case 'starts':
    case 'ends':
      if (field.name === 'version') return [`version: ${quote(clause.value)} is the start of all its betas`]
      return wildcardParts(clause.value)
        ? [
            `${field.name}: * and ? in ${quote(clause.value)} are wildcards; a backslash before them makes them literal`,
          ]
        : []
    default:
      return []
  }
}

function valueWarnings({ name, validation, matching }: SearchField, value: string): string[] {
  if (validation === 'enum' && /^[=~^$@<>]/.test(value)) {
    return [`${name}: this field has no operator ${value[0]}; it is compared with the text ${quote(value)}`]
  }
  if (matching !== 'text') return []
  const words = wordsOf(value)
  if (words.length === 0) return [`${name}: ${quote(value)} contains no word and matches nothing`]
  if (words.length === 1 || validation === 'enum') return []
  return [
    `${name}: one of the words of ${quote(value)} is enough; =${value} compares the whole, ~${value} a part`,
  ]
}

/** Ranges that no value fulfils. */
function rangeWarnings(name: string, clauses: readonly Clause[]): string[] {
  if (clauses.some((clause) => clause.not)) return []
  let low: number | bigint | undefined
  let high: number | bigint | undefined
  for (const clause of clauses) {
    if (clause.op === '>' || clause.op === '>=')
      low = low === undefined || clause.value > low ? clause.value : low
    else if (clause.op === '<' || clause.op === '<=') {
      high = high === undefined || clause.value < high ? clause.value : high
    } else return []
  }
  if (low === undefined || high === undefined || low < high) return []
  const isPoint = low === high && clauses.every(({ op }) => op === '>=' || op === '<=')
  return isPoint ? [] : [`${name}: no value is in all of these ranges`]
}
