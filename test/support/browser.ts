// Headless Chromium for tests: starting it, and checks for every page.
import { AxeBuilder } from '@axe-core/playwright'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core'

const browsers = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']
/** The same engine without windows: pages open in half of the time. */
const shell = 'chromium-headless-shell'

/**
 * Path of Chromium: `$CHROMIUM`, otherwise the first of the names on `$PATH`; null if there is none.
 * @param names default: the headless shell, then browsers
 */
export function findChromium(names: readonly string[] = [shell, ...browsers]): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const candidates = [
    process.env.CHROMIUM,
    ...names.flatMap((name) => folders.map((folder) => join(folder, name))),
  ]
  return candidates.find((path): path is string => Boolean(path) && isExecutable(path!)) ?? null
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/**
 * A headless Chromium that connects only to the pages under test. Throws if none is installed.
 * @param isWhole launch the browser that users have, not the headless shell: for measurements
 */
export async function launchBrowser({ isWhole = false } = {}): Promise<Browser> {
  const executablePath = findChromium(isWhole ? browsers : undefined)
  if (!executablePath)
    throw new Error('No Chromium found. Install one (apt-get install chromium) or set CHROMIUM to its path.')
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

/** A page in a new context, and its errors: exceptions, console errors, failed requests. */
export interface WatchedPage {
  page: Page
  context: BrowserContext
  errors: string[]
  close(): Promise<void>
}

export interface OpenOptions extends BrowserContextOptions {
  /** Sets routes. Chromium may send the next requests past routes that are set once a document is loaded. */
  routes?: (page: Page) => Promise<unknown>
}

/** Opens an empty page whose errors are collected. */
export async function openPage(
  browser: Browser,
  { routes, ...options }: OpenOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    locale: 'en-GB',
    reducedMotion: 'reduce',
    ...options,
  })
  const page = await context.newPage()
  await routes?.(page)
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(String(error)))
  page.on('console', (message) => {
    // A missing document is a state that pages show, not an error of the page.
    if (message.type() === 'error' && !/status of 404/.test(message.text())) errors.push(message.text())
  })
  return { page, context, errors, close: () => context.close() }
}

/** Goes to `url` and waits until the page shows its data, including charts. */
export async function visit(page: Page, url: string): Promise<void> {
  await page.goto(url)
  await settled(page)
}

/** Waits until nothing is loading and every chart is drawn. */
export async function settled(page: Page): Promise<void> {
  await page.waitForSelector('main h1')
  await page.waitForFunction(
    () =>
      !document.querySelector('.skeleton') &&
      [...document.querySelectorAll('.chart-canvas')].every((canvas) => canvas.firstElementChild),
  )
}

const axeTags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/**
 * Throws with rule, element and help for each violation of WCAG 2.2 A and AA and of best practice. Contrast takes
 * most of the time, so it may be omitted (`without`) or checked alone (`only`).
 */
export async function expectNoAxeViolations(
  page: Page,
  contrast: 'with' | 'without' | 'only' = 'with',
): Promise<void> {
  // Only violations are reported, and in the page itself, which has no frames: six times as fast on long lists.
  const axe = new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).setLegacyMode()
  if (contrast === 'only') axe.withRules(['color-contrast'])
  else axe.withTags(axeTags)
  if (contrast === 'without') axe.disableRules(['color-contrast'])
  const { violations } = await axe.analyze()
  if (violations.length === 0) return
  const lines = violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}\n  ${node.html}\n  ${node.failureSummary ?? ''}`),
  )
  throw new Error(`${page.url()} has accessibility violations:\n${lines.join('\n')}`)
}

/** Throws if the page is wider than its window, naming the elements that stick out. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const wide = await page.evaluate(() => {
    const width = document.documentElement.clientWidth
    if (document.documentElement.scrollWidth <= width) return []
    return [...document.body.querySelectorAll('*')]
      .filter((element) => element.getBoundingClientRect().right > width + 0.5)
      .map((element) => `${element.tagName.toLowerCase()}.${element.className}`)
  })
  if (wide.length > 0) throw new Error(`${page.url()} scrolls sideways: ${wide.slice(0, 10).join(', ')}`)
}

/** Bytes on the wire, including headers, and number of requests of a first visit. */
export async function measureTransfer(
  page: Page,
  url: string,
): Promise<{ bytes: number; requests: { url: string; bytes: number }[]; millis: number; shift: number }> {
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  const urls = new Map<string, string>()
  const requests: { url: string; bytes: number }[] = []
  session.on('Network.requestWillBeSent', ({ requestId, request }) => urls.set(requestId, request.url))
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) =>
    requests.push({ url: urls.get(requestId) ?? '', bytes: encodedDataLength }),
  )
  const started = performance.now()
  await visit(page, url)
  const millis = performance.now() - started
  await page.waitForLoadState('networkidle')
  const shift = await layoutShift(page)
  await session.detach()
  return { bytes: requests.reduce((sum, { bytes }) => sum + bytes, 0), requests, millis, shift }
}

/** The cumulative layout shift so far; 0 means that nothing moved. */
export function layoutShift(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((done) => {
        const observer = new PerformanceObserver(() => {})
        // Wait for the next frame, because shifts are recorded when a frame is painted.
        requestAnimationFrame(() =>
          requestAnimationFrame(() => {
            observer.observe({ type: 'layout-shift', buffered: true })
            const shifts = observer.takeRecords() as (PerformanceEntry & { value: number })[]
            done(shifts.reduce((sum, { value }) => sum + value, 0))
          }),
        )
      }),
  )
}

/** The cells of a table's column, top to bottom, by the text of its header. */
export async function columnTexts(
  page: Page,
  header: string,
  table = 'main table.data-table',
): Promise<string[]> {
  return page
    .locator(table)
    .first()
    .evaluate((element, wanted) => {
      const rows = [...(element as HTMLTableElement).rows]
      const text = (cell: Element) => (cell.textContent ?? '').replace(/[▴▾]/g, '').trim()
      const index = [...(rows[0]?.cells ?? [])].findIndex((cell) => text(cell) === wanted)
      return index < 0 ? [] : rows.slice(1).map((row) => text(row.cells[index]!))
    }, header)
}
