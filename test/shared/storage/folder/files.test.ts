// Which errors of the file system become errors of the store.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { CrashError } from '../../../../shared/errors.ts'
import { translate } from '../../../../shared/storage/folder/files.node.ts'
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
