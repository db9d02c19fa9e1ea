// POST /api/sql: requests, refusals and the audit. What statements may do: test/batch/sql/sandbox.
import { describe, expect, test } from 'vitest'
import { runSql } from '../../../batch/serve/sql.ts'
import type { QueryRequest } from '../../../batch/sql/sandbox/query-protocol.ts'
import { ProtectedTables, type QueryRunner, TooManyQueries } from '../../../batch/sql/sandbox/query-runner.ts'
import type { AuditEvent } from '../../../shared/access/audit.ts'
import type { Permission } from '../../../shared/access/permissions.ts'
import { ApiProblem } from '../../../shared/api/problems.ts'
import { CrashError } from '../../../shared/errors.ts'

interface Outcome {
  fails?: Error
  reads?: string[]
}

/** Notes requests; a statement has the given outcome. */
function runnerOf({ fails, reads = [] }: Outcome) {
  const requests: QueryRequest[] = []
  const runner: QueryRunner = {
    async run(request, _signal, onChecked) {
      requests.push(request)
      onChecked?.(reads)
      if (fails) throw fails
      return { contentType: 'text/csv', body: new Response('a\r\n1\r\n').body! }
    },
    [Symbol.dispose]: () => {},
  }
  return { runner, requests }
}

async function call(
  body: unknown,
  outcome: Outcome = {},
  caller: { permissions?: Permission[]; products?: string[] } = {},
) {
  const { runner, requests } = runnerOf(outcome)
  const events: AuditEvent[] = []
  const given = {
    body: new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body)),
    caller: {
      label: 'alice',
      permissions: new Set(caller.permissions ?? ['run_custom_queries']),
      products: caller.products ? new Set(caller.products) : null,
    },
    request: new Request('http://127.0.0.1/api/sql'),
    audit: (event: AuditEvent) => void events.push(event),
  } as never
  const answer = await runSql(given, runner).catch((error: unknown) => error)
  return { answer, events, requests }
}

test('the result is streamed in the format that is asked for', async () => {
  const { answer, requests, events } = await call({ sql: 'SELECT $a', format: 'csv', parameters: { a: '1' } })
  expect((answer as Response).headers.get('content-type')).toBe('text/csv')
  expect((answer as Response).headers.get('cache-control')).toBe('no-store')
  expect(await (answer as Response).text()).toBe('a\r\n1\r\n')
  expect(requests).toEqual([
    { sql: 'SELECT $a', format: 'csv', values: { a: '1' }, tableRows: 100, includeProtected: false },
  ])
  expect(events).toEqual([{ action: 'run_sql', subject: 'SELECT $a', detail: '' }])
})

test.each([
  [['run_custom_queries', 'view_pii'], undefined, true],
  [['run_custom_queries'], undefined, false],
  // Rows of protected tables are of all products.
  [['run_custom_queries', 'view_pii'], ['Tern'], false],
] as const)(
  'permissions %j for products %j include protected tables: %j',
  async (held, products, expected) => {
    const caller = { permissions: [...held], ...(products && { products: [...products] }) }
    const { requests } = await call({ sql: 'FROM protected' }, { reads: ['protected'] }, caller)
    expect(requests[0]!.includeProtected).toBe(expected)
  },
)

test('a statement that failed while it read protected tables is in the audit, too', async () => {
  const fails = new CrashError('bad-usage', 'Conversion Error')
  const { events } = await call({ sql: 'FROM protected' }, { reads: ['protected'], fails })
  expect(events).toEqual([{ action: 'run_sql', subject: 'FROM protected', detail: 'protected' }])
})

describe('refusals', () => {
  test.each([
    ['', 400, /not JSON/],
    ['[]', 400, /must be an object/],
    ['{}', 400, /sql must be text/],
    [{ sql: 1 }, 400, /sql must be text/],
    [{ sql: '1', format: 'xml' }, 400, /allowed are table, csv/],
    [{ sql: '1', parameters: { 'a b': '1' } }, 400, /parameters.a b/],
    [{ sql: '1', parameters: { a: 1 } }, 400, /must be text/],
    [{ sql: '1', rows: 1e9 }, 400, /rows/],
    [{ sql: '1', user: 'x' }, 400, /user is unknown/],
    ['{"sql":"1","__proto__":{"format":"csv"}}', 400, /unknown/],
  ])('%j', async (body, status, message) => {
    const { answer } = await call(body)
    expect(answer).toBeInstanceOf(ApiProblem)
    expect((answer as ApiProblem).status).toBe(status)
    expect(JSON.stringify((answer as ApiProblem).content)).toMatch(message)
  })

  test.each([
    [new TooManyQueries(), 429],
    [new ProtectedTables(['protected']), 403],
    [new CrashError('bad-usage', 'SQL: x'), 400],
    [new CrashError('limit', 'too many rows'), 400],
  ])('%o is %i', async (fails, status) => {
    const { answer } = await call({ sql: '1' }, { fails })
    expect(answer).toMatchObject({ status })
  })

  test('a failure of the store is not that of the client', async () => {
    const fails = new CrashError('storage', 'down')
    expect((await call({ sql: '1' }, { fails })).answer).toBe(fails)
  })
})
