import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'
import { readDumpFile } from '../../../batch/stackwalk/dump-file.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-dump-file-'))
afterAll(() => rmSync(dir, { recursive: true }))
const file = (name: string, bytes: Uint8Array) => {
  writeFileSync(join(dir, name), bytes)
  return join(dir, name)
}
const dump = Buffer.from('MDMP and 91 more bytes'.padEnd(100, '.'))
const plain = file('plain.dmp', dump)
const gzipped = file('gzipped.dmp.gz', gzipSync(dump))

test('a folder is reported', async () => {
  await expect(readDumpFile(dir)).rejects.toThrow(/^the dump cannot be read \(EISDIR/)
})

test.each([plain, gzipped])('%s is read up to the size limit', async (path) => {
  expect(Buffer.from(await readDumpFile(path, 100))).toEqual(dump)
  await expect(readDumpFile(path, 99)).rejects.toMatchObject({ code: 'missing' })
})

test.each([
  ['an absent file', join(dir, 'absent.dmp'), /^the dump cannot be read \(ENOENT/],
  ['a file over the limit', plain, /^the dump cannot be read \(VersionMismatch: /],
  ['damaged gzip', file('damaged.dmp.gz', gzipSync(dump).subarray(0, 30)), /^the dump cannot be read \(/],
])('%s is reported', async (_, path, message) => {
  await expect(readDumpFile(path, 99)).rejects.toMatchObject({
    code: 'missing',
    message: expect.stringMatching(message),
  })
})
