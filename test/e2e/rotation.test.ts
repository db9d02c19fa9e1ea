// Changes of secrets, as docs/secrets.md describes them: no client is cut off, no report that is sent again becomes another.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { environment } from '../../batch/config.ts'
import { settingDocs } from '../../edge/config.ts'
import { credentials, isSecret } from '../../shared/settings.ts'
import { type RunningEdge, startDenoEdge, startNodeEdge, startWorkerdEdge } from '../support/running-edge.ts'
import { submitFixture } from '../support/running-serve.ts'

vi.setConfig({ testTimeout: 120_000 })

const scratch = mkdtempSync(join(tmpdir(), 'mayday-rotation-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const [oldKey, newKey] = ['the old key of the tests', 'the new key of the tests']
const [oldToken, newToken] = ['old-token-0123456789', 'new-token-0123456789']

test('the page has a row for every secret setting', () => {
  const all = [...settingDocs, ...environment, ...credentials].map(({ name }) => name)
  const secrets = new Set(all.filter(isSecret))
  const page = readFileSync(resolve(import.meta.dirname, '../../docs/secrets.md'), 'utf8')
  const section = page.slice(page.indexOf('## Settings'), page.indexOf('## CRASH_ID_KEY'))
  const cells = [...section.matchAll(/^\| (`[^|]+) \|/gm)].flatMap(([, cell]) => cell!.match(/[A-Z_\d]{3,}/g))
  expect(cells.sort()).toEqual([...secrets].sort())
})

describe.each([
  { runtime: 'workerd', start: startWorkerdEdge },
  { runtime: 'Deno', start: startDenoEdge },
  { runtime: 'Node', start: startNodeEdge },
])('in $runtime', ({ runtime, start }) => {
  const withEdge = async <T>(vars: Record<string, string>, use: (edge: RunningEdge) => Promise<T>) => {
    const edge = await start(join(scratch, runtime), vars)
    try {
      return await use(edge)
    } finally {
      await edge.stop()
    }
  }
  const statusWith = async (edge: RunningEdge, token: string) => {
    const answer = await fetch(`${edge.url}/__metrics__`, { headers: { authorization: `Bearer ${token}` } })
    await answer.text()
    return answer.status
  }

  test('key and tokens change without an effect on clients', async () => {
    const before = { CRASH_ID_KEY: oldKey, OPERATOR_TOKEN: oldToken }
    const first = await withEdge(before, ({ url }) => submitFixture(url, '1.0'))
    expect(first).not.toBeNull()
    const during = {
      CRASH_ID_KEY: newKey,
      CRASH_ID_KEY_PREVIOUS: oldKey,
      OPERATOR_TOKEN: `${newToken} ${oldToken}`,
    }
    const [again, other, statuses] = await withEdge(during, async (edge) => [
      await submitFixture(edge.url, '1.0'),
      await submitFixture(edge.url, '2.0'),
      [
        await statusWith(edge, oldToken),
        await statusWith(edge, newToken),
        await statusWith(edge, 'another-token-0123456789'),
      ],
    ])
    // The start, because the test may run over midnight.
    expect([again?.slice(0, 29), statuses]).toEqual([first!.slice(0, 29), [200, 200, 404]])
    // An edge that is behind, in step 1.
    const behind = { CRASH_ID_KEY: oldKey, CRASH_ID_KEY_PREVIOUS: newKey }
    const late = await withEdge(behind, ({ url }) => submitFixture(url, '2.0'))
    expect(late?.slice(0, 29)).toBe(other!.slice(0, 29))
  })
})
