// What charts draw: the elements of their images, in Chromium.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findChromium } from '../../support/browser.ts'
import { type OpenDashboard, openDashboard } from '../../support/open-dashboard.ts'

const trendOf = (style: string) => `/signature/?signature=OOM+%7C+small&style=${style}`

describe.skipIf(!findChromium())('a chart', () => {
  let dashboard: OpenDashboard
  beforeAll(async () => {
    dashboard = await openDashboard()
  })
  afterAll(() => dashboard?.close())

  test.each([
    ['overview', '/'],
    ['bars', trendOf('bars')],
    ['lines', trendOf('lines')],
    ['shares', trendOf('share')],
  ])('%s', (name, path) =>
    dashboard.on(path, async ({ page }) => {
      const image = await page
        .locator('.chart-canvas svg')
        .first()
        .evaluate((svg) => svg.outerHTML)
      const lines = image.replaceAll('><', '>\n<')
      await expect(`${lines}\n`).toMatchFileSnapshot(`../../golden/charts/${name}.svg.txt`)
    }),
  )
})
