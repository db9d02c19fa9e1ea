import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { createSecret, withoutTokens, withRotated, withToken } from '../../../batch/access/token-changes.ts'
import { changeTokens, readTokens } from '../../../batch/access/token-store.ts'
import { hashToken, type StoredToken, tokenIdOf } from '../../../shared/access/tokens.ts'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import { tokensKey } from '../../../shared/keys.ts'
import { createMemoryStorage } from '../../../shared/storage/memory.ts'
import { dayMs } from '../../../shared/time/dates.ts'
import { callMayday } from '../../support/run-mayday.ts'

const now = new Date('2026-11-01T00:00:00Z')
const later = (days: number) => new Date(now.getTime() + days * dayMs)
const add = (tokens: readonly StoredToken[], label: string, change: object = {}) =>
  withToken(tokens, createSecret(), { wanted: { label, permissions: ['operate'], ...change }, now })

describe('tokens', () => {
  test('are stored as their hash, with what they are for', () => {
    const secret = createSecret()
    expect(secret).toMatch(/^[0-9a-f]{32}$/)
    const wanted = {
      label: 'ann',
      permissions: ['view_pii' as const, 'view_pii' as const],
      products: ['Ledger', 'Ledger'],
      expiresAt: later(90),
    }
    expect(withToken([], secret, { wanted, now })).toEqual([
      {
        sha256: hashToken(secret, nodeCodecs),
        ...{ label: 'ann', permissions: ['view_pii'], products: ['Ledger'] },
        ...{ created_at: '2026-11-01T00:00:00.000Z', expires_at: '2027-01-30T00:00:00.000Z' },
      },
    ])
  })

  test.each([
    ['ann', 'has a token already'],
    ['a b', 'label must be 1 to 64'],
    ['', 'label must be 1 to 64'],
  ])('of the label %j are refused: %s', (label, message) => {
    const tokens = add([], 'ann')
    expect(() => add(tokens, label)).toThrow(expect.objectContaining({ code: 'bad-usage' }))
    expect(() => add(tokens, label)).toThrow(message)
  })

  test('that are rotated stay valid for a while, and expired ones of the label go', () => {
    const first = add(add([], 'bob'), 'ann', { expiresAt: later(30), products: ['Ledger'] })
    const [bob, ann] = first as [StoredToken, StoredToken]
    const rotate = (tokens: readonly StoredToken[], at: Date, change = {}) =>
      withRotated(tokens, createSecret(), { label: 'ann', keep: 7 * dayMs, now: at, ...change })
    const second = rotate(first, later(10))
    expect(second.map(({ label, expires_at }) => [label, expires_at])).toEqual([
      ['bob', undefined],
      ['ann', later(17).toISOString()],
      ['ann', later(40).toISOString()],
    ])
    expect(second[2]).toMatchObject({ permissions: ann.permissions, products: ['Ledger'] })
    expect(second[2]!.sha256).not.toBe(ann.sha256)
    expect(rotate(second, later(20)).map(tokenIdOf)).toEqual([
      tokenIdOf(bob),
      tokenIdOf(second[2]!),
      expect.any(String),
    ])
    expect(rotate(first, later(28))[1]!.expires_at).toBe(ann.expires_at)
    expect(rotate(first, later(1), { keep: 0 })).toHaveLength(2)
    expect(rotate(first, later(1), { expiresAt: null }).at(-1)).not.toHaveProperty('expires_at')
    expect(() => withRotated(first, createSecret(), { label: 'eve', keep: 0, now })).toThrow(
      'there are bob, ann',
    )
  })

  test('are revoked by label or id, all or none', () => {
    const rotated = withRotated(add(add([], 'ann'), 'bob'), createSecret(), {
      label: 'ann',
      keep: dayMs,
      now,
    })
    const left = (...names: string[]) => withoutTokens(rotated, names).left.map(({ label }) => label)
    expect(left('ann')).toEqual(['bob'])
    expect(left(tokenIdOf(rotated[0]!))).toEqual(['bob', 'ann'])
    expect(left('ann', 'bob')).toEqual([])
    expect(() => left('ann', 'eve')).toThrow('No token eve')
    expect(() => withoutTokens([], ['ann'])).toThrow('there are none')
  })

  test('that many commands add at the same time all survive', async () => {
    const storage = createMemoryStorage()
    const labels = Array.from({ length: 12 }, (_, i) => `t${i}`)
    await Promise.all(labels.map((label) => changeTokens(storage, async (tokens) => add(tokens, label))))
    expect((await readTokens(storage)).map(({ label }) => label).sort()).toEqual(labels.sort())
  })

  test('stay unchanged if a change fails, or the document is damaged', async () => {
    const storage = createMemoryStorage()
    await changeTokens(storage, async (tokens) => add(tokens, 'ann'))
    const etag = async () => (await storage.head(tokensKey))!.etag
    const before = await etag()
    await expect(changeTokens(storage, async (tokens) => add(tokens, 'ann'))).rejects.toThrow('already')
    expect(await etag()).toBe(before)
    await storage.put(tokensKey, new TextEncoder().encode('{"version":2}'))
    const damaged = await etag()
    const change = changeTokens(storage, async (tokens) => add(tokens, 'bob'))
    await expect(change).rejects.toMatchObject({ code: 'bad-config' })
    expect(await etag()).toBe(damaged)
  })

  test('are at most 1,000', async () => {
    const storage = createMemoryStorage()
    const many = Array.from({ length: 1000 }, (_, i) => add([], `t${i}`)[0]!)
    await changeTokens(storage, async () => many)
    await expect(changeTokens(storage, async (tokens) => add(tokens, 'x'))).rejects.toMatchObject({
      code: 'limit',
    })
  })
})

