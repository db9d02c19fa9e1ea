// Reports of Sentry's clients, from submission to the data that the dashboard shows.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { callMayday } from '../support/run-mayday.ts'
import { type RunningEdge, startDenoEdge } from '../support/running-edge.ts'
import { type SentryBody, secretText, sentryCrashes } from '../support/sentry-clients.ts'
import { fixtureDump } from '../support/stored-reports.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 })

const fixtures = resolve(import.meta.dirname, '../fixtures')
const readToken = 'read-token-0123456789'

describe("a report of Sentry's clients", async () => {
  const dir = mkdtempSync(join(tmpdir(), 'mayday-sentry-'))
  const bodies = await sentryCrashes(fixtureDump('cpp-basics-O0-null-read'))
  const ids = new Map<SentryBody, string>()
  let edge: RunningEdge

  async function shown(sent: SentryBody, headers: Record<string, string> = {}) {
    const response = await fetch(`${edge.url}/api/report/${ids.get(sent)}`, { headers })
    return (await response.json()) as Record<string, unknown>
  }

  beforeAll(async () => {
    edge = await startDenoEdge(join(dir, 'data'), { READ_TOKEN: readToken })
    for (const sent of bodies) {
      const { path, headers, body } = sent
      const response = await fetch(edge.url + path, { method: 'POST', headers, body })
      ids.set(sent, response.headers.get('x-crash-id') ?? (await response.text()))
    }
    const env = { MAYDAY_STORE: edge.store, MAYDAY_CACHE: join(dir, 'cache') }
    for (const args of [['process', '--symbols', join(fixtures, 'symbols')], ['aggregate']]) {
      const { code, stderr } = await callMayday(args, env)
      expect(`${code} ${stderr}`).toMatch(/^0 /)
    }
  })
  afterAll(async () => {
    await edge?.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  test.each(bodies)('is shown with product, version, channel, build and stack: $name', async (sent) => {
    const crash = await shown(sent)
    expect(crash).toMatchObject({
      product: 'editor',
      version: '1.2.3',
      release_channel: 'beta',
      build: '4567',
      signature: expect.stringContaining('app::Ledger::read_balance'),
    })
    expect(JSON.stringify(crash)).not.toContain(secretText)
  })

  test('is shown with breadcrumbs, comments and user only to holders of the token', async () => {
    const full = await Promise.all(
      bodies.map((sent) => shown(sent, { authorization: `Bearer ${readToken}` })),
    )
    const [crashpad, breakpad, uploader, sdk] = full
    expect(crashpad!.breadcrumbs).toMatchObject([{ message: secretText }, {}])
    expect(breakpad!.user_comments).toBe(secretText)
    expect([uploader!.process_type, sdk!.process_type]).toEqual(['renderer', 'renderer'])
    expect(full.map(({ breadcrumbs }) => Array.isArray(breadcrumbs))).toEqual([true, true, true, true])
  })
})
