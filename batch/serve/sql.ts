// POST /api/sql: a statement of a client, in the format that it asks for, as a stream.
import * as z from 'zod/mini'
import type { Call } from '../../shared/api/calls.ts'
import { ApiProblem } from '../../shared/api/problems.ts'
import { permissions } from '../../shared/access/permissions.ts'
import { isCrashError } from '../../shared/errors.ts'
import { check, exactObject } from '../../shared/json/schema.ts'
import { formats } from '../sql/output/write-result.ts'
import { ProtectedTables, type QueryRunner, TooManyQueries } from '../sql/sandbox/query-runner.ts'

const request = exactObject({
  sql: z.string(),
  format: z._default(z.enum(formats), 'json'),
  /** Values of `$name` in the statement. */
  parameters: z._default(
    z.record(z.string().check(z.regex(/^\w{1,100}$/, 'must be a name')), z.string()),
    {},
  ),
  /** Rows of the format `table`. */
  rows: z._default(z.int().check(z.minimum(1), z.maximum(10_000)), 100),
})

/** @throws ApiProblem */
export async function runSql(
  { body, caller, request: { signal }, audit }: Call<'sql'>,
  runner: QueryRunner,
): Promise<Response> {
  const { sql, format, parameters, rows } = readRequest(body)
  // Rows of these tables are of all products.
  const includeProtected = caller.permissions.has('view_pii') && caller.products === null
  let read: readonly string[] | null = null
  try {
    const query = { sql, format, values: parameters, tableRows: rows, includeProtected }
    const result = await runner.run(query, signal, (tables) => {
      read = tables
    })
    return new Response(result.body, {
      headers: { 'content-type': result.contentType, 'cache-control': 'no-store' },
    })
  } catch (error) {
    throw problemOf(error)
  } finally {
    // Also of a statement that failed: messages may quote values.
    if (read !== null) audit({ action: 'run_sql', subject: sql, detail: (read as string[]).join(', ') })
  }
}

function readRequest(body: Uint8Array): z.output<typeof request> {
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder().decode(body))
  } catch (error) {
    throw new ApiProblem(400, { error: `The body is not JSON: ${(error as Error).message}` })
  }
  const { data, problems } = check(request, json)
  if (problems) throw new ApiProblem(400, { error: problems.join('; ') })
  return data
}

/** What a client did wrong as an answer; other errors unchanged. */
function problemOf(error: unknown): unknown {
  if (error instanceof TooManyQueries)
    return new ApiProblem(429, { error: error.message }, { 'retry-after': '5' })
  if (error instanceof ProtectedTables) {
    const { title } = permissions.view_pii
    return new ApiProblem(403, {
      error: `${error.message}. They require the '${title}' permission for all products`,
    })
  }
  if (isCrashError(error) && (error.code === 'bad-usage' || error.code === 'limit'))
    return new ApiProblem(400, { error: error.message })
  return error
}
