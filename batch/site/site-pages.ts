// The page of the dashboard for each path of a site.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pagePaths } from '../../shared/pages.ts'
import type { SiteFolder } from './site-folder.ts'

/** Compressed copies are for the edge. */
const isPublic = (name: string) => !/\.(?:br|gz)$|^\.|(?:^|\/)index\.html$/.test(name)

/** Copies the bundle in `dist`, and writes its page for every path without parameters. Returns the page. */
export async function writePages(site: SiteFolder, dist: string): Promise<string> {
  for (const entry of await readdir(dist, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name)
    const path = file.slice(dist.length).replaceAll('\\', '/').replace(/^\//, '')
    if (entry.isFile() && isPublic(path)) await site.write(path, await readFile(file))
  }
  const page = await readFile(join(dist, 'index.html'), 'utf8')
  for (const path of Object.values(pagePaths)) await writePage(site, page, path)
  await site.write('404.html', pageAt(page, 0))
  return page
}

/** @param path of the page in the site, with a slash before it */
export async function writePage(site: SiteFolder, page: string, path: string): Promise<void> {
  const folders = path.split('/').filter((name) => name !== '')
  await site.write([...folders, 'index.html'].join('/'), pageAt(page, folders.length))
}

/** The page in a folder `depth` levels below the site: its files are relative to it, and it knows that no server runs. */
function pageAt(page: string, depth: number): string {
  const root = depth === 0 ? './' : '../'.repeat(depth)
  return page.replaceAll(/ (src|href)="\//g, ` $1="${root}`).replace('<html ', '<html data-static ')
}
