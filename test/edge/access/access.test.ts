import { describe, expect, test } from 'vitest'
import { access, requirePermission } from '../../../edge/access/access.ts'
import { type DenialStyle, socorroDenial, teckenDenial } from '../../../edge/access/denial.ts'
import { createTokenSource } from '../../../edge/access/token-source.ts'
import { answerError } from '../../../edge/errors.ts'
import { decodeAuditRows } from '../../../shared/access/audit.ts'
import type { Permission } from '../../../shared/access/permissions.ts'
import { hashToken, type StoredToken } from '../../../shared/access/tokens.ts'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import { processedKey, tokensKey } from '../../../shared/keys.ts'
import { storedMetadata } from '../../../shared/report/stored.ts'
import type { Storage } from '../../../shared/storage/storage.ts'
import { bytesOf } from '../../support/crash-request.ts'
import { createTestEdge, readToken, type TestEdge } from '../edge.support.ts'

const id = 'de1bb258-cbbf-4589-a673-34f800160918'
const token = '0123456789abcdef0123456789abcdef'

const entry = (change: Partial<StoredToken> = {}): StoredToken => ({
  sha256: hashToken(token, nodeCodecs),
  label: 'ann',
  permissions: ['view_pii'],
  created_at: '2011-01-01T00:00:00Z',
  ...change,
})

const writeTokens = ({ crashes }: Pick<TestEdge, 'crashes'>, ...tokens: StoredToken[]) =>
  crashes.put(tokensKey, bytesOf(JSON.stringify({ version: 1, tokens })))

const withToken = (headers: Record<string, string> = { 'auth-token': token }, path = `/api/report/${id}`) =>
  new Request(`http://localhost${path}`, { headers })

async function edgeWith(
  change: Partial<StoredToken> = {},
  options: { env?: Record<string, string>; wrap?: (storage: Storage) => Storage; product?: string } = {},
): Promise<TestEdge> {
  const edge = createTestEdge(options.env, options.wrap)
  await writeTokens(edge, entry(change))
  const metadata = storedMetadata({
    ...{ product: options.product ?? 'Ledger', version: '', channel: '' },
    ...{ dumpBytes: 0, dumpCount: 0 },
  })
  const crash = { crash_id: id, signature: 's', url: 'https://secret.example' }
  await edge.crashes.put(processedKey(id), bytesOf(JSON.stringify(crash)), { metadata })
  return edge
}

describe('a token of the token document', () => {
  test.each([
    ['Auth-Token', { 'auth-token': token }],
    ['Auth-Token with a label', { 'auth-token': `${token}-laptop` }],
    ['Bearer', { authorization: `Bearer ${token}` }],
  ])('opens protected fields as %s, for no cache', async (_name, headers) => {
    const edge = await edgeWith()
    const answer = await edge.ask(withToken(headers))
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'private, no-store'])
    expect(answer.text).toContain('secret.example')
  })

  test.each<[string, Partial<StoredToken>, Record<string, string>, number, string]>([
    ['of another text', {}, { 'auth-token': token.replace('0', '1') }, 401, 'does not exist'],
    ['that expired', { expires_at: '2011-09-06T00:00:00Z' }, { 'auth-token': token }, 401, 'has expired'],
    ['for something else', { permissions: ['operate'] }, { 'auth-token': token }, 403, 'view_pii'],
    ['for other products', { products: ['Quill'] }, { 'auth-token': token }, 403, 'of this product'],
    ['that is a hash', {}, { 'auth-token': entry().sha256 }, 401, 'does not exist'],
    ['that is very long', {}, { authorization: `Bearer ${token.repeat(1000)}` }, 401, 'does not exist'],
  ])('%s opens nothing', async (_name, change, headers, status, text) => {
    const edge = await edgeWith(change)
    const answer = await edge.ask(withToken(headers))
    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(text)])
    expect(answer.text).not.toContain('secret.example')
    expect(answer.headers.get('cache-control')).toBe('private, no-store')
  })

  test('for its products opens their crashes', async () => {
    const edge = await edgeWith({ products: ['Quill', 'Ledger'] })
    expect((await edge.ask(withToken())).text).toContain('secret.example')
  })

  test('is checked before anything is fetched', async () => {
    const keys: string[] = []
    const wrap = (storage: Storage): Storage => ({
      ...storage,
      get: (key, options) => {
        keys.push(key)
        return storage.get(key, options)
      },
    })
    const edge = await edgeWith({ permissions: ['operate'] }, { wrap })
    await edge.ask(withToken())
    expect(keys).toEqual([tokensKey])
  })

  test('is recorded in the audit when it opens something, and as used', async () => {
    const edge = await edgeWith()
    await edge.ask(withToken({ 'auth-token': `${token}-laptop` }))
    await edge.ask(withToken({ 'auth-token': 'junk' }))
    await edge.deps.audit.flush()
    const keys = (await Array.fromAsync(edge.crashes.list(''))).map(({ key }) => key)
    const tokenId = entry().sha256.slice(0, 12)
    expect(keys).toEqual(expect.arrayContaining(['audit/20110906/batch-0', `access/last-use/${tokenId}`]))
    expect(decodeAuditRows(await (await edge.crashes.get('audit/20110906/batch-0'))!.bytes())).toEqual([
      {
        recorded_at: '2011-09-06T00:00:00.000Z',
        ...{ label: 'ann', token_id: tokenId, action: 'read_crash' },
        ...{ subject: id, detail: '', product: 'Ledger' },
      },
    ])
  })

  test('with the permission operate reads the metrics', async () => {
    const env = { OPERATOR_TOKEN: 'operator-token-0123456789' }
    const status = async (permission: Permission) =>
      (
        await (
          await edgeWith({ permissions: [permission] }, { env })
        ).ask(withToken(undefined, '/__metrics__'))
      ).status
    expect([await status('operate'), await status('view_pii')]).toEqual([200, 404])
  })
})

