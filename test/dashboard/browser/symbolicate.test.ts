// The page for pasted stacks over a real edge with symbols.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createFolderStorage } from '../../../shared/storage/folder/folder.node.ts'
import { inlined, testproj, vectorFiles } from '../../contract/symbolication-files.ts'
import {
  expectNoAxeViolations,
  expectNoSidewaysScroll,
  findChromium,
  launchBrowser,
  openPage,
  visit,
} from '../../support/browser.ts'
import { bytesOf } from '../../support/crash-request.ts'
import { breakpadText } from '../../support/pasted-samples.ts'
import { type RunningEdge, startDenoEdge } from '../../support/running-edge.ts'

const withId = breakpadText
  .replaceAll('app', 'testproj')
  .replace('ABCDEF0123456789ABCDEF01234567890', inlined)
  .replace('0x1126', '0x7a7a')

describe.skipIf(!findChromium())('the page for pasted stacks', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mayday-pasted-'))
  let browser: Browser
  let edge: RunningEdge

  beforeAll(async () => {
    const symbols = createFolderStorage(join(folder, 'symbols'))
    for (const [path, text] of Object.entries(vectorFiles)) await symbols.put(path, bytesOf(text))
    edge = await startDenoEdge(folder)
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await edge?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Runs `use` on the page with a pasted text; fails if the page had any error. */
  async function paste(
    text: string,
    use: (page: Page) => Promise<void>,
    options?: BrowserContextOptions,
  ): Promise<void> {
    const { page, errors, close } = await openPage(browser, options)
    try {
      await visit(page, `${edge.url}/symbolicate/`)
      await page.getByRole('textbox', { name: 'Stack' }).fill(text)
      await page.getByRole('button', { name: 'Symbolicate', exact: true }).click()
      await use(page)
      expect(errors).toEqual([])
    } finally {
      await close()
    }
  }

  const functions = (page: Page) => page.locator('.pasted-function').allInnerTexts()
  const named = (page: Page, count: string) => page.getByText(`${count} with a function`).waitFor()

  test('frames of modules with an ID in the text get functions, inlined ones first', () =>
    paste(withId, async (page) => {
      await named(page, '1 of 2 frames')
      const texts = (await functions(page)).map((text) => text.replace(/\s+/g, ' '))
      expect(texts).toEqual([
        'testproj::helper::inner/home/willkg/projects/testproj/src/helper.rs:7inlined',
        'testproj::helper::middle/home/willkg/projects/testproj/src/helper.rs:2inlined',
        'testproj::main/home/willkg/projects/testproj/src/main.rs:4',
      ])
      await page.getByRole('listitem').filter({ hasText: 'testproj' }).getByText('Symbols found.').waitFor()
      await page
        .getByRole('listitem')
        .filter({ hasText: 'libc.so.6' })
        .getByText('Its debug ID is needed.')
        .waitFor()
    }))

  test('without an ID the only stored one is used', () =>
    paste('ntdll.dll + 0x1008', async (page) => {
      await named(page, '1 of 1 frame')
      expect(await functions(page)).toEqual(['LdrpGetModuleName'])
    }))

  test('of several stored IDs the reader chooses one', () =>
    paste('testproj+0x5380\nrules.so + 0x200', async (page) => {
      await named(page, '1 of 2 frames')
      const choice = page.getByLabel('Stored symbols of testproj')
      const options = await choice.locator('option').allInnerTexts()
      expect(options.filter((text) => text.startsWith('testproj '))).toHaveLength(2)
      await choice.selectOption({ index: options.findIndex((text) => text.includes(testproj)) })
      await named(page, '2 of 2 frames')
      expect((await functions(page))[0]).toContain('testproj::main')
    }))

  test('a debug ID can be given as people write it; a wrong one is explained', () =>
    paste('testproj + 0x5380', async (page) => {
      const field = page.getByLabel('Another debug ID of testproj')
      await field.fill('11111111-2222-3333-4444-555555555555')
      await field.press('Enter')
      await page.getByText('There are no symbols for this module').waitFor()
      const [a, b, c, d, e] = [0, 8, 12, 16, 20].map((at, i) => testproj.slice(at, [8, 12, 16, 20, 32][i]))
      await field.fill(`{${[a, b, c, d, e].join('-').toLowerCase()}}`)
      await field.press('Enter')
      await named(page, '1 of 1 frame')
    }))

  test('text without frames, and markup in text, is only text', async () => {
    await paste('nothing here', async (page) => {
      await page.getByText('No frame found').waitFor()
    })
    await paste('<img src=x onerror=alert(1)> + 0x1', async (page) => {
      await named(page, '0 of 1 frame')
      expect(await page.locator('main img').count()).toBe(0)
    })
  })

  test('has no violations in axe, in light and dark, and fits 360 pixels', () =>
    paste(
      `${withId}\nntdll.dll + 0x1008\nrules.so + 0x200\nabsent.so + 0x1`,
      async (page) => {
        await named(page, '3 of 5 frames')
        await expectNoSidewaysScroll(page)
        await expectNoAxeViolations(page)
        await page.emulateMedia({ colorScheme: 'dark' })
        await expectNoAxeViolations(page, 'only')
      },
      { viewport: { width: 360, height: 740 } },
    ))
})
