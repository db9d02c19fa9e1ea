// Filters as functions of one value.
import type { SearchField } from '../fields.ts'
import type { Clause, Condition, Op, Scalar, Test, TextOp } from '../query.ts'
import { regexpTest } from '../regexp.ts'
import { anchored, wildcardParts, wildcardTest } from '../wildcard.ts'
import { fold, wordsOf } from '../words.ts'
import type { Value } from './values.ts'

type ScalarTest = (value: Scalar) => boolean

/** The test as a function that is true or false for every value, also for a missing one. */
export function compileTest(field: SearchField, test: Test): (value: Value) => boolean {
  if ('and' in test) {
    const parts = test.and.map((one) => compileTest(field, one))
    return (value) => parts.every((part) => part(value))
  }
  if ('or' in test) {
    const parts = test.or.map((one) => compileTest(field, one))
    return (value) => parts.some((part) => part(value))
  }
  const condition = compileClause(field, test)
  return test.not ? (value) => !condition(value) : condition
}

/** A list matches if one of its values does. */
function compileClause(field: SearchField, clause: Clause): (value: Value) => boolean {
  if (clause.op === 'null') return isMissing
  const test = (compilers[clause.op] as Compiler<Op>)(field, clause)
  return (value) => {
    if (value === null) return false
    return typeof value === 'object' ? value.some(test) : test(value)
  }
}

const isMissing = (value: Value) => value === null || (typeof value === 'object' && value.length === 0)

type Compiler<O extends Op> = (field: SearchField, condition: Condition & { readonly op: O }) => ScalarTest

const compileText: Compiler<TextOp> = (_, { op, value }) => {
  const parts = op === 'equals' ? null : wildcardParts(value)
  if (parts) {
    const matches = wildcardTest(anchored(op, parts))
    return (text) => matches(text as string)
  }
  return plainTexts[op](value)
}

const plainTexts: Readonly<Record<TextOp, (wanted: string) => ScalarTest>> = {
  equals: (wanted) => (text) => text === wanted,
  contains: (wanted) => (text) => (text as string).includes(wanted),
  starts: (wanted) => (text) => (text as string).startsWith(wanted),
  ends: (wanted) => (text) => (text as string).endsWith(wanted),
}

const compilers: { readonly [O in Op]: Compiler<O> } = {
  any: compileAny,
  equals: compileText,
  contains: compileText,
  starts: compileText,
  ends: compileText,
  regexp: (_, { value }) => {
    const matches = regexpTest(value.tree)
    return (text) => matches(text as string)
  },
  // JavaScript compares numbers and bigints by value.
  '>':
    (_, { value: bound }) =>
    (value) =>
      (value as number) > bound,
  '>=':
    (_, { value: bound }) =>
    (value) =>
      (value as number) >= bound,
  '<':
    (_, { value: bound }) =>
    (value) =>
      (value as number) < bound,
  '<=':
    (_, { value: bound }) =>
    (value) =>
      (value as number) <= bound,
  null: () => () => false,
  true: () => (value) => value === true,
}

function compileAny(
  { matching }: SearchField,
  { values }: { readonly values: readonly Scalar[] },
): ScalarTest {
  if (matching === 'text') {
    const words = new Set(values.flatMap((value) => wordsOf(String(value))))
    return words.size === 0 ? () => false : (text) => wordsOf(text as string).some((word) => words.has(word))
  }
  if (matching === 'items') {
    const items = new Set(values.map((value) => fold(String(value))))
    return (item) => items.has(fold(item as string))
  }
  const wanted = new Set(values)
  return (value) => wanted.has(value)
}
