// The dashboard in Chromium over a million simulated crashes of 40 products with 200 versions each: bytes and time of first
// views, on both runtimes, also with a slow network and processor; and a search of seven days in the browser.
import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import type { HomeAggregate } from '../../shared/aggregates/documents.ts'
import { aggregatesPrefix, homeKey, searchPrefix, statusKey } from '../../shared/keys.ts'
import { present } from '../../shared/present.ts'
import { openStores } from '../../shared/storage/open.node.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { addDays } from '../../shared/time/dates.ts'
import { launchBrowser, measureTransfer, openPage } from '../support/browser.ts'
import { type RunningEdge, startDenoEdge, startWorkerdEdge } from '../support/running-edge.ts'

const crashes = Number(process.env.MAYDAY_BENCH_ROWS || 1_000_000)
const root = resolve(import.meta.dirname, '../..')
/** Reused by the next run, because making the data takes minutes. */
const dir = join(tmpdir(), `mayday-bench-dashboard-${crashes}`)
const folder = join(dir, 'data')
const worker = join(dir, 'worker')
const to = '2026-11-29'
const shape = ['--days', '90', '--products', '40', '--versions', '200', '--signatures', '13000']
const runs = 3
/** A busy machine is slower than any bar. */
const longest = 120_000

export async function run(): Promise<Record<string, unknown>> {
  const { product, signature } = await prepare()
  const views = {
    home: '/',
    top_crashers: `/topcrashers/?${new URLSearchParams({ product })}`,
    signature: `/signature/?${new URLSearchParams({ signature, product })}`,
  }
  const browser = await launchBrowser({ isWhole: true })
  const results: Record<string, unknown> = {}
  try {
    for (const [name, start] of Object.entries({
      deno: () => startDenoEdge(folder),
      workerd: () => startWorkerdEdge(worker),
    })) {
      const edge = await start()
      try {
        results[name] = await measureEdge(browser, edge, views)
      } finally {
        await edge.stop()
      }
    }
  } finally {
    await browser.close()
  }
  const bars = { bytes: 300_000, ms: 1000, slow_ms: 2500, search_ms: 2000 }
  return { crashes, bars, ...results }
}

async function measureEdge(browser: Browser, edge: RunningEdge, views: Readonly<Record<string, string>>) {
  const measured: Record<string, unknown> = {}
  for (const [name, path] of Object.entries(views))
    measured[name] = await measureView(browser, edge.url + path)
  return { ...measured, search: await measureSearch(browser, edge.url) }
}

async function measureView(browser: Browser, url: string) {
  const fast = await repeat(() => viewOnce(browser, url, async () => {}))
  const slow = await repeat(() => viewOnce(browser, url, slowDown))
  return { bytes: fast.bytes, ms: fast.ms, slow_ms: slow.ms }
}

/** The median run by time. */
async function repeat(once: () => Promise<{ bytes: number; ms: number }>) {
  const all: { bytes: number; ms: number }[] = []
  for (let i = 0; i < runs; i++) all.push(await once())
  return all.sort((a, b) => a.ms - b.ms)[runs >> 1]!
}

/** With an empty cache; the time is that of the largest paint of content. */
async function viewOnce(browser: Browser, url: string, prepare: (page: Page) => Promise<void>) {
  const { page, close } = await openPage(browser)
  page.setDefaultTimeout(longest)
  try {
    await prepare(page)
    const { bytes } = await measureTransfer(page, url)
    return { bytes, ms: Math.round(await largestPaint(page)) }
  } finally {
    await close()
  }
}

/** A phone: 1.6 Mbit/s down, 0.75 Mbit/s up, 150 ms, a quarter of this processor. */
async function slowDown(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 150,
    downloadThroughput: 1_600_000 / 8,
    uploadThroughput: 750_000 / 8,
  })
  await session.send('Emulation.setCPUThrottlingRate', { rate: 4 })
}

const largestPaint = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<number>((done) => {
        new PerformanceObserver((list) => done(list.getEntries().at(-1)!.startTime)).observe({
          type: 'largest-contentful-paint',
          buffered: true,
        })
      }),
  )

/** Facets of seven days, from opening the page to the final numbers, once the code of the page is in the cache. */
async function measureSearch(browser: Browser, url: string) {
  const days = `date=${encodeURIComponent(`>=${addDays(to, -6)}`)}&date=${encodeURIComponent(`<${addDays(to, 1)}`)}`
  const path = `/search/?${days}&_facets=signature&_facets=version&_facets=platform&_results_number=0`
  const times: number[] = []
  let read = ''
  for (let i = 0; i < runs; i++) {
    const { page, close } = await openPage(browser)
    try {
      await page.goto(`${url}/search/?_dont_run=1`, { waitUntil: 'networkidle' })
      const began = performance.now()
      await page.goto(url + path)
      await page.waitForSelector('.search-status[data-state="done"]', { timeout: longest })
      times.push(performance.now() - began)
      read = (await page.locator('.search-done .note').textContent()) ?? ''
    } finally {
      await close()
    }
  }
  return {
    ms: Math.round(times.sort((a, b) => a - b)[runs >> 1]!),
    read: /\S+ [kM]B read.* reports/.exec(read)?.[0] ?? read,
  }
}

/** Makes the data once: in a folder, and for workerd in a bucket of its own. */
async function prepare(): Promise<{ product: string; signature: string }> {
  const store = `file:${folder}`
  // Written after all other documents.
  if (!existsSync(join(folder, 'lake', statusKey))) {
    runMayday('simulate', '--crashes', `${crashes}`, '--to', to, ...shape, '--store', store)
    runMayday('aggregate', '--store', store)
  }
  const { stores } = await openStores(store, process.env, { missing: 'refuse' })
  const home = JSON.parse(
    new TextDecoder().decode(await (await stores.lake.get(homeKey))!.bytes()),
  ) as HomeAggregate
  const [largest] = home.products
  const leading = largest!.top_signatures[0]!
  const copied = join(dir, 'copied')
  if (!existsSync(copied)) {
    const bucket = await openStores(`r2:${worker}`, process.env, { missing: 'create' })
    await copyPages(stores.lake, bucket.stores.lake, leading.id)
    await bucket.close()
    writeFileSync(copied, '')
  }
  return { product: largest!.name, signature: leading.signature }
}

/** Search files and documents, of the many of signatures only those that are visited. */
async function copyPages(from: Storage, into: Storage, signatureId: string): Promise<void> {
  for (const prefix of [aggregatesPrefix, searchPrefix])
    for await (const { key } of from.list(prefix)) {
      if (key.startsWith(`${aggregatesPrefix}signatures/`) && !key.includes(signatureId)) continue
      const object = await from.get(key)
      if (object)
        await into.put(
          key,
          await object.bytes(),
          present({ contentType: object.contentType, metadata: object.metadata }),
        )
    }
}

function runMayday(...args: string[]): void {
  const env = { ...process.env, MAYDAY_CACHE: join(dir, 'cache') }
  const { status, stderr } = spawnSync(process.execPath, ['batch/mayday.js', ...args], {
    cwd: root,
    env,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`mayday ${args[0]} failed: ${stderr}`)
}
