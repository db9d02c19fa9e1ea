// The built dashboard in Chromium with invented aggregates: every page, by mouse, keyboard and URL.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  aggregatesVersion,
  type HomeAggregate,
  type PackedTopCrashers,
} from '../../../shared/aggregates/documents.ts'
import { unpackTopCrashers } from '../../../shared/aggregates/crash-cells.ts'
import { alertsKey, homeKey, statusKey, topCrashersKey } from '../../../shared/keys.ts'
import {
  columnTexts,
  expectNoAxeViolations,
  expectNoSidewaysScroll,
  findChromium,
  layoutShift,
  measureTransfer,
  openPage,
  settled,
  visit,
} from '../../support/browser.ts'
import { type OpenDashboard, openDashboard } from '../../support/open-dashboard.ts'
import type { PagesServer } from '../../support/pages-server.ts'
import { sampleSignatureId } from '../../support/sample-aggregates.ts'
import { hostileText } from '../../support/sample-products.ts'
import { sampleReport } from '../../support/sample-report.ts'

const reportId = '0b34f1a2-6c1d-8a7e-9f00-5c2d1e261122'
const unknownId = '0b34f1a2-6c1d-8a7e-9f00-5c2d1e261121'
const signature = 'OOM | small'
const signaturePath = `/signature/?${new URLSearchParams({ signature })}`
const paths = {
  home: '/',
  'home of a product': '/?product=Lumen',
  'top crashers of all': '/topcrashers/?days=28',
  'top crashers of a product': '/topcrashers/?product=Lumen',
  'top crashers, filtered to nothing': '/topcrashers/?product=relayd&platform=Windows+NT',
  releases: '/release/',
  'two versions': '/release/?product=Lumen&version=102.0&against=101.0.1',
  'release of a product without headline': '/release/?product=relayd',
  signature: signaturePath,
  'signature of one product': `${signaturePath}&product=Lumen`,
  'hostile signature': `/signature/?${new URLSearchParams({ signature: hostileText })}`,
  'unknown signature': '/signature/?signature=nobody::knows',
  report: `/report/index/${reportId}`,
  'unknown report': `/report/index/${unknownId}`,
  'no crash ID': '/report/index/abc',
  symbolicate: '/symbolicate/',
  api: '/api/',
  signatures: '/signatures/',
  products: '/products/',
  'missing symbols': '/missing-symbols/',
  status: '/status/',
  fields: '/fields/',
  'a field': '/fields/?name=signature',
  help: '/help/',
  'no page': '/nothing/here/',
}

if (!findChromium()) console.warn('Skipped: no Chromium found. Install one or set CHROMIUM to its path.')

