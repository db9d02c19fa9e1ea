// Pages about the system and its words: help, fields, products, missing symbols, status.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sitePages } from '../../../dashboard/site-map.ts'
import { roundKey } from '../../../shared/keys.ts'
import { columnTexts, findChromium, settled } from '../../support/browser.ts'
import { type OpenDashboard, openDashboard } from '../../support/open-dashboard.ts'

describe.skipIf(!findChromium())('pages about the system', () => {
  let dashboard: OpenDashboard
  const on: OpenDashboard['on'] = (...options) => dashboard.on(...options)
  beforeAll(async () => {
    dashboard = await openDashboard()
  })
  afterAll(() => dashboard?.close())

  test('the help names every page, and each link leads to one', () =>
    on('/help/', async ({ page }) => {
      for (const { name } of sitePages) {
        await page.goto(`${dashboard.server.url}/help/`)
        await page.locator('#pages').getByRole('link', { name, exact: true }).click()
        await settled(page)
        const title = await page.getByRole('heading', { level: 1 }).textContent()
        expect(title).not.toMatch(/not found|failed/)
      }
    }))

  test('fields are found by what they mean, and have a page with their operators', () =>
    on('/fields/', async ({ page }) => {
      await page.getByLabel('Contains').fill('crash address hex')
      await page.getByRole('link', { name: 'Address', exact: true }).click()
      await page.getByRole('heading', { level: 1, name: 'Address' }).waitFor()
      const text = (await page.locator('main').textContent())!
      expect(text).toContain('crashes.address')
      expect(text).toContain('address=~value')
      await page.getByRole('link', { name: 'Its most frequent values' }).click()
      expect(new URL(page.url()).searchParams.get('_facets')).toBe('address')
    }))

  test('an unknown field is not found', () =>
    on('/fields/?name=nothing', async ({ page }) => {
      await page.getByRole('heading', { level: 1, name: 'Field not found' }).waitFor()
    }))

  test('products lead to their versions, signatures and missing symbols', () =>
    on('/products/', async ({ page }) => {
      const row = page.getByRole('row', { name: /^Lumen (?!Mobile)/ })
      await row.getByRole('link', { name: 'missing' }).click()
      expect(new URL(page.url()).search).toBe('?product=Lumen')
      await page.getByRole('heading', { level: 1, name: 'Missing symbols' }).waitFor()
    }))

  test('missing symbols are counted for the chosen product', () =>
    on('/missing-symbols/', async ({ page }) => {
      expect(await columnTexts(page, 'Crashes')).toEqual(['400', '7'])
      await page.getByText('500 with fewer crashes are not listed').waitFor()
      await page.getByLabel('Product').selectOption('Lumen')
      await settled(page)
      expect(await columnTexts(page, 'Crashes')).toEqual(['300'])
      await page.getByLabel('Contains').fill('nothing')
      await page.getByText('No module matches').waitFor()
    }))

  test('the status names the step of the last round that failed, and what waits', () =>
    on('/status/', async ({ page }) => {
      const text = (await page.locator('main').textContent())!
      expect(text).toMatch(/Failed, or found something: verify.* 5 minutes ago, after 83\.0 s/)
      expect(text).toContain('12 reports wait to be processed')
      expect(await columnTexts(page, 'Time')).toEqual(['81.5 s', '320 ms'])
    }))

  test('without a round the status names the commands that write one', () =>
    dashboard.serving({ [`/${roundKey}`]: undefined }, () =>
      dashboard.open('/status/').then(async ({ page, close }) => {
        await page.getByText('write about their rounds').waitFor()
        await close()
      }),
    ))
})
