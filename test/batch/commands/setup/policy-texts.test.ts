// What `mayday policy` prints about policies and reports, as a whole.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { F, fakeDump, multipart, T } from '../../../support/crash-request.ts'
import { callMayday } from '../../../support/run-mayday.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-policy-texts-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

function file(name: string, content: string | Uint8Array): string {
  const path = join(dir, name)
  writeFileSync(path, content)
  return path
}

const all = { name: 'all', when: { kind: 'always' }, verdict: 'accept' }
const half = {
  name: 'half',
  when: { kind: 'always' },
  verdict: { percent: 50, pass: 'accept', miss: 'reject' },
}
const some = {
  name: 'some',
  when: { kind: 'always' },
  verdict: { percent: 25, pass: 'accept', miss: 'continue' },
}
const draw = {
  name: 'draw',
  when: { kind: 'always' },
  verdict: { percent: 25, pass: 'continue', miss: 'defer' },
}
const document = (rules: unknown[], more = {}) =>
  file('policy.json', JSON.stringify({ name: 'mine', version: 1, rules, ...more }))
const noRule = '  Reports that no rule decides are rejected (NO_MATCH).\n'

describe('mayday policy check prints', () => {
  test.each<[string, unknown[], object, string]>([
    ['a complete policy', [all], {}, 'policy mine, 1 rules, all products\n'],
    ['products', [all], { products: ['A', 'B'] }, 'policy mine, 1 rules, A, B\n'],
    ['no rules', [], {}, `policy mine, 0 rules, all products\n${noRule}`],
    ['rules that may all continue', [some, draw], {}, `policy mine, 2 rules, all products\n${noRule}`],
    [
      'rules behind a final draw',
      [some, half, all, draw],
      {},
      'policy mine, 4 rules, all products\n  No report reaches all, draw: half matches all.\n',
    ],
  ])('%s', async (_, rules, more, text) => {
    const path = document(rules, more)
    expect(await callMayday(['policy', 'check', path])).toEqual({
      ...{ code: 0, stderr: '' },
      stdout: `${path}: ${text}`,
    })
  })

  test('what cannot be read', async () => {
    const { code, stderr } = await callMayday(['policy', 'check', join(dir, 'none.json')])
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^mayday: Cannot read .*none\.json, which is not a preset \(accept-all, [a-z, -]+\) either: ENOENT/,
    )
  })

  test('what a stored policy has', async () => {
    const args = ['policy', 'put', document([all, half]), '--store', `file:${join(dir, 'store')}`]
    expect(await callMayday(args)).toEqual({
      ...{ code: 0, stderr: `mayday: created the store file:${join(dir, 'store')}\n` },
      stdout: 'Stored the policy mine with 2 rules.\n',
    })
    expect(JSON.parse((await callMayday([...args, '--json'])).stdout)).toEqual({ name: 'mine', rules: 2 })
  })
})

describe('mayday policy explain prints', () => {
  const at = ['--at', '2026-11-01T00:00:00Z']
  const rules = [
    { name: 'old', when: { kind: 'equals', annotation: 'Version', value: '1' }, verdict: 'reject' },
    {
      ...draw,
      when: {
        kind: 'all',
        of: [
          { kind: 'equals', annotation: 'ProductName', value: 'App' },
          { kind: 'not', of: { kind: 'equals', annotation: 'Version', value: '9' } },
        ],
      },
    },
    { name: 'third', when: { kind: 'always' }, verdict: { percent: 33, pass: 'accept', miss: 'reject' } },
  ]
  const annotations = { ProductName: 'App', Version: '2' }

  test('rules, findings and possible verdicts', async () => {
    const extra = file('extra.json', JSON.stringify(annotations))
    const { code, stdout } = await callMayday(['policy', 'explain', document(rules), extra, ...at])
    expect(code).toBe(0)
    await expect(stdout).toMatchFileSnapshot('../../../golden/policy-explained.txt')
  })

  test('values that are not text, and a report without a product', async () => {
    const extra = file('odd.json', JSON.stringify({ Version: [1] }))
    const { stdout } = await callMayday(['policy', 'explain', document([all]), extra, ...at])
    expect(stdout.split('\n')).toEqual([
      'Policy mine at 2026-11-01T00:00:00.000+00:00: product none, version [1]',
      '',
      '✓ all: accept',
      '    yes  always',
      '',
      '100 % accept by all, each representing 1',
      '',
    ])
  })

  test('the verdict on a report with files, only with the key', async () => {
    const parts = Object.entries(annotations).map(([name, value]) => T(name, value))
    const body = file('body', multipart([...parts, F('upload_file_minidump', fakeDump(100))]))
    const explain = (env: Record<string, string>) =>
      callMayday(['policy', 'explain', document([half]), body, ...at], env)
    const line = /\nThis report: (accept|reject) by half, representing [12]\n$/
    expect((await explain({ CRASH_ID_KEY: 'a key of the tests' })).stdout).toMatch(line)
    expect((await explain({ CRASH_ID_KEY: '' })).stdout).toMatch(/% reject by half\n$/)
    const empty = file('empty', multipart([...parts, F('upload_file_minidump', new Uint8Array())]))
    const args = ['policy', 'explain', document([half]), empty, ...at]
    expect((await callMayday(args, { CRASH_ID_KEY: 'a key of the tests' })).stdout).not.toContain(
      'This report',
    )
  })

  test('a text that is not a time', async () => {
    const args = ['policy', 'explain', 'mozilla', file('extra.json', '{}'), '--at', 'noon']
    expect(await callMayday(args)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--at must be a time like 2026-11-23T14:00:00Z, not 'noon'"),
    })
  })
})
