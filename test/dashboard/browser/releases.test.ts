// The release view in Chromium: the choice of releases in the URL, by keyboard and without data; sentences of the home page.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findChromium } from '../../support/browser.ts'
import { type OpenDashboard, openDashboard } from '../../support/open-dashboard.ts'

if (!findChromium()) console.warn('Skipped: no Chromium found. Install one or set CHROMIUM to its path.')

describe.skipIf(!findChromium())('releases in Chromium', () => {
  let dashboard: OpenDashboard
  const on: OpenDashboard['on'] = (...options) => dashboard.on(...options)
  beforeAll(async () => {
    dashboard = await openDashboard()
  })
  afterAll(() => dashboard?.close())

  test('the home page opens with a sentence per product, those with a difference first, linked to the comparison', () =>
    on('/', async ({ page }) => {
      const sentences = await page.locator('.news li').allTextContents()
      expect(sentences).toHaveLength(4)
      expect(sentences[1]).toMatch(
        /^Atelier 3\.2\.0: atelier::Document::Open is more frequent: 37\.8 % of crashes, 15\.5 % in 3\.1\.4/,
      )
      expect(sentences[3]).toMatch(/nothing differs/)
      await page.getByRole('link', { name: 'Atelier 3.2.0' }).click()
      await page.getByRole('heading', { level: 1, name: '3.2.0 against 3.1.4' }).waitFor()
      expect(await page.locator('.lead').textContent()).toBe(sentences[1]!.replace('Atelier ', ''))
    }))

  test('other releases are chosen by keyboard, and the URL names them', () =>
    on('/release/?product=Atelier', async ({ page }) => {
      await page.getByLabel('Against').focus()
      await page.keyboard.press('ArrowDown')
      await page.getByRole('heading', { level: 1, name: '3.2.0 against 3.1.3' }).waitFor()
      expect(new URL(page.url()).search).toBe('?product=Atelier&version=3.2.0&against=3.1.3')
      await page.goBack()
      await page.getByRole('heading', { level: 1, name: '3.2.0 against 3.1.4' }).waitFor()
    }))

  test('differences beyond chance come first and are the only ones with a color', () =>
    on('/release/?product=Atelier', async ({ page }) => {
      const first = page.locator('#signatures tbody tr').first()
      expect(await first.textContent()).toContain('rising')
      expect(await page.locator('#signatures td .worse').count()).toBe(1)
      expect(await page.locator('#signatures td .note').count()).toBeGreaterThan(5)
    }))

  test('with imported use, rates and their days are shown', () =>
    on('/release/?product=Lumen', async ({ page }) => {
      expect(await page.locator('.tile').first().textContent()).toMatch(
        /Crashes per 1,000 daily users11\.5± 1\.15, \+104\.7 % vs\. 5\.63.*9 days with known use/,
      )
      expect(await page.getByRole('columnheader', { name: /^Rate, / }).count()).toBe(2)
    }))

  test('a version that the page does not have is named, and another one shown', () =>
    on('/release/?product=Atelier&version=1.0&channel=', async ({ page }) => {
      expect(await page.getByText('Not among the releases of this page').textContent()).toContain('1.0')
      await page.getByRole('heading', { level: 1, name: '3.2.0 against 3.1.4' }).waitFor()
    }))

  test('a product without releases to compare has a page that links to its list', async () => {
    const opened = await dashboard.open('/release/?product=Atelier')
    await opened.close()
    await dashboard.serving({ '/aggregates/v4/releases/atelier.json': undefined }, async () => {
      const { page, close } = await dashboard.open('/release/?product=Atelier')
      await page.getByText('Too few crashes to compare releases').waitFor()
      expect(await page.getByRole('link', { name: 'its Top Crashers' }).getAttribute('href')).toBe(
        '/topcrashers/?product=Atelier',
      )
      await close()
    })
  })
})
