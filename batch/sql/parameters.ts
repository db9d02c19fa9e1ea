// Parameters of statements: `-p name=value` for `$name`.
import { CrashError } from '../../shared/errors.ts'
import type { SqlValues } from '../lake/duckdb.ts'
import { parametersIn } from './statements.ts'

/** Values by parameter name. */
export type Parameters = ReadonlyMap<string, string>

/** For commander: adds one `name=value`. @throws CrashError 'bad-usage' */
export function collectParameter(text: string, before: Parameters = new Map()): Parameters {
  const match = /^(\w+)=(.*)$/s.exec(text)
  if (!match) throw new CrashError('bad-usage', `A parameter must have the form name=value, not '${text}'`)
  return new Map([...before, [match[1]!, match[2]!]])
}

/** The values that a statement binds. @throws CrashError 'bad-usage' naming missing ones */
export function valuesFor(statement: string, given: Parameters): SqlValues {
  const names = [...parametersIn(statement)]
  const missing = names.filter((name) => !given.has(name))
  if (missing.length) {
    const options = missing.map((name) => `-p ${name}=VALUE`).join(' ')
    throw new CrashError('bad-usage', `The statement has parameters without values: add ${options}`)
  }
  return Object.fromEntries(names.map((name) => [name, given.get(name)!]))
}

/** @throws CrashError 'bad-usage' for values that no statement binds */
export function checkUsed(statements: readonly string[], given: Parameters): void {
  const used = new Set(statements.flatMap((statement) => [...parametersIn(statement)]))
  const unused = [...given.keys()].filter((name) => !used.has(name))
  if (unused.length)
    throw new CrashError('bad-usage', `No statement has the parameter $${unused.join(', $')}`)
}