describe('mayday tokens', () => {
  const dir = mkdtempSync(join(tmpdir(), 'mayday-tokens-'))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))
  const store = `file:${join(dir, 'data')}`
  const cache = { MAYDAY_CACHE: join(dir, 'cache') }
  const mayday = (...args: string[]) => callMayday([...args, '--store', store], cache)
  const json = async (...args: string[]) => JSON.parse((await mayday(...args, '--json')).stdout)
  const filesBelow = (folder: string): string[] =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name))
      .filter((path) => statSync(path).isFile())

  test('prints a token once, and its secret is nowhere else', async () => {
    const added = await mayday('tokens', 'add', '--label', 'ann', '--permissions', 'view_pii, view_rawdump')
    const rotated = await mayday('tokens', 'rotate', 'ann', '--keep', '2h')
    const other = await json(
      'tokens',
      'add',
      '--label',
      'ci',
      '--permissions',
      'upload_symbols',
      '--expires',
      'never',
    )
    const secrets = [added.stdout.trim(), rotated.stdout.trim(), String(other.token)]
    for (const secret of secrets) expect(secret).toMatch(/^[0-9a-f]{32}$/)
    const later = [
      await mayday('tokens', 'list'),
      await mayday('tokens', 'list', '--json'),
      await mayday('audit'),
      await mayday('audit', '--json'),
      await mayday('audit', '--csv'),
      await mayday('tokens', 'revoke', 'ann'),
    ]
    expect(later.map(({ code, stderr }) => [code, stderr])).toEqual(later.map(() => [0, '']))
    const texts = [
      ...[added.stderr, rotated.stderr],
      ...later.map(({ stdout }) => stdout),
      ...filesBelow(dir).map((path) => readFileSync(path, 'latin1')),
    ]
    expect(texts.length).toBeGreaterThan(10)
    for (const secret of secrets) expect(texts.filter((text) => text.includes(secret))).toEqual([])
    expect(await json('tokens', 'list')).toEqual({
      tokens: [
        {
          ...{ label: 'ci', id: other.id, permissions: ['upload_symbols'], products: null },
          ...{ created_at: other.created_at, expires_at: null, last_used: null, findings: [] },
        },
      ],
    })
  })

  test('every change is in the audit of its month, with the user', async () => {
    const { use, subjects } = await json('audit')
    expect(use.map(({ action, count }: { action: string; count: number }) => [action, count])).toEqual([
      ['add_token', 2],
      ['revoke_token', 2],
      ['rotate_token', 1],
    ])
    expect(use[0].label).toMatch(/^mayday:./)
    expect(subjects).toHaveLength(3)
    const { stdout } = await mayday(
      'sql',
      "select count(*) n from audit where action = 'add_token'",
      '--format',
      'csv',
    )
    expect(stdout).toBe('n\r\n2\r\n')
  })

  test.each<[string[], string]>([
    [['add', '--label', 'x', '--permissions', 'sudo'], 'sudo is none. Permissions are view_pii'],
    [['add', '--label', 'x', '--permissions', ','], 'Permissions are view_pii'],
    [['add', '--label', 'x y', '--permissions', 'operate'], 'must be 1 to 64'],
    [['add', '--label', 'x', '--permissions', 'operate', '--expires', '2020-01-01'], 'in the future'],
    [['add', '--label', 'x', '--permissions', 'operate', '--expires', 'soon'], 'a time like 90d'],
    [['add', '--label', 'ci', '--permissions', 'operate'], 'ci has a token already'],
    [['rotate', 'ci', '--keep', '5'], 'a time like 90d'],
  ])('refuses %j', async (args, message) => {
    const { code, stdout, stderr } = await mayday('tokens', ...args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
  })
})
