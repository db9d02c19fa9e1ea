// `mayday symbols missing`, as users run it.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { callMayday } from '../../../support/run-mayday.ts'

const folder = mkdtempSync(join(tmpdir(), 'mayday-missing-'))
const environment = { MAYDAY_STORE: `file:${join(folder, 'data')}`, MAYDAY_CACHE: join(folder, 'cache') }
const mayday = (...args: string[]) => callMayday(args, environment)
beforeAll(async () => {
  expect(
    (await mayday('simulate', '--crashes', '300', '--days', '3', '--to', '2026-10-21', '--modules')).code,
  ).toBe(0)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('prints the modules that most crashes lacked, as the table missing_modules has them', async () => {
  const { code, stdout, stderr } = await mayday('symbols', 'missing')
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(
    /^debug_file +debug_id +code_file +code_id +crashes +weighted +products +first_seen +last_seen\n/,
  )
  expect(stdout).toMatch(/simgfx\S* .* 2026-10-19 +2026-10-21\n/)
  const query = 'select filename, sum(count)::int n from missing_modules group by 1 order by 2 desc limit 1'
  const [top] = JSON.parse((await mayday('sql', query, '--format', 'json')).stdout)
  const lines = (await mayday('symbols', 'missing', '--json', '--limit', '1')).stdout.trim().split('\n')
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ code_file: top.filename, count: top.n, products: expect.any(Array) }),
  ])
})

test('prints the columns of Tecken as CSV', async () => {
  const { stdout } = await mayday('symbols', 'missing', '--csv')
  const [head, first] = stdout.split('\r\n')
  expect(head).toBe('debug_file,debug_id,code_file,code_id')
  expect(first!.split(',')).toHaveLength(4)
})

test('refuses bad options', async () => {
  expect(await mayday('symbols', 'missing', '--csv', '--json')).toMatchObject({ code: 2 })
  expect(await mayday('symbols', 'missing', '--days', '0')).toMatchObject({ code: 2 })
})
