// A missing or misshapen document never blanks or falsifies a page; reports without a processed crash state why.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type AllCrashersAggregate,
  aggregatesVersion,
  type PackedTopCrashers,
} from '../../../shared/aggregates/documents.ts'
import { unpackTopCrashers } from '../../../shared/aggregates/crash-cells.ts'
import { allCrashersKey, homeKey, pastKey, signatureKey, topCrashersKey } from '../../../shared/keys.ts'
import { pendingReport, unknownReport } from '../../../shared/report/report-answers.ts'
import { expectNoAxeViolations, findChromium, openPage, settled } from '../../support/browser.ts'
import { type OpenDashboard, openDashboard } from '../../support/open-dashboard.ts'
import { sampleSignatureId } from '../../support/sample-aggregates.ts'
import { sampleReport } from '../../support/sample-report.ts'

const home = `/${homeKey}`
const list = `/${topCrashersKey('lumen-mobile', 7)}`
const signature = `/${signatureKey(sampleSignatureId('OOM | small'))}`
const signaturePath = '/signature/?signature=OOM+%7C+small'
const idOf = (day: string) => `0b34f1a2-6c1d-8a7e-9f00-5c2d1e${day}`
const notFound = (description: string) =>
  Response.json({ title: '404 Not Found', description }, { status: 404 })

describe.skipIf(!findChromium())('documents', () => {
  let dashboard: OpenDashboard
  beforeAll(async () => {
    dashboard = await openDashboard()
  })
  afterAll(() => dashboard?.close())

  test('a document that does not arrive: the page states it after 45 seconds, and requests it again', async () => {
    const { page, close } = await openPage(dashboard.browser)
    await page.clock.install()
    await page.route(`**${home}`, () => {})
    await page.goto(dashboard.server.url)
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    await page.clock.runFor(46_000)
    await page.getByText('home.json did not arrive within 45 seconds.').waitFor()
    await page.unroute(`**${home}`)
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('heading', { name: 'Top signatures' }).waitFor()
    await close()
  })

  const version = aggregatesVersion
  test.each<[what: string, path: string, documents: Record<string, unknown>, text: string]>([
    ['home without its members', '/', { [home]: { version } }, 'home.json is not readable: '],
    [
      'home with text for products',
      '/',
      { [home]: { version, products: 'x' } },
      'home.json is not readable: ',
    ],
    ['home that is null', '/', { [home]: null }, 'has version undefined'],
    [
      'a page in place of home',
      '/',
      { [home]: new Response('<p>', { headers: { 'content-type': 'text/html' } }) },
      'has a page at /aggregates/',
    ],
    ['a signature without its members', signaturePath, { [signature]: { version } }, 'is not readable: '],
    [
      'a report that is null',
      `/report/index/${idOf('261122')}`,
      { [`/api/report/${idOf('261122')}`]: [] },
      'must be an object',
    ],
  ])('%s: the page states it', (_, path, documents, text) =>
    dashboard.serving(documents, () =>
      dashboard.on(path, async ({ page }) => {
        await page.getByText(text).waitFor()
        expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(1)
      }),
    ),
  )

  test('the document of another signature is not shown', async () => {
    const other = dashboard.server.documents.get(
      `/${signatureKey(sampleSignatureId('lumen::Renderer::Paint'))}`,
    )
    await dashboard.serving({ [signature]: other }, () =>
      dashboard.on(signaturePath, async ({ page }) => {
        await page.getByText('it is the document of another signature').waitFor()
        expect(await page.locator('main').textContent()).not.toContain('Renderer')
      }),
    )
  })

  test('a product whose list is missing is named', async () => {
    const path = `/${allCrashersKey(7)}`
    const all = dashboard.server.documents.get(path) as AllCrashersAggregate
    const products = all.products.filter(({ product }) => product !== 'Lumen Mobile')
    await dashboard.serving({ [path]: { ...all, products } }, () =>
      dashboard.on('/topcrashers/', async ({ page }) => {
        await page.getByText('the lists of Lumen Mobile are missing').waitFor()
        expect(await page.locator('.data-table tbody tr').count()).toBeGreaterThan(10)
        await expectNoAxeViolations(page)
      }),
    )
  })

  test.each([
    ['without its members', { version: aggregatesVersion }],
    ['whose cells refer to nothing', 'lines'],
  ])('a list %s: the page states it', async (_, what) => {
    const sound = dashboard.server.documents.get(list) as PackedTopCrashers
    const document = what === 'lines' ? { ...sound, lines: [] } : what
    await dashboard.serving({ [list]: document }, () =>
      dashboard.on('/topcrashers/?product=Lumen+Mobile', async ({ page }) => {
        await page.getByText('is not readable: ').waitFor()
      }),
    )
  })

  test('a pending report appears by itself', async () => {
    const path = `/api/report/${idOf('261122')}`
    await dashboard.serving({ [path]: notFound(pendingReport) }, async () => {
      const { page, context, close } = await openPage(dashboard.browser)
      await context.clock.install({ time: '2026-11-22T14:10:00Z' })
      await page.goto(`${dashboard.server.url}/report/index/${idOf('261122').toUpperCase()}`)
      await page.getByText('This report is not processed yet').waitFor()
      await expectNoAxeViolations(page, 'without')
      dashboard.server.documents.set(path, sampleReport(idOf('261122')))
      await context.clock.fastForward(6000)
      await page.locator('#stack').waitFor()
      await close()
    })
  })

  test.each([
    ['261122', 'No report with this crash ID was received'],
    ['260101', 'This report has expired, or was never received'],
    ['270101', 'There is no such report'],
  ])('an unknown report of %s', (day, text) =>
    dashboard.serving({ [`/api/report/${idOf(day)}`]: notFound(unknownReport) }, () =>
      dashboard.on(`/report/index/${idOf(day)}`, async ({ page }) => {
        await page.getByText(text).waitFor()
        await expectNoAxeViolations(page)
      }),
    ),
  )
})

