// Symbols that arrive late, as a user sees it: upload them over HTTP, run a round, look at the crash again.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { findChromium, launchBrowser, openPage, visit } from '../../support/browser.ts'
import { callMayday } from '../../support/run-mayday.ts'
import { type RunningEdge, startDenoEdge } from '../../support/running-edge.ts'
import { zipOf } from '../../support/zip.ts'

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

const fixtures = resolve(import.meta.dirname, '../../fixtures')
const dump = join(fixtures, 'dumps/cpp-basics-O0-null-read.dmp.gz')
const path = 'basics_O0/230BF8F51DB77256EC9845E8987C25B40/basics_O0.sym'

describe.skipIf(!findChromium())('a crash whose symbols are uploaded after it was processed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mayday-late-page-'))
  let edge: RunningEdge
  let browser: Browser
  let crashId = ''

  const mayday = async (...args: string[]) => {
    const env = { MAYDAY_STORE: edge.store, MAYDAY_CACHE: join(folder, 'cache') }
    const { code, stdout, stderr } = await callMayday(args, env)
    expect(`${code} ${stderr}`, args.join(' ')).toMatch(/^0 /)
    return stdout
  }
  const missingModules = async (): Promise<string[]> => {
    const rows = (await mayday('symbols', 'missing', '--csv')).trim().split('\n').slice(1)
    return rows.map((row) => row.split(',')[0]!).sort()
  }

  beforeAll(async () => {
    edge = await startDenoEdge(join(folder, 'store'))
    browser = await launchBrowser()
    const sent = await mayday(
      'submit',
      dump,
      '-a',
      'ProductName=Basalt',
      '-a',
      'Version=1.0',
      '--url',
      `${edge.url}/submit`,
    )
    crashId = /bp-([0-9a-f-]{36})/.exec(sent)![1]!
    await mayday('run', '--once')
  })
  afterAll(async () => {
    await browser?.close()
    await edge?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** The text of its page. */
  async function shownReport(): Promise<string> {
    const { page, errors, close } = await openPage(browser)
    try {
      await visit(page, `${edge.url}/report/index/${crashId}`)
      const text = await page.locator('main').innerText()
      expect(errors).toEqual([])
      return text
    } finally {
      await close()
    }
  }

  async function upload(): Promise<Response> {
    const added = await mayday('tokens', 'add', '--label', 'ci', '--permissions', 'upload_symbols', '--json')
    const { token } = JSON.parse(added)
    const symbols = gunzipSync(readFileSync(join(fixtures, 'symbols', `${path}.gz`)))
    const form = new FormData()
    form.append('symbols.zip', new Blob([zipOf({ name: path, content: symbols })]), 'symbols.zip')
    return fetch(`${edge.url}/symbols/upload/`, {
      method: 'POST',
      headers: { 'auth-token': token },
      body: form,
    })
  }

  test('gets its names after the next round, and its module is no longer missing', async () => {
    const before = await missingModules()
    expect(before).toContain('basics_O0')
    const page = await shownReport()
    expect(page).toMatch(/basics_O0@0x/)
    expect(page).not.toContain('app::crash_null_read')

    expect((await upload()).status).toBe(201)
    const steps = (await mayday('run', '--once'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(steps.find(({ step }) => step === 'late-symbols')).toMatchObject({
      modules_found: 1,
      processed: 1,
    })

    expect(await missingModules()).toEqual(before.filter((name) => name !== 'basics_O0'))
    const named = await shownReport()
    for (const text of ['app::crash_null_read()', 'app::Ledger::read_balance', 'basics.cpp'])
      expect(named).toContain(text)
    expect(named).not.toMatch(/basics_O0@0x/)
  })
})
