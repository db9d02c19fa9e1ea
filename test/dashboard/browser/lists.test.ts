// Lists in Chromium: their drawings, their columns, their links to searches, and times on hover.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PackedTopCrashers, TopCrashersAggregate } from '../../../shared/aggregates/documents.ts'
import { unpackTopCrashers } from '../../../shared/aggregates/crash-cells.ts'
import { topCrashersKey } from '../../../shared/keys.ts'
import {
  columnTexts,
  expectNoAxeViolations,
  expectNoSidewaysScroll,
  findChromium,
  settled,
} from '../../support/browser.ts'
import { type OpenDashboard, openDashboard } from '../../support/open-dashboard.ts'

const path = '/topcrashers/?product=Lumen&days=28'

describe.skipIf(!findChromium())('lists', () => {
  let dashboard: OpenDashboard
  const on: OpenDashboard['on'] = (...options) => dashboard.on(...options)

  beforeAll(async () => {
    dashboard = await openDashboard()
  })
  afterAll(() => dashboard?.close())

  test('a row shows its 28 days, and its platforms as one bar with their shares', () =>
    on(path, async ({ page }) => {
      const packed = dashboard.server.documents.get(`/${topCrashersKey('lumen', 28)}`)
      const document = unpackTopCrashers(packed as PackedTopCrashers)
      const [first] = document.signatures
      const row = page.locator('.data-table tbody tr').first()
      expect(await row.locator('.sparkline rect').count()).toBe(28)
      const heights = await row
        .locator('.sparkline rect')
        .evaluateAll((all) => all.map((one) => Number(one.getAttribute('height'))))
      expect(heights.indexOf(Math.max(...heights))).toBe(first!.days!.indexOf('9'))
      const windows = document.platforms.indexOf('Windows NT')
      const sum = (cells: TopCrashersAggregate['all']['current']) =>
        cells.reduce((all, cell) => all + cell[5], 0)
      const share = sum(first!.current.filter((cell) => cell[2] === windows)) / sum(first!.current)
      const text = `Windows ${(100 * share).toFixed(1)} %`
      const link = row.locator('.platform-bar').getByRole('link', { name: text })
      expect(await link.getAttribute('href')).toContain('platform=Windows+NT')
    }))

  test('columns are chosen by keyboard, kept in the URL, and as many as the reader wants', () =>
    on(path, async ({ page }) => {
      await page.locator('.column-picker summary').focus()
      await page.keyboard.press('Enter')
      await page.getByRole('checkbox', { name: 'Windows' }).focus()
      await page.keyboard.press('Space')
      await page.waitForURL(/columns=/)
      expect((await columnTexts(page, 'Windows')).length).toBeGreaterThan(10)
      await expectNoAxeViolations(page)
      await page.getByRole('checkbox', { name: 'Trend' }).uncheck()
      expect(await page.locator('.data-table .sparkline').count()).toBe(0)
      await page.reload()
      await settled(page)
      expect((await columnTexts(page, 'Windows')).length).toBeGreaterThan(10)
      await page.getByLabel('Period', { exact: true }).selectOption('7 days')
      await settled(page)
      expect(new URL(page.url()).searchParams.get('columns')).toContain('win')
      await page.locator('.column-picker summary').click()
      await page.getByRole('button', { name: 'Usual columns' }).click()
      await page.waitForURL((url) => !url.searchParams.has('columns'))
      expect(await columnTexts(page, 'Windows')).toEqual([])
    }))

  test('numbers are links to the search of what they count', () =>
    on(`${path}&channel=beta`, async ({ page }) => {
      const row = page.locator('.data-table tbody tr').first()
      const signature = await row.getByRole('rowheader').getByRole('link').innerText()
      const href = await row.locator('.column-count a').getAttribute('href')
      const { pathname, searchParams } = new URL(href!, page.url())
      expect(pathname).toBe('/search/')
      expect(Object.fromEntries(searchParams)).toMatchObject({
        signature: `=${signature}`,
        product: 'Lumen',
        release_channel: 'beta',
        date: '>=2026-10-26',
      })
    }))

  test('times are UTC, and on hover those of the clock of the reader', () =>
    on(
      '/topcrashers/?product=Lumen',
      async ({ page }) => {
        const time = page.locator('.tiles time').first()
        expect(await time.innerText()).toBe('22 Nov 2026, 14:05 UTC')
        expect(await time.getAttribute('title')).toBe('22 Nov 2026, 19:35 GMT+5:30, your time')
      },
      { timezoneId: 'Asia/Kolkata' },
    ))

  test('on paper a list has its bars, without controls', () =>
    on(path, async ({ page }) => {
      await page.emulateMedia({ media: 'print' })
      expect(await page.locator('.column-picker').isVisible()).toBe(false)
      const bar = page.locator('.platform-bar').first()
      expect(await bar.evaluate((element) => getComputedStyle(element).printColorAdjust)).toBe('exact')
      expect(await page.locator('.data-table .sparkline').first().isVisible()).toBe(true)
    }))

  test.each([path, '/signatures/', '/'])('%s at double zoom does not scroll sideways', (zoomed) =>
    on(
      zoomed,
      async ({ page }) => {
        await expectNoSidewaysScroll(page)
        await page.keyboard.press('Control+k')
        await page.getByRole('combobox', { name: /signature, crash ID/ }).waitFor()
        await expectNoSidewaysScroll(page)
      },
      { viewport: { width: 640, height: 450 } },
    ),
  )

  test('the choice of columns fits a phone', () =>
    on(
      path,
      async ({ page }) => {
        expect(await page.locator('.data-table .sparkline').first().isVisible()).toBe(true)
        await page.locator('.column-picker summary').click()
        await expectNoSidewaysScroll(page)
        await expectNoAxeViolations(page)
      },
      { viewport: { width: 360, height: 740 } },
    ))
})