describe.skipIf(!findChromium())('links of Crash Stats', () => {
  let dashboard: OpenDashboard
  beforeAll(async () => {
    dashboard = await openDashboard({ [`/api/report/${idOf('261122')}`]: sampleReport(idOf('261122')) })
  })
  afterAll(() => dashboard?.close())

  test.each([
    ['/home/product/Lumen', 'Lumen', '/?product=Lumen'],
    [
      '/signature/?product=Lumen&signature==OOM%20%7C%20small',
      'OOM | small',
      '/signature/?product=Lumen&signature=OOM+%7C+small',
    ],
    [`/report/index/BP-${idOf('261122').toUpperCase()}`, 'lumen', `/report/index/${idOf('261122')}`],
    [`/search/quick/?query=${idOf('261122')}`, 'lumen', `/report/index/${idOf('261122')}`],
  ])('%s lands on its page', (path, heading, url) =>
    dashboard.on(path, async ({ page }) => {
      await page.waitForURL(dashboard.server.url + url)
      await page.getByRole('heading', { level: 1, name: heading }).waitFor()
    }),
  )

  test('Top Crashers filters by what the link asks for, and names what it does not use', () =>
    dashboard.on(
      '/topcrashers/?product=Lumen&process_type=any&platform=Windows&release_channel=beta&version=143.0b&version=142.0&_report_type=hang&days=28&_facets_size=100',
      async ({ page }) => {
        const { documents } = dashboard.server
        const document = unpackTopCrashers(
          documents.get(`/${topCrashersKey('lumen', 28)}`) as PackedTopCrashers,
        )
        const weighted = document.all.current
          .filter(
            ([version, channel, platform, , , , type]) =>
              ['143.0b4', '142.0'].includes(document.versions[version]!) &&
              document.channels[channel] === 'beta' &&
              document.platforms[platform] === 'Windows NT' &&
              document.report_types[type] === 'hang',
          )
          .reduce((sum, cell) => sum + cell[5], 0)
        expect(weighted).toBeGreaterThan(0)
        expect(await page.locator('.tile-value').first().textContent()).toBe(weighted.toLocaleString('en'))
        expect(await page.locator('.late li').allInnerTexts()).toEqual([
          '_facets_size=100: all listed signatures are shown',
        ])
      },
    ))

  test('the page of a signature without recent crashes has its totals and weeks', async () => {
    const id = sampleSignatureId('app::old')
    const past = {
      version: aggregatesVersion,
      generated_at: '2026-11-22T14:05:00+00:00',
      start: id.slice(0, 2),
      signatures: [
        {
          signature: 'app::old',
          id,
          total: { count: 50, weighted: 500 },
          products: ['Lumen'],
          first_seen: '2026-10-01',
          last_seen: '2026-10-02',
          first_build: null,
          weeks: [['2026-09-28', 500]],
          bugs: [
            { id: '42', url: 'https://bugs.example.org/42', status: 'FIXED', open: false, summary: 'Old' },
          ],
        },
      ],
    }
    await dashboard.serving({ [`/${pastKey(past.start)}`]: past }, () =>
      dashboard.on('/signature/?signature=app::old', async ({ page }) => {
        await page.getByText('Last seen on 2 Oct 2026.').waitFor()
        expect(await page.locator('main').textContent()).toMatch(/≈500.*50 reports.*28 Sept 2026/)
        expect(await page.locator('#bugs s a').textContent()).toBe('42')
        await expectNoAxeViolations(page)
      }),
    )
  })

  test('a phone shows the stack of a report within one screen', () =>
    dashboard.on(
      `/report/index/${idOf('261122')}`,
      async ({ page }) => {
        const box = await page.locator('#stack tbody tr').first().boundingBox()
        expect(box!.y).toBeLessThan(740)
      },
      { viewport: { width: 360, height: 740 } },
    ))

  test('steps through the values of a filter by keyboard are one entry of the history', () =>
    dashboard.on('/topcrashers/?product=Lumen', async ({ page }) => {
      const before = await page.evaluate(() => history.length)
      await page.locator('#filter-days').focus()
      for (const days of ['14', '28']) {
        await page.keyboard.press('ArrowDown')
        await page.waitForURL(new RegExp(`days=${days}`))
      }
      expect(await page.evaluate(() => history.length)).toBe(before + 1)
      await page.goBack()
      await page.waitForURL(/product=Lumen$/)
    }))

  test('Back shows as many rows as before, at the same place', () =>
    dashboard.on('/topcrashers/?product=Lumen&days=28', async ({ page }) => {
      const rows = page.locator('.data-table tbody tr')
      await page.getByRole('button', { name: /^Show .* more/ }).click()
      const shown = await rows.count()
      expect(shown).toBeGreaterThan(50)
      await rows
        .nth(shown - 2)
        .locator('a')
        .first()
        .scrollIntoViewIfNeeded()
      const scrolled = await page.evaluate(() => scrollY)
      await rows
        .nth(shown - 2)
        .locator('a')
        .first()
        .click()
      await page.waitForURL(/signature/)
      await settled(page)
      await page.goBack()
      await settled(page)
      expect(await rows.count()).toBe(shown)
      await page.waitForFunction((y) => Math.abs(scrollY - y) < 100, scrolled)
    }))
})
