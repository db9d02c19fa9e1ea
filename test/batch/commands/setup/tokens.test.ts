// `mayday tokens`: the whole texts that it prints, and its limits.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { callMayday } from '../../../support/run-mayday.ts'

const scratch = mkdtempSync(join(tmpdir(), 'mayday-tokens-command-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
let store: string
beforeEach(async () => {
  store = `file:${mkdtempSync(join(scratch, 'store-'))}`
  await callMayday(['policy', 'put', 'accept-all', '--store', store])
})

const tokens = (...args: string[]) => callMayday(['tokens', ...args, '--store', store])
const add = (...args: string[]) => tokens('add', '--permissions', 'view_pii, view_rawdump', ...args)
/** A text without secrets, IDs and today's date. */
const masked = (text: string) =>
  text
    .replaceAll(/\b[0-9a-f]{32}\b/g, 'SECRET')
    .replaceAll(/\b[0-9a-f]{12}\b/g, 'ID')
    .replaceAll(new Date().toISOString().slice(0, 10), 'TODAY')
    .replace(/^(cid .*) \d\d:\d\d /m, '$1 TIME ')
    .replaceAll(/ +(?=\n)/g, '')
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)

describe('mayday tokens', () => {
  test('prints the token on standard output, and what it is on standard error', async () => {
    const { code, stdout, stderr } = await add('--label', 'ann', '--expires', '2035-01-02')
    expect([code, masked(stdout)]).toEqual([0, 'SECRET\n'])
    expect(masked(stderr)).toBe('Token ID of ann; it expires on 2035-01-02, and is not shown again:\n')
    const never = await add('--label', 'bob', '--expires', 'never', '--products', 'A, B,,')
    expect(masked(never.stderr)).toBe('Token ID of bob; it does not expire, and is not shown again:\n')
    const year = await add('--label', 'cid')
    expect(year.stderr).toContain(`it expires on ${inDays(365)},`)
    expect(masked((await tokens('list')).stdout)).toBe(
      [
        'label  id            permissions            products  created     expires           last used  findings',
        '─────  ────────────  ─────────────────────  ────────  ──────────  ────────────────  ─────────  ────────',
        'ann    ID  view_pii,view_rawdump  all       TODAY  2035-01-02 00:00  never',
        'bob    ID  view_pii,view_rawdump  A,B       TODAY  never             never',
        `cid    ID  view_pii,view_rawdump  all       TODAY  ${inDays(365)} TIME  never`,
        '(3 rows)\n',
      ].join('\n'),
    )
  })

  test('prints all properties as JSON', async () => {
    const { stdout, stderr } = await add('--label', 'ann', '--expires', '2035-01-02', '--json')
    const shown = {
      ...{ id: expect.stringMatching(/^[0-9a-f]{12}$/), label: 'ann' },
      ...{ permissions: ['view_pii', 'view_rawdump'], products: null },
      ...{ created_at: expect.any(String), expires_at: '2035-01-02T00:00:00.000Z', last_used: null },
    }
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual({ token: expect.stringMatching(/^[0-9a-f]{32}$/), ...shown })
    expect(JSON.parse((await tokens('list', '--json')).stdout)).toEqual({
      tokens: [{ ...shown, findings: [] }],
    })
  })

  test('replaces a token, and revokes those of a label', async () => {
    await add('--label', 'ann', '--expires', '2035-01-02')
    const rotated = await tokens('rotate', 'ann', '--keep', '12h', '--expires', '30d')
    expect(masked(rotated.stdout)).toBe('SECRET\n')
    expect(masked(rotated.stderr)).toBe(
      `Token ID of ann; it expires on ${inDays(30)}, and is not shown again:\n`,
    )
    const { stdout } = await tokens('list', '--json')
    const [old] = JSON.parse(stdout).tokens
    expect(Date.parse(old.expires_at) - Date.now()).toBeGreaterThan(11.9 * 3_600_000)
    expect(Date.parse(old.expires_at) - Date.now()).toBeLessThanOrEqual(12 * 3_600_000)
    const revoked = await tokens('revoke', 'ann')
    expect(masked(revoked.stdout)).toBe('Revoked ann (ID).\nRevoked ann (ID).\n')
    expect(JSON.parse((await tokens('list', '--json')).stdout)).toEqual({ tokens: [] })
  })

  test.each([
    [['add', '--label', 'a b'], / argument 'a b' is invalid\. it must be 1 to 64 letters, /],
    [['add', '--label', 'ann', '--permissions', ' ,'], / is invalid\. Permissions are view_pii/],
    [
      ['add', '--label', 'ann', '--permissions', 'x,view_pii,y'],
      / is invalid\. x, y is none\. Permissions are view_pii/,
    ],
    [['add', '--label', 'ann', '--expires', '90'], / is invalid\. It must be a time like 90d or 12h\n/],
    [['add', '--label', 'ann', '--expires', '123456d'], / is invalid\. It must be a time like 90d or 12h\n/],
    [
      ['add', '--label', 'ann', '--expires', '0d'],
      / is invalid\. It must be in the future: a time like 90d or 12h, a date, or never\n/,
    ],
    [['add', '--label', 'ann', '--expires', '2026-01-01'], / is invalid\. It must be in the future/],
  ])('refuses %j', async (args, message) => {
    const given = args[0] === 'add' && !args.includes('--permissions') ? ['--permissions', 'operate'] : []
    const { code, stdout, stderr } = await tokens(...args, ...given)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(message)
  })
})
