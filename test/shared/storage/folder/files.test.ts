// Keys and metadata of a folder store, and which errors of the file system become errors of the store.
import { mkdtempSync, rmSync, type Stats, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { CrashError } from '../../../../shared/errors.ts'
import {
  etagOf,
  hasCode,
  infoOf,
  isFolderKey,
  isVersionOf,
  parseVersions,
  statOrNull,
  translate,
} from '../../../../shared/storage/folder/files.node.ts'
import { createFolderStorage } from '../../../../shared/storage/folder/folder.node.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-files-'))
afterAll(() => rmSync(dir, { recursive: true }))

const failWith = (error: Error) => translate(() => Promise.reject(error))

test('an error of the operating system becomes CrashError storage, with its message and cause', async () => {
  const cause = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
  const expected = {
    code: 'storage',
    message: 'The folder store failed: ENOSPC: no space left on device',
    cause,
  }
  await expect(failWith(cause)).rejects.toMatchObject(expected)
})

test.each([
  ['a CrashError', new CrashError('bad-usage', 'no key')],
  ['an error without a code', new TypeError('not a function')],
  ['an error whose code is a number', Object.assign(new Error('x'), { code: 5 })],
])('%s passes unchanged', async (_, error) => {
  await expect(failWith(error)).rejects.toBe(error)
})

test('a store whose folder is a file fails as the store', async () => {
  writeFileSync(join(dir, 'file'), '')
  const storage = createFolderStorage(join(dir, 'file'))
  await expect(storage.put('a', new Uint8Array(1))).rejects.toMatchObject({ code: 'storage' })
})

test.each<[string, boolean]>([
  ['a/b.txt', true],
  ['.mayday', false],
  ['.mayday/lock', false],
  ['.MayDay/lock', false],
  ['.maydays', true],
  ['a/.mayday', true],
  ['', false],
  ['a/../b', false],
  [`a/${'x'.repeat(250)}`, true],
  [`a/${'x'.repeat(251)}`, false],
  [`${'é'.repeat(125)}/a`, true],
  [`${'é'.repeat(126)}/a`, false],
  // 79 characters of three bytes each.
  ['€'.repeat(79), true],
  ['€'.repeat(84), false],
])('%s is a key of a folder: %s', (key, expected) => {
  expect(isFolderKey(key)).toBe(expected)
})

test.each<[string | null, unknown]>([
  [null, []],
  ['[]', []],
  ['[{"etag":"a"},{"etag":5},{"ino":1},null,"x"]', [{ etag: 'a' }]],
  ['{"etag":"a"}', []],
  ['[{"etag":"a"}', null],
  ['', null],
])('the metadata %j has these versions', (text, versions) => {
  expect(parseVersions(text)).toEqual(versions)
})

test.each<[object, boolean]>([
  [{}, true],
  [{ ino: 6 }, false],
  [{ size: 8 }, false],
  [{ mtimeMs: 101.9 }, true],
  [{ mtimeMs: 98.1 }, true],
  [{ mtimeMs: 102 }, false],
  [{ mtimeMs: 98 }, false],
])('a version belongs to a file that differs in %j: %s', (change, expected) => {
  const place = { ino: 5, size: 7, mtimeMs: 100 }
  expect(isVersionOf(place, { ...place, ...change } as Stats)).toBe(expected)
})

test('what is known of an object is the same with and without optional metadata', () => {
  const stats = { size: 7, mtimeMs: 5000 } as Stats
  const place = { ino: 5, size: 7, mtimeMs: 5000, etag: 'e' }
  expect(infoOf('k', stats, place)).toEqual({
    ...{ key: 'k', size: 7, etag: 'e' },
    ...{ uploaded: new Date(5000), metadata: {} },
  })
  const all = { ...place, copiedMs: 6000, contentType: 't', contentEncoding: 'c', metadata: { a: 'b' } }
  expect(infoOf('k', stats, all)).toEqual({
    ...{ key: 'k', size: 7, etag: 'e', contentType: 't', contentEncoding: 'c' },
    ...{ uploaded: new Date(6000), metadata: { a: 'b' } },
  })
  expect(etagOf('0123456789abcdef'.repeat(4))).toBe('0123456789abcdef'.repeat(2))
})

test('a path through a file, and one that does not exist, have no file', () => {
  writeFileSync(join(dir, 'plain'), '12345')
  expect(statOrNull(join(dir, 'plain'))?.size).toBe(5)
  expect(statOrNull(join(dir, 'none'))).toBeNull()
  expect(statOrNull(join(dir, 'plain', 'none'))).toBeNull()
  expect(() => statOrNull('\0')).toThrow()
})

test('an error has a code, of several', () => {
  const error = Object.assign(new Error('x'), { code: 'ENOENT' })
  expect([hasCode(error, 'EPERM', 'ENOENT'), hasCode(error, 'EPERM'), hasCode(error)]).toEqual([
    true,
    false,
    false,
  ])
  expect(hasCode({ code: 'ENOENT' }, 'ENOENT')).toBe(false)
})
