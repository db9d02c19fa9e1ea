// What the checks that follow a test crash find, in words, with the cure.
import { describe, expect, test } from 'vitest'
import type { CheckContext } from '../../../batch/check/context.ts'
import { type AskOptions, summaryOf } from '../../../batch/check/deployment.ts'
import { eraseTestCrash } from '../../../batch/check/erase.ts'
import { checkProtected } from '../../../batch/check/protected.ts'
import { checkSubmission } from '../../../batch/check/submission.ts'
import { checkSymbols } from '../../../batch/check/symbols.ts'
import { followTestCrash, sendTestCrash } from '../../../batch/check/test-crash.ts'
import {
  type Answers,
  answerOf,
  crashId,
  type Given,
  left,
  linesOf,
  now,
  report,
  symbols,
} from './answers.support.ts'

describe('protected data', () => {
  const visible = { body: `has ${report.mark}` }
  const protectedLines = (answers: Answers, given: Partial<CheckContext> = {}) =>
    linesOf(checkProtected, answers, { left: left(), ...given })

  test('needs a processed test crash', async () => {
    const line = 'skipped protected data: there is no processed test crash → see the findings above'
    expect(await linesOf(checkProtected, {})).toEqual([line])
    expect(await protectedLines({}, { left: left({ processed: false }) })).toEqual([line])
  })

  test('is public nowhere', async () => {
    const cure = 'find what adds a token to requests, such as a proxy, or serves the bucket of crashes'
    const [closed, noToken] = await protectedLines({ '/api/report/': {}, '/api/RawCrash/': {} })
    expect(closed).toBe(
      `failed protected data: public at /api/report/${crashId}/raw, /api/report/${crashId}/files, /api/RawCrash/?crash_id=${crashId}&format=raw → ${cure}`,
    )
    expect(noToken).toBe('skipped protected data with token: no token was given → set MAYDAY_TOKEN')
    expect((await protectedLines({}))[0]).toBe('ok protected data: not public at 11 paths')
    expect((await protectedLines({ '/raw/': visible, '/tokens': visible }))[0]).toContain('public at /raw/')
    expect((await protectedLines({ '/api/SuperSearchUnredacted/': {} }))[0]).toContain('Unredacted')
  })

  test.each<[Given, string]>([
    [visible, 'ok protected data with token: is there'],
    ...[401, 403].map((status): [Given, string] => [
      { status },
      `skipped protected data with token: the token does not have view_pii: status ${status} → use a token that has it, or have its holder look`,
    ]),
    [
      {},
      'failed protected data with token: the protected annotation of the test crash is missing → a policy may remove the annotation URL; else edge and batch have different versions',
    ],
  ])('is seen by the holder of a token: %j', async (reply, line) => {
    const answers: Answers = { '/api/report/': ({ token }) => (token ? reply : { status: 401 }) }
    expect((await protectedLines(answers, { token: 't' }))[1]).toBe(line)
  })
})

describe('submission:', () => {
  const would = (answer: object) => ({ body: { would: { status: 200, ...answer } } })
  const submission = (answers: Answers) => linesOf(checkSubmission, answers)

  test.each<[Given, string]>([
    [would({ stored: true, rule: 'r' }), 'ok dry run: the policy accepts MaydayCheck by the rule r'],
    ...(['rule', 'reason'] as const).map((name): [Given, string] => [
      would({ stored: false, [name]: 'x' }),
      'failed dry run: the policy does not store the product MaydayCheck: rule x → see mayday policy explain; if only listed products are accepted, name one of them with --product',
    ]),
    [
      { status: 413 },
      'failed dry run: status 413 → a proxy must pass on POST with bodies of 25 MiB to /submit and below',
    ],
  ])('a dry run with %j', async (reply, line) => {
    expect((await submission({ '/submit/check': reply }))[0]).toBe(line)
  })

  test('a report that the policy rejects gets that answer', async () => {
    const rejects = { '/submit/check': would({ verdict: 'reject', rule: 'r' }) }
    const line = async (reply: Given) => (await submission({ ...rejects, '/submit': reply }))[1]
    expect(await line({ body: 'Discarded=rule_r\n' })).toBe(
      'ok rejected report: status 200, Discarded=rule_r',
    )
    for (const reply of [{ body: 'Discarded=rule_q' }, { status: 403, body: 'Discarded=rule_r' }])
      expect(await line(reply)).toBe(
        `failed rejected report: ${summaryOf(answerOf(reply))}, not 200 with Discarded=rule_r → a proxy or cache changes answers`,
      )
    expect((await submission({ '/submit/check': would({ verdict: 'accept' }) }))[1]).toBe(
      'skipped rejected report: the policy accepts a report of any product → nothing to do, unless the policy should be stricter',
    )
  })

  test('a malformed report is refused with its reason', async () => {
    const reasonOf = ({ headers = {}, body }: AskOptions) => {
      if (headers['content-type'] === 'text/plain') return 'wrong_content_type'
      if (headers['content-type'] === 'multipart/form-data') return 'no_boundary'
      if (headers['content-encoding'] === 'gzip') return 'bad_gzip'
      return body === 'not multipart' ? 'invalid_payload_structure' : 'no_annotations'
    }
    const answers: Answers = {
      '/submit/check': (options) => ({ body: { would: { status: 400, reason: reasonOf(options) } } }),
      '/submit': ({ method }) =>
        method === 'POST' ? { status: 400, body: 'Discarded=malformed_wrong_content_type' } : { status: 405 },
    }
    expect((await submission(answers))[2]).toBe('ok malformed reports: status 400 for 5 kinds, 405 for GET')
    expect((await submission({}))[2]).toBe(
      'failed malformed reports: wrong_content_type: none; no_boundary: none; bad_gzip: none; invalid_payload_structure: none; no_annotations: none; wrong_content_type: status 404; GET: status 404 → a proxy changes requests or answers: it must pass on bodies, Content-Type and Content-Encoding',
    )
    const accepted = (options: AskOptions) => ({
      body: { would: { status: 200, reason: reasonOf(options) } },
    })
    expect((await submission({ ...answers, '/submit/check': accepted }))[2]).toContain('bad_gzip: bad_gzip')
  })
})

