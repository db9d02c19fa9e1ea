// The built dashboard with invented aggregates, in a browser whose clock shows the time of these aggregates.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { expect } from 'vitest'
import { launchBrowser, type OpenOptions, openPage, visit, type WatchedPage } from './browser.ts'
import { builtDashboard, type PagesServer, servePages } from './pages-server.ts'
import { sampleAggregates } from './sample-aggregates.ts'

/** When the sample aggregates were written: the last day is not over. */
export const sampleTime = '2026-11-22T14:05:00.000000+00:00'

export interface PageOptions extends OpenOptions {
  /** The clock of the reader; default: five minutes after `sampleTime`. */
  now?: string
}

export interface OpenDashboard {
  server: PagesServer
  browser: Browser
  /** A page at a path, once it shows its data. */
  open(path: string, options?: PageOptions): Promise<WatchedPage>
  /** Runs `use` on a new page at `path`; fails if the page had any error. */
  on(path: string, use: (opened: WatchedPage) => Promise<void>, options?: PageOptions): Promise<void>
  /** Serves a document, or a status, in place of another one while `use` runs. */
  serving(documents: Record<string, unknown>, use: () => Promise<void>): Promise<void>
  close(): Promise<void>
}

/** @param others served besides the sample aggregates, by path */
export async function openDashboard(others: Record<string, unknown> = {}): Promise<OpenDashboard> {
  if (!existsSync(join(builtDashboard, 'index.html')))
    throw new Error('The dashboard is not built. Run "npm run build" first.')
  const samples = [...sampleAggregates(sampleTime)].map(([key, document]) => [`/${key}`, document] as const)
  const server = await servePages(new Map([...samples, ...Object.entries(others)]))
  const browser = await launchBrowser()
  const open: OpenDashboard['open'] = async (path, { now = '2026-11-22T14:10:00Z', ...options } = {}) => {
    const opened = await openPage(browser, options)
    await opened.context.clock.setFixedTime(now)
    await visit(opened.page, server.url + path)
    return opened
  }
  return {
    server,
    browser,
    open,
    async on(path, use, options) {
      const opened = await open(path, options)
      try {
        await use(opened)
        expect(opened.errors).toEqual([])
      } finally {
        await opened.close()
      }
    },
    async serving(documents, use) {
      const kept = Object.keys(documents).map((path) => [path, server.documents.get(path)] as const)
      for (const [path, document] of Object.entries(documents)) server.documents.set(path, document)
      try {
        await use()
      } finally {
        for (const [path, document] of kept) server.documents.set(path, document)
      }
    },
    async close() {
      await browser.close()
      await server.close()
    },
  }
}
