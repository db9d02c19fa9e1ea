// The reference of the API over `mayday serve`, and over an edge without tables.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page, Request } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endpoints } from '../../../shared/api/endpoints.ts'
import {
  expectNoAxeViolations,
  expectNoSidewaysScroll,
  findChromium,
  launchBrowser,
  type OpenOptions,
  openPage,
  visit,
} from '../../support/browser.ts'
import { type RunningEdge, startDenoEdge, startServing } from '../../support/running-edge.ts'

describe.skipIf(!findChromium())('the reference of the API', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mayday-api-page-'))
  let browser: Browser
  let server: RunningEdge
  let edge: RunningEdge

  beforeAll(async () => {
    ;[server, edge, browser] = await Promise.all([
      startServing(folder),
      startDenoEdge(folder),
      launchBrowser(),
    ])
  })
  afterAll(async () => {
    await browser?.close()
    await Promise.all([server?.stop(), edge?.stop()])
    rmSync(folder, { recursive: true, force: true })
  })

  /** Runs `use` on the page at an endpoint; fails if the page had an error other than a refused call. */
  async function at(
    name: string,
    use: (page: Page, calls: Request[]) => Promise<void>,
    { on = server, ...options }: OpenOptions & { on?: RunningEdge } = {},
  ): Promise<void> {
    const { page, errors, close } = await openPage(browser, options)
    const calls: Request[] = []
    page.on('request', (request) => {
      if (/^\/api\/./.test(new URL(request.url()).pathname)) calls.push(request)
    })
    try {
      await visit(page, `${on.url}/api/#${name}`)
      await use(page, calls)
      expect(errors.filter((error) => !/status of \d{3}/.test(error))).toEqual([])
    } finally {
      await close()
    }
  }

  const form = (page: Page, name: string) => page.getByRole('form', { name: `Call of ${name}`, exact: true })
  const entry = (page: Page, name: string) => page.locator(`details#${name}`)
  async function send(page: Page, name: string, status: number): Promise<string> {
    await form(page, name).getByRole('button', { name: 'Send' }).click()
    await entry(page, name).getByText(`Status ${status}`, { exact: true }).waitFor()
    return page.getByRole('group', { name: `Answer of ${name}`, exact: true }).innerText()
  }

  test('lists every endpoint; the URL opens one', () =>
    at('Bugs', async (page) => {
      expect(await page.locator('summary h3').allInnerTexts()).toEqual(
        endpoints.map(({ name }) => `/api/${name}/`),
      )
      const open = await page.locator('details[open]').evaluateAll((all) => all.map(({ id }) => id))
      expect(open).toEqual(['Bugs'])
      await page.evaluate(() => {
        location.hash = '#sql'
      })
      await form(page, 'sql').waitFor()
      expect(await entry(page, 'sql').innerText()).toContain('run_custom_queries')
    }))

  test('a search starts from an example and has an answer, with headers and the command', () =>
    at('SuperSearch', async (page, calls) => {
      const example = '_results_number=0&_histogram.date=product'
      await entry(page, 'SuperSearch').getByRole('button', { name: example, exact: true }).click()
      const answer = await send(page, 'SuperSearch', 200)
      expect(JSON.parse(answer)).toMatchObject({ hits: [], total: 0, errors: [] })
      expect(answer).toContain('\n  "total": 0')
      expect(calls.map((call) => call.url())).toEqual([`${server.url}/api/SuperSearch/?${example}`])
      const text = await entry(page, 'SuperSearch').innerText()
      expect(text).toContain(`curl '${server.url}/api/SuperSearch/?${example}'`)
      expect(text).toMatch(/cache-control\s+private, max-age=300/)
    }))

  test('is used by keyboard alone', () =>
    at('', async (page) => {
      const { keyboard } = page
      await entry(page, 'NoOp').locator('summary').focus()
      await keyboard.press('Enter')
      await keyboard.press('Tab')
      await keyboard.press('Tab')
      await keyboard.type('<img src=x onerror=alert(1)>')
      await keyboard.press('Enter')
      await entry(page, 'NoOp').getByText('Status 200').waitFor()
      await page.locator('details#NoOp :focus').press('Control+a')
      await keyboard.type('bad')
      await keyboard.press('Tab')
      await keyboard.press('Space')
      await entry(page, 'NoOp').getByText('Status 400').waitFor()
      expect(await page.locator('main img').count()).toBe(0)
    }))

  test('required parameters are checked before the call', () =>
    at('ProcessedCrash', async (page, calls) => {
      await form(page, 'ProcessedCrash').getByRole('button', { name: 'Send' }).click()
      expect(await page.locator('#ProcessedCrash-crash_id:invalid').count()).toBe(1)
      expect(calls).toEqual([])
    }))

  test('a token is sent as a header, and appears neither in the URL nor in the command', () =>
    at('Reprocessing', async (page, calls) => {
      const token = 'f'.repeat(32)
      await page.getByLabel('Token (optional)').fill(token)
      await form(page, 'Reprocessing').getByLabel('crash_ids').fill('a\nb')
      expect(JSON.parse(await send(page, 'Reprocessing', 403))).toEqual({ error: 'API Token not matched' })
      expect(await calls[0]!.headerValue('auth-token')).toBe(token)
      expect([calls[0]!.method(), calls[0]!.postData()]).toEqual(['POST', 'crash_ids=a&crash_ids=b'])
      const text = await entry(page, 'Reprocessing').innerText()
      expect(text).toContain('"Auth-Token: $TOKEN"')
      expect(text).not.toContain(token)
      await page.reload()
      expect(await page.getByLabel('Token (optional)').inputValue()).toBe('')
    }))

  test('a body starts from an example, and its answer has text from crashes as text', () =>
    at('CrashSignature', async (page) => {
      const answer = await send(page, 'CrashSignature', 200)
      expect(JSON.parse(answer).results).toMatchObject([{ signature: 'draw' }])
      const job = { os: 'Linux', threads: [{ frames: [{ module: 'a', function: '<b onclick="x">f</b>' }] }] }
      const body = JSON.stringify({ jobs: [{ ...job, crashing_thread: 0 }] })
      await form(page, 'CrashSignature').getByLabel('Body').fill(body)
      await send(page, 'CrashSignature', 200)
      expect(await page.locator('main b').count()).toBe(0)
    }))

  test('an edge without tables explains what an endpoint needs', () =>
    at(
      'SuperSearch',
      async (page) => {
        await send(page, 'SuperSearch', 503)
        const notice = await entry(page, 'SuperSearch').locator('.late').innerText()
        expect(notice).toContain('SuperSearch needs the tables, which this edge does not have.')
        expect(notice).toContain('Run `mayday serve` over the same store')
        await page.getByRole('link', { name: 'SuperSearchFields' }).click()
        expect(JSON.parse(await send(page, 'SuperSearchFields', 200))).toHaveProperty('signature.query_type')
      },
      { on: edge },
    ))

  test('a large answer is cut, a binary one is not shown, and a slow one can be cancelled', () => {
    const answers = new Map([
      ['large', { contentType: 'application/json', body: `["${'x'.repeat(400_000)}"]` }],
      ['binary', { contentType: 'application/octet-stream', body: '\0\u0001MDMP' }],
    ])
    const routes = (page: Page) =>
      page.route('**/api/RawCrash/**', (route) => {
        const answer = answers.get(new URL(route.request().url()).searchParams.get('crash_id')!)
        return answer && route.fulfill(answer)
      })
    const use = async (page: Page) => {
      const id = form(page, 'RawCrash').getByLabel('crash_id')
      await id.fill('large')
      expect((await send(page, 'RawCrash', 200)).length).toBeLessThan(270_000)
      await entry(page, 'RawCrash').getByText('Only the first').waitFor()
      await id.fill('binary')
      await id.press('Enter')
      await entry(page, 'RawCrash').getByText('The answer is not text').waitFor()
      await id.fill('slow')
      await id.press('Enter')
      await form(page, 'RawCrash').getByRole('button', { name: 'Cancel' }).click()
      await entry(page, 'RawCrash').getByText('Cancelled.').waitFor()
    }
    return at('RawCrash', use, { routes })
  })

  test('the footer leads to it without a reload', () =>
    at('', async (page) => {
      await page.goto(`${server.url}/symbolicate/`)
      await page.evaluate(() => Object.assign(globalThis, { isSame: true }))
      await page.getByRole('link', { name: 'the API' }).click()
      await page.getByRole('heading', { name: 'API', exact: true }).waitFor()
      expect(await page.evaluate(() => 'isSame' in globalThis)).toBe(true)
    }))

  test.each([360, 1280])('has no violations in axe with everything open, at %i pixels', (width) =>
    at(
      'SuperSearch',
      async (page) => {
        await page.locator('details').evaluateAll((all) => {
          for (const one of all) (one as HTMLDetailsElement).open = true
        })
        await send(page, 'SuperSearchFields', 200)
        await send(page, 'SuperSearch', 200)
        await expectNoSidewaysScroll(page)
        await expectNoAxeViolations(page)
        await page.emulateMedia({ colorScheme: 'dark' })
        await expectNoAxeViolations(page, 'only')
      },
      { viewport: { width, height: 800 } },
    ),
  )

  test('the status page shows the calls of an edge on the same machine', async () => {
    const answer = await fetch(`${server.url}/api/Bugs/?signatures=x`, {
      headers: { 'user-agent': 'curl/8.1' },
    })
    await answer.body?.cancel()
    const { page, close } = await openPage(browser)
    await visit(page, `${server.url}/status/`)
    const row = page.getByRole('row', { name: /^Bugs/ })
    await row.waitFor()
    expect(await row.textContent()).toContain('curl')
    await close()
  })
})
