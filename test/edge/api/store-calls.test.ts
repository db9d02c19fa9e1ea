// Calls of the API that need only the store: their input, pages of results, and errors.
import { describe, expect, test } from 'vitest'
import {
  apiJson,
  failedAnswer,
  noTables,
  preflightAnswer,
  tooManyRequests,
  unknownService,
} from '../../../edge/api/answers.ts'
import { readInput } from '../../../edge/api/input.ts'
import { listMissing } from '../../../edge/api/missing.ts'
import { requestReprocessing } from '../../../edge/api/reprocessing.ts'
import type { Endpoint } from '../../../shared/api/endpoint.ts'
import { ApiProblem } from '../../../shared/api/problems.ts'
import { CrashError } from '../../../shared/errors.ts'
import { missingProcessedKey } from '../../../shared/keys.ts'
import { createTestEdge } from '../edge.support.ts'

const cors = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'retry-after, content-disposition',
}
const json = {
  'content-type': 'application/json; charset=UTF-8',
  vary: 'auth-token, authorization, accept-encoding',
}
const allOf = async (answer: Response) => ({
  status: answer.status,
  headers: Object.fromEntries(answer.headers),
  text: await answer.text(),
})

describe('missing crashes', () => {
  const crashOf = (number: number) => ({
    ...{ crash_id: `id-${number}`, is_processed: number % 2 === 0, created: '2026-11-22T00:00:00Z' },
  })
  const list = async (count: number, page?: string, headers: Record<string, string> = {}) => {
    const { deps, crashes } = createTestEdge({ CLIENT_ADDRESS_HEADER: 'X-Forwarded-For' })
    const document = { version: 1, crashes: Array.from({ length: count }, (_, number) => crashOf(number)) }
    await crashes.put(missingProcessedKey, new TextEncoder().encode(JSON.stringify(document)), {})
    const request = new Request(`http://x.example/api/Missing/?a=1&page=${page ?? ''}`, { headers })
    const args = page === undefined ? {} : { page }
    return (await listMissing({ args, deps, request, holder: null } as never)) as {
      results: object[]
      count: number
      next: string | null
      previous: string | null
    }
  }
  const url = (page: number) => `http://x.example/api/Missing/?a=1&page=${page}`

  test.each<[number, string | undefined, [first: number, length: number], string | null, string | null]>([
    [0, undefined, [0, 0], null, null],
    [1, undefined, [0, 1], null, null],
    [1000, '1', [0, 1000], null, null],
    [1001, '1', [0, 1000], url(2), null],
    [1001, '2', [1000, 1], null, url(1)],
    [2001, ' +2 ', [1000, 1000], url(3), url(1)],
    [2001, '0', [2000, 1], null, url(2)],
    [2001, '-1', [2000, 1], null, url(2)],
    [2001, '4', [2000, 1], null, url(2)],
  ])('of %i, page %s', async (count, page, [first, length], next, previous) => {
    const found = await list(count, page)
    expect({ ...found, results: found.results.length }).toEqual({ results: length, count, next, previous })
    if (length > 0) expect(found.results[0]).toEqual(crashOf(first))
  })

  test.each(['', 'x', '1.5', '1x', 'x1', '1234567890'])('have no page “%s”', async (page) => {
    await expect(list(1, page)).rejects.toMatchObject({
      status: 400,
      content: { error: 'invalid page number' },
    })
  })

  test('have links with the protocol of the proxy', async () => {
    expect((await list(1001, '1', { 'x-forwarded-proto': ' https , http' })).next).toBe(
      url(2).replace('http', 'https'),
    )
    expect((await list(1001, '1', { 'x-forwarded-proto': 'http,https' })).next).toBe(url(2))
  })
})

describe('a request to process crashes again', () => {
  const request = (count: number, products: ReadonlySet<string> | null = null) => {
    const { deps } = createTestEdge()
    Object.assign(deps, { audit: { record() {} } })
    const crash_ids = Array.from({ length: count }, () => 'de1bb258-cbbf-4589-a673-34f800160918')
    return requestReprocessing({ args: { crash_ids }, deps, holder: { label: 'ann', products } } as never)
  }

  test('has at most 10,000 crashes', async () => {
    expect(await request(10_000)).toBe(true)
    await expect(request(10_001)).rejects.toMatchObject({
      status: 413,
      content: { error: 'Request at most 10000 crashes at a time' },
    })
  })

  test('is not for a token of some products, since those of the crashes are not known', async () => {
    await expect(request(1, new Set(['Lumen']))).rejects.toMatchObject({ reason: 'product' })
  })
})

