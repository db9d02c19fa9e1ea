// The report page in Chromium with an invented crash: stack, comparison, neighbors, protected data.
import type { Page, Route } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HomeAggregate, SignatureAggregate } from '../../../shared/aggregates/documents.ts'
import {
  expectNoAxeViolations,
  expectNoSidewaysScroll,
  findChromium,
  layoutShift,
  settled,
  type WatchedPage,
} from '../../support/browser.ts'
import { type OpenDashboard, openDashboard, sampleTime } from '../../support/open-dashboard.ts'
import { sampleAggregates, sampleSignatureId } from '../../support/sample-aggregates.ts'
import { sampleReport } from '../../support/sample-report.ts'

const signature = 'OOM | small'
const token = '0123456789abcdef0123456789abcdef'
const narrow = { viewport: { width: 360, height: 740 } }

/** IDs of reports that the sample aggregates list, newest first. */
function listedIds(): string[] {
  const key = `aggregates/v4/signatures/${sampleSignatureId(signature)}.json`
  const document = sampleAggregates(sampleTime).get(key) as SignatureAggregate
  return document.reports.filter(({ product }) => product === 'Lumen').map(({ crash_id }) => crash_id)
}

const [newestId, reportId, olderId] = listedIds() as [string, string, string]

const reportOf = (id: string): Record<string, unknown> => ({
  ...sampleReport(id),
  signature,
  proto_signature: `${signature} | app::Document::Close | app::Other | main`,
})

/** The same crash without its innermost frames. */
function shorterReport(id: string) {
  const report = structuredClone(reportOf(id)) as {
    json_dump: { crashing_thread: { frames: unknown[] } }
  }
  report.json_dump.crashing_thread.frames.splice(0, 1)
  return report
}

/** The public view plus protected parts. */
function fullReport(id: string) {
  const report = structuredClone(reportOf(id)) as Record<string, unknown> & {
    json_dump: { crashing_thread: { frames: Record<string, unknown>[] } }
  }
  report.json_dump.crashing_thread.frames[0]!.registers = { rip: '0x00007f1c4a200000', rdi: '0x0' }
  return {
    ...report,
    url: 'https://private.example.org/',
    user_comments: 'It closed by itself',
    breadcrumbs: [{ timestamp: '2026-11-22T09:40:00Z', category: 'ui', level: 'info', message: 'clicked' }],
  }
}

const frame = (module: string, name: string, lineno: number | null, in_app: boolean) => ({
  module,
  function: name,
  filename: `${module}.kt`,
  lineno,
  in_app,
})

/** A crash of an Android program: a cause and the exception that ended it, each with its frames. */
const javaReport = (id: string) => ({
  ...reportOf(id),
  java_exception: {
    exception: {
      values: [
        {
          stacktrace: {
            type: 'IllegalStateException',
            module: 'java.lang',
            frames: [
              frame('app.Notes', 'open<T>', 12, true),
              frame('android.os.Looper', 'loop', null, false),
            ],
          },
        },
        {
          stacktrace: {
            type: 'IOException',
            module: 'java.io',
            frames: [frame('app.Disk', 'read', 7, true)],
          },
        },
      ],
    },
  },
})

