// What is wrong with a token, in words.
import { describe, expect, test } from 'vitest'
import { checkToken, type StoredToken } from '../../../shared/access/tokens.ts'

describe('a token', () => {
  const token: StoredToken = {
    sha256: 'a'.repeat(64),
    label: 'nightly',
    permissions: ['view_pii'],
    created_at: '2026-10-21T12:00:00Z',
  }

  test('may have a product and an end', () => {
    const whole = { ...token, products: ['x'.repeat(100)], expires_at: '2026-11-21T12:00:00Z' }
    expect(checkToken(whole)).toEqual(whole)
  })

  test.each<[string, Partial<StoredToken>, string]>([
    [
      'label',
      { label: '-x' },
      'label must be 1 to 64 letters, digits and . _ @ + -, and start with a letter or digit',
    ],
    ['hash', { sha256: 'A'.repeat(64) }, 'sha256 must be 64 hexadecimal digits'],
    ['list of permissions', { permissions: [] }, 'permissions must name at least one permission'],
    ['product', { products: ['x'.repeat(101)] }, 'products[0] must have at most 100 characters'],
    ['start', { created_at: 'today' }, 'created_at must be a time like 2026-10-21T12:00:00Z'],
    ['end', { expires_at: '2026-11-21' }, 'expires_at must be a time like 2026-10-21T12:00:00Z'],
  ])('is refused with the reason: its %s', (_, part, problem) => {
    expect(() => checkToken({ ...token, ...part })).toThrow(`The token: ${problem}`)
  })
})
