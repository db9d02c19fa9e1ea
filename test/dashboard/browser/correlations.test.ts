// Correlations on the signature page in Chromium.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectNoAxeViolations, expectNoSidewaysScroll, findChromium } from '../../support/browser.ts'
import { type OpenDashboard, openDashboard } from '../../support/open-dashboard.ts'

const path = `/signature/?${new URLSearchParams({ signature: 'OOM | small', product: 'Lumen' })}`

if (!findChromium()) console.warn('Skipped: no Chromium found. Install one or set CHROMIUM to its path.')

describe.skipIf(!findChromium())('correlations in Chromium', () => {
  let dashboard: OpenDashboard
  beforeAll(async () => {
    dashboard = await openDashboard()
  })
  afterAll(() => dashboard?.close())

  test('are sentences with shares, priors and what they explain; text of crashes stays text', () =>
    dashboard.on(path, async ({ page }) => {
      const sentences = await page.locator('.correlations li').allTextContents()
      expect(sentences.slice(0, 3)).toEqual([
        'Module simhook.dll: 84.3 % of these crashes, 4.0 % of others.',
        'Uptime up to 60: 70.0 % of these crashes, 25.0 % of others; where Platform is Windows NT, 70.0 % and 40.0 %.',
        'Platform is Windows NT: 100.0 % of these crashes, 61.0 % of others.This explains Channel is release (98.0 %, 70.0 %).',
      ])
      expect(await page.evaluate('window.hacked')).toBeUndefined()
      const marks = await page.locator('#facets .mark-frequent').allTextContents()
      expect(marks).toEqual(expect.arrayContaining(['70.0 % elsewhere']))
      await expectNoAxeViolations(page)
    }))

  test('fit 360 pixels', () =>
    dashboard.on(
      path,
      async ({ page }) => {
        await page.locator('.correlations').waitFor()
        await expectNoSidewaysScroll(page)
      },
      { viewport: { width: 360, height: 740 } },
    ))
})
