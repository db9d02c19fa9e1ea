// What the checks of an edge find, in words, with the cure.
import { describe, expect, test } from 'vitest'
import { checkAccess } from '../../../batch/check/access.ts'
import { validityFinding } from '../../../batch/check/certificate.ts'
import { type CheckContext, waitFor } from '../../../batch/check/context.ts'
import { openDeployment, summaryOf } from '../../../batch/check/deployment.ts'
import { checkFreshness } from '../../../batch/check/freshness.ts'
import { checkHeaders } from '../../../batch/check/headers.ts'
import { checkService } from '../../../batch/check/service.ts'
import { aggregatesVersion } from '../../../shared/aggregates/documents.ts'
import {
  type Answers,
  answerOf,
  contextWith,
  type Given,
  left,
  linesOf,
  now,
  type Reply,
} from './answers.support.ts'

test.each<[Given, string]>([
  [{ status: 500 }, 'status 500'],
  [{ status: 400, body: { description: 'why' } }, 'status 400: why'],
  [{ status: 400, body: { error: 'no' } }, 'status 400: no'],
  [{ status: 400, body: ` ${'x'.repeat(201)} ` }, `status 400: ${'x'.repeat(200)}`],
  [{ status: 502, body: '<html>' }, 'status 502'],
])('an answer %j is shown as %s', (given, text) => expect(summaryOf(answerOf(given))).toBe(text))

test.each<[string, string | null, boolean]>([
  ['https://crash.example.org', 'https://crash.example.org', false],
  ['http://localhost:8787/', 'http://localhost:8787', true],
  ['http://127.0.0.2', 'http://127.0.0.2', true],
  ['http://[::1]:1', 'http://[::1]:1', true],
  ['https://localhost.example.org', 'https://localhost.example.org', false],
  ...['ftp://h', 'https://h/x', 'https://u@h', 'https://h/?a', 'https://h/#a', 'h'].map(
    (text): [string, null, boolean] => [text, null, false],
  ),
])('the address %s is %j, local: %j', (text, url, isLocal) => {
  if (url !== null) expect(openDeployment(text)).toMatchObject({ url, isLocal })
  else
    expect(() => openDeployment(text)).toThrow(
      `The URL must be one like https://crash.example.org, not '${text}'`,
    )
})

test('a condition is waited for with growing pauses, within the time, and announced once', async () => {
  const wait = async (ms: number, trueAfter: number) => {
    let [time, asked] = [0, 0]
    const [slept, announced]: [number[], string[]] = [[], []]
    const holds = await waitFor(
      contextWith(
        {},
        {
          ...{ wait: ms, now: () => new Date(time), onWait: (what) => announced.push(what) },
          async sleep(pause) {
            slept.push(Math.round(pause))
            time += pause
          },
        },
      ),
      'x',
      async () => ++asked > trueAfter,
    )
    return { holds, slept, announced }
  }
  expect(await wait(0, 0)).toEqual({ holds: true, slept: [], announced: [] })
  expect(await wait(499, 1)).toEqual({ holds: false, slept: [], announced: [] })
  expect(await wait(500, 1)).toEqual({ holds: true, slept: [500], announced: ['x'] })
  expect((await wait(1e9, 14)).slept.slice(-3)).toEqual([8961, 10_000, 10_000])
})

test.each<[number, number, string]>([
  [90, 22, 'ok'],
  [90, 21, 'ok'],
  [90, 20.99, 'warning'],
  [90, 7, 'warning'],
  [90, 6.99, 'failed'],
  [40, 10, 'ok'],
  [40, 9.99, 'warning'],
  [40, 4, 'warning'],
  [40, 3.99, 'failed'],
])('a certificate of %d days of which %d are left: %s', (lifetime, days, result) => {
  const to = new Date(now.getTime() + days * 86_400_000)
  const found = validityFinding({ from: new Date(to.getTime() - lifetime * 86_400_000), to }, now)
  const text = `the certificate is ${Math.floor(lifetime - days)} days old and valid for ${Math.floor(days)} more`
  expect(found).toEqual({
    ...{ check: 'TLS', result },
    text: text.replace(/(\d+) more$/, '$1 days more'),
    ...(result !== 'ok' && { cure: 'check what renews the certificate' }),
  })
})

