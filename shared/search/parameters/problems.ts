// What is wrong with the parameters of a search.

/**
 * `argument`: `message` is the text of Socorro's BadArgumentError. `form`: `message` belongs to one parameter.
 * `protected`: the search needs a permission.
 */
export type Problem =
  | { readonly kind: 'argument'; readonly parameter: string; readonly message: string }
  | { readonly kind: 'form'; readonly parameter: string; readonly message: string }
  | { readonly kind: 'protected'; readonly names: readonly string[]; readonly message: string }

/** Thrown and collected inside this folder. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.message)
    this.problem = problem
  }
}

export const argumentError = (parameter: string, message: string): ProblemError =>
  new ProblemError({ kind: 'argument', parameter, message })

/** Socorro's text where it has no special one. */
export const badValue = (parameter: string): ProblemError =>
  argumentError(parameter, `Bad value for parameter(s) '${parameter}'`)

export const formError = (parameter: string, message: string): ProblemError =>
  new ProblemError({ kind: 'form', parameter, message })

/** A text as Python writes it in messages. */
export const quoted = (text: string): string =>
  text.includes("'") && !text.includes('"')
    ? `"${text}"`
    : `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
