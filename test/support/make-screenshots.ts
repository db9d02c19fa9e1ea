// `npm run screenshots`: the pictures of the README, of the system as `npm start` shows it. They change with the day.
// An argument names a running system, else one is started in a temporary folder.
import { mkdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { launchBrowser, openPage, visit } from './browser.ts'
import { startSystem } from './running-system.ts'

const folder = resolve(import.meta.dirname, '../../docs/images')
/** As for every file of the repository. */
const maxBytes = 200_000

/** What each shows, and how much of the page: CSS pixels from the top. */
const pictures = [
  { name: 'overview', path: '/', height: 960 },
  {
    name: 'signature',
    path: '/signature/?signature=net%3A%3ADiskCache%3A%3AEvict&product=Heron',
    height: 1380,
  },
] as const

const [given] = process.argv.slice(2)
const system = given === undefined ? await startSystem(null, {}, { history: true }) : null
const browser = await launchBrowser()
try {
  await mkdir(folder, { recursive: true })
  for (const { name, path, height } of pictures) {
    const { page, errors, close } = await openPage(browser, {
      viewport: { width: 1200, height },
      colorScheme: 'light',
    })
    await visit(page, (given ?? system!.url) + path)
    await page.waitForLoadState('networkidle')
    const file = join(folder, `${name}.png`)
    await page.screenshot({ path: file })
    await close()
    const { size } = await stat(file)
    if (errors.length > 0) throw new Error(`${path}: ${errors.join('\n')}`)
    if (size > maxBytes) throw new Error(`${file} has ${size} bytes, more than ${maxBytes}`)
    process.stdout.write(`${file}: ${size} bytes\n`)
  }
} finally {
  await browser.close()
  await system?.stop()
}