describe('access:', () => {
  const denied: Answers = {
    '/symbols/upload/auth_info/': ({ token }) =>
      token === 'all' ? { body: { try_symbols: false } } : { status: 403 },
    '/api/report/': ({ token }) => ({ status: token === 'all' || token === 'none' ? 404 : 401 }),
    '/api/sql/': ({ token }) => ({ status: token === 'all' ? 400 : 403 }),
    '/api/Reprocessing/': ({ token }) => ({ status: token === 'all' ? 400 : 403 }),
    '/submit/check': ({ token }) => ({
      body: {
        would: { status: 200 },
        crash_id: token === 'all' ? '00000000-0000-4000-8000-000000000101' : null,
      },
    }),
  }
  const refused = ['ok requests without token: refused at 3 paths', 'ok wrong token: refused at 3 paths']

  test('without a token', async () => {
    expect(await linesOf(checkAccess, denied)).toEqual([
      ...refused,
      'skipped token: no token was given → set MAYDAY_TOKEN: mayday tokens add --label check --permissions view_pii,upload_symbols',
    ])
  })

  test('with tokens', async () => {
    expect(await linesOf(checkAccess, denied, { token: 'all', symbolToken: 'old' })).toEqual([
      ...refused,
      'ok token: has view_pii, view_rawdump, reprocess_crashes, run_custom_queries, upload_symbols, submit_ids',
      'failed token for symbols: status 401 → see mayday tokens list; mayday tokens rotate replaces a token that expired',
    ])
    const without = { ...denied, '/api/report/': { status: 403 } }
    expect((await linesOf(checkAccess, without, { token: 'x', symbolToken: 'x' })).slice(2)).toEqual([
      'warning token: is valid, but has no permission → see mayday tokens list',
    ])
    const tries = { ...denied, '/symbols/upload/auth_info/': { body: { try_symbols: true } } }
    expect((await linesOf(checkAccess, tries, { token: 'none' })).at(-1)).toBe(
      'ok token: has view_pii, view_rawdump, upload_try_symbols',
    )
  })

  test('of everyone, and of metrics', async () => {
    const deployment = { ...contextWith({}).deployment, isLocal: false }
    const open = { ...deployment, ask: async () => answerOf({ status: 200 }) }
    const id = '00000000-0000-4000-8000-000000000101'
    const text = `not refused: /api/report/${id}/raw: status 200; /symbols/upload/auth_info/: status 200; /api/Reprocessing/: status 200`
    const cure =
      'find what adds a token to requests, such as a proxy; 503 means that the tokens cannot be read'
    expect((await linesOf(checkAccess, {}, { deployment: open })).slice(0, 3)).toEqual([
      `failed requests without token: ${text} → ${cure}`,
      `failed wrong token: ${text} → ${cure}`,
      'failed metrics: everyone may read /__metrics__: status 200 → set OPERATOR_TOKEN, and CLIENT_ADDRESS_HEADER behind a proxy',
    ])
    expect((await linesOf(checkAccess, {}, { deployment }))[2]).toBe('ok metrics: only for operators')
  })
})

