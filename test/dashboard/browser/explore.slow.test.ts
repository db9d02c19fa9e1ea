// Exploring a signature in Chromium, over simulated crashes with their documents and search files.
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HomeAggregate } from '../../../shared/aggregates/documents.ts'
import { homeKey } from '../../../shared/keys.ts'
import {
  columnTexts,
  expectNoAxeViolations,
  expectNoSidewaysScroll,
  findChromium,
  settled,
  type WatchedPage,
} from '../../support/browser.ts'
import { openSearchSite, type SearchSite } from '../../support/search-site.ts'

const done = (page: Page) => page.waitForSelector('#explore .search-status[data-state="done"]')

describe.skipIf(!findChromium())('exploring a signature', () => {
  let site: SearchSite
  let product: string
  let signature: string
  let path: string

  beforeAll(async () => {
    site = await openSearchSite(4000, { aggregates: true })
    const home = (await (await fetch(`${site.edge.url}/${homeKey}`)).json()) as HomeAggregate
    product = home.products[0]!.name
    signature = home.products[0]!.top_signatures[0]!.signature
    path = `/signature/?${new URLSearchParams({ signature, product })}`
  }, 240_000)
  afterAll(() => site?.close())

  async function on(
    address: string,
    use: (opened: WatchedPage) => Promise<void>,
    options: Parameters<SearchSite['open']>[1] = {},
  ): Promise<void> {
    const opened = await site.open(address, options)
    try {
      await settled(opened.page)
      await use(opened)
      expect(opened.errors).toEqual([])
    } finally {
      await opened.close()
    }
  }

  test('graph, breakdown, columns and stacks of any field are chosen by form, and are in the URL', () =>
    on(path, async ({ page }) => {
      await page.getByRole('button', { name: /^Explore/ }).click()
      const explore = page.locator('#explore')
      await explore.getByLabel('Graph by').selectOption('cpu_arch')
      await done(page)
      await explore.getByRole('img', { name: /^Crashes per day by/ }).waitFor()
      await page.locator('#trend-style').selectOption('share')
      await explore.getByLabel('Add a breakdown').selectOption('platform')
      await explore.getByRole('table', { name: /^Platform: / }).waitFor()
      await explore.getByLabel('Add a column of reports').selectOption('uptime')
      const reports = explore.getByRole('table', { name: 'Reports with the chosen columns' })
      await reports.waitFor()
      await explore.getByLabel('Variants of the stack').check()
      await explore.getByText(/crash locations?, each with/).waitFor()
      const query = new URL(page.url()).searchParams
      expect(query.getAll('facet')).toEqual(['platform'])
      expect([query.get('graph'), query.get('style'), query.get('column'), query.get('stacks')]).toEqual([
        'cpu_arch',
        'share',
        'uptime',
        '1',
      ])
      await page.reload()
      await done(page)
      await reports.waitFor()
      await explore.getByRole('button', { name: 'Remove Uptime' }).click()
      await reports.waitFor({ state: 'detached' })
    }))

  const all = '&graph=cpu_arch&facet=platform&column=uptime&stacks=1'

  test('has no violations in axe, in light and dark', () =>
    on(path + all, async ({ page }) => {
      await done(page)
      await expectNoAxeViolations(page)
      await page.emulateMedia({ colorScheme: 'dark' })
      await expectNoAxeViolations(page, 'only')
    }))

  test('fits 360 pixels', () =>
    on(
      path + all,
      async ({ page }) => {
        await done(page)
        await expectNoSidewaysScroll(page)
      },
      { viewport: { width: 360, height: 740 } },
    ))

  test('the numbers are those of the same search through the API', () =>
    on(`${path}&facet=platform`, async ({ page }) => {
      await done(page)
      const href = await page.getByRole('link', { name: 'The same as a search' }).getAttribute('href')
      const answer = await (
        await fetch(`${site.edge.url}/api/SuperSearch/${new URL(href!, site.edge.url).search}`)
      ).json()
      const { term, weighted } = answer.facets.platform[0]
      expect((await columnTexts(page, 'Platform', '#explore table.bars'))[0]).toBe(term)
      const [shown] = await columnTexts(page, 'Crashes', '#explore table.bars')
      expect(Number(shown!.replace(/\D/g, ''))).toBe(Math.round(weighted))
    }))

  test('reports beyond those of the document are listed by a search, as many as the page counts', () =>
    on(path, async ({ page, context }) => {
      // Crashes are made up to the end of the day; a search ends now.
      await context.clock.setFixedTime(new Date('2026-11-23T00:05:00Z'))
      const [, shown, all] = /The newest ([\d,]+) of ([\d,]+) reports/.exec(
        await page.locator('#reports .note').innerText(),
      )!
      expect(Number(shown!.replaceAll(',', ''))).toBeLessThan(Number(all!.replaceAll(',', '')))
      await page.getByRole('link', { name: 'List all' }).click()
      await page.waitForSelector('.search-status[data-state="done"]')
      expect(await page.locator('.search-total strong').innerText()).toBe(`${all} reports`)
      await page.getByRole('link', { name: 'Next' }).click()
      await page.getByText(/^51 to 100 of /).waitFor()
    }))

  test('days are selected on the chart, and shown again', () =>
    on(path, async ({ page }) => {
      const box = (await page.locator('#trend [role="img"]').boundingBox())!
      await page.mouse.move(box.x + box.width * 0.6, box.y + 80)
      await page.mouse.down()
      await page.mouse.move(box.x + box.width * 0.8, box.y + 80, { steps: 4 })
      await page.mouse.up()
      await page.getByRole('button', { name: 'Show all days' }).waitFor()
      const { searchParams } = new URL(page.url())
      expect(searchParams.get('from')! < searchParams.get('to')!).toBe(true)
      const rows = await page.locator('#trend table tbody tr').count()
      const days = (Date.parse(searchParams.get('to')!) - Date.parse(searchParams.get('from')!)) / 86_400_000
      expect(rows).toBe(days + 1)
      await page.getByRole('button', { name: 'Show all days' }).click()
      expect(new URL(page.url()).searchParams.has('from')).toBe(false)
    }))

  test('lines and shares draw the same days as bars', () =>
    on(`${path}&style=lines`, async ({ page }) => {
      expect(await page.locator('#trend svg [aria-label="line"] path').count()).toBeGreaterThan(0)
      await page.locator('#trend-style').selectOption('share')
      await page.waitForSelector('#trend svg [aria-label="rect"] rect', { state: 'attached' })
      expect(new URL(page.url()).searchParams.get('style')).toBe('share')
    }))

  test('comments are asked of the server with a token, and nothing is asked without', () => {
    const asked: string[] = []
    const hit = {
      uuid: '0b34f1a2-6c1d-8a7e-9f00-5c2d1e261122',
      date: '2026-11-20T10:00:00+00:00',
      user_comments: '<b>It closed</b>',
      version: '1.0',
      useragent_locale: 'de',
    }
    const routes = (page: Page) =>
      page.route('**/api/SuperSearchUnredacted/**', (route) => {
        asked.push(route.request().url())
        return route.fulfill({
          json: { hits: [hit], total: 1, weighted: 1, facets: {}, next: null, errors: [] },
        })
      })
    const use = async ({ page }: WatchedPage) => {
      await page.getByRole('button', { name: /^Explore/ }).click()
      await page.locator('#comments summary').click()
      expect(asked).toEqual([])
      await page.getByLabel(/^Token/).fill('0123456789abcdef0123456789abcdef')
      await page.getByRole('button', { name: 'Show the comments' }).click()
      await page.getByText('<b>It closed</b>').waitFor()
      const query = new URL(asked[0]!).searchParams
      expect([query.get('signature'), query.get('user_comments')]).toEqual([`=${signature}`, '!__null__'])
      expect(page.url()).not.toContain('0123456789abcdef')
    }
    return on(path, use, { routes })
  })

  test('older days of Top Crashers are counted from the files of searches', async () => {
    const day = '2026-11-12'
    await on(`/topcrashers/?product=${encodeURIComponent(product)}`, async ({ page }) => {
      await page.getByLabel('Until').fill(day)
      await page.waitForSelector('.result .search-status[data-state="done"]')
      await page.getByText(/searched in this browser/).waitFor()
      const table = page.getByRole('table', { name: /^Signatures from / })
      expect(await table.locator('tbody tr').count()).toBeGreaterThan(5)
      const query = new URL(page.url()).searchParams
      expect([query.get('to'), query.get('product')]).toEqual([day, product])
      await expectNoAxeViolations(page)
      await page.getByRole('link', { name: 'Reset' }).click()
      await page.getByRole('columnheader', { name: /Diff/ }).waitFor()
      expect(new URL(page.url()).searchParams.get('to')).toBeNull()
    })
  })

  test('days without reports are reported as such', () =>
    on('/topcrashers/?to=2020-01-31&days=3', async ({ page }) => {
      await page.getByText(/^No crashes from 29 Jan 2020 to 31 Jan 2020/).waitFor()
    }))
})
