// `mayday check` of the edge in the Workers runtime and in Deno: every check but those of tables and rounds.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { openStore } from '../../batch/lake/open-store.ts'
import { processCrashes } from '../../batch/processing/process-run.ts'
import { checksWith, contextFor, findingsOf } from '../batch/check/check.support.ts'
import { startDenoEdge, startWorkerdEdge } from '../support/running-edge.ts'

vi.setConfig({ testTimeout: 120_000 })

const scratch = mkdtempSync(join(tmpdir(), 'mayday-check-e2e-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const readToken = 'the-read-token-of-the-tests'
const settings = { READ_TOKEN: readToken, MAYDAY_VERSION: '{"version": "1.0", "commit": "abc"}' }

test.each([
  // Its local runtime sends no Date.
  ['the Workers runtime', startWorkerdEdge, ['clock of the edge']],
  ['Deno', startDenoEdge, []],
])('in %s all is well, and the test crash is erased', async (name, start, alsoSkipped) => {
  const edge = await start(join(scratch, name.replaceAll(' ', '-')), settings)
  try {
    await using store = await openStore({ store: edge.store })
    const dir = join(scratch, 'cache')
    const context = contextFor(edge.url, { store, token: readToken, wait: 60_000 })
    context.sleep = async () => {
      await processCrashes({ stores: store.stores, dir, duckdbMemory: '256MB', workers: 1 })
    }
    const only = ['service', 'submission', 'crash', 'access', 'store'] as const
    const findings = await findingsOf(context, only)
    expect(findings.filter(({ result }) => result === 'failed' || result === 'warning')).toEqual([])
    expect(checksWith(findings, 'skipped')).toEqual([...alsoSkipped, 'TLS', 'rejected report', 'API'])
    expect(findings.find(({ check }) => check === 'token')?.text).toBe('has view_pii, view_rawdump')
    expect(findings.at(-1)).toMatchObject({ check: 'test crash erased', result: 'ok' })
  } finally {
    await edge.stop()
  }
})