describe('an input', () => {
  const { deps } = createTestEdge()
  const endpoint = {} as Endpoint
  const jsonEndpoint = { body: 'object' } as Endpoint
  const form = (type: string, body: BodyInit) =>
    new Request('https://x.example/?q=1', { method: 'POST', headers: { 'content-type': type }, body })
  const multipart = [
    '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n',
    '--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\nfile\r\n',
    '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nä\r\n--b--\r\n',
  ].join('')

  test.each<[string, Request, Endpoint, string, string]>([
    ['of a GET', new Request('https://x.example/?q=1&q=2'), endpoint, 'q=1&q=2', ''],
    ['of a form', form('application/x-www-form-urlencoded', 'a=1&b=%C3%A4'), endpoint, 'a=1&b=%C3%A4', ''],
    [
      'of a form with a charset',
      form('APPLICATION/x-www-form-urlencoded; charset=utf-8', 'a=1'),
      endpoint,
      'a=1',
      '',
    ],
    ['of a form in parts', form('multipart/form-data; boundary=b', multipart), endpoint, 'a=1&a=%C3%A4', ''],
    ['of another body', form('text/plain', 'a=1'), endpoint, '', ''],
    ['of JSON', form('application/json', '{}'), jsonEndpoint, 'q=1', '{}'],
    ['of JSON of a kind', form('application/vnd.x+json; a=b', '[]'), jsonEndpoint, 'q=1', '[]'],
  ])('%s', async (_, request, given, parameters, body) => {
    const found = await readInput(request, given, deps)
    expect([String(found.parameters), new TextDecoder().decode(found.body)]).toEqual([parameters, body])
  })

  const large = (bytes: number) => new Uint8Array(bytes).fill(97)
  test.each<[string, Request, Endpoint, object]>([
    [
      'of another type',
      form(`text/${'x'.repeat(200)}`, '{}'),
      jsonEndpoint,
      { status: 415, content: { detail: `Unsupported media type "text/${'x'.repeat(95)}" in request.` } },
    ],
    [
      'with damaged parts',
      form('multipart/form-data; boundary=b', multipart.slice(0, 60)),
      endpoint,
      { status: 400, content: { error: 'The form in the body is damaged' } },
    ],
    [
      'that is too large',
      form('text/plain', large(1024 * 1024 + 1)),
      endpoint,
      { status: 413, content: { error: 'The body has more than 1048576 bytes' } },
    ],
  ])('%s is refused', async (_, request, given, problem) => {
    await expect(readInput(request, given, deps)).rejects.toMatchObject(problem)
  })

  test('may be as large as the limit', async () => {
    expect(String((await readInput(form('text/plain', large(1024 * 1024)), endpoint, deps)).parameters)).toBe(
      '',
    )
    const body = large(1024 * 1024 + 1)
    expect((await readInput(form('application/json', body), jsonEndpoint, deps)).body.length).toBe(
      body.length,
    )
  })
})

describe('an answer', () => {
  const { deps } = createTestEdge()
  const request = new Request('https://x.example/')
  const uncached = { 'cache-control': 'no-store' }

  test.each<[string, Response, number, object, string]>([
    ['of JSON', apiJson({ a: '</script>' }), 200, {}, '{"a":"<\\/script>"}'],
    [
      'that is pretty',
      apiJson({ a: 1 }, { isPretty: true, status: 201, headers: { x: 'y' } }),
      201,
      { x: 'y' },
      '{\n  "a": 1\n}',
    ],
    [
      'before a call',
      preflightAnswer('GET'),
      200,
      {
        'access-control-allow-methods': 'GET, POST, OPTIONS',
        'access-control-allow-headers': 'auth-token, authorization, content-type',
        'access-control-max-age': '86400',
        allow: 'GET',
      },
      '{}',
    ],
    [
      'of no service',
      unknownService('x'.repeat(101)),
      404,
      {},
      `{"error":"No service called '${'x'.repeat(100)}'"}`,
    ],
    [
      'to too many calls',
      tooManyRequests('SuperSearch'),
      429,
      { ...uncached, 'retry-after': '10' },
      '{"error":"Too Many Requests"}',
    ],
    [
      'to too many calls of CrashSignature',
      tooManyRequests('CrashSignature'),
      429,
      { ...uncached, 'retry-after': '10' },
      '{"detail":"Request was throttled."}',
    ],
    [
      'to too many calls of MissingProcessedCrash',
      tooManyRequests('MissingProcessedCrash'),
      429,
      { ...uncached, 'retry-after': '10' },
      '{"detail":"Request was throttled."}',
    ],
    [
      'without tables',
      noTables('SuperSearch'),
      503,
      uncached,
      '{"error":"SuperSearch needs the tables, which this edge does not have. Run `mayday serve` over the same store, and set API_ORIGIN of this edge to its URL"}',
    ],
    [
      'without a server',
      noTables('ProcessedCrash'),
      503,
      uncached,
      '{"error":"Run `mayday serve` over the same store, and set API_ORIGIN of this edge to its URL"}',
    ],
    [
      'to a problem',
      failedAnswer(new ApiProblem(400, { error: 'bad' }), request, deps),
      400,
      uncached,
      '{"error":"bad"}',
    ],
    [
      'that takes too long',
      failedAnswer(new CrashError('timeout', 'The query took too long'), request, deps),
      504,
      uncached,
      '{"error":"The query took too long"}',
    ],
  ])('%s', async (_, answer, status, headers, text) => {
    const length = { 'content-length': String(new TextEncoder().encode(text).length) }
    expect(await allOf(answer)).toEqual({
      status,
      headers: { ...cors, ...json, ...length, ...headers },
      text,
    })
  })

  test.each([[new Error('secret')], ['secret']])('to an error of the edge hides it', async (error) => {
    const { deps: own, logs } = createTestEdge()
    const { status, text, headers } = await allOf(failedAnswer(error, request, own))
    expect([status, text.includes('secret'), headers['access-control-allow-origin']]).toEqual([
      500,
      false,
      '*',
    ])
    expect(JSON.stringify(logs)).toContain('secret')
  })
})
