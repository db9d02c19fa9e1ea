// `mayday check` against an edge in this process: each thing that is broken is named, and nothing else.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { issueToken } from '../../../batch/access/issue-token.ts'
import { withToken } from '../../../batch/access/token-changes.ts'
import { writeChangedAggregates } from '../../../batch/aggregates/aggregate.ts'
import { validityFinding } from '../../../batch/check/certificate.ts'
import type { GroupName } from '../../../batch/check/check.ts'
import { openDeployment } from '../../../batch/check/deployment.ts'
import { readConfig } from '../../../batch/config.ts'
import type { CountedStore } from '../../../batch/lake/open-store.ts'
import { processCrashes } from '../../../batch/processing/process-run.ts'
import { writeSearchFiles } from '../../../batch/search-files/write-files.ts'
import type { Permission } from '../../../shared/access/permissions.ts'
import { homeKey, rawKey, statusKey } from '../../../shared/keys.ts'
import { noRequests } from '../../../shared/storage/counting.ts'
import { openStores } from '../../../shared/storage/open.node.ts'
import { bytesOf } from '../../support/crash-request.ts'
import { callMayday } from '../../support/run-mayday.ts'
import { type S3Server, startS3Server } from '../../support/s3-server.ts'
import { checksWith, contextFor, findingsOf, type Front, startEdge, startFront } from './check.support.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const scratch = mkdtempSync(join(tmpdir(), 'mayday-check-'))
const buckets = ['mayday-crashes', 'mayday-lake', 'mayday-symbols']
let s3: S3Server
let store: CountedStore
let edge: Awaited<ReturnType<typeof startEdge>>
let front: Front
let token: string
let reader: string

const keys = () => ({
  AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
})

beforeAll(async () => {
  vi.spyOn(console, 'log').mockImplementation(() => {})
  s3 = await startS3Server(buckets)
  const url = `s3:${s3.endpoint}?region=us-east-1`
  const { stores } = await openStores(url, keys())
  const cacheDir = join(scratch, 'cache')
  store = { url, stores, cacheDir, config: readConfig({}), requests: noRequests() }
  const add = async (label: string, permissions: Permission[]) => {
    const now = new Date()
    const change = (tokens: Parameters<typeof withToken>[0], secret: string) =>
      withToken(tokens, secret, { wanted: { label, permissions }, now })
    return (await issueToken(stores.crashes, { action: 'add_token', change, now })).secret
  }
  token = await add('all', ['view_pii', 'view_rawdump', 'run_custom_queries', 'upload_symbols'])
  reader = await add('reader', ['view_pii'])
  edge = await startEdge(url, { ...keys(), MAYDAY_VERSION: '{"version": "1.0"}' })
  front = await startFront(edge.url)
})
afterAll(async () => {
  await front?.close()
  await edge?.end()
  await s3?.close()
  rmSync(scratch, { recursive: true, force: true })
  vi.restoreAllMocks()
})

async function processNew(): Promise<void> {
  const dir = store.cacheDir
  await processCrashes({ stores: store.stores, dir, duckdbMemory: '256MB', workers: 1 })
}

/** What a round of `mayday run` would do with new reports. */
async function playRound(): Promise<void> {
  await processNew()
  await writeChangedAggregates(store, { products: new Map() })
  await writeSearchFiles(store, { now: new Date() })
}

describe('a deployment in order', () => {
  test('passes, keeps statistics unchanged, and has nothing of the check afterwards', async () => {
    let home = ''
    const played: string[] = []
    const context = contextFor(front.url, { store, token, symbolToken: token, wait: 30_000 })
    context.onWait = (what) => played.push(what)
    context.sleep = async () => {
      if (home !== '') throw new Error('One round suffices')
      await playRound()
      home = new TextDecoder().decode(await (await store.stores.lake.get(homeKey))!.bytes())
    }
    const findings = await findingsOf(context)
    expect(findings.filter(({ result }) => result === 'failed' || result === 'warning')).toEqual([])
    expect(checksWith(findings, 'skipped')).toEqual(['TLS', 'rejected report', 'API', 'last round'])
    expect(played).toEqual(['the test crash to be processed'])
    expect(findings.find(({ check }) => check === 'processing')?.text).toMatch(/by the uploaded symbols$/)
    expect(JSON.parse(home)).toMatchObject({ newest_crash: null, products: [] })
    expect(await store.stores.crashes.head(rawKey(context.left.crashId!))).toBeNull()
    for (const bucket of Object.values(store.stores))
      for await (const { key } of bucket.list('')) expect(key).not.toContain('mayday-check')
  })
})

