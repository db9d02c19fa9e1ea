// What the commands of analysis print.
import { describe, expect, test } from 'vitest'
import { reportText, tokenCells } from '../../../../batch/commands/analysis/audit.ts'
import { lineOf, readGroups } from '../../../../batch/commands/analysis/check.ts'
import { describe as describeStore, tableOf } from '../../../../batch/commands/analysis/cost.ts'

describe('audit', () => {
  const token = {
    ...{
      label: 'ann',
      id: 't1',
      permissions: ['view_pii' as const, 'view_rawdump' as const],
      products: ['A', 'B'],
    },
    ...{ created_at: '2026-10-01T10:00:00Z', expires_at: '2026-12-01T10:30:00Z', last_used: '2026-11-02' },
    findings: ['x', 'y'],
  }
  const other = { ...token, label: 'bob', products: null, expires_at: null, last_used: null, findings: [] }
  const [first, last] = ['2026-11-01T08:09:10Z', '2026-11-02T09:10:11Z']

  test('prints the tokens, their use and the latest subjects', () => {
    const text = reportText({
      ...{ month: '2026-11', tokens: [token, other] },
      use: [{ label: 'ann', action: 'read_file', product: 'A', count: 12, subjects: 3, first, last }],
      subjects: [{ label: 'ann', subject: 's', product: 'A', actions: ['a', 'b'], count: 12, last }],
    } as unknown as Parameters<typeof reportText>[0])
    expect(text.split('\n').map((line) => line.trimEnd())).toEqual([
      'Tokens',
      'label  id  permissions            products  expires           last used   findings',
      '─────  ──  ─────────────────────  ────────  ────────────────  ──────────  ────────',
      'ann    t1  view_pii,view_rawdump  A,B       2026-12-01 10:30  2026-11-02  x, y',
      'bob    t1  view_pii,view_rawdump  all       never             never',
      '(2 rows)',
      '',
      'Use in 2026-11',
      'label  action     product  times  subjects  first             last',
      '─────  ─────────  ───────  ─────  ────────  ────────────────  ────────────────',
      'ann    read_file  A           12         3  2026-11-01 08:09  2026-11-02 09:10',
      '(1 row)',
      '',
      'Latest subjects in 2026-11 (--csv has all)',
      'label  subject  product  actions  times  last',
      '─────  ───────  ───────  ───────  ─────  ────────────────',
      'ann    s        A        a,b         12  2026-11-02 09:10',
      '(1 row)',
      '',
    ])
  })

  test('has a cell for each fact of a token, and empty ones without a token', () => {
    expect(tokenCells(token)).toEqual([
      ...[
        'view_pii view_rawdump',
        'A; B',
        '2026-10-01T10:00:00Z',
        '2026-12-01T10:30:00Z',
        '2026-11-02',
        'x, y',
      ],
    ])
    expect(tokenCells(other).slice(1)).toEqual(['all', '2026-10-01T10:00:00Z', 'never', 'never', ''])
    expect(tokenCells(undefined)).toEqual(['', '', '', '', '', ''])
  })
})

describe('check', () => {
  test('prints a line for each finding, and one for its cure', () => {
    expect(
      lineOf({ result: 'ok', check: 'TLS', text: 'is\n  good\u001b' } as Parameters<typeof lineOf>[0]),
    ).toBe(`ok       TLS${' '.repeat(24)}is good\\u001b\n`)
    const failed = { result: 'failed', check: 'a check', text: 'no', cure: 'do\u001b' } as Parameters<
      typeof lineOf
    >[0]
    expect(lineOf(failed)).toBe(`failed   a check${' '.repeat(20)}no\n${' '.repeat(36)}→ do\\u001b\n`)
  })

  test('reads names of groups, and orders them', () => {
    expect(readGroups('access,service')).toEqual(['service', 'access'])
    expect(() => readGroups('service,b\u001b,c')).toThrow(
      /^--only does not know b\\u001b, c: service, submission, symbols, crash, access, store/,
    )
  })
})

describe('cost', () => {
  test.each([
    [0, 0, 'No reports in the last 28 days.'],
    [
      28_000,
      28_000 * 123_456,
      '28,000 reports in 28 days (1,000 a day), 123 kB each with their processed crashes.',
    ],
  ])('of %d reports', (reports, reportBytes, text) => {
    const measured = { days: 28, reports, reportBytes, storedBytes: 1, roundRequests: null }
    expect(describeStore(measured)).toBe(text)
  })

  test('is a table without a number of rows', () => {
    expect(
      tableOf([
        { item: 'storage', perMillion: null, perMonth: 1.005 },
        { item: 'requests', perMillion: 12.346, perMonth: 2 },
      ]).split('\n'),
    ).toEqual([
      'item      per million reports  per month',
      '────────  ───────────────────  ─────────',
      'storage                             1.00',
      'requests                12.35       2.00',
      '',
    ])
  })
})
