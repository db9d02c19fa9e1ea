// The palette, the signature index and the keys, in Chromium.
import type { Page, Route } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  columnTexts,
  expectNoAxeViolations,
  expectNoSidewaysScroll,
  findChromium,
  measureTransfer,
  openPage,
  settled,
} from '../../support/browser.ts'
import { type OpenDashboard, openDashboard, sampleTime } from '../../support/open-dashboard.ts'
import { sampleReport } from '../../support/sample-report.ts'
import { manySignatures, signatureIndexOf } from '../../support/sample-signature-index.ts'

const reportId = '0b34f1a2-6c1d-8a7e-9f00-5c2d1e261122'
const phone = { viewport: { width: 360, height: 740 }, hasTouch: true }

/** Documents of an index, by path. */
const indexOf = (count: number) =>
  Object.fromEntries(
    [...signatureIndexOf(manySignatures(count), sampleTime)].map(([key, value]) => [`/${key}`, value]),
  )

const palette = (page: Page) => page.getByRole('dialog', { name: 'Find anything' })
const input = (page: Page) => palette(page).getByRole('combobox')
const options = (page: Page) => palette(page).getByRole('option')
const current = (page: Page) => palette(page).locator('[aria-selected="true"]')
const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent ?? '')

/** Does something before the code of the palette arrives. */
const beforePalette = (act: (page: Page, route: Route) => Promise<void>) => ({
  routes: (page: Page) => page.route('**/assets/windows-*.js', (route) => act(page, route)),
})

