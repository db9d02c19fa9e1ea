// A browser page walks the stacks of a real dump with the code of batch: the output is the same, byte for byte.
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Browser } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toJson } from '../../../shared/stackwalk/output.ts'
import { walkDump } from '../../../shared/stackwalk/walk.ts'
import { folderSource } from '../../../shared/symbols/sources/folder.node.ts'
import { parseSymFile } from '../../../shared/symbols/sym/parse.ts'
import { deflatePage } from '../../../shared/symbols/sources/symdex-cache.node.ts'
import { buildSymdex } from '../../../shared/symbols/symdex/writer.ts'
import { findChromium, launchBrowser } from '../../support/browser.ts'
import type { PageWalker } from '../../support/page-walker.ts'

const root = resolve(import.meta.dirname, '../../..')
const fixtures = join(root, 'test/fixtures')
const dumpName = 'cpp-basics-O0-null-read'

async function bundle(): Promise<string> {
  const result = await build({
    root,
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      lib: { entry: join(root, 'test/support/page-walker.ts'), formats: ['es'], fileName: 'page' },
    },
  })
  const outputs = Array.isArray(result) ? result : [result]
  const chunks = outputs.flatMap((output) => ('output' in output ? output.output : []))
  return chunks.map((chunk) => ('code' in chunk ? chunk.code : '')).join('\n')
}

/** Symdexes of all symbol files of the fixtures by debug ID, in base64. */
function symdexes(): Record<string, string> {
  const folder = join(fixtures, 'symbols')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.sym(\.gz)?$/.test(name),
  )
  const entries = files.map((name) => {
    const bytes = readFileSync(join(folder, name))
    const symbols = parseSymFile(name.endsWith('.gz') ? gunzipSync(bytes) : bytes)
    return [symbols.info.debugId, Buffer.from(buildSymdex(symbols, deflatePage)).toString('base64')] as const
  })
  return Object.fromEntries(entries)
}

describe.skipIf(!findChromium())('a browser page', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser?.close())

  test('walks a real dump as Node does', async () => {
    const dump = gunzipSync(readFileSync(join(fixtures, 'dumps', `${dumpName}.dmp.gz`)))
    const expected = toJson(await walkDump(dump, { symbols: folderSource(join(fixtures, 'symbols')) }))
    const page = await browser.newPage()
    await page.addScriptTag({ type: 'module', content: await bundle() })
    await page.waitForFunction('globalThis.walkInPage !== undefined')
    const found = await page.evaluate(
      ([bytes, files]) => (globalThis as unknown as { walkInPage: PageWalker }).walkInPage(bytes, files),
      [dump.toString('base64'), symdexes()] as const,
    )
    expect(found).toBe(expected)
    expect(JSON.parse(found).crashing_thread.frames.length).toBeGreaterThan(4)
  })
})