describe('symbols:', () => {
  const token = { symbolToken: 't' }
  const uploads: Answers = { '/symbols/mayday-none': { status: 404 }, '/symbols/upload/': { status: 201 } }
  const checked = async (answers: Answers, given: Partial<CheckContext> = token) =>
    (await linesOf(checkSymbols, answers, { ...given, left: left({ symbols: null }) })).slice(1)

  test('that are missing, and without a token', async () => {
    const noToken =
      'skipped symbol upload: no token for uploads was given → set SYMBOL_TOKEN: mayday tokens add --label check --permissions upload_symbols'
    expect(await linesOf(checkSymbols, {})).toEqual(['ok missing symbols: status 404', noToken])
    expect(await linesOf(checkSymbols, { '/symbols/': { status: 503 } })).toEqual([
      'failed missing symbols: status 503 → a proxy must pass on /symbols; 503 means that the bucket symbols cannot be read',
      noToken,
    ])
  })

  test.each<[number, string]>([
    [401, 'use a token with the permission upload_symbols: mayday tokens add'],
    [403, 'use a token with the permission upload_symbols: mayday tokens add'],
    [500, 'see the log of the edge; the bucket symbols must be writable'],
  ])('that are refused with %d', async (status, cure) => {
    expect(await checked({ '/symbols/upload/': { status } })).toEqual([
      `failed symbol upload: status ${status} → ${cure}`,
    ])
  })

  test('that are uploaded as of a try build are downloaded and used', async () => {
    const results = (name?: string) => ({ body: { results: [{ stacks: [[{ function: name }]] }] } })
    const all = (symbolicated: Given, downloaded: Given = { body: symbols.text }): Answers => ({
      ...uploads,
      '/symbols/try/': downloaded,
      '/symbols/symbolicate/v5': symbolicated,
    })
    const uploaded = `ok symbol upload: ${symbols.path}, as of a try build`
    const download = 'ok symbol download: the same bytes'
    expect(await checked(all(results('mayday_check::crash_on_purpose()')))).toEqual([
      ...[uploaded, download, 'ok symbolication: mayday_check::crash_on_purpose()'],
    ])
    const cure = 'see module_errors in docs/symbolication.md; rounds of mayday run index symbol files'
    expect(await checked(all(results(), { body: 'x' }))).toEqual([
      uploaded,
      'failed symbol download: other bytes than those that were uploaded → a proxy must pass on Content-Encoding; edges must use the same store',
      `warning symbolication: no function for an address of the symbol file → ${cure}`,
    ])
    expect((await checked(all({ status: 500 }, { status: 404 }))).slice(1)).toEqual([
      'failed symbol download: status 404 → a proxy must pass on Content-Encoding; edges must use the same store',
      `failed symbolication: status 500 → ${cure}`,
    ])
  })
})

