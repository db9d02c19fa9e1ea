// The texts of every denial, and signed links at their limits.
import { describe, expect, test } from 'vitest'
import {
  AccessDenied,
  binaryDenial,
  type DenialReason,
  type DenialStyle,
  ownDenial,
  socorroDenial,
  teckenDenial,
} from '../../../edge/access/denial.ts'
import { createLinkSigner, requireLinkOrPermission } from '../../../edge/access/signed-links.ts'
import type { Holder } from '../../../edge/access/token-source.ts'
import type { EdgeDeps } from '../../../edge/deps.ts'
import { hashToken } from '../../../shared/access/tokens.ts'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import { tokensKey } from '../../../shared/keys.ts'
import { bytesOf } from '../../support/crash-request.ts'
import { createTestEdge, startTime } from '../edge.support.ts'

const permission = 'view_rawdump'

describe('a denial', () => {
  const needed = 'the permission view_rawdump (download stored reports, minidumps and attachments)'
  const matched = 'API Token not matched'
  const expired = 'API Token found but expired'
  const use = "Use of this endpoint requires the 'View Raw Dumps' permission"
  const binary = 'Binary response requires permissions: View Raw Dumps'
  test.each<[DenialReason, number, string, string, string, string]>([
    [
      'anonymous',
      401,
      `This needs a token with ${needed}: send it as "Authorization: Bearer TOKEN"`,
      'This requires an Auth-Token to authenticate the request',
      use,
      binary,
    ],
    [
      'unmatched',
      401,
      'This token does not exist: it was revoked, or is not complete',
      matched,
      matched,
      matched,
    ],
    ['expired', 401, 'This token has expired: ask for another one', expired, expired, expired],
    ['forbidden', 403, `This token does not have ${needed}`, 'Forbidden', use, binary],
    ['product', 403, 'This token does not give access to crashes of this product', 'Forbidden', use, binary],
    ['link', 403, 'This link is not valid, or has expired: request another one', 'Forbidden', use, binary],
  ])('for %s has the text of its clients', async (reason, status, own, tecken, socorro, file) => {
    const answer = ownDenial({ reason, permission })
    expect([answer.status, (await answer.json()).description]).toEqual([status, own])
    expect([
      answer.headers.get('www-authenticate'),
      answer.headers.get('cache-control'),
      answer.headers.get('vary'),
    ]).toEqual([status === 401 ? 'Bearer' : null, 'private, no-store', 'auth-token, authorization'])
    for (const [style, error] of [
      [teckenDenial, tecken],
      [socorroDenial, socorro],
      [binaryDenial, file],
    ] as [DenialStyle, string][]) {
      const other = style({ reason, permission })
      expect([other.status, await other.json()]).toEqual([403, { error }])
      expect(other.headers.get('cache-control')).toBe('private, no-store')
    }
  })

  test('is an error that names reason and permission', () => {
    const error = new AccessDenied({ reason: 'link', permission }, ownDenial)
    expect([error.name, error.message, error.reason, error.answer.status]).toEqual([
      'AccessDenied',
      'Denied: link, view_rawdump',
      'link',
      403,
    ])
  })
})

describe('a signed link', () => {
  const token = '0123456789abcdef0123456789abcdef'
  const sha256 = hashToken(token, nodeCodecs)
  const holder = { tokenId: sha256.slice(0, 12) } as Holder
  const path = '/api/report/x/files/a'

  async function edgeWith(permissions: readonly string[] = [permission], env: Record<string, string> = {}) {
    const edge = createTestEdge(env)
    const entry = { sha256, label: 'ann', permissions, created_at: '2011-01-01T00:00:00Z' }
    await edge.crashes.put(tokensKey, bytesOf(JSON.stringify({ version: 1, tokens: [entry] })))
    return edge
  }
  const requestOf = (link: string, headers: Record<string, string> = {}) =>
    new Request(`https://crash.example${link}`, { headers })
  const sign = (deps: EdgeDeps) => createLinkSigner(requestOf('/'), holder, deps)
  const open = (link: string, deps: EdgeDeps) =>
    requireLinkOrPermission(requestOf(link), deps, { permission }).then(
      ({ label }) => label,
      ({ reason }: AccessDenied) => reason,
    )

  test('is valid for ten minutes, in the name of its holder', async () => {
    const { deps, setTime } = await edgeWith()
    const { expiresAt, sign: signPath } = sign(deps)
    const link = signPath(path)
    expect(expiresAt.getTime() - startTime.getTime()).toBe(600_000)
    expect(link).toMatch(
      new RegExp(
        String.raw`^${path}\?expires=${expiresAt.getTime()}&token=${holder.tokenId}&signature=[0-9a-f]{64}$`,
      ),
    )
    expect(await open(link, deps)).toBe('ann')
    setTime(new Date(expiresAt.getTime() - 1))
    expect(await open(link, deps)).toBe('ann')
    setTime(expiresAt)
    expect(await open(link, deps)).toBe('link')
  })

  test.each<[string, (link: string) => string]>([
    ['another path', (link) => link.replace('/a?', '/b?')],
    ['a later time', (link) => link.replace(/expires=\d/, 'expires=9')],
    ['no time', (link) => link.replace(/expires=\d+&/, '')],
    ['another token', (link) => link.replace(/token=../, 'token=zz')],
    ['no token', (link) => link.replace(/token=\w+&/, '')],
    ['an empty signature', (link) => link.replace(/signature=.*/, 'signature=')],
    ['a shorter signature', (link) => link.slice(0, -1)],
  ])('with %s is not valid', async (_, change) => {
    const { deps } = await edgeWith()
    expect(await open(change(sign(deps).sign(path)), deps)).toBe('link')
  })

  test('needs a token that exists and has the permission', async () => {
    const { deps } = await edgeWith(['view_pii'])
    expect(await open(sign(deps).sign(path), deps)).toBe('link')
    const other = createTestEdge()
    expect(await open(sign(other.deps).sign(path), other.deps)).toBe('link')
  })

  test('outlives one change of the key', async () => {
    const link = sign((await edgeWith()).deps).sign(path)
    const changed = (former: string) =>
      edgeWith([permission], { CRASH_ID_KEY: 'another key of the tests', CRASH_ID_KEY_PREVIOUS: former })
    expect(await open(link, (await changed('the key of the tests')).deps)).toBe('ann')
    expect(await open(link, (await changed('a third key of tests')).deps)).toBe('link')
  })

  test('without a signature is a request with a token', async () => {
    const { deps } = await edgeWith()
    expect(await open(path, deps)).toBe('anonymous')
    const request = requestOf(path, { 'auth-token': token })
    expect(await requireLinkOrPermission(request, deps, { permission })).toMatchObject({ label: 'ann' })
  })
})