describe.skipIf(!findChromium())('the report page in Chromium', () => {
  let dashboard: OpenDashboard
  const on: OpenDashboard['on'] = (...options) => dashboard.on(...options)
  const path = `/report/index/${reportId}`

  beforeAll(async () => {
    dashboard = await openDashboard({
      [`/api/report/${newestId}`]: reportOf(newestId),
      [`/api/report/${reportId}`]: reportOf(reportId),
      [`/api/report/${olderId}`]: shorterReport(olderId),
    })
  })
  afterAll(() => dashboard?.close())

  test('has no violations in axe with a comparison, in light and dark, and no layout shift', () =>
    on(`${path}?compare=common`, async ({ page }) => {
      await page.locator('.diff').waitFor()
      expect(await layoutShift(page)).toBeLessThan(0.02)
      await expectNoAxeViolations(page)
      await page.emulateMedia({ colorScheme: 'dark' })
      await expectNoAxeViolations(page, 'only')
    }))

  test('fits 360 pixels with a comparison', () =>
    on(
      `${path}?compare=common`,
      async ({ page }) => {
        await page.locator('.diff').waitFor()
        expect(await layoutShift(page)).toBeLessThan(0.02)
        await expectNoSidewaysScroll(page)
        await expectNoAxeViolations(page, 'without')
      },
      narrow,
    ))

  test('shows the exceptions of a Java program with their frames, before the native stack', () =>
    dashboard.serving({ [`/api/report/${reportId}`]: javaReport(reportId) }, () =>
      on(path, async ({ page }) => {
        const java = page.locator('#java')
        expect(await java.getByRole('heading', { level: 3 }).allInnerTexts()).toEqual([
          'java.lang.IllegalStateException',
          'Caused by java.io.IOException',
        ])
        expect(await java.locator('tbody tr').allInnerTexts()).toEqual([
          '0\tapp.Notes.open<T> own\tapp.Notes.kt:12',
          '1\tandroid.os.Looper.loop\tandroid.os.Looper.kt',
          '0\tapp.Disk.read own\tapp.Disk.kt:7',
        ])
        expect(await page.locator('main section[id]').first().getAttribute('id')).toBe('java')
        await expectNoAxeViolations(page)
      }),
    ))

  test('the report page shows stack, threads, modules and fields', () =>
    on(`/report/index/bp-${reportId}`, async ({ page }) => {
      expect(new URL(page.url()).pathname).toBe(`/report/index/${reportId}`)
      const stack = page.locator('#stack tbody tr')
      expect(await stack.nth(0).textContent()).toMatch(/unique_ptr[\s\S]*:205[\s\S]*inlined/)
      expect(await stack.nth(2).getByRole('link').getAttribute('href')).toBe(
        'https://github.com/lumen-browser/lumen/blob/7f3c0d9a41be/gfx/surface.cpp#L418',
      )
      expect(await stack.nth(4).textContent()).toContain('symbols missing')
      expect(await stack.last().textContent()).toBe('112 frames truncated')
      expect(await page.locator('#threads table').count()).toBe(0)
      await page.getByRole('button', { name: 'Open all' }).click()
      expect(await page.locator('#threads table').count()).toBe(7)
      await page.getByLabel('Show').selectOption('missing')
      expect(await page.locator('#modules tbody').first().locator('tr').count()).toBe(2)
      await page.getByLabel('Name or value').fill('uptime')
      expect(await page.locator('#fields tbody tr').allInnerTexts()).toEqual(['uptime\t3725'])
      expect(await page.locator('#details').textContent()).toContain(
        '3,725 seconds (1 hour, 2 minutes and 5 seconds)',
      )
      const raw = await page.getByRole('link', { name: 'Raw JSON' }).getAttribute('href')
      expect(raw).toBe(`/api/report/${reportId}`)
    }))

  test('the report page shows how the signature was generated, also by keyboard', () =>
    on(path, async ({ page }) => {
      const section = page.getByRole('region', { name: 'How this signature was generated' })
      const items = section.getByRole('listitem')
      expect(await items.first().isVisible()).toBe(false)
      await section.locator('summary').focus()
      await page.keyboard.press('Enter')
      await items.first().waitFor()
      expect((await items.allInnerTexts()).map((text) => text.split(' ')[0])).toEqual(
        'skipped skipped selected selected joined'.split(' '),
      )
      expect(await section.textContent()).toContain('Generated with the lists default-97b2d32d')
      await expectNoAxeViolations(page)
      await page.setViewportSize({ width: 360, height: 740 })
      await expectNoSidewaysScroll(page)
    }))

  test('a phone shows what crashed and the first frames on the first screen', () =>
    on(
      path,
      async ({ page }) => {
        const bottomOf = (place: number) =>
          page
            .locator('#stack tbody tr')
            .nth(place)
            .evaluate((row) => row.getBoundingClientRect().bottom)
        // Two inlined functions, then the frame that crashed.
        expect(await bottomOf(2)).toBeLessThan(740)
        expect(await page.locator('.key-facts').isVisible()).toBe(true)
      },
      narrow,
    ))

  test('own frames are tinted, as the product file names them; system frames fold and print', () =>
    on(path, async ({ page }) => {
      const own = page.locator('#stack .frame-own .frame-module')
      expect(new Set(await own.allInnerTexts())).toEqual(new Set(['liblumen.so', 'lumen']))
      const fold = page.getByRole('button', { name: '3 system frames' })
      const hidden = page.locator('#stack tr', { hasText: '__libc_start_main' }).last()
      expect(await hidden.isVisible()).toBe(false)
      await page.emulateMedia({ media: 'print' })
      expect(await hidden.isVisible()).toBe(true)
      await page.emulateMedia({ media: 'screen' })
      await fold.focus()
      await page.keyboard.press('Enter')
      expect([await fold.getAttribute('aria-expanded'), await hidden.isVisible()]).toEqual(['true', true])
      const key = '/aggregates/v4/home.json'
      const home = dashboard.server.documents.get(key) as HomeAggregate
      const products = home.products.map((one) => ({ ...one, own_modules: ['libgallium*'] }))
      await dashboard.serving({ [key]: { ...home, products } }, async () => {
        await page.reload()
        await settled(page)
        // The product's settings arrive after the report.
        await expect.poll(() => own.allInnerTexts()).toEqual([expect.stringMatching(/^libgallium-25\.so/)])
      })
    }))

  test('newer and older reports of the signature are one key away', () =>
    on(path, async ({ page }) => {
      const peers = page.getByRole('navigation', { name: 'Reports of the same signature' })
      await peers.getByText('2 of the newest 100 reports').waitFor()
      await peers.getByRole('link', { name: 'Older' }).click()
      await page.waitForURL(`**/${olderId}`)
      await peers.getByRole('link', { name: 'Newer' }).focus()
      await page.keyboard.press('Enter')
      await page.waitForURL(`**/${reportId}`)
      await peers.getByRole('link', { name: 'Newer' }).click()
      await peers.getByText('1 of the newest').waitFor()
      expect(await peers.getByRole('link', { name: 'Newer' }).count()).toBe(0)
    }))

  test('the stack is compared with the most frequent one, a listed report, or any crash ID', () =>
    on(path, async ({ page }) => {
      const compare = page.locator('#compare')
      await compare.getByLabel('With', { exact: true }).selectOption('common')
      await compare.getByText('only in this report').first().waitFor()
      expect(new URL(page.url()).search).toBe('?compare=common')
      expect(await compare.locator('.diff-first').allInnerTexts()).toEqual([
        expect.stringContaining('app::Other'),
      ])
      expect((await compare.locator('.diff-second').allInnerTexts())[0]).toContain('app::Window::OnClose')
      await compare.getByLabel('Or with the report').fill(`bp-${olderId.toUpperCase()}`)
      await compare.getByText('The other report:').waitFor()
      expect(new URL(page.url()).search).toBe(`?compare=${olderId}`)
      expect(await compare.locator('.diff-first').count()).toBe(3)
      expect(await compare.locator('.diff-second').count()).toBe(0)
      expect(await compare.getByLabel('With', { exact: true }).inputValue()).toBe(olderId)
      await page.reload()
      await compare.locator('.diff').waitFor()
    }))

  test('bugs of the signature are listed', () =>
    on(path, async ({ page }) => {
      const home = dashboard.server.documents.get('/aggregates/v4/home.json') as HomeAggregate
      const slug = home.products.find(({ name }) => name === 'Lumen')!.slug
      const key = `/aggregates/v4/signatures/${sampleSignatureId(signature)}/${slug}.json`
      const document = dashboard.server.documents.get(key) as SignatureAggregate
      const bug = { id: '77', url: 'https://bugs.example.org/77', status: 'NEW', open: true, summary: 'It' }
      await dashboard.serving({ [key]: { ...document, bugs: [bug] } }, async () => {
        await page.reload()
        await page.locator('#bugs').getByRole('link', { name: '77' }).waitFor()
      })
    }))

  test('the journey names the rule, the weight, missing symbols and where they were looked for', () =>
    on(path, async ({ page }) => {
      const text = await page.locator('#journey').innerText()
      for (const part of [
        'The rule release accepted it',
        'weight 10',
        'libgallium-25.so',
        'a private server',
      ])
        expect(text).toContain(part)
      expect(await page.locator('#add-ons').innerText()).toContain('Dark pages')
      await page.locator('#telemetry summary').first().click()
      expect(await page.locator('#telemetry pre').first().innerText()).toContain('"architecture": "x86-64"')
    }))

  /** Answers as the edge does: protected data only with the token. */
  async function serveProtected(page: Page, posted: string[]) {
    const answer = (route: Route, json: unknown) =>
      route.request().headers()['auth-token'] === token
        ? route.fulfill({ json })
        : route.request().headers()['auth-token'] === undefined
          ? route.fallback()
          : route.fulfill({ status: 403, json: { description: 'This token does not exist' } })
    await page.route(`**/api/report/${reportId}`, (route) => answer(route, fullReport(reportId)))
    await page.route('**/api/Reprocessing/', (route) => {
      posted.push(route.request().postData() ?? '')
      return answer(route, true)
    })
  }

  test('a token shows protected fields and requests processing; it is in no storage and no URL', () => {
    const posted: string[] = []
    const read = async ({ page, context, errors }: WatchedPage) => {
      const section = page.locator('#protected')
      const use = async (text: string) => {
        await section.getByLabel(/^Token/).fill(text)
        await section.getByRole('button', { name: 'Use the token' }).click()
      }
      await use('wrong')
      await section.getByText('Protected fields are not shown: This token does not exist').waitFor()
      errors.length = 0
      await section.getByRole('button', { name: 'Forget the token' }).click()
      expect(await page.locator('#breadcrumbs').count()).toBe(0)
      await use(token)
      await section.getByText('Protected fields are shown').waitFor()
      expect(await page.locator('.registers').innerText()).toMatch(/rip\s+0x00007f1c4a200000/)
      expect(await page.locator('#breadcrumbs').innerText()).toContain('clicked')
      expect(await page.locator('#fields').innerText()).toContain('It closed by itself')
      await expectNoAxeViolations(page)
      await section.getByRole('button', { name: 'Process again' }).click()
      await section.getByText('Requested: the next round').waitFor()
      expect(posted).toEqual([new URLSearchParams({ crash_ids: `${reportId}:default` }).toString()])

      const stored = await page.evaluate(() =>
        JSON.stringify([
          { ...localStorage },
          { ...sessionStorage },
          document.cookie,
          history.state,
          location.href,
        ]),
      )
      expect(stored).not.toContain(token)
      expect(JSON.stringify(await context.storageState())).not.toContain(token)
      await page.getByRole('link', { name: 'API', exact: false }).last().click()
      expect(await page.getByLabel('Token (optional)').inputValue()).toBe(token)
      await page.reload()
      expect(await page.getByLabel('Token (optional)').inputValue()).toBe('')
    }
    return on(path, read, { routes: (page) => serveProtected(page, posted) })
  })
})
