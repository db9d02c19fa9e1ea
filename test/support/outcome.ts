// The outcome of a test suite, and the Vitest reporter that writes it to a file for `npm test`.
import { writeFileSync } from 'node:fs'
import type { Reporter, SerializedError, TestModule } from 'vitest/node'

export interface Outcome {
  passed: number
  /** Failed tests, and failures outside tests: hooks, files that do not load, processes that died. */
  failed: number
  skipped: number
  /** Failed tests with their messages, printed again at the end of the log. */
  failures: string[]
}

/** Writes an `Outcome` as JSON into the file that the variable OUTCOME_FILE names. */
export default class OutcomeReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const count = (state: 'passed' | 'skipped') =>
      modules.reduce((sum, { children }) => sum + [...children.allTests(state)].length, 0)
    const failures = [
      ...modules.flatMap(failuresOf),
      ...errors.map((error) => failure('outside tests', [error])),
    ]
    const outcome = { passed: count('passed'), failed: failures.length, skipped: count('skipped'), failures }
    writeFileSync(process.env.OUTCOME_FILE!, JSON.stringify(outcome satisfies Outcome))
  }
}

function failuresOf(module: TestModule): string[] {
  const outside = [module, ...module.children.allSuites()].filter((suite) => suite.errors().length)
  const pending = [...module.children.allTests('pending')].map(({ fullName }) => fullName)
  return [
    ...outside.map((suite) => failure(nameOf(suite, module), suite.errors())),
    ...[...module.children.allTests('failed')].map((test) =>
      failure(nameOf(test, module), test.result().errors ?? []),
    ),
    ...(pending.length
      ? [failure(module.relativeModuleId, [{ message: `did not end: ${pending.join('; ')}` }])]
      : []),
  ]
}

const nameOf = (part: { type: string; fullName?: string }, module: TestModule) =>
  part.type === 'module' ? module.relativeModuleId : `${module.relativeModuleId} > ${part.fullName}`

interface ReportedError {
  message: string
  stack?: string
  cause?: unknown
}

const failure = (name: string, errors: readonly ReportedError[]) =>
  `${name}\n${brief(errors.map(describe).join('\n'))}`

/** An error with the stack lines of this repository, and with its cause, which contains how a process died. */
function describe({ message, stack = '', cause }: ReportedError): string {
  const own = stack.split('\n').filter((line) => !/node_modules|\(?node:/.test(line))
  const lines = [...(stack.includes(message) ? [] : [message]), ...own]
  if (cause && typeof cause === 'object' && 'message' in cause)
    lines.push(`Cause: ${describe(cause as ReportedError)}`)
  return lines.join('\n').trimEnd()
}

/** The beginning of a long message, indented. */
export function brief(message: string): string {
  const lines = message.split('\n')
  const shown = lines.slice(0, 25).map((line) => `    ${line.slice(0, 300)}`)
  if (lines.length > shown.length) shown.push(`    (${lines.length - shown.length} more lines)`)
  return shown.join('\n')
}