interface Break {
  name: string
  only: readonly GroupName[]
  /** Breaks it; returns what repairs it. */
  break(): void | Promise<void>
  repair?(): void | Promise<void>
  given?: () => Parameters<typeof contextFor>[1]
  /** The checks that fail, with some words of their texts. */
  fails: Readonly<Record<string, RegExp>>
}

const fault = (faults: Partial<S3Server['faults']>): void => {
  Object.assign(s3.faults, faults)
}
const misbehave = (faults: Partial<Pick<Front, 'onRequest' | 'onAnswer'>>): void => {
  Object.assign(front, faults)
}
const restoreFront = () => misbehave({ onRequest: () => {}, onAnswer: () => {} })

const breaks: readonly Break[] = [
  {
    name: 'a wrong token',
    only: ['access'],
    break: () => {},
    given: () => ({ token: 'f'.repeat(32) }),
    fails: { token: /status 401: .*revoked/ },
  },
  {
    name: 'a token that may not upload symbols',
    only: ['symbols'],
    break: () => {},
    given: () => ({ symbolToken: reader, store }),
    fails: { 'symbol upload': /status 403/ },
  },
  {
    name: 'a store without conditional writes',
    only: ['store'],
    break: () => fault({ ignoresConditions: true }),
    repair: () => fault({ ignoresConditions: false }),
    given: () => ({ store }),
    fails: { 'store: conditional writes': /crashes: If-None-Match let 8 of 8 .* symbols: / },
  },
  {
    name: 'a store that cannot be written',
    only: ['submission', 'crash', 'store'],
    break: () => fault({ isReadOnly: true }),
    repair: () => fault({ isReadOnly: false }),
    given: () => ({ store }),
    fails: { 'test crash': /status 500/, 'store: reads and writes': /403/ },
  },
  {
    name: 'another store than that of the edge',
    only: ['crash'],
    break: () => {},
    given: () => ({ store: { ...store, stores: { ...store.stores, crashes: store.stores.lake } } }),
    fails: { 'store of the edge': /does not have the test crash/ },
  },
  {
    name: 'no aggregates',
    only: ['freshness'],
    break: () => store.stores.lake.delete(statusKey),
    fails: { aggregates: /there are none/ },
  },
  {
    name: 'stale aggregates',
    only: ['freshness'],
    break: async () => {
      const generated_at = new Date(Date.now() - 7_200_000).toISOString()
      const status = { version: 4, generated_at, stale_after: 3600 }
      await store.stores.lake.put(statusKey, bytesOf(JSON.stringify(status)))
    },
    fails: { aggregates: /120 minutes old/ },
  },
  {
    name: 'a clock that is wrong',
    only: ['service'],
    break: () =>
      misbehave({
        onAnswer: (headers) => {
          headers.date = new Date(Date.now() + 600_000).toUTCString()
        },
      }),
    repair: restoreFront,
    fails: { 'clock of the edge': /(599|600) s ahead/ },
  },
  {
    name: 'a proxy that removes headers',
    only: ['service'],
    break: () =>
      misbehave({
        onAnswer: (headers) => {
          delete headers['content-security-policy']
          delete headers['access-control-allow-origin']
        },
      }),
    repair: restoreFront,
    fails: { 'security headers': /content-security-policy/, CORS: /\/submit/ },
  },
  {
    name: 'a proxy that does not pass on Content-Encoding',
    only: ['submission'],
    break: () =>
      misbehave({
        onRequest: (headers) => {
          delete headers['content-encoding']
        },
      }),
    repair: restoreFront,
    fails: { 'malformed reports': /bad_gzip: invalid_payload_structure/ },
  },
  {
    name: 'protected data that is public',
    only: ['access'],
    break: () =>
      misbehave({
        onRequest: (headers) => {
          headers.authorization ??= `Bearer ${token}`
        },
      }),
    repair: restoreFront,
    fails: { 'requests without token': /\/raw: status 404.*auth_info/ },
  },
  {
    name: 'protected data of a crash that everyone may read',
    only: ['crash'],
    break: () =>
      misbehave({
        onRequest: (headers) => {
          headers.authorization ??= `Bearer ${token}`
        },
      }),
    repair: restoreFront,
    given: () => ({ store, wait: 30_000, sleep: processNew }),
    fails: { 'protected data': /public at \/api\/report\/[0-9a-f-]{36}, .*\/raw, .*\/files, .*RawCrash/ },
  },
  {
    name: 'a bucket of crashes that everyone may read',
    only: ['crash'],
    break: () => fault({ isPublic: true }),
    repair: () => fault({ isPublic: false }),
    given: () => ({ store }),
    fails: { 'private bucket': /everyone may read .*\/raw\/.*list-type/ },
  },
  {
    name: 'processing that does not happen',
    only: ['crash'],
    break: () => {},
    given: () => ({ store, wait: 600 }),
    fails: { processing: /not within 1 s/ },
  },
]