describe('freshness:', () => {
  const rounds = 'run mayday run --every 10m, or mayday serve --every 10m'
  const status = (age: number, stale_after: number | null = 600) => ({
    body: {
      version: aggregatesVersion,
      generated_at: new Date(now.getTime() - age * 1000).toISOString(),
      stale_after,
    },
  })
  const aggregates = async (reply: Reply, given: Partial<CheckContext> = {}) =>
    (await linesOf(checkFreshness, { '/aggregates/v4/status': reply }, given))[0]

  test.each<[string, Reply, string]>([
    ['none', { status: 404 }, `failed aggregates: there are none → ${rounds}`],
    [
      'another version',
      { body: '{}' },
      'failed aggregates: status 200: {} → edge and batch must have the same version, and the same store',
    ],
    [
      'an error',
      { status: 503 },
      'failed aggregates: status 503 → edge and batch must have the same version, and the same store',
    ],
    ['old as they may be', status(600), 'ok aggregates: 10 minutes old'],
    ['older', status(601), `failed aggregates: 10 minutes old → look at the last round: ${rounds}`],
    ['a day old without rounds', status(86_400, null), 'ok aggregates: 1440 minutes old'],
    [
      'older without rounds',
      status(86_401, null),
      `failed aggregates: 1440 minutes old → look at the last round: ${rounds}`,
    ],
  ])('aggregates that are %s', async (_, reply, line) => expect(await aggregates(reply)).toBe(line))

  test('aggregates must be written after the test crash', async () => {
    expect(await aggregates(status(0), { left: left() })).toBe('ok aggregates: 0 minutes old')
    expect(await aggregates(status(1), { left: left() })).toBe(
      'warning aggregates: 0 minutes old: not written since the test crash was processed → run mayday aggregate after mayday process, or only mayday run',
    )
  })

  const round = (good: boolean, backlog: number, bad: string[] = []) => {
    const times = { ms: 1, requests: 1, bytes_read: 1, bytes_written: 1 }
    const steps = ['x', ...bad].map((name) => ({ name, good: name === 'x', ...times }))
    const [generated_at, oldest_waiting] = [now.toISOString(), null]
    return {
      body: {
        version: aggregatesVersion,
        generated_at,
        began: generated_at,
        good,
        backlog,
        oldest_waiting,
        steps,
      },
    }
  }
  const output = 'the output of mayday run has the findings of these steps'
  test.each<[string, Given, string]>([
    ['is good', round(true, 3), 'ok last round: good, 3 reports waiting'],
    [
      'failed in some steps',
      round(false, 0, ['a', 'b']),
      `warning last round: not good: a, b; 0 reports waiting → ${output}`,
    ],
    [
      'has bad product files',
      round(false, 0),
      `warning last round: not good: product files; 0 reports waiting → ${output}`,
    ],
    [
      'is good, but not one of its steps',
      round(true, 0, ['a']),
      `warning last round: not good: a; 0 reports waiting → ${output}`,
    ],
    [
      'is not recorded',
      { status: 404 },
      'skipped last round: no round of mayday run is recorded → watch the jobs that run mayday process and mayday aggregate',
    ],
  ])('a round that %s', async (_, reply, line) => {
    expect((await linesOf(checkFreshness, { '/aggregates/v4/round': reply }))[1]).toBe(line)
  })

  test.each<[Given, string]>([
    [{ status: 200 }, 'ok search files: there is a manifest'],
    [{ status: 404 }, `warning search files: there are none yet → ${rounds}`],
    [{ status: 500 }, 'failed search files: status 500 → edge and batch must use the same store'],
  ])('search files with the answer %j', async (reply, line) => {
    expect((await linesOf(checkFreshness, { '/search-data/': reply }))[2]).toBe(line)
  })
})

