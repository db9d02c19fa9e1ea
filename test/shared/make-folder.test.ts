// Folders are created with those above them, or fail at once.
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { makeFolder } from '../../shared/make-folder.node.ts'

const root = mkdtempSync(join(tmpdir(), 'mayday-folders-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const modeOf = (path: string) => statSync(path).mode & 0o777

test('a folder is created with those above it, all with the given permissions', () => {
  makeFolder(join(root, 'a/b/c'), { mode: 0o700 })
  expect(['a', 'a/b', 'a/b/c'].map((path) => modeOf(join(root, path)))).toEqual([0o700, 0o700, 0o700])
})

test('a folder that exists stays, with its permissions', () => {
  makeFolder(join(root, 'kept'), { mode: 0o750 })
  makeFolder(join(root, 'kept'), { mode: 0o700 })
  expect(modeOf(join(root, 'kept'))).toBe(0o750)
})

test('nothing is created below a file', () => {
  const file = join(root, 'file')
  writeFileSync(file, '')
  expect(() => makeFolder(join(file, 'x/y'))).toThrow(/ENOTDIR/)
})

test.skipIf(!existsSync('/proc/self'))('it fails where nothing can be created', () => {
  expect(() => makeFolder('/proc/mayday/x')).toThrow(/ENOENT/)
})
