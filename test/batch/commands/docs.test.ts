import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { pages as generated, schemas } from '../../support/make-docs.ts'

const root = resolve(import.meta.dirname, '../../..')
const pages = globSync('**/*.md', {
  cwd: root,
  exclude: (name) => /(^|\/)(node_modules|dist|data|\.[a-z]+)(\/|$)/.test(name),
})

describe('documentation', () => {
  test.each(Object.entries(generated))('%s is up to date', async (path, make) => {
    expect(readFileSync(resolve(root, path), 'utf8')).toBe(await make())
  })

  test.each(Object.entries(schemas))('%s is up to date', (path, make) => {
    expect(JSON.parse(readFileSync(resolve(root, path), 'utf8'))).toEqual(make())
  })

  test('has a README in every part', () => {
    const missing = ['.', 'shared', 'edge', 'batch', 'dashboard', 'deploy', 'test'].filter(
      (part) => !existsSync(resolve(root, part, 'README.md')),
    )
    expect(missing).toEqual([])
  })

  test.each(pages)('%s contains no broken links', (page) => {
    const text = readFileSync(resolve(root, page), 'utf8')
    const targets = [...text.matchAll(/\]\((?!https?:|mailto:|#)([^)\s#]+)[^)]*\)/g)].map((m) => m[1]!)
    expect(targets.filter((target) => !existsSync(resolve(root, dirname(page), target)))).toEqual([])
  })

  test('the README names only existing scripts', () => {
    const { scripts } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>
    }
    const text = readFileSync(resolve(root, 'README.md'), 'utf8')
    const named = [...text.matchAll(/npm run (?:-s )?([a-z:]+)/g)].map((m) => m[1]!)
    expect(named.filter((name) => !(name in scripts))).toEqual([])
  })
})