describe('service:', () => {
  const service = (answers: Answers) => linesOf(checkService, answers)
  const at = (ms: number) => ({
    '/__heartbeat__': { headers: { date: new Date(now.getTime() + ms).toUTCString() } },
  })

  test.each<[string, Reply, string]>([
    ['well', { body: { errors: [], store_ms: 7 } }, 'ok heartbeat: the store was read and written in 7 ms'],
    [
      'ill',
      {
        status: 503,
        body: {
          errors: [
            { name: 'store', msg: 'x' },
            { name: 'b', msg: 'y' },
          ],
          store_ms: 7,
        },
      },
      'failed heartbeat: store: x; b: y → the log of the edge has the cause as "heartbeat"; check store, credentials and that rounds run',
    ],
    [
      'of something else',
      { body: 'hi' },
      'failed heartbeat: status 200: hi → is this the URL of a Mayday edge?',
    ],
  ])('a heartbeat that is %s', async (_, reply, line) => {
    expect((await service({ '/__heartbeat__': reply }))[0]).toBe(line)
  })

  const cure = 'synchronize the clocks (NTP): crash IDs contain dates, tokens and signed requests expire'
  test.each<[number, string]>([
    [0, 'ok clock of the edge: agrees with that of this machine'],
    [30_000, 'ok clock of the edge: agrees with that of this machine'],
    [31_000, `warning clock of the edge: 31 s ahead of this machine → ${cure}`],
    [300_000, `warning clock of the edge: 300 s ahead of this machine → ${cure}`],
    [301_000, `failed clock of the edge: 301 s ahead of this machine → ${cure}`],
    [-31_000, 'ok clock of the edge: agrees with that of this machine'],
    [-32_000, `warning clock of the edge: 31 s behind this machine → ${cure}`],
  ])('a clock that differs by %d ms', async (ms, line) => expect((await service(at(ms)))[1]).toBe(line))

  test('a clock that is not stated', async () => {
    expect((await service({}))[1]).toBe(
      'skipped clock of the edge: its answers have no Date → compare its clock by hand',
    )
  })

  test.each<[Given, string]>([
    [{ body: { version: '1.2', commit: 'abc' } }, 'ok version: 1.2 abc'],
    [{ body: { commit: 'abc' } }, 'ok version: abc'],
    [{ body: {} }, 'warning version: not known → set MAYDAY_VERSION of the edge'],
    [
      { status: 500, body: {} },
      'failed version: status 500: {} → a proxy must pass on all paths, also /__version__',
    ],
    [{ body: 'x' }, 'failed version: status 200: x → a proxy must pass on all paths, also /__version__'],
  ])('the version %j', async (reply, line) =>
    expect((await service({ '/__version__': reply }))[2]).toBe(line),
  )

  const html = { headers: { 'content-type': 'text/html' }, body: '<script type="module" src="/assets/a.js">' }
  const whole = 'deploy the whole folder dashboard/dist of one build'
  test.each<[string, Answers, string]>([
    ['whole', { '/assets/a.js': {}, '/': html }, 'ok dashboard: the page and its script are served'],
    [
      'without its script',
      { '/assets/': { status: 404 }, '/': html },
      `failed dashboard: /assets/a.js: status 404 → ${whole}`,
    ],
    [
      'without a script',
      { '/': { ...html, body: '<p>' } },
      `failed dashboard: the page loads no script → ${whole}`,
    ],
    [
      'missing',
      {},
      'failed dashboard: status 404 → build the dashboard before the deployment: npm run build',
    ],
    [
      'not a page',
      { '/': { body: 'x' } },
      'failed dashboard: status 200: x → build the dashboard before the deployment: npm run build',
    ],
  ])('a dashboard that is %s', async (_, answers, line) => expect((await service(answers))[3]).toBe(line))
})

describe('headers:', () => {
  const good = {
    'strict-transport-security': 'max-age=31536000',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cross-origin-opener-policy': 'same-origin',
    'access-control-allow-origin': '*',
  }

  test('that are complete', async () => {
    expect(await linesOf(checkHeaders, { '/': { headers: good } })).toEqual([
      'ok security headers: of pages and of other answers are complete',
      'ok CORS: other origins may submit and read public data',
    ])
  })

  test('that are missing are each named once', async () => {
    expect(await linesOf(checkHeaders, { '/': {} })).toEqual([
      `failed security headers: missing or changed: ${Object.keys(good).slice(0, 5).join(', ')} → the edge sends them: find the proxy or cache that removes them`,
      'failed CORS: no Access-Control-Allow-Origin at /submit, /api/SuperSearch/, /aggregates/v4/status.json → the edge sends it: find the proxy that answers OPTIONS itself or removes headers',
    ])
    expect((await linesOf(checkHeaders, {}))[1]).toMatch(/^ok CORS/)
  })

  test.each(Object.keys(good).slice(0, 3))('of the API must have %s, too', async (name) => {
    const { [name as keyof typeof good]: _, ...others } = good
    const [line] = await linesOf(checkHeaders, {
      '/__version__': { headers: others },
      '/': { headers: good },
    })
    expect(line).toContain(`missing or changed: ${name} →`)
  })
})