describe('an anonymous request', () => {
  test.each([
    ['without headers', {}],
    ['with an empty Auth-Token', { 'auth-token': '' }],
    ['with the password of a proxy', { authorization: 'Basic dXNlcg==' }],
  ])('%s gets the public view, and no token document is read', async (_name, headers) => {
    const edge = await edgeWith({}, { wrap: (storage) => ({ ...storage, get: notTokens(storage) }) })
    const { status, text } = await edge.ask(withToken(headers))
    expect([status, text.includes('secret')]).toEqual([200, false])
  })
})

const notTokens =
  (storage: Storage): Storage['get'] =>
  async (key, options) => {
    if (key === tokensKey) throw new Error('read the tokens')
    return storage.get(key, options)
  }

describe('tokens in the settings', () => {
  test('may be two during a rotation, and need no token document', async () => {
    const edge = await edgeWith(
      {},
      {
        env: { READ_TOKEN: 'the-new-read-token-1 the-old-read-token-1' },
        wrap: (storage) => ({ ...storage, get: notTokens(storage) }),
      },
    )
    for (const one of ['the-new-read-token-1', 'the-old-read-token-1'])
      expect((await edge.ask(withToken({ authorization: `Bearer ${one}` }))).text).toContain('secret.example')
    const both = withToken({ authorization: 'Bearer the-new-read-token-1 the-old-read-token-1' })
    expect((await edge.ask(both)).status).toBe(401)
  })

  test('are held by the settings that have the value', async () => {
    const value = 'one-token-for-everything'
    const edge = createTestEdge({ READ_TOKEN: value, OPERATOR_TOKEN: value })
    const found = await access(withToken({ 'auth-token': value }), edge.deps)
    expect(found).toMatchObject({
      is: 'holder',
      holder: {
        label: 'READ_TOKEN+OPERATOR_TOKEN',
        permissions: new Set(['view_pii', 'view_rawdump', 'operate']),
      },
    })
  })

  test.each([
    [1000, 200],
    [1001, 401],
  ])('of %i characters give %i', async (length, status) => {
    const value = 'x'.repeat(length)
    const edge = await edgeWith({}, { env: { READ_TOKEN: value } })
    expect((await edge.ask(withToken({ 'auth-token': value }))).status).toBe(status)
  })

  test('may contain a dash', async () => {
    const edge = await edgeWith()
    expect((await edge.ask(withToken({ 'auth-token': readToken }))).text).toContain('secret.example')
  })
})

