// The exit code of `mayday check`, with the checks of a store alone.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { callMayday } from '../../../support/run-mayday.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-check-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

test('checks without a failure end with 0', async () => {
  const store = `file:${join(dir, 'store')}`
  await callMayday(['policy', 'put', 'accept-all', '--store', store])
  const outcome = await callMayday(['check', 'http://127.0.0.1:1', '--only', 'store', '--store', store])
  expect(outcome.stdout).toContain('ok       store: deletes')
  expect(outcome).toMatchObject({ code: 0, stderr: '' })
})
