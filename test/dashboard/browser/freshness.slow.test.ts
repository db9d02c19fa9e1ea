// Pages state the age of their data by the clock of the reader.
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectNoAxeViolations, findChromium } from '../../support/browser.ts'
import { type OpenDashboard, openDashboard, sampleTime } from '../../support/open-dashboard.ts'
import { homeKey, statusKey } from '../../../shared/keys.ts'
import { aggregatesVersion, type HomeAggregate } from '../../../shared/aggregates/documents.ts'

const pages = ['/', '/topcrashers/?product=Lumen', '/signature/?signature=OOM+%7C+small']

describe.skipIf(!findChromium())('freshness', () => {
  let dashboard: OpenDashboard
  beforeAll(async () => {
    dashboard = await openDashboard()
  })
  afterAll(() => dashboard?.close())

  test('fresh data carry no warning, and the last day is today', () =>
    dashboard.on('/', async ({ page }) => {
      expect(await page.locator('p.under').textContent()).toContain('checked 5 minutes ago')
      expect(await page.locator('.tiles').textContent()).toMatch(/Today so far.*until 14:05 UTC/)
      expect(await page.locator('.chart figcaption').textContent()).toContain(
        '22 Nov is counted until 14:05 UTC.',
      )
      expect(await page.locator('.late').count()).toBe(0)
    }))

  test.each(pages)('%s: data of two days ago are called two days old, and never today', (path) =>
    dashboard.on(
      path,
      async ({ page }) => {
        const text = await page.locator('main').textContent()
        expect(text).toContain('These data are 2 days old.')
        expect(text).not.toMatch(/today/i)
        await expectNoAxeViolations(page)
      },
      { now: '2026-11-24T15:00:00Z' },
    ),
  )

  test('a part of another day is named by its date', () =>
    dashboard.on(
      '/',
      async ({ page }) => {
        expect(await page.locator('.tiles').textContent()).toMatch(/Part of 22 Nov.*until 14:05 UTC/)
      },
      { now: '2026-11-23T00:01:00Z' },
    ))

  test('rounds that find nothing new keep the data fresh, and end the day', async () => {
    const checked = {
      version: aggregatesVersion,
      generated_at: '2026-11-24T14:58:00+00:00',
      stale_after: 3600,
    }
    await dashboard.serving({ [`/${statusKey}`]: checked }, () =>
      dashboard.on(
        '/',
        async ({ page }) => {
          const text = await page.locator('main').textContent()
          expect(text).toContain('checked 2 minutes ago')
          expect(text).toContain('7 full days to 22 Nov')
          expect(text).not.toMatch(/today|part of|counted until/i)
          expect(await page.locator('.late').count()).toBe(0)
        },
        { now: '2026-11-24T15:00:00Z' },
      ),
    )
  })

  test('made-up reports are named, with a search of them; without any there is no notice', async () => {
    const path = `/${homeKey}`
    const home = dashboard.server.documents.get(path) as HomeAggregate
    const made = (page: Page) => page.locator('.made-up')
    await dashboard.serving({ [path]: { ...home, simulated: 1200 } }, () =>
      dashboard.on('/', async ({ page }) => {
        expect(await made(page).innerText()).toContain('1,200 reports of these days are made up')
        const href = await made(page).getByRole('link').getAttribute('href')
        expect(new URLSearchParams(href!.split('?')[1]).get('vendor')).toBe('=simulated')
      }),
    )
    await dashboard.on('/', async ({ page }) => expect(await made(page).count()).toBe(0))
  })

  test('a page that stays open grows old', async () => {
    const opened = await dashboard.open('/')
    await opened.context.clock.install({ time: '2026-11-22T14:10:00Z' })
    await opened.page.reload()
    await opened.page.getByText('checked 5 minutes ago').waitFor()
    await opened.context.clock.fastForward('02:00:00')
    await opened.page.getByText('These data are 2 hours old.').waitFor()
    await opened.close()
  })

  test('without a status, the time of the home aggregate counts', async () => {
    const home = dashboard.server.documents.get(`/${homeKey}`) as HomeAggregate
    expect(home.generated_at).toBe(sampleTime)
    await dashboard.serving({ [`/${statusKey}`]: undefined }, () =>
      dashboard.on('/', async ({ page }) => {
        expect(await page.locator('p.under').textContent()).toContain('checked 5 minutes ago')
      }),
    )
  })
})