describe.skipIf(!findChromium())('finding anything', () => {
  let dashboard: OpenDashboard
  const on: OpenDashboard['on'] = (...options) => dashboard.on(...options)

  beforeAll(async () => {
    dashboard = await openDashboard({ [`/api/report/${reportId}`]: sampleReport(reportId) })
  })
  afterAll(() => dashboard?.close())

  test.each(['Control+k', 'Meta+k', '/'])('%s opens the palette, Escape closes it', (key) =>
    on('/', async ({ page }) => {
      await page.keyboard.press(key)
      await input(page).waitFor()
      expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('combobox')
      await page.keyboard.press('Escape')
      await palette(page).waitFor({ state: 'detached' })
    }),
  )

  test('a key pressed as soon as the page is shown opens the palette, and it stays open', async () => {
    const { page, close } = await openPage(dashboard.browser)
    await page.addInitScript(() => {
      // Frames are late on a busy machine; what waits for one has not happened when the first key is pressed.
      const frame = window.requestAnimationFrame
      window.requestAnimationFrame = (run) => window.setTimeout(() => frame(run), 500)
      new MutationObserver((_, observer) => {
        if (!document.querySelector('.palette-button')) return
        observer.disconnect()
        document.body.dispatchEvent(
          new KeyboardEvent('keydown', { key: 'k', ctrlKey: true, bubbles: true, cancelable: true }),
        )
      }).observe(document, { childList: true, subtree: true })
    })
    await page.goto(`${dashboard.server.url}/`)
    await settled(page)
    await input(page).waitFor()
    await close()
  })

  test('keys typed before the palette is loaded are not lost', () =>
    on(
      '/',
      async ({ page }) => {
        await page.keyboard.press('/')
        await input(page).waitFor()
        expect(await input(page).inputValue()).toBe('cri')
      },
      beforePalette(async (page, route) => {
        await page.keyboard.type('cri')
        await route.continue()
      }),
    ))

  test('keys typed right after the one that opens the palette, and right as it appears, are not lost', () =>
    on('/', async ({ page }) => {
      const lost = await page.evaluate(async () => {
        const press = (key: string) =>
          document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))
        press('/')
        for (const key of 'cri') press(key)
        return new Promise<boolean>((done) => {
          const observer = new MutationObserver(() => {
            if (!document.querySelector('dialog[open]')) return
            observer.disconnect()
            // A key that nothing takes from the input.
            done(!press('m'))
          })
          observer.observe(document.body, { childList: true, subtree: true })
        })
      })
      expect(lost).toBe(false)
      expect(await input(page).inputValue()).toBe('cri')
    }))

  test('a crash ID and Enter typed before the palette is loaded open the report', () =>
    on(
      '/',
      async ({ page }) => {
        await page.keyboard.press('/')
        await page.waitForURL(`**/report/index/${reportId}`)
      },
      beforePalette(async (page, route) => {
        await page.keyboard.type(`bp-${reportId}`)
        await page.keyboard.press('Enter')
        await route.continue()
      }),
    ))

  test('Escape before the palette is loaded closes it, with what was typed', () =>
    on(
      '/',
      async ({ page }) => {
        const loaded = page.waitForResponse('**/assets/windows-*.js')
        await page.keyboard.press('/')
        await (await loaded).finished()
        await page.keyboard.press('/')
        await input(page).waitFor()
        expect(await input(page).inputValue()).toBe('')
      },
      beforePalette(async (page, route) => {
        await page.keyboard.type('cri')
        await page.keyboard.press('Escape')
        await route.continue()
      }),
    ))

  test('where the palette cannot be loaded, an alert states it', () =>
    on(
      '/',
      async ({ page, errors }) => {
        await page.keyboard.press('/')
        await page.getByRole('alert').waitFor()
        errors.length = 0
      },
      beforePalette((_, route) => route.abort()),
    ))

  test('a signature is found and opened by keyboard alone, as a combobox reports it', () =>
    on('/', async ({ page }) => {
      await page.keyboard.press('/')
      await input(page).fill('session')
      await options(page).first().waitFor()
      const list = await input(page).getAttribute('aria-controls')
      expect(await page.locator(`#${list}`).getAttribute('role')).toBe('listbox')
      const before = await current(page).textContent()
      await page.keyboard.press('ArrowDown')
      const chosen = await current(page).textContent()
      expect(chosen).not.toBe(before)
      expect(await current(page).getAttribute('id')).toBe(
        await input(page).getAttribute('aria-activedescendant'),
      )
      await page.keyboard.press('ArrowUp')
      await page.keyboard.press('ArrowUp')
      expect(await current(page).textContent()).toMatch(/stack contains “session”/)
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('Enter')
      await page.waitForURL('**/signature/**')
      await settled(page)
      expect(before).toContain((await page.locator('main h1').innerText()).trim())
      expect(await palette(page).count()).toBe(0)
    }))

  test.each([
    [
      'a pasted URL in upper case',
      `https://crash-stats.example.org/report/index/bp-${reportId.toUpperCase()}`,
      `/report/index/${reportId}`,
    ],
    ['a product', 'atelier', '/?product=Atelier'],
    ['a version', 'lumen 142.0.1', '/topcrashers/?product=Lumen&version=142.0.1'],
    ['a field', 'android model', '/fields/?name=android_model'],
    ['a page', 'symbolicate', '/symbolicate/'],
  ])('%s leads to its page', (_, text, target) =>
    on('/', async ({ page }) => {
      await page.keyboard.press('Control+k')
      await input(page).fill(text)
      await page.keyboard.press('Enter')
      await page.waitForURL((url) => (url.pathname + url.search).startsWith(target))
    }),
  )

  test('the palette has no violations, in light and dark, wide and narrow', async () => {
    for (const size of [{}, phone])
      await on(
        '/',
        async ({ page }) => {
          await page.getByRole('button', { name: 'Find anything' }).click()
          await input(page).fill('o')
          await options(page).nth(3).waitFor()
          await expectNoAxeViolations(page)
          await page.emulateMedia({ colorScheme: 'dark' })
          await expectNoAxeViolations(page, 'only')
          await expectNoSidewaysScroll(page)
          if ('viewport' in size) await options(page).nth(1).tap()
        },
        size,
      )
  })

  test('the first view loads neither its code nor the index', async () => {
    const { page, close } = await openPage(dashboard.browser)
    const { requests } = await measureTransfer(page, `${dashboard.server.url}/`)
    expect(requests.map(({ url }) => url).filter((url) => /windows-|signature-index/.test(url))).toEqual([])
    await close()
  })

  test('any of 100,000 signatures is found', () =>
    dashboard.serving(indexOf(100_000), () =>
      on('/', async ({ page }) => {
        await page.keyboard.press('/')
        await palette(page)
          .getByText(/loading/)
          .waitFor({ state: 'detached', timeout: 30_000 })
        await input(page).fill('f99999')
        await expect.poll(() => options(page).first().textContent()).toContain('::f99999')
      }),
    ))

  test('the signature page lists all, filters while the reader types, and keeps it in the URL', () =>
    dashboard.serving(indexOf(13_000), () =>
      on('/signatures/', async ({ page }) => {
        await page.getByText('13,000 signatures', { exact: true }).waitFor()
        expect((await columnTexts(page, 'Signature')).length).toBe(50)
        expect(await page.locator('.data-table .sparkline rect').count()).toBe(50 * 28)
        await page.getByRole('searchbox', { name: 'Contains' }).fill('evict')
        await page.getByText(/^[\d,]+ of 13,000 signatures$/).waitFor()
        expect(new URL(page.url()).search).toBe('?q=evict')
        await page.getByRole('combobox', { name: 'Product' }).selectOption('Atelier')
        await page.waitForURL('**/?q=evict&product=Atelier')
        const products = new Set(await columnTexts(page, 'Products'))
        expect([...products]).toEqual(['Atelier'])
        await page.getByRole('button', { name: 'All time' }).click()
        await page.waitForURL(/sort=-total/)
        await page.getByRole('searchbox', { name: 'Contains' }).fill('nowhere at all')
        expect(
          await page.getByRole('link', { name: 'Search the stacks of reports' }).getAttribute('href'),
        ).toBe('/search/?proto_signature=%7Enowhere+at+all&product=Atelier')
      }),
    ))

  test('a missing part or index is named', () =>
    dashboard.serving({ ...indexOf(13_000), '/aggregates/v4/signature-index/recent-2.json': 404 }, () =>
      on('/signatures/', async ({ page }) => {
        await page.getByText(/^8,000 of 13,000 signatures, some lists are missing or not readable$/).waitFor()
      }),
    ))
})

