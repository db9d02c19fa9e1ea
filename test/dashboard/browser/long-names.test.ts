// Names that clients chose, of any length, direction and meaning: isolated, cut, and broken at separators.
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SignatureAggregate } from '../../../shared/aggregates/documents.ts'
import { signatureKey } from '../../../shared/keys.ts'
import { hostileNames, leakedCode } from '../../contract/hostile-names.ts'
import { expectNoSidewaysScroll, findChromium } from '../../support/browser.ts'
import { type OpenDashboard, openDashboard } from '../../support/open-dashboard.ts'
import { sampleSignatureId } from '../../support/sample-aggregates.ts'

const path = '/signature/?signature=OOM+%7C+small'
const key = `/${signatureKey(sampleSignatureId('OOM | small'))}`
const right = '\u202elive\u2066'
const long = `EXCEPTION_${'x'.repeat(5000)}`
const constant = 'EXCEPTION_ACCESS_VIOLATION_READ_OF_A_VERY_LONG_NAME'
const names = [right, long, constant, ...hostileNames]

const rotated = (by: number) => [...names.slice(by % names.length), ...names.slice(0, by % names.length)]

/** A document whose facets, reports and versions have these names. */
function withNames(document: SignatureAggregate): SignatureAggregate {
  const total = { count: 10, weighted: 10 }
  return {
    ...document,
    // Each name is among the first of some facet: others are folded.
    facets: document.facets.map((facet, i) => ({
      ...facet,
      values: rotated(i).map((value) => ({ value, total })),
    })),
    reports: document.reports.map((report, i) => ({
      ...report,
      reason: names[i % names.length]!,
      address: long,
    })),
    trend: document.trend.map((line, i) => ({ ...line, version: names[i % names.length]! })),
  }
}

describe.skipIf(!findChromium())('names from clients', () => {
  let dashboard: OpenDashboard
  beforeAll(async () => {
    dashboard = await openDashboard()
  })
  afterAll(() => dashboard?.close())

  const onNames = (width: number, use: (page: Page) => Promise<void>) => {
    const document = withNames(dashboard.server.documents.get(key) as SignatureAggregate)
    return dashboard.serving({ [key]: document }, () =>
      dashboard.on(path, async ({ page }) => use(page), { viewport: { width, height: 900 } }),
    )
  }

  test.each([360, 1280])('are cut at 300 characters and fit %d pixels', (width) =>
    onNames(width, async (page) => {
      await expectNoSidewaysScroll(page)
      const longest = await page
        .locator('main table, main .legend')
        .evaluateAll((tables) =>
          Math.max(
            ...tables.flatMap((one) =>
              [...one.querySelectorAll('bdi')].map((name) => name.textContent.length),
            ),
          ),
        )
      expect(longest).toBe(301)
      expect(await page.locator('main bdi[title^="EXCEPTION_xxx"]').first().getAttribute('title')).toBe(long)
    }),
  )

  test('are isolated from the text around them', () =>
    onNames(1280, async (page) => {
      const parents = await page
        .locator('main td, main th, main li')
        .evaluateAll(
          (cells, text) =>
            cells.filter((cell) =>
              [...cell.childNodes].some((node) => node.nodeType === 3 && node.textContent?.includes(text)),
            ).length,
          right,
        )
      expect(parents).toBe(0)
      expect(await page.locator('main bdi', { hasText: right }).count()).toBeGreaterThan(5)
    }))

  test('break after separators, before they break within a word', () =>
    onNames(1280, async (page) => {
      const parts = await page
        .locator('.bars bdi', { hasText: constant })
        .first()
        .evaluate((name) => [...name.childNodes].map((node) => node.textContent || node.nodeName))
      expect(parts.slice(0, 5)).toEqual(['EXCEPTION_', 'WBR', 'ACCESS_', 'WBR', 'VIOLATION_'])
    }))

  test('that objects inherit have their own numbers', () =>
    onNames(1280, async (page) => {
      const shown = await page.locator('.bars bdi').allTextContents()
      expect(shown).toEqual(expect.arrayContaining([...hostileNames]))
      expect(await page.locator('main').textContent()).not.toMatch(leakedCode)
    }))
})
