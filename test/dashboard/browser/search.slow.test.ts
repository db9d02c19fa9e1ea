// The search page in Chromium, over search files that batch wrote and the edge serves, and over the API.
import type { Page, Route } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Answer } from '../../../shared/search/answer.ts'
import {
  columnTexts,
  expectNoAxeViolations,
  expectNoSidewaysScroll,
  findChromium,
  settled,
  type WatchedPage,
} from '../../support/browser.ts'
import { openSearchSite, type SearchSite } from '../../support/search-site.ts'

const state = (page: Page, name: string) => page.waitForSelector(`.search-status[data-state="${name}"]`)
const total = async (page: Page) =>
  Number((await page.locator('.search-total strong').innerText()).replace(/\D/g, ''))
const files = /\/search-data\/.*\.cols$/
const fourteenDays = 'date=%3E%3D2026-11-08T15:00'

describe.skipIf(!findChromium())('the search page', () => {
  let site: SearchSite
  beforeAll(async () => {
    site = await openSearchSite(4000)
  }, 120_000)
  afterAll(() => site?.close())

  async function on(
    path: string,
    use: (opened: WatchedPage) => Promise<void>,
    options: Parameters<SearchSite['open']>[1] = {},
  ): Promise<void> {
    const opened = await site.open(path, options)
    try {
      await use(opened)
      expect(opened.errors).toEqual([])
    } finally {
      await opened.close()
    }
  }

  const askApi = async (parameters: string): Promise<Answer> =>
    (await fetch(`${site.edge.url}/api/SuperSearch/?${parameters}`)).json() as Promise<Answer>

  test.each([
    ['everything', ''],
    ['several filters', 'product=SimBrowser&signature=~Function&platform=!Linux&uptime=%3E60'],
    ['a pattern', 'signature=@sim::Module[0-9]::.*'],
    [
      'nested facets',
      'product=SimMail&_facets=version&_aggs.platform=cpu_arch&_facets=_cardinality.install_time',
    ],
    ['crashes instead of reports', '_measure=weight&_facets=release_channel'],
  ])('%s: the worker and the API count the same', (_, parameters) =>
    on(`/search/?${parameters}`, async ({ page }) => {
      await state(page, 'done')
      expect(await page.locator('.search-done').innerText()).toContain('searched in this browser')
      const range = 'date=%3E%3D2026-11-15T14:05:00&date=%3C%3D2026-11-22T14:05:00'
      const answer = await askApi(`${parameters}&${range}&_results_number=50&_columns=uuid`)
      expect(answer.total).toBeGreaterThan(0)
      expect(await total(page)).toBe(answer.total)
      const [ids, hits] = [
        await page.locator('.crash-id').allInnerTexts(),
        answer.hits.map((hit) => hit.uuid),
      ]
      expect(ids).toEqual(hits)
      const [name, facet] = Object.entries(answer.facets)[0]!
      const counts = (facet as unknown as { count: number; weighted: number }[]).slice(0, 10)
      const shown = await page.locator(`[aria-labelledby="facet-${name}"] td.numeric`).allInnerTexts()
      const key = parameters.includes('_measure=weight') ? 'weighted' : 'count'
      expect(shown.map((text) => Number(text.replace(/\D/g, '')))).toEqual(
        counts.map((bucket) => Math.round(bucket[key])),
      )
    }),
  )

  test('values are links that restrict the search, and rows lead to reports', () =>
    on('/search/?_facets=version&_facets=product', async ({ page }) => {
      await state(page, 'done')
      const row = page.locator('[aria-labelledby="facet-product"] tr').nth(1)
      const count = Number((await row.locator('td.numeric').innerText()).replace(/\D/g, ''))
      const product = await row.getByRole('link').innerText()
      await row.getByRole('link').click()
      await page.waitForURL(/product=/)
      await page.waitForFunction(
        (wanted) =>
          document.querySelector('.search-total strong')?.textContent?.replace(/\D/g, '') === `${wanted}`,
        count,
      )
      expect(new URL(page.url()).searchParams.get('product')).toBe(product)
      expect(new Set(await columnTexts(page, 'Product'))).toEqual(new Set([product]))
      expect(await page.locator('main a[href^="/report/index/"]').count()).toBe(50)
    }))

  test('the chart is split by a field, and dragging over days searches only them', () =>
    on('/search/?product=SimBrowser', async ({ page }) => {
      await state(page, 'done')
      await page.getByLabel('Split by').selectOption('release_channel')
      await page.waitForURL(/_histogram\.date=release_channel/)
      await state(page, 'done')
      await settled(page)
      expect(new URL(page.url()).searchParams.getAll('_facets')).toEqual(['signature'])
      const answer = await askApi(
        'product=SimBrowser&date=%3E%3D2026-11-15T14:05:00&date=%3C%3D2026-11-22T14:05:00&_facets=release_channel&_results_number=0',
      )
      const channels = (answer.facets.release_channel as unknown as { term: string }[]).map(
        ({ term }) => term,
      )
      const legend = await page.locator('#days .legend li').allInnerTexts()
      expect(new Set(legend)).toEqual(new Set(channels))
      await page.locator('#days .chart-canvas').scrollIntoViewIfNeeded()
      const chart = (await page.locator('#days .chart-canvas').boundingBox())!
      const x = (day: number) => chart.x + 44 + ((day + 0.5) * (chart.width - 64)) / 8
      await page.mouse.move(x(2), chart.y + 100)
      await page.mouse.down()
      await page.mouse.move(x(4), chart.y + 120, { steps: 4 })
      expect(await page.locator('.day-range').innerText()).toBe('17 Nov – 19 Nov')
      await page.mouse.up()
      await page.waitForURL(/date=/)
      expect(new URL(page.url()).searchParams.getAll('date')).toEqual(['>=2026-11-17', '<2026-11-20'])
      await state(page, 'done')
      const days = await askApi(
        'product=SimBrowser&date=%3E%3D2026-11-17&date=%3C2026-11-20&_results_number=0',
      )
      expect(await total(page)).toBe(days.total)
    }))

  test('facets within facets are added in the form, and their values are links', () =>
    on('/search/?_facets=product', async ({ page }) => {
      await state(page, 'done')
      const form = page.getByRole('group', { name: 'Within facets' })
      await form.getByLabel('Within the values of').selectOption('Product')
      await form.getByLabel('Add within a facet', { exact: true }).first().selectOption('platform')
      await form.getByRole('button', { name: 'Add within a facet' }).click()
      await page.waitForURL(/_aggs\.product=platform/)
      await state(page, 'done')
      const link = page.locator('[aria-labelledby="facet-product"] .below a').first()
      await link.waitFor()
      const [platform, product] = [
        await link.innerText(),
        await page.locator('[aria-labelledby="facet-product"] tbody th a').first().innerText(),
      ]
      await expectNoAxeViolations(page)
      await link.click()
      await page.waitForURL(/platform=/)
      expect(Object.fromEntries(new URL(page.url()).searchParams)).toMatchObject({ product, platform })
      await page.getByRole('link', { name: /Product › Platform/ }).click()
      await page.waitForURL((url) => !url.search.includes('_aggs'))
      const cell = page.locator('#reports tbody td a').filter({ hasText: product }).first()
      expect(new URL((await cell.getAttribute('href'))!, page.url()).searchParams.get('product')).toBe(
        product,
      )
    }))

  test('names that have no effect are listed, and traps are explained', () =>
    on('/search/?url=http&nothing=1&signature=sim::Cache', async ({ page }) => {
      await state(page, 'done')
      expect(await page.locator('.not-applied').innerText()).toContain(
        'Not applied: url (protected), nothing (unknown)',
      )
      expect(await page.getByRole('list', { name: 'Warnings' }).innerText()).toContain(
        'signature: one of the words',
      )
      await page.getByText('What this search means').click()
      expect(await page.locator('.conditions').innerText()).toContain(
        'signature has the word "sim" or "cache"',
      )
    }))

  test('a bad value is reported, and the form stays', () =>
    on('/search/?uptime=long', async ({ page }) => {
      await settled(page)
      expect(await page.locator('.empty').innerText()).toContain(
        'Bad value for parameter uptime: not a valid int',
      )
      expect(await page.getByLabel('Uptime: value').inputValue()).toBe('long')
    }))

  test('nothing is searched with _dont_run', () =>
    on('/search/?product=SimMail&_dont_run=1', async ({ page, context }) => {
      const requests: string[] = []
      context.on('request', (request) => requests.push(request.url()))
      await page.getByRole('link', { name: 'search now' }).waitFor()
      expect(requests.filter((url) => files.test(url))).toEqual([])
      await page.getByRole('link', { name: 'search now' }).click()
      await state(page, 'done')
      expect(new URL(page.url()).search).toBe('?product=SimMail')
    }))

  test('by keyboard alone: add a filter, search, sort, turn the page', () =>
    on('/search/', async ({ page }) => {
      await state(page, 'done')
      await page.getByRole('button', { name: 'Add a filter' }).focus()
      await page.keyboard.press('Enter')
      await page.getByLabel('Filter 1: field').focus()
      await page.keyboard.type('Product')
      await page.keyboard.press('Tab')
      await page.keyboard.press('Tab')
      await page.keyboard.type('SimEditor')
      await page.keyboard.press('Enter')
      await page.waitForURL(/product=SimEditor/)
      await page.waitForFunction(
        () => document.querySelector('.column-product:not(th)')?.textContent === 'SimEditor',
      )
      await page.getByRole('button', { name: 'Build ID' }).focus()
      await page.keyboard.press('Enter')
      await page.waitForURL(/_sort=-build_id/)
      await page.waitForFunction(
        () => document.querySelector('th.column-build_id')?.getAttribute('aria-sort') === 'descending',
      )
      await state(page, 'done')
      const builds = await columnTexts(page, 'Build ID')
      expect(builds).toEqual([...builds].sort().reverse())
      await page.getByRole('link', { name: 'Next' }).focus()
      await page.keyboard.press('Enter')
      await page.getByText('51 to 100 of').waitFor()
    }))

  test('a search that was stopped keeps the days that were read', async () => {
    const held: Route[] = []
    let count = 0
    const opened = await site.open('/nothing')
    await opened.page.route(files, (route) => (count++ < 2 ? route.continue() : void held.push(route)))
    await opened.page.goto(`${site.edge.url}/search/?${fourteenDays}`)
    await opened.page.getByText(/^\d+ of \d+ days, [\d.]+ k?B of [\d.]+ [kM]B$/).waitFor()
    await opened.page.getByRole('button', { name: 'Cancel' }).click()
    await opened.page.getByText(/Stopped\. The numbers below are exact for \d of \d+ days\./).waitFor()
    expect(await opened.page.locator('.facet .bars').count()).toBe(1)
    await expectNoAxeViolations(opened.page)
    await opened.page.unroute(files)
    await opened.page.getByRole('button', { name: 'Search again' }).click()
    await state(opened.page, 'done')
    await Promise.all(held.map((route) => route.abort().catch(() => {})))
    await opened.close()
  })

  test('a search that reads much asks first, and the server can answer it', async () => {
    const opened = await site.open('/nothing')
    await opened.page.route(/manifest\.json$/, async (route) => {
      const response = await route.fetch()
      const manifest = (await response.json()) as { files: { blocks: number[][] }[] }
      for (const { blocks } of manifest.files) for (const block of blocks) block[2] = block[2]! + 1_000_000
      await route.fulfill({ response, json: manifest })
    })
    await opened.page.goto(`${site.edge.url}/search/?${fourteenDays}`)
    await opened.page.getByText(/^This search reads [\d.]+ [kM]B: [\d,]+ reports of \d+ days\.$/).waitFor()
    await expectNoAxeViolations(opened.page)
    expect(await opened.page.getByRole('link', { name: 'Newest 7 days' }).getAttribute('href')).toContain(
      'date=%3E%3D2026-11-15',
    )
    await opened.page.getByRole('button', { name: 'Ask the server' }).click()
    await state(opened.page, 'done')
    expect(await opened.page.locator('.search-done').innerText()).toContain('answered by the server')
    expect(await opened.page.locator('.crash-id').count()).toBe(50)
    await opened.close()
  })

  test('without search files the server answers; without a server, the page explains what is missing', async () => {
    const opened = await site.open('/nothing')
    await opened.page.route(/\/search-data\//, (route) => route.fulfill({ status: 404 }))
    await opened.page.goto(`${site.edge.url}/search/`)
    await state(opened.page, 'done')
    expect(await opened.page.locator('.search-done').innerText()).toContain(
      'as this site has no search files',
    )
    await opened.page.route(/\/api\//, (route) =>
      route.fulfill({ status: 503, json: { error: 'no tables here' } }),
    )
    await opened.page.getByRole('button', { name: 'Search again' }).click()
    await opened.page.getByText('There are no search files').waitFor()
    expect(await opened.page.locator('.empty').innerText()).toContain('no tables here')
    await opened.close()
  })

  test('protected fields are searched on the server, with a token', () =>
    on('/search/?url=http&product=SimMail', async ({ page, errors }) => {
      await state(page, 'done')
      await page.getByText('Search protected fields with a token').click()
      await page.getByLabel('Token with the permission view_pii').fill('0123456789abcdef0123456789abcdef')
      await page.getByRole('button', { name: 'Search with it' }).click()
      await state(page, 'failed')
      expect(await page.locator('.empty').innerText()).toContain('API Token not matched')
      await page.getByRole('button', { name: 'Forget the token' }).click()
      await state(page, 'done')
      // Chromium reports the denial.
      errors.length = 0
    }))

  test('what is shown can be saved and asked elsewhere', () =>
    on('/search/?product=SimMail&_columns=signature&_columns=uptime', async ({ page }) => {
      await state(page, 'done')
      const save = async (name: string) => {
        const [download] = await Promise.all([
          page.waitForEvent('download'),
          page.getByRole('button', { name }).click(),
        ])
        return Buffer.concat(await Array.fromAsync(await download.createReadStream())).toString()
      }
      const lines = (await save('Reports as CSV')).trimEnd().split('\r\n')
      expect([lines[0], lines.length]).toEqual(['signature,uptime,uuid', 51])
      expect((await save('Facets as CSV')).split('\r\n')[1]).toMatch(/^signature,sim::/)
      expect(JSON.parse(await save('Everything as JSON')).total).toBe(await total(page))
      await page.getByText('The API call that gives the same').click()
      const call = await page.getByRole('group', { name: 'API call' }).innerText()
      const answer = (await (await fetch(call.trim())).json()) as Answer
      expect(answer.total).toBe(await total(page))
    }))

  test.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 360],
    ['dark', 360],
  ] as const)('in %s at %d pixels it is accessible and does not scroll sideways', (colorScheme, width) =>
    on(
      '/search/?product=SimBrowser&uptime=%3E10&url=x&_facets=signature&_facets=platform&_aggs.version=platform',
      async ({ page }) => {
        await state(page, 'done')
        await settled(page)
        await expectNoAxeViolations(page)
        await expectNoSidewaysScroll(page)
      },
      { colorScheme, viewport: { width, height: 800 } },
    ),
  )
})
