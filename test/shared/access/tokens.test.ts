import { describe, expect, test } from 'vitest'
import { includesPermission, type Permission, permissionNames } from '../../../shared/access/permissions.ts'
import { bareToken, presentedToken } from '../../../shared/access/presented-token.ts'
import { decodeTokens, hashToken, isExpired, isSameHash, tokenIdOf } from '../../../shared/access/tokens.ts'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import { createRandom } from '../../support/mutate.ts'

const token = '0123456789abcdef0123456789abcdef'

describe('the token that a request presents', () => {
  test.each<[string, Record<string, string>, string | null]>([
    ['none', {}, null],
    ['an empty Auth-Token', { 'auth-token': '' }, null],
    ['an Auth-Token of blanks', { 'auth-token': '  ' }, null],
    ['Auth-Token', { 'auth-token': ` ${token} ` }, token],
    ['Auth-Token with a label', { 'auth-token': `${token}-my laptop` }, `${token}-my laptop`],
    ['Bearer', { authorization: `Bearer ${token}` }, token],
    ['bearer in lower case (RFC 9110 §11.1)', { authorization: `bearer  ${token}` }, token],
    ['Bearer without a token', { authorization: 'Bearer' }, ''],
    ['Basic, which is for a proxy', { authorization: 'Basic dXNlcg==' }, null],
    ['an empty Auth-Token beside Bearer', { 'auth-token': '', authorization: `Bearer ${token}` }, token],
    ['Auth-Token before Bearer', { 'auth-token': 'a', authorization: 'Bearer b' }, 'a'],
    ['a word that starts like Bearer', { authorization: 'Bearers x' }, null],
  ])('%s', (_name, headers, expected) => {
    expect(presentedToken(new Headers(headers))).toBe(expected)
  })

  test.each<[string, string | null]>([
    [token, token],
    [`${token}-`, token],
    [`${token}-label-of-more-words`, token],
    [`${token}x`, null],
    [token.toUpperCase(), null],
    [token.slice(1), null],
    ['', null],
    ['-', null],
  ])('%j without its label', (presented, expected) => {
    expect(bareToken(presented)).toBe(expected)
  })
})

describe('the token document', () => {
  const entry = {
    sha256: hashToken(token, nodeCodecs),
    label: 'ci',
    permissions: ['upload_symbols'],
    created_at: '2026-11-01T00:00:00Z',
  }
  const decode = (value: unknown) => decodeTokens(new TextEncoder().encode(JSON.stringify(value)))
  const documentOf = (change: object) => ({ version: 1, tokens: [{ ...entry, ...change }] })

  test('is read', () => {
    const full = { ...entry, products: ['Ledger'], expires_at: '2027-01-01T00:00:00.000Z' }
    expect(decode({ version: 1, tokens: [entry, full] })).toEqual([entry, full])
    expect(tokenIdOf(full)).toBe(full.sha256.slice(0, 12))
  })

  test.each<[string, object]>([
    ['tokens[0].permissions[0] is "sudo"; allowed are view_pii', { permissions: ['sudo'] }],
    ['tokens[0].permissions must name at least one permission', { permissions: [] }],
    ['tokens[0].label must be 1 to 64', { label: 'a\u001b[31m' }],
    ['tokens[0].sha256 must be 64 hexadecimal digits', { sha256: token }],
    ['tokens[0].expires_at must be a time', { expires_at: 'soon' }],
    ['tokens[0].secret is unknown', { secret: token }],
  ])('is invalid: %s', (message, change) => {
    const read = () => decode(documentOf(change))
    expect(read).toThrow(expect.objectContaining({ code: 'bad-config' }))
    expect(read).toThrow(`The token document: ${message}`)
  })

  test('of random bytes is an expected failure', () => {
    const random = createRandom(1)
    const text = JSON.stringify(documentOf({}))
    for (let i = 0; i < 500; i++) {
      const at = Math.floor(random() * text.length)
      const changed = text.slice(0, at) + String.fromCharCode(random() * 128) + text.slice(at + 1)
      try {
        decodeTokens(new TextEncoder().encode(changed))
      } catch (error) {
        expect(error).toMatchObject({ name: 'CrashError', code: 'bad-config' })
      }
    }
  })
})

test('a token ends when it expires, not before', () => {
  const now = new Date('2026-11-01T00:00:00Z')
  const ends = (expires_at?: string) => isExpired(expires_at === undefined ? {} : { expires_at }, now)
  expect([ends(), ends('2026-11-01T00:00:00Z'), ends('2026-11-01T00:00:00.001Z')]).toEqual([
    false,
    true,
    false,
  ])
})

test('hashes are equal only as a whole', () => {
  const hash = hashToken(token, nodeCodecs)
  expect(isSameHash(hash, hash)).toBe(true)
  for (const other of [`${hash}0`, hash.slice(1), `${hash.slice(0, -1)}x`, `x${hash.slice(1)}`, ''])
    expect(isSameHash(hash, other)).toBe(false)
})

test('upload_symbols includes upload_try_symbols, and nothing else includes another permission', () => {
  const pairs = permissionNames.flatMap((held) =>
    permissionNames
      .filter((wanted) => wanted !== held && includesPermission(new Set<Permission>([held]), wanted))
      .map((wanted) => [held, wanted]),
  )
  expect(pairs).toEqual([['upload_symbols', 'upload_try_symbols']])
})