describe.skipIf(!findChromium())('keys on pages', () => {
  let dashboard: OpenDashboard
  const on: OpenDashboard['on'] = (...options) => dashboard.on(...options)

  beforeAll(async () => {
    dashboard = await openDashboard()
  })
  afterAll(() => dashboard?.close())

  test('j and k move through the rows of a list, Enter opens one, Escape leaves', () =>
    on('/topcrashers/?product=Lumen', async ({ page }) => {
      const names = await columnTexts(page, 'Signature')
      await page.keyboard.press('j')
      expect(names[0]).toContain(await focused(page))
      await page.keyboard.press('j')
      await page.keyboard.press('j')
      expect(names[2]).toContain(await focused(page))
      await page.keyboard.press('k')
      expect(names[1]).toContain(await focused(page))
      await page.keyboard.press('Escape')
      expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('BODY')
      await page.keyboard.press('j')
      await page.keyboard.press('Enter')
      await page.waitForURL('**/signature/**')
    }))

  test('a question mark shows the keys, and single keys can be turned off', () =>
    on('/topcrashers/?product=Lumen', async ({ page }) => {
      await page.keyboard.press('?')
      const keys = page.getByRole('dialog', { name: 'Keys' })
      await keys.getByText('Next row of a list').waitFor()
      await expectNoAxeViolations(page)
      await keys.getByRole('checkbox', { name: 'Keys without Ctrl' }).uncheck()
      await page.keyboard.press('Escape')
      await keys.waitFor({ state: 'detached' })
      await page.keyboard.press('j')
      expect(await page.evaluate(() => document.activeElement?.closest('table'))).toBeNull()
      await page.reload()
      await settled(page)
      await page.keyboard.press('/')
      await page.keyboard.press('Control+k')
      await input(page).waitFor()
      expect(await input(page).inputValue()).toBe('')
    }))

  test('keys do nothing in a field', () =>
    on('/search/?_dont_run=1', async ({ page }) => {
      await page.getByRole('button', { name: 'Add a filter' }).click()
      const field = page.getByRole('textbox', { name: 'Product: value' })
      await field.focus()
      await page.keyboard.type('j/?k')
      expect(await field.inputValue()).toBe('j/?k')
      expect(await page.getByRole('dialog').count()).toBe(0)
    }))
})
