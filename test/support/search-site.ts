// A site with simulated crashes and their search files, served by `mayday serve`, and a browser.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { writeChangedAggregates } from '../../batch/aggregates/aggregate.ts'
import { openFiles, openStore } from '../../batch/lake/open-store.ts'
import { writeSearchFiles } from '../../batch/search-files/write-files.ts'
import { simulateCrashes } from '../../batch/simulate/rows.ts'
import { launchBrowser, type OpenOptions, openPage, type WatchedPage } from './browser.ts'
import { type RunningEdge, startServing } from './running-edge.ts'

/** The last day of the crashes is not over. */
const now = new Date('2026-11-22T14:05:00Z')

export interface SearchSite {
  edge: RunningEdge
  /** A page of the site, whose clock shows the time of the data. Nothing is waited for. */
  open(path: string, options?: OpenOptions): Promise<WatchedPage>
  close(): Promise<void>
}

/** @param aggregates also write the documents of the other pages */
export async function openSearchSite(crashes: number, { aggregates = false } = {}): Promise<SearchSite> {
  const dir = mkdtempSync(join(tmpdir(), 'mayday-search-site-'))
  {
    await using store = await openStore({ store: `file:${dir}` }, { missing: 'create' })
    await using files = await openFiles(store)
    await simulateCrashes(files, { crashes, days: 16, seed: 3, to: now.toISOString().slice(0, 10) })
    await writeSearchFiles(store, { now })
    if (aggregates) await writeChangedAggregates(store, { products: new Map() })
  }
  const edge = await startServing(dir)
  const browser: Browser = await launchBrowser()
  return {
    edge,
    async open(path, options = {}) {
      const opened = await openPage(browser, options)
      await opened.context.clock.setFixedTime(now)
      await opened.page.goto(edge.url + path)
      return opened
    },
    async close() {
      await browser.close()
      await edge.stop()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