describe.skipIf(!findChromium())('the dashboard in Chromium', () => {
  let dashboard: OpenDashboard
  let server: PagesServer
  let browser: Browser
  const on: OpenDashboard['on'] = (...options) => dashboard.on(...options)

  beforeAll(async () => {
    dashboard = await openDashboard({ [`/api/report/${reportId}`]: sampleReport(reportId) })
    server = dashboard.server
    browser = dashboard.browser
  })
  afterAll(() => dashboard?.close())

  describe.each(Object.entries(paths))('%s', (_, path) => {
    test('has no violations in axe, in light and dark, and no layout shift', () =>
      on(path, async ({ page }) => {
        expect(await layoutShift(page)).toBeLessThan(0.02)
        await expectNoAxeViolations(page)
        await page.emulateMedia({ colorScheme: 'dark' })
        await expectNoAxeViolations(page, 'only')
      }))

    test('fits 360, 820 and 1000 pixels', () =>
      on(
        path,
        async ({ page }) => {
          await expectNoSidewaysScroll(page)
          await expectNoAxeViolations(page, 'without')
          for (const width of [820, 1000]) {
            await page.setViewportSize({ width, height: 740 })
            await expectNoSidewaysScroll(page)
          }
        },
        { viewport: { width: 360, height: 740 } },
      ))
  })

  test('the first view transfers less than 300 kB, from one origin', async () => {
    const { page, close } = await openPage(browser)
    const { bytes, requests, millis } = await measureTransfer(page, `${server.url}/`)
    expect(bytes).toBeLessThan(300_000)
    expect(requests.map(({ url }) => new URL(url).origin)).toEqual(requests.map(() => server.url))
    // Preloaded by the page, and not loaded again by its code.
    const initiators = await page.evaluate(() =>
      performance
        .getEntriesByType('resource')
        .filter(({ name }) => name.includes('/aggregates/'))
        .map((entry) => [
          new URL(entry.name).pathname.slice(1),
          (entry as PerformanceResourceTiming).initiatorType,
        ]),
    )
    expect(initiators.sort()).toEqual([alertsKey, homeKey, statusKey].map((key) => [key, 'link']))
    console.info(`first view: ${bytes} bytes, ${requests.length} requests, ${Math.round(millis)} ms`)
    await close()
  })

  test('home shows how many crashes, from how many reports, and the same numbers as a table', () =>
    on('/', async ({ page }) => {
      const home = server.documents.get('/aggregates/v4/home.json') as HomeAggregate
      const count = home.products.reduce((sum, { total }) => sum + total.count, 0)
      const weighted = home.products.reduce((sum, { total }) => sum + total.weighted, 0)
      const tiles = await page.locator('.tiles').textContent()
      expect(tiles).toContain(weighted.toLocaleString('en'))
      expect(tiles).toMatch(new RegExp(`± [\\d,]+, estimated from ${count.toLocaleString('en')} reports`))
      await page.getByText('Numbers as a table').click()
      const rows = page.getByRole('table', { name: /per day by platform/ }).getByRole('row')
      expect(await rows.count()).toBe(home.dates.length + 1)
      const cells = await rows.nth(5).getByRole('cell').allInnerTexts()
      const day = home.products.flatMap(({ platforms }) => platforms).map(({ days }) => days[4]!.weighted)
      const number = (text: string) => Number(text.replaceAll(',', ''))
      expect(cells.map(number).reduce((a, b) => a + b)).toBe(day.reduce((a, b) => a + b))
      await page.getByRole('navigation', { name: 'Products' }).getByRole('link', { name: 'Atelier' }).click()
      expect(new URL(page.url()).search).toBe('?product=Atelier')
      await page.getByRole('heading', { level: 1, name: 'Atelier' }).waitFor()
      expect(await page.locator('.tiles').textContent()).toContain('exact: every report was stored')
    }))

  test('home of a product shows its crash rate with an error, in total and by day', () =>
    on('/?product=Lumen', async ({ page }) => {
      const home = server.documents.get('/aggregates/v4/home.json') as HomeAggregate
      const { usage } = home.products.find(({ name }) => name === 'Lumen')!
      const tile = page.locator('.tiles > *', { hasText: 'Crashes per 1,000 daily users' })
      expect(await tile.textContent()).toMatch(/\d± [\d.]+, 26 days with known use$/)
      await page.getByText('Numbers as a table').click()
      const rows = page.getByRole('table', { name: /per day by platform/ }).getByRole('row')
      expect(await rows.nth(0).textContent()).toContain('Per 1,000 daily users')
      expect(await rows.nth(4).getByRole('cell').last().innerText()).toBe('–')
      const rate = (1000 * usage!.days[4]!.weighted) / usage!.days[4]!.amount
      const text = await rows.nth(5).getByRole('cell').last().innerText()
      expect(Number(text.split(' ± ')[0])).toBeCloseTo(rate, 1)
      await page.goto(new URL('/', page.url()).href)
      await page.getByRole('heading', { name: 'Products' }).waitFor()
      expect(await tile.count()).toBe(0)
    }))

  test('home shows refused reports by rule and product', () =>
    on(
      '/',
      async ({ page }) => {
        const summary = page.getByText(/reports received: .* accepted.*, 4,237 refused$/)
        await summary.click()
        await page.getByText('malformed_invalid_payload_structure').waitFor()
        expect(await page.getByText(/^Products with the most refused reports/).textContent()).toMatch(
          /Firefox \(4,200\), <b>x{57} \(37\)$/,
        )
        await expectNoSidewaysScroll(page)
        await expectNoAxeViolations(page)
      },
      { viewport: { width: 360, height: 740 } },
    ))

  test('filters of Top Crashers change the list, the URL and the columns, and survive a reload', () =>
    on('/topcrashers/?product=Lumen', async ({ page }) => {
      const before = await columnTexts(page, 'Signature')
      const headers = await page.locator('.data-table thead th').allTextContents()
      expect(headers.map((text) => text.replace('▴', ''))).toEqual(
        'Rank,Signature,Trend,Crashes,Reports,%,Diff,Platforms,Installs,GC,First appearance,Bugs'.split(','),
      )
      await page.getByLabel('Version').selectOption('143.0b4')
      await page.getByLabel('Platform', { exact: true }).selectOption('Linux')
      await page.getByLabel('Period').selectOption('28 days')
      await settled(page)
      expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({
        product: 'Lumen',
        version: '143.0b4',
        platform: 'Linux',
        days: '28',
      })
      const document = unpackTopCrashers(
        server.documents.get(`/${topCrashersKey('lumen', 28)}`) as PackedTopCrashers,
      )
      const [version, platform] = [document.versions.indexOf('143.0b4'), document.platforms.indexOf('Linux')]
      const wanted = document.all.current.filter((cell) => cell[0] === version && cell[2] === platform)
      const weighted = wanted.reduce((sum, cell) => sum + cell[5], 0)
      const check = async () => {
        expect(await page.locator('.tiles').textContent()).toContain(weighted.toLocaleString('en'))
        const shown = await columnTexts(page, 'Crashes')
        const sum = shown.map((text) => Number(text.replace(/\D/g, ''))).reduce((a, b) => a + b)
        expect(sum).toBe(weighted)
        const bars = page.getByRole('link', { name: /^Linux 100\.0 %$/ })
        expect(await bars.count()).toBe(shown.length)
      }
      await check()
      await page.reload()
      await settled(page)
      await check()
      await page.getByRole('link', { name: 'Reset' }).click()
      await page.goBack()
      await check()
      await page.goto(`${server.url}/topcrashers/?product=Lumen`)
      await settled(page)
      expect(await columnTexts(page, 'Signature')).toEqual(before)
    }))

  test('columns explain their numbers, and an unknown page names its path', async () => {
    await on('/topcrashers/?product=Lumen', async ({ page }) => {
      const hints = page.locator('.data-table thead button[title]')
      const titles = await hints.evaluateAll((all) => all.map((one) => one.getAttribute('title')))
      expect(new Set(titles).size).toBe(titles.length)
      expect(titles).toContain('Crashes during garbage collection')
    })
    await on('/nothing/here/', async ({ page }) => {
      expect(await page.locator('main').textContent()).toContain('Nothing exists at /nothing/here/.')
    })
  })

  test('columns sort both ways, by mouse and keyboard, and the URL keeps the order', () =>
    on('/topcrashers/?product=Lumen&days=28', async ({ page }) => {
      const numbers = async () => (await columnTexts(page, 'Installs')).map((text) => Number(text))
      const header = page.getByRole('columnheader', { name: 'Installs' })
      await header.getByRole('button').click()
      const falling = await numbers()
      expect(falling).toEqual([...falling].sort((a, b) => b - a))
      expect(await header.getAttribute('aria-sort')).toBe('descending')
      await header.getByRole('button').press('Enter')
      const rising = await numbers()
      expect(rising).toEqual([...rising].sort((a, b) => a - b))
      expect(await header.getAttribute('aria-sort')).toBe('ascending')
      expect(new URL(page.url()).searchParams.get('sort')).toBe('installs')
      await page.reload()
      await settled(page)
      expect(await numbers()).toEqual(rising)
      expect(await page.locator('[aria-sort=ascending], [aria-sort=descending]').count()).toBe(1)
    }))

  test('a signature opens from the list, by its text and by its hash, and Back returns to the same position', () =>
    on('/topcrashers/?product=Lumen', async ({ page }) => {
      await page.evaluate(() => scrollTo(0, 700))
      const link = page.locator('.data-table tbody a.code').nth(20)
      const name = (await link.textContent())!
      await link.click()
      await settled(page)
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain(name)
      expect(await page.evaluate(() => scrollY)).toBe(0)
      expect(await page.title()).toContain(name)
      const focused = await page.evaluate(() => document.activeElement?.tagName)
      expect(focused).toBe('H1')
      await page.goBack()
      await settled(page)
      await page.waitForFunction(() => scrollY > 600)
      await visit(page, `${server.url}/signature/?id=${sampleSignatureId(name)}`)
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain(name)
    }))

  test('the signature page shows breakdowns, charts and reports, of all products or one', () =>
    on(signaturePath, async ({ page }) => {
      expect(await page.getByRole('img', { name: /Crashes per day by product/ }).count()).toBe(1)
      const facets = page.locator('.facet')
      expect(await facets.getByRole('heading').allInnerTexts()).toContain('Operating system')
      const reports = page.locator('#reports table')
      expect(new Set(await columnTexts(page, 'Product', '#reports table'))).toEqual(
        new Set(['Lumen', 'Lumen Mobile']),
      )
      expect(await reports.locator('tbody tr').count()).toBe(50)
      await page.getByRole('button', { name: /^Show 50 more/ }).click()
      expect(await reports.locator('tbody tr').count()).toBe(100)
      await page.getByRole('combobox', { name: 'Product' }).selectOption('Lumen Mobile')
      await page.getByRole('img', { name: /Crashes per day by version/ }).waitFor()
      expect(await columnTexts(page, 'Product', '#reports table')).toEqual([])
      expect(await page.locator('main').textContent()).not.toMatch(/all products combined/i)
      await page.getByRole('combobox', { name: 'Version' }).selectOption('142.0')
      await page.waitForURL(/product=Lumen\+Mobile&version=142\.0/)
      expect(new Set(await columnTexts(page, 'Version', '#reports table'))).toEqual(new Set(['142.0']))
      const tiles = page.locator('.tile', { hasText: 'all versions' })
      expect(await tiles.locator('dt').allInnerTexts()).toEqual(['First seen', 'Last seen', 'Installations'])
      expect(await page.locator('.proto li').first().textContent()).toBe('OOM')
    }))

  test('the signature page shows on demand how the signature of the newest report was generated', () =>
    on(`${signaturePath}&product=Lumen`, async ({ page }) => {
      const newest = (await page.locator('#reports .crash-id').first().textContent())!
      const path = `/api/report/${newest}`
      const section = page.getByRole('region', { name: 'How this signature was generated' })
      await section.getByText('Steps').click()
      await section.getByText('That report is no longer available.').waitFor()
      server.documents.set(path, sampleReport(newest))
      await page.reload()
      await settled(page)
      await section.getByText('Steps').click()
      await section.getByRole('listitem').first().waitFor()
      expect(await section.getByRole('listitem').count()).toBe(5)
      expect(await section.getByRole('link').getAttribute('href')).toBe(`/report/index/${newest}`)
      await expectNoAxeViolations(page)
      server.documents.set(path, { signature: 'x' })
      await page.reload()
      await settled(page)
      await section.getByText('Steps').click()
      await section.getByText('processed before steps were recorded').waitFor()
      server.documents.delete(path)
    }))

  test('a signature and a report link to the bug forms of their product', async () => {
    const key = '/aggregates/v4/home.json'
    const home = server.documents.get(key) as HomeAggregate
    const bug_links = [{ title: 'File a bug', url: 'https://bugs.example.org/?of={product}&id={crash_id}' }]
    const products = home.products.map((one) => (one.name === 'Lumen' ? { ...one, bug_links } : one))
    server.documents.set(key, { ...home, products })
    try {
      for (const [path, id] of [
        [`${signaturePath}&product=Lumen`, '[0-9a-f-]{36}'],
        [`/report/index/${reportId}`, reportId],
      ] as const)
        await on(path, async ({ page }) => {
          const href = await page.getByRole('link', { name: 'File a bug' }).getAttribute('href')
          expect(href).toMatch(new RegExp(`^https://bugs\\.example\\.org/\\?of=Lumen&id=${id}$`))
        })
    } finally {
      server.documents.set(key, home)
    }
  })

  test('bugs are listed with their signature, closed ones struck', () =>
    on('/topcrashers/?product=Lumen', async ({ page }) => {
      const row = page.locator('.data-table tbody tr', { has: page.locator('s') }).first()
      const [open, closed] = [row.locator('td').last().locator('a').first(), row.locator('s a')]
      const number = (await open.textContent())!
      expect(await open.getAttribute('href')).toBe(`https://bugs.example.org/show_bug.cgi?id=${number}`)
      expect(await closed.evaluate((link) => getComputedStyle(link.parentElement!).textDecorationLine)).toBe(
        'line-through',
      )
      await row.locator('a.code').click()
      await settled(page)
      const items = await page.locator('.bugs li').allTextContents()
      expect(items).toHaveLength(2)
      expect(items[0]).toContain(number)
      expect(items[0]).toMatch(/Crash in \[@ .*\] NEW$/)
      expect(items[1]).toMatch(/, closed .* RESOLVED FIXED$/)
    }))

  test('a missing report can be requested again', () =>
    on(`/report/index/${unknownId}`, async ({ page }) => {
      await page.getByText('No report with this crash ID was received').waitFor()
      server.documents.set(`/api/report/${unknownId}`, { product: 'relayd', signature: 'EMPTY: no dump' })
      await page.getByRole('button', { name: 'Check again' }).click()
      await page.getByRole('heading', { level: 1, name: 'EMPTY: no dump' }).waitFor()
      await page.getByText('No stack').waitFor()
      await expectNoAxeViolations(page)
      server.documents.delete(`/api/report/${unknownId}`)
    }))

  test('the page of a location without crashes links to the signature that symbols gave them', () => {
    const path = '/aggregates/v4/locations.json'
    const locations = [{ location: '00112233', signature: 'app::parse' }]
    server.documents.set(path, {
      version: aggregatesVersion,
      generated_at: '2026-10-21T00:00:00+00:00',
      locations,
    })
    return on('/signature/?signature=app.exe%4000112233', async ({ page }) => {
      await page.getByRole('link', { name: 'app::parse' }).waitFor()
      await expectNoAxeViolations(page)
      server.documents.delete(path)
    })
  })

  test('text from crashes is never markup', async () => {
    for (const path of [paths['hostile signature'], paths.report, '/topcrashers/?product=Lumen', '/'])
      await on(path, async ({ page }) => {
        expect(await page.locator('body').textContent()).toContain('<img src=x onerror=')
        expect(await page.evaluate(() => 'hacked' in window)).toBe(false)
        expect(await page.locator('img, main script, iframe').count()).toBe(0)
        const hrefs = await page
          .locator('a')
          .evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).href))
        expect(hrefs.filter((href) => !/^https?:/.test(href))).toEqual([])
      })
    await on(
      `/topcrashers/?${new URLSearchParams({ q: hostileText, product: hostileText, version: hostileText })}`,
      async ({ page }) => {
        expect(await page.evaluate(() => 'hacked' in window)).toBe(false)
      },
    )
  })

  test('the keyboard reaches the content directly and everything in order', () =>
    on('/', async ({ page }) => {
      await page.keyboard.press('Tab')
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to content')
      await page.keyboard.press('Enter')
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('main')
      await page.keyboard.press('Tab')
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('All products')
      const ring = await page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle)
      expect(ring).toBe('solid')
      await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      await page.waitForURL('**/?product=Lumen')
    }))

  test('the colors follow the system until the user chooses, and the choice is kept', () =>
    on(
      '/',
      async ({ page }) => {
        const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
        const dark = await ground()
        const toggle = page.getByRole('button', { name: /^Colors/ })
        await toggle.click()
        const light = await ground()
        expect(light).not.toBe(dark)
        await page.reload()
        await settled(page)
        expect(await ground()).toBe(light)
        await toggle.click()
        expect(await ground()).toBe(dark)
        expect(await toggle.getAttribute('aria-label')).toBe('Colors: dark. Change to system.')
      },
      { colorScheme: 'dark' },
    ))

  test('printing shows the content without the controls', () =>
    on(`/report/index/${reportId}`, async ({ page }) => {
      await page.emulateMedia({ media: 'print' })
      expect(await page.locator('header.header').isVisible()).toBe(false)
      expect(await page.locator('.contents').isVisible()).toBe(false)
      expect(await page.locator('#stack table').isVisible()).toBe(true)
    }))

  describe('without aggregates', () => {
    const home = '/aggregates/v4/home.json'

    test.each([
      ['no document yet', undefined, 'No crashes yet'],
      [
        'no product yet',
        { version: aggregatesVersion, generated_at: '', newest_crash: null, dates: [], products: [] },
        'No crashes yet',
      ],
      ['a failing server', 500, 'The server responded with status 500'],
      [
        'a document of another version',
        { version: 1 },
        `has version 1; this page reads version ${aggregatesVersion}`,
      ],
    ])('%s: every page shows it', async (_, document, text) => {
      const kept = server.documents.get(home)
      server.documents.set(home, document)
      try {
        for (const path of ['/', '/topcrashers/']) {
          const { page, close } = await openPage(browser)
          await visit(page, server.url + path)
          await page.getByText(text).waitFor()
          await expectNoAxeViolations(page)
          await close()
        }
      } finally {
        server.documents.set(home, kept)
      }
    })

    test('trying again shows the page', async () => {
      const kept = server.documents.get(home)
      server.documents.set(home, 503)
      const { page, close } = await openPage(browser)
      await visit(page, `${server.url}/`)
      server.documents.set(home, kept)
      await page.getByRole('button', { name: 'Try again' }).click()
      await page.getByRole('heading', { name: 'Products', exact: true }).waitFor()
      await close()
    })
  })
})
