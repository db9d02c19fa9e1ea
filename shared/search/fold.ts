// The clauses of one field as one test.
import type { Clause, Test } from './query.ts'

const ranges: ReadonlySet<string> = new Set(['>', '>=', '<', '<='])

/** True for clauses that must hold in addition to those before them. */
export const isRange = (clause: Clause): boolean => ranges.has(clause.op)

/**
 * From left to right: a range must hold as well as the test so far, any other clause instead of it. `>a,<b` is a
 * conjunction, `~x,~y` a disjunction, `__null__,>5` a conjunction, `>5,__null__` a disjunction.
 */
export function foldClauses(clauses: readonly Clause[]): Test | undefined {
  let test: Test | undefined
  for (const clause of clauses) {
    if (!test) test = clause
    else if (isRange(clause)) test = { and: 'and' in test ? [...test.and, clause] : [test, clause] }
    else test = { or: 'or' in test ? [...test.or, clause] : [test, clause] }
  }
  return test
}

/** The clauses of a test, from left to right: the inverse of `foldClauses`. */
export function clausesOf(test: Test): Clause[] {
  if ('and' in test) return test.and.flatMap(clausesOf)
  if ('or' in test) return test.or.flatMap(clausesOf)
  return [test]
}