describe('what is broken is named', () => {
  test.each(breaks)('$name', async ({ only, break: breakIt, repair, given, fails }) => {
    await breakIt()
    try {
      const findings = await findingsOf(contextFor(front.url, given?.()), only)
      const failed = findings.filter(({ result }) => result === 'failed')
      expect(failed.map(({ check }) => check)).toEqual(Object.keys(fails))
      for (const { check, text, cure } of failed) {
        expect(text).toMatch(fails[check]!)
        expect(cure).toBeTruthy()
      }
    } finally {
      await repair?.()
    }
  })

  test('a policy that rejects everything', async () => {
    const rules = [{ name: 'nothing', when: { kind: 'always' }, verdict: 'reject' }]
    const MAYDAY_POLICY = JSON.stringify({ name: 'closed', version: 1, rules })
    const closed = await startEdge(store.url, { ...keys(), MAYDAY_POLICY })
    try {
      const findings = await findingsOf(contextFor(closed.url), ['submission', 'crash'])
      expect(checksWith(findings, 'failed')).toEqual(['dry run', 'test crash'])
      expect(findings.find(({ check }) => check === 'rejected report')).toMatchObject({
        result: 'ok',
        text: 'status 200, Discarded=rule_nothing',
      })
    } finally {
      await closed.end()
    }
  })
})

test('without a store it states what stays, and how to erase it', async () => {
  const context = contextFor(front.url, { symbolToken: token })
  const findings = await findingsOf(context, ['symbols', 'crash'])
  expect(checksWith(findings, 'failed')).toEqual([])
  const { crashId } = context.left
  expect(findings.at(-1)).toEqual({
    check: 'test crash erased',
    result: 'skipped',
    text: expect.stringMatching(new RegExp(`${crashId}.* expire after 28 days`)),
    cure: `mayday expunge ${crashId}, where the store can be reached`,
  })
})

test('after an interruption it erases what it stored', async () => {
  const end = new AbortController()
  const context = contextFor(front.url, { store, end: end.signal, wait: 60_000 })
  context.sleep = async () => end.abort()
  const findings = await findingsOf(context, ['crash', 'freshness'])
  expect(findings.at(-1)).toMatchObject({ check: 'test crash erased', result: 'ok' })
  expect(await store.stores.crashes.head(rawKey(context.left.crashId!))).toBeNull()
})

describe('TLS', () => {
  const from = new Date('2026-09-01T00:00:00Z')
  const to = new Date('2026-11-30T00:00:00Z')
  test.each([
    ['2026-10-15', 'ok'],
    ['2026-11-10', 'warning'],
    ['2026-11-24', 'failed'],
    ['2026-12-02', 'failed'],
  ])('of 90 days on %s: %s', (date, result) => {
    expect(validityFinding({ from, to }, new Date(date))).toMatchObject({ check: 'TLS', result })
  })

  test('is required of public addresses', async () => {
    const { deployment } = contextFor('http://crash.example.org')
    expect(deployment.isLocal).toBe(false)
    expect(() => openDeployment('crash.example.org')).toThrow('The URL must be one like')
  })
})

describe('the command', () => {
  const wrong = { AWS_ACCESS_KEY_ID: '', MAYDAY_TOKEN: 'f'.repeat(32) }

  test('prints a line for each check with its cure, and ends with 1 after a failure', async () => {
    const { code, stdout } = await callMayday(['check', front.url, '--only', 'access,freshness'], wrong)
    expect(code).toBe(1)
    expect(stdout).toMatch(/^ok +wrong token +refused at 3 paths$/m)
    expect(stdout).toMatch(/^failed +token +status 401: .*\n +→ see mayday tokens list/m)
    expect(stdout).toMatch(/\n\d+ ok, \d+ warning, \d+ failed, \d+ skipped\n$/)
  })

  test('prints JSON', async () => {
    const { code, stdout } = await callMayday(['check', front.url, '--only', 'submission', '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ url: front.url, failed: 0, findings: expect.any(Array) })
  })

  test('reports an address where nothing answers, and a group that does not exist', async () => {
    const nowhere = await callMayday(['check', 'http://127.0.0.1:9', '--only', 'service'])
    expect(nowhere.code).toBe(1)
    expect(nowhere.stdout).toMatch(/^failed +service +http:\/\/127.0.0.1:9\/__heartbeat__ did not respond/)
    const typo = await callMayday(['check', front.url, '--only', 'servce'])
    expect(typo).toMatchObject({ code: 2, stderr: expect.stringContaining('--only does not know servce') })
  })
})
