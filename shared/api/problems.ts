// What a client did wrong, with the texts and forms of Crash Stats, which clients show and tests compare.

/** An answer that is an error. `content` becomes its JSON. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem'
  readonly status: number
  readonly content: object
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, content: object, headers: Readonly<Record<string, string>> = {}) {
    super(`API: ${status} ${JSON.stringify(content).slice(0, 200)}`)
    this.status = status
    this.content = content
    this.headers = headers
  }
}

/** 400 with the text of a parameter that has a bad value. */
export const badArgument = (message: string): ApiProblem =>
  new ApiProblem(400, { error: `Bad request: BadArgumentError: ${message}` })

/** 400 for a parameter, named as Crash Stats names it. */
export const badParameter = (name: string): ApiProblem => badArgument(`Bad value for parameter(s) '${name}'`)

/** 400 with messages by parameter. */
export const formProblem = (
  errors: Iterable<readonly [name: string, messages: readonly string[]]>,
): ApiProblem => new ApiProblem(400, { errors: Object.fromEntries(errors) })

export const crashNotFound = (crashId: string): ApiProblem =>
  new ApiProblem(404, { error: `Not found: CrashIDNotFound ${crashId}` })
