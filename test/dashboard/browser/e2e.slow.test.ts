// The running system in Chromium: from the overview to one crash, by mouse and keyboard.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  expectNoAxeViolations,
  expectNoSidewaysScroll,
  findChromium,
  launchBrowser,
  openPage,
  settled,
  visit,
  type WatchedPage,
} from '../../support/browser.ts'
import { type RunningSystem, startSystem } from '../../support/running-system.ts'

/** A folder for a screenshot of each page; unset: none are kept. */
const pictures = process.env.MAYDAY_SCREENSHOTS

const chromium = findChromium()
if (!chromium) process.stderr.write('Skipped: no Chromium is installed (apt-get install chromium).\n')

const readToken = 'the-token-of-a-reader'

async function keepPicture(page: Page, name: string): Promise<void> {
  if (!pictures) return
  mkdirSync(pictures, { recursive: true })
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true })
}

describe.skipIf(!chromium)('the dashboard of the running system', () => {
  let system: RunningSystem
  let browser: Browser
  let report: string

  beforeAll(async () => {
    system = await startSystem(null, { READ_TOKEN: readToken })
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    expect(await system?.stop()).toBe(0)
  })

  async function withPage(work: (watched: WatchedPage) => Promise<void>): Promise<void> {
    const watched = await openPage(browser)
    try {
      await work(watched)
      expect(watched.errors).toEqual([])
    } finally {
      await watched.close()
    }
  }

  test('leads from the overview to a signature and to one of its reports', () =>
    withPage(async ({ page }) => {
      await visit(page, `${system.url}/`)
      for (const product of ['Almanac', 'Forge', 'Heron', 'Ledger', 'Quill', 'Tern'])
        expect(
          await page.locator('main').getByRole('link', { name: product, exact: true }).count(),
        ).toBeGreaterThan(0)
      for (const platform of ['Linux', 'Windows NT', 'Mac OS X'])
        expect(await page.locator('main').textContent()).toContain(platform)

      await page.getByRole('link', { name: 'Top crashers', exact: true }).first().click()
      await settled(page)
      await page.getByLabel('Product').selectOption('Ledger')
      await settled(page)
      await page.getByRole('link', { name: 'app::Ledger::read_balance' }).click()
      await page.waitForURL(/\/signature\//)
      await settled(page)
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain(
        'app::Ledger::read_balance',
      )

      await page.locator('main a[href^="/report/index/"]').first().click()
      await page.waitForURL(/\/report\/index\//)
      await settled(page)
      const text = await page.locator('main').textContent()
      for (const word of ['SIGSEGV', 'app::crash_null_read()', 'basics.cpp', 'libstdc++.so.6', 'Ledger'])
        expect(text).toContain(word)
      report = new URL(page.url()).pathname
    }))

  test('shows protected data of a report and its files to holders of a token', () =>
    withPage(async ({ page, errors }) => {
      await visit(page, system.url + report)
      const files = page.locator('#protected')
      const open = async (token: string) => {
        await files.getByLabel(/^Token/).fill(token)
        await files.getByRole('button', { name: 'Use the token' }).click()
      }
      expect(await page.locator('.registers').count()).toBe(0)
      await open('a wrong token')
      await files.getByText('This token does not exist').first().waitFor()
      await files.getByRole('button', { name: 'Forget the token' }).click()
      // Chromium reports the denial.
      errors.length = 0
      await open(readToken)
      await files.getByText('Protected fields are shown').waitFor()
      expect(await page.locator('.registers dt').allInnerTexts()).toContain('rip')
      expect(await page.locator('#journey').innerText()).toContain('on the wire')
      await files.getByRole('button', { name: 'List the files' }).click()
      await files.getByRole('link', { name: 'stored report' }).waitFor()
      await expectNoAxeViolations(page)
      await files.getByRole('button', { name: 'Process again' }).click()
      await files.getByText('Not requested: ').waitFor()
      errors.length = 0
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        files.getByRole('link', { name: 'upload_file_minidump' }).click(),
      ])
      const [chunk] = await Array.fromAsync(await download.createReadStream())
      expect(String(chunk).slice(0, 4)).toBe('MDMP')
    }))

  test('filters Top Crashers by platform', () =>
    withPage(async ({ page }) => {
      await visit(page, `${system.url}/topcrashers/?product=Ledger`)
      await page.getByLabel('Platform', { exact: true }).selectOption('Windows NT')
      await settled(page)
      const text = await page.locator('main').textContent()
      expect(text).toContain('ledger::parseAmount')
      expect(text).not.toContain('app::Ledger::read_balance')
    }))

  test('finds a report by its crash ID, with the keyboard only', () =>
    withPage(async ({ page }) => {
      await visit(page, `${system.url}/`)
      const id = report.split('/').at(-1)!
      await page.keyboard.press('/')
      await page.keyboard.type(`bp-${id}`)
      await page.keyboard.press('Enter')
      await page.waitForURL(new RegExp(id))
      await settled(page)
      expect(await page.locator('main').textContent()).toContain('SIGSEGV')
    }))

  test('shows that there is no such report for an unknown crash ID', () =>
    withPage(async ({ page }) => {
      await visit(page, `${system.url}/report/index/00000000-0000-8000-8000-000000261020`)
      expect(await page.locator('main').textContent()).toMatch(/was never received/i)
    }))

  test.each<[name: string, path: () => string]>([
    ['home', () => '/'],
    ['top-crashers', () => '/topcrashers/?product=Ledger&days=28'],
    ['signature', () => '/signature/?signature=app%3A%3ALedger%3A%3Aread_balance'],
    ['report', () => report],
  ])('%s is accessible in light and dark, and fits a phone', async (name, path) => {
    for (const width of [1280, 360]) {
      const isWide = width === 1280
      const watched = await openPage(browser, { viewport: { width, height: 800 } })
      const { page } = watched
      await visit(page, `${system.url}${path()}`)
      await expectNoAxeViolations(page, isWide ? 'with' : 'without')
      await expectNoSidewaysScroll(page)
      await keepPicture(page, `${name}-light-${width}`)
      await page.emulateMedia({ colorScheme: 'dark' })
      if (isWide) await expectNoAxeViolations(page, 'only')
      await keepPicture(page, `${name}-dark-${width}`)
      expect(watched.errors).toEqual([])
      await watched.close()
    }
  })
})