describe('the test crash', () => {
  const accepted = `CrashID=bp-${crashId}\n`

  test('is sent twice', async () => {
    const state = left({ crashId: null, sentAt: null })
    expect(await linesOf(sendTestCrash, { '/submit': { body: accepted } }, { left: state })).toEqual([
      `ok test crash: accepted as ${crashId}`,
      'ok resent report: gets the same crash ID',
    ])
    expect(state).toMatchObject({ crashId, sentAt: now })
    let sent = 0
    const changing = () => ({ body: sent++ === 0 ? accepted : accepted.replace('0b34', '1b34') })
    expect((await linesOf(sendTestCrash, { '/submit': changing }))[1]).toBe(
      `failed resent report: gets another crash ID: ${crashId.replace('0b34', '1b34')} → all edges must have the same CRASH_ID_KEY`,
    )
  })

  test.each<[Given, string]>([
    [{ body: 'Discarded=rule_x' }, 'the policy rejects it: see the dry run'],
    [{ status: 503, body: accepted }, 'see the log of the edge: the store must be writable'],
  ])('is refused with %j', async (reply, cure) => {
    expect(await linesOf(sendTestCrash, { '/submit': reply })).toEqual([
      `failed test crash: ${summaryOf(answerOf(reply))} → ${cure}`,
    ])
  })

  const page = { headers: { 'content-type': 'text/html; charset=utf-8' } }
  const found = { body: { total: 1, hits: [{ uuid: crashId }] } }
  const processed = (signature: string | null, more: Answers = {}): Answers => ({
    ...{ '/api/report/': { body: { uuid: crashId, signature } }, '/api/SuperSearch/': found, ...more },
    '/report/index/': page,
  })
  const followed = (answers: Answers, given: Partial<CheckContext> = {}) =>
    linesOf(followTestCrash, answers, { left: left({ processed: false }), ...given })

  test('is followed to the API and its page', async () => {
    expect(await followed(processed('mayday_check::crash_on_purpose'))).toEqual([
      'ok processing: the signature is mayday_check::crash_on_purpose, by the uploaded symbols',
      'ok API: a search finds the test crash',
      `ok page of the crash: /report/index/${crashId}`,
    ])
    expect(await linesOf(followTestCrash, {})).toEqual([
      'skipped processing: there is no test crash → see the findings above',
    ])
  })

  test.each<[string | null, 'regular' | 'try' | null, string]>([
    ['f', null, 'ok processing: the signature is f'],
    ['f', 'try', 'ok processing: the signature is f'],
    [
      'f',
      'regular',
      'warning processing: the signature is f, not by the uploaded symbols → edge and batch must use the same bucket of symbols; see docs/symbols.md',
    ],
    [
      null,
      null,
      'warning processing: there is no signature, not by the uploaded symbols → edge and batch must use the same bucket of symbols; see docs/symbols.md',
    ],
  ])('has the signature %j with %j symbols', async (signature, of, line) => {
    const state = left({ processed: false, symbols: of })
    expect((await followed(processed(signature), { left: state }))[0]).toBe(line)
    expect(state.processed).toBe(true)
  })

  test('is not processed in time, or not waited for', async () => {
    const cure = `run mayday process where the store is, or mayday run --every 10m; then see /report/index/${crashId}`
    expect(await followed({})).toEqual([`skipped processing: not waited for (--wait) → ${cure}`])
    expect(await followed({}, { wait: 400 })).toEqual([
      `failed processing: not within 0 s → ${cure}. Rounds that are further apart need a longer --wait`,
    ])
  })

  test.each<[Given, string]>([
    [
      { status: 503 },
      'skipped API: this edge has no tables → set API_ORIGIN to the address of a mayday serve, if the API is wanted',
    ],
    [
      { body: { total: 0, hits: [] } },
      'failed API: a search does not find the test crash → the server of the API must use the same store; its log names what failed',
    ],
    [
      { status: 500 },
      'failed API: status 500 → the server of the API must use the same store; its log names what failed',
    ],
  ])('is not found by a search that answers %j', async (reply, line) => {
    expect((await followed(processed('f', { '/api/SuperSearch/': reply })))[1]).toBe(line)
  })

  test.each<[Given]>([[{ status: 404 }], [{ body: 'x' }]])('has no page: %j', async (reply) => {
    const { '/report/index/': _, ...others } = processed('f')
    expect((await followed({ ...others, '/report/index/': reply }))[2]).toBe(
      `failed page of the crash: /report/index/${crashId}: ${summaryOf(answerOf(reply))} → every path that is not a file must lead to the page of the dashboard`,
    )
  })

  test.each<[Partial<CheckContext['left']>, string[]]>([
    [{ crashId: null }, []],
    [
      {},
      [
        `skipped test crash erased: only the store can erase: the crash ${crashId}, which statistics omit → mayday expunge ${crashId}, where the store can be reached`,
      ],
    ],
    [
      { crashId: null, symbols: 'try' },
      [
        `skipped test crash erased: only the store can erase: the symbols mayday-check/${symbols.debugId}, which expire after 28 days → nothing to do`,
      ],
    ],
    [
      { symbols: 'try' },
      [
        `skipped test crash erased: only the store can erase: the crash ${crashId}, which statistics omit, and the symbols mayday-check/${symbols.debugId}, which expire after 28 days → mayday expunge ${crashId}, where the store can be reached`,
      ],
    ],
  ])('stays without a store: %j', async (changes, lines) => {
    expect(await linesOf(eraseTestCrash, {}, { left: left(changes) })).toEqual(lines)
  })
})
