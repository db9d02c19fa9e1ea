// The scripts of the inner loop leave slow tests to `npm test`.
import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { sourceFiles } from './support/imports.ts'
import manifest from '../package.json' with { type: 'json' }

const root = resolve(import.meta.dirname, '..')
const inner = ['test:shared', 'test:edge', 'test:batch', 'test:dashboard'] as const

/** The files that the script `name` would run in Vitest, as paths from the root. */
function filesOf(name: (typeof inner)[number]): string[] {
  const [first] = manifest.scripts[name].split(' && ')
  const command = first!.replace('vitest run', 'node_modules/.bin/vitest list --filesOnly --json')
  const listed = execFileSync('sh', ['-c', command], { cwd: root, encoding: 'utf8' })
  return (JSON.parse(listed) as { file: string }[]).map(({ file }) => file.slice(root.length + 1))
}

describe('the inner loop', () => {
  test('runs every test of the part but slow ones', () => {
    const tests = sourceFiles(root, 'test/batch').filter((file) => file.endsWith('.test.ts'))
    const fast = tests.filter((file) => !file.endsWith('.slow.test.ts'))
    expect(tests.length).toBeGreaterThan(fast.length)
    expect(filesOf('test:batch').toSorted()).toEqual(fast.toSorted())
  })

  test.each(inner)('skips slow tests in %s', (name) => {
    expect(manifest.scripts[name]).toMatch(/^SKIP_SLOW=1 vitest run --project node /)
  })
})