describe('the cached token document', () => {
  async function cachedEdge() {
    let reads = 0
    let fails = false
    const edge = await edgeWith(
      {},
      {
        wrap: (storage) => ({
          ...storage,
          get: async (key, options) => {
            if (key === tokensKey) {
              reads++
              if (fails) throw new Error('down')
            }
            return storage.get(key, options)
          },
        }),
      },
    )
    const { config, stores, log } = edge.deps
    let now = 0
    const clock = () => now
    edge.deps.tokens = createTokenSource({ config, storage: stores.crashes, codecs: nodeCodecs, log, clock })
    return {
      edge,
      status: async () => (await edge.ask(withToken())).status,
      reads: () => reads,
      pass: (ms: number) => {
        now += ms
      },
      fail: (value: boolean) => {
        fails = value
      },
    }
  }

  test('is read at most once in 15 s, and a revocation takes effect within 30 s', async () => {
    const { edge, status, reads, pass } = await cachedEdge()
    for (let i = 0; i < 20; i++) expect(await status()).toBe(200)
    expect(reads()).toBe(1)
    await writeTokens(edge)
    pass(14_999)
    expect([await status(), reads()]).toEqual([200, 1])
    pass(1)
    expect([await status(), reads()]).toEqual([401, 2])
  })

  test('is believed for 30 s while the store fails, then the answer is 503', async () => {
    const { edge, status, pass, fail } = await cachedEdge()
    expect(await status()).toBe(200)
    fail(true)
    pass(15_000)
    expect(await status()).toBe(200)
    expect(edge.logs.filter(({ event }) => event === 'tokens_not_read')).toHaveLength(1)
    pass(15_000)
    const answer = await edge.ask(withToken())
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
    fail(false)
    expect(await status()).toBe(200)
  })

  test.each([
    [4 * 1024 * 1024, 200],
    [4 * 1024 * 1024 + 1, 503],
  ])('of %i bytes gives %i', async (size, status) => {
    const edge = await edgeWith()
    const text = JSON.stringify({ version: 1, tokens: [entry()] })
    await edge.crashes.put(tokensKey, bytesOf(text.padEnd(size)))
    expect((await edge.ask(withToken())).status).toBe(status)
  })

  test('that is invalid gives access to none of its tokens, and the log has the reason', async () => {
    const edge = await edgeWith()
    await edge.crashes.put(tokensKey, bytesOf('{"version":1,"tokens":[{}]}'))
    expect((await edge.ask(withToken())).status).toBe(503)
    expect(edge.logs.at(-1)).toMatchObject({
      event: 'tokens_not_read',
      error: expect.stringContaining('tokens[0]'),
    })
  })
})

describe('denials', () => {
  const rows: [string, Record<string, string>, Partial<StoredToken>, string, string][] = [
    [
      'no token',
      {},
      {},
      'This requires an Auth-Token to authenticate the request',
      "Use of this endpoint requires the 'Reprocess Crashes' permission",
    ],
    ['an unknown token', { 'auth-token': 'junk' }, {}, 'API Token not matched', 'API Token not matched'],
    [
      'an expired token',
      { 'auth-token': token },
      { expires_at: '2011-01-01T00:00:00Z' },
      'API Token found but expired',
      'API Token found but expired',
    ],
    [
      'a token for something else',
      { 'auth-token': token },
      {},
      'Forbidden',
      "Use of this endpoint requires the 'Reprocess Crashes' permission",
    ],
  ]
  const cases = rows.flatMap(([name, headers, change, tecken, socorro]) => [
    { name, headers, change, style: teckenDenial, of: 'Tecken', error: tecken },
    { name, headers, change, style: socorroDenial, of: 'Socorro', error: socorro },
  ])

  test.each(cases)('of $of for $name', async ({ headers, change, style, error }) => {
    const answer = await deniedAnswer(await edgeWith(change), headers, style)
    expect([answer.status, await answer.json()]).toEqual([403, { error }])
    expect(answer.headers.get('cache-control')).toBe('private, no-store')
    expect(answer.headers.get('vary')).toBeNull()
  })

  async function deniedAnswer(edge: TestEdge, headers: Record<string, string>, style: DenialStyle) {
    const request = withToken(headers)
    const wanted = { permission: 'reprocess_crashes', style } as const
    const error = await requirePermission(request, edge.deps, wanted).catch((thrown: unknown) => thrown)
    return answerError(error as Error, request, edge.deps)
  }

  test('are counted by permission and reason', async () => {
    const edge = await edgeWith({ permissions: ['operate'] })
    await edge.ask(withToken())
    expect(edge.deps.metrics.toPrometheus()).toContain(
      'mayday_edge_access_denied_total{permission="view_pii",reason="forbidden"} 1',
    )
  })
})
