// Runs several statements and writes their results one after the other.
import { ResultReturnType } from '@duckdb/node-api'
import { CrashError } from '../../../shared/errors.ts'
import { checkUsed, type Parameters, valuesFor } from '../parameters.ts'
import type { Session } from '../session.ts'
import { type Output, type WriteOptions, writeResult } from './write-result.ts'

export interface ScriptOptions extends Omit<WriteOptions, 'values'> {
  parameters: Parameters
}

/** Tables and CSV are separated by an empty line. Parquet and Arrow hold the result of the last statement. */
export async function writeScript(
  session: Session,
  statements: readonly string[],
  options: ScriptOptions,
  output: Output,
): Promise<void> {
  checkUsed(statements, options.parameters)
  const isFile = options.format === 'parquet' || options.format === 'arrow'
  if (isFile && output.isTerminal) {
    throw new CrashError('bad-usage', `--format ${options.format} is binary: redirect it to a file`)
  }
  const separated = options.format === 'table' || options.format === 'csv' ? separateResults(output) : null
  for (const [i, sql] of statements.entries()) {
    const values = valuesFor(sql, options.parameters)
    if (isFile && i < statements.length - 1) await runWithoutRows(session, sql, values)
    else await writeResult(session, sql, { ...options, values }, separated?.next() ?? output)
  }
}

async function runWithoutRows(session: Session, sql: string, values: WriteOptions['values']): Promise<void> {
  const { result } = await session.run(sql, values)
  if (result.returnType === ResultReturnType.QUERY_RESULT)
    throw new CrashError('bad-usage', 'A file holds one result: only the last statement may return rows')
}

/** Outputs for results of which each but the first begins with an empty line. */
function separateResults(output: Output): { next(): Output } {
  let wroteAny = false
  const next = (): Output => {
    let isNew = true
    return {
      isTerminal: output.isTerminal,
      async write(data) {
        if (isNew && wroteAny) await output.write('\n')
        isNew = false
        wroteAny = true
        await output.write(data)
      },
    }
  }
  return { next }
}
