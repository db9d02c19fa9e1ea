// The folder of a site, and the pages in it.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { SiteFolder } from '../../../batch/site/site-folder.ts'
import { writePage, writePages } from '../../../batch/site/site-pages.ts'

const scratch = mkdtempSync(join(tmpdir(), 'mayday-site-folder-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
const newFolder = () => mkdtempSync(join(scratch, 'dir-'))
const filesOf = (dir: string) =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .sort()

describe('the folder of a site', () => {
  test('counts its files and bytes, each file once', async () => {
    const dir = join(newFolder(), 'made/here')
    const site = new SiteFolder(dir)
    expect([site.files, site.bytes]).toEqual([0, 0])
    await site.write('a/b.txt', 'ü')
    expect([site.files, site.bytes]).toEqual([1, 2])
    await site.write('c.bin', new Uint8Array(5))
    await site.write('c.bin', new Uint8Array(3))
    expect([site.files, site.bytes]).toEqual([2, 10])
    expect(filesOf(dir)).toEqual(['.mayday-site', 'a/b.txt', 'c.bin'])
    expect(readFileSync(join(dir, 'a/b.txt'), 'utf8')).toBe('ü')
  })

  test('is not marked before its first file', async () => {
    const dir = newFolder()
    const site = new SiteFolder(dir)
    expect(filesOf(dir)).toEqual([])
    await site.write('a', '')
    rmSync(join(dir, '.mayday-site'))
    await site.write('b', '')
    expect(filesOf(dir)).toEqual(['a', 'b'])
  })

  test('removes what an earlier run wrote and this one did not', async () => {
    const dir = newFolder()
    const earlier = new SiteFolder(dir)
    for (const name of ['kept', 'old', 'x/old']) await earlier.write(name, name)
    expect(await earlier.removeOthers()).toBe(0)
    const site = new SiteFolder(dir)
    await site.write('kept', 'new')
    await site.write('x/new', '')
    expect(await site.removeOthers()).toBe(2)
    expect(filesOf(dir)).toEqual(['.mayday-site', 'kept', 'x/new'])
  })

  test('is refused with files of others', () => {
    const dir = newFolder()
    writeFileSync(join(dir, 'mine'), '')
    expect(() => new SiteFolder(dir)).toThrow(
      expect.objectContaining({
        code: 'bad-usage',
        message: `${dir} has other files: name a new folder, or one of an earlier site`,
      }),
    )
  })

  test.each(['../out', 'a/../../out', ''])('does not write %j', async (path) => {
    const dir = newFolder()
    await expect(new SiteFolder(dir).write(path, '')).rejects.toMatchObject({
      code: 'bad-usage',
      message: `${path} is not in the site`,
    })
    expect(filesOf(dirname(dir)).some((name) => name === 'out')).toBe(false)
  })
})

const pageIn = (folder: string) => `${folder}/index.html`

describe('the pages of a site', () => {
  const page = '<html lang="en"><link href="/assets/a.css"><script src="/assets/a.js"></script><a href="x">'
  const dist = newFolder()
  mkdirSync(join(dist, 'assets/deep'), { recursive: true })
  for (const name of ['a.css', 'a.js', 'a.js.br', 'a.js.gz', 'deep/b.js', '.hidden'])
    writeFileSync(join(dist, 'assets', name), name)
  writeFileSync(join(dist, 'index.html'), page)
  writeFileSync(join(dist, 'assets/index.html'), page)
  writeFileSync(join(dist, '.vite'), '')

  test('are the bundle without compressed copies, and its page at every path', async () => {
    const dir = newFolder()
    expect(await writePages(new SiteFolder(dir), dist)).toBe(page)
    expect(filesOf(dir)).toEqual([
      ...['.mayday-site', '404.html', 'api/index.html', 'assets/.hidden', 'assets/a.css', 'assets/a.js'],
      ...['assets/deep/b.js', 'fields/index.html', 'help/index.html', 'index.html'],
      ...['missing-symbols', 'products', 'release', 'search', 'signature', 'signatures'].map(pageIn),
      ...['status', 'symbolicate', 'topcrashers'].map(pageIn),
    ])
    expect(readFileSync(join(dir, 'assets/deep/b.js'), 'utf8')).toBe('deep/b.js')
  })

  test.each([
    ['/', 'index.html', './'],
    ['/a/', 'a/index.html', '../'],
    ['/a/b/c', 'a/b/c/index.html', '../../../'],
  ])('at %s refer to the files of the site', async (path, file, root) => {
    const dir = newFolder()
    await writePage(new SiteFolder(dir), page, path)
    expect(readFileSync(join(dir, file), 'utf8')).toBe(
      `<html data-static lang="en"><link href="${root}assets/a.css"><script src="${root}assets/a.js"></script><a href="x">`,
    )
  })
})
