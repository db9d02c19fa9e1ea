// Alerts on the home page in Chromium: sentences, links, the feed.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { alertsKey } from '../../../shared/keys.ts'
import { expectNoAxeViolations, findChromium } from '../../support/browser.ts'
import { type OpenDashboard, openDashboard } from '../../support/open-dashboard.ts'

if (!findChromium()) console.warn('Skipped: no Chromium found. Install one or set CHROMIUM to its path.')

describe.skipIf(!findChromium())('alerts in Chromium', () => {
  let dashboard: OpenDashboard
  const on: OpenDashboard['on'] = (...options) => dashboard.on(...options)
  beforeAll(async () => {
    dashboard = await openDashboard()
  })
  afterAll(() => dashboard?.close())

  test('the home page lists five, and the others on demand, each with the page that it is about', () =>
    on('/', async ({ page }) => {
      const lines = page.locator('#alerts li')
      expect(await lines.count()).toBe(5)
      expect(await lines.first().textContent()).toBe(
        '22 Nov New signature in Atelier: atelier::Document::Open is new since 21 Nov, Linux only: 4.7 % of crashes of 3.2.0 (and 3 more like it)',
      )
      const hrefs = await page
        .locator('#alerts li a')
        .evaluateAll((links) => links.map((a) => a.getAttribute('href')))
      expect(hrefs[0]).toBe('/signature/?signature=atelier%3A%3ADocument%3A%3AOpen&product=Atelier')
      expect(hrefs[3]).toBe('/release/?product=Atelier&version=3.2.0&against=3.1.4')
      await page.getByRole('button', { name: 'Show 2 more alerts' }).click()
      expect(await lines.count()).toBe(7)
      await expectNoAxeViolations(page)
    }))

  test('the page of a product lists its own, and its feed is visible and in the head', () =>
    on('/?product=Lumen', async ({ page }) => {
      expect(await page.locator('#alerts li').count()).toBe(4)
      const feed = '/aggregates/feeds/products/lumen.atom'
      expect(await page.getByRole('link', { name: 'Atom feed' }).getAttribute('href')).toBe(feed)
      const links = page.locator('head link[rel=alternate]')
      expect(await links.evaluateAll((all) => all.map((link) => link.getAttribute('href')))).toEqual([
        '/aggregates/feeds/all.atom',
        feed,
      ])
      await page.getByRole('link', { name: 'Rising signature' }).last().click()
      await page.waitForURL(/\/signature\/\?signature=lumen%3A%3ASave&product=Lumen/)
      expect(await links.count()).toBe(1)
    }))

  test.each([
    ['none', { alerts: [] }],
    ['a misshapen document', { alerts: 7 }],
  ])('with %s, there is no section', (_, change) => {
    const path = `/${alertsKey}`
    const sound = dashboard.server.documents.get(path) as object
    return dashboard.serving({ [path]: { ...sound, ...change } }, () =>
      on('/', async ({ page }) => {
        await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
        expect(await page.locator('#alerts').count()).toBe(0)
      }),
    )
  })
})
