// `mayday site`: the whole dashboard from a plain file server, in a folder of the host.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeAggregates } from '../../../batch/aggregates/aggregate.ts'
import { openFiles, openStore } from '../../../batch/lake/open-store.ts'
import { rowsOf } from '../../../batch/lake/duckdb.ts'
import { openLake } from '../../../batch/lake/views.ts'
import { encodeProcessedCrash } from '../../../batch/processing/processed-crash.ts'
import { writeSearchFiles } from '../../../batch/search-files/write-files.ts'
import { simulateCrashes } from '../../../batch/simulate/rows.ts'
import { regression } from '../../../batch/simulate/plantings.ts'
import type { ProcessedCrash } from '../../../shared/crash.ts'
import { processedKey } from '../../../shared/keys.ts'
import { expectNoAxeViolations, findChromium, launchBrowser, openPage } from '../../support/browser.ts'
import { serveFiles } from '../../support/file-server.ts'
import { runMayday } from '../../support/run-mayday.ts'
import { sampleReport } from '../../support/sample-report.ts'

const now = new Date('2026-11-22T14:05:00Z')
const dir = mkdtempSync(join(tmpdir(), 'mayday-site-'))
const folder = join(dir, 'host', 'crashes', 'of us')
const site = '/crashes/of%20us/'

/** Crashes, their aggregates and search files, and one report; returns its crash ID. */
async function fillStore(): Promise<string> {
  await using store = await openStore({ store: `file:${dir}/store` }, { missing: 'create' })
  {
    await using files = await openFiles(store)
    await simulateCrashes(files, { crashes: 2000, days: 8, seed: 3, to: now.toISOString().slice(0, 10) })
  }
  await writeAggregates(store)
  await writeSearchFiles(store, { now })
  await using lake = await openLake(store)
  const [newest] = await rowsOf<{ crash_id: string }>(
    lake.database.connection,
    'SELECT crash_id FROM crashes WHERE signature = $signature ORDER BY submitted_at DESC LIMIT 1',
    { signature: regression.signature },
  )
  const id = newest!.crash_id
  const crash = { ...sampleReport(id), crash_id: id, uuid: id, signature: regression.signature }
  await store.stores.crashes.put(processedKey(id), encodeProcessedCrash(crash as unknown as ProcessedCrash))
  return id
}

describe.skipIf(!findChromium())('a site in a folder', () => {
  let server: Awaited<ReturnType<typeof serveFiles>>
  let browser: Browser
  let crashId: string
  let report: { files: number; reports: number; reports_omitted: number; removed: number }

  const write = async (...options: string[]) => {
    const run = await runMayday(['site', folder, '--store', `file:${dir}/store`, '--json', ...options])
    expect(run.stderr).not.toMatch(/Error/)
    return JSON.parse(run.stdout)
  }

  beforeAll(async () => {
    crashId = await fillStore()
    report = await write()
    server = await serveFiles(join(dir, 'host'))
    browser = await launchBrowser()
  }, 300_000)
  afterAll(async () => {
    await browser?.close()
    await server?.close()
    rmSync(dir, { recursive: true, force: true })
  })

  const on = async (
    path: string,
    run: (page: Awaited<ReturnType<typeof openPage>>['page']) => Promise<void>,
  ) => {
    const { page, context, close } = await openPage(browser)
    const missing: string[] = []
    page.on('response', (response) => {
      if (response.status() >= 400) missing.push(new URL(response.url()).pathname)
    })
    await context.clock.setFixedTime(now)
    await page.goto(server.url + site + path)
    await run(page)
    await close()
    return missing
  }

  test('has the reports that pages list and the store has', () => {
    expect(report.reports).toBe(1)
    expect(report.reports_omitted).toBeGreaterThan(100)
    expect(existsSync(join(folder, 'aggregates/feeds/products/simbrowser.atom'))).toBe(true)
  })

  test('leads from the overview to a signature and its report, and back to each by its URL', async () => {
    const missing = await on('', async (page) => {
      await page.getByRole('link', { name: 'Top crashers' }).first().click()
      await page.waitForURL(/of%20us\/topcrashers\/$/)
      await page.getByRole('link', { name: regression.signature }).first().click()
      await page.waitForURL(/of%20us\/signature\/\?/)
      await page.reload()
      await page.locator(`a[href$="${crashId}"]`).first().click()
      await page.waitForURL(/of%20us\/report\/index\//)
      await page.locator('#stack').waitFor()
      await page.reload()
      await page.locator('#stack').waitFor()
      await expectNoAxeViolations(page)
      await page.getByRole('link', { name: 'Overview' }).click()
      await page.getByRole('heading', { level: 1 }).waitFor()
      expect(new URL(page.url()).pathname).toBe(site)
    })
    expect(missing).toEqual([])
  })

  test('searches its files in a worker', async () => {
    const missing = await on('search/?product=SimBrowser&_facets=platform', async (page) => {
      await page.getByText('Windows NT').first().waitFor()
      expect(await page.locator('main').textContent()).toMatch(/\breports\b/)
    })
    expect(missing).toEqual([])
  })

  test.each([
    ['symbolicate/', 'Symbolicating needs a server.'],
    ['api/', 'The API needs a server.'],
  ])('%s states what it cannot do', async (path, text) => {
    const missing = await on(path, async (page) => {
      await page.getByText(text).first().waitFor()
      await expectNoAxeViolations(page)
    })
    expect(missing).toEqual([])
  })

  test('a report that it does not have is explained', async () => {
    await on('404.html', async (page) => {
      await page.evaluate(
        (path) => history.pushState(null, '', path),
        `${site}report/index/${crashId.replace(/^./, 'f')}`,
      )
      await page.evaluate(() => dispatchEvent(new PopStateEvent('popstate')))
      await page.getByText('This report is not in this site').waitFor()
    })
  })

  test('written again it removes what is no longer in it, and no folder of others', async () => {
    expect(await write('--reports', '0')).toMatchObject({ reports: 0, removed: 2 })
    expect(existsSync(join(folder, 'api/report', crashId))).toBe(false)
    writeFileSync(join(dir, 'host', 'other.txt'), 'x')
    const run = await runMayday(['site', join(dir, 'host'), '--store', `file:${dir}/store`])
    expect(run.stderr).toContain('has other files')
  })
})
