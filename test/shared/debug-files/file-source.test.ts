// Files on disk that are read by ranges, and kept open.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { closeFilesBelow, sourceOfFile } from '../../../shared/debug-files/file-source.node.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mayday-file-source-'))
})
afterEach(() => {
  closeFilesBelow(folder)
  rmSync(folder, { recursive: true, force: true })
})

function put(name: string, content = '0123456789'): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString()
const openBelow = (path: string) =>
  readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${descriptor}`)
      return target.startsWith(path) ? [target.slice(path.length + 1)] : []
    } catch {
      return []
    }
  })

describe('a file', () => {
  test.each([
    [0, 10, '0123456789'],
    [0, 11, '0123456789'],
    [3, 4, '3456'],
    [8, 4, '89'],
    [9, 1, '9'],
    [10, 1, ''],
    [12, 1, ''],
    [4, 0, ''],
    [4, -2, ''],
  ])('from %i with %i bytes reads %j', (offset, length, expected) => {
    const source = sourceOfFile(put('file'))
    expect(source.size).toBe(10)
    expect(text(source.read(offset, length))).toBe(expected)
  })

  test('is read into a buffer, of which the part that was filled is returned', () => {
    const source = sourceOfFile(put('file'))
    const buffer = new Uint8Array(4)
    expect(text(source.readInto!(buffer, 3))).toBe('3456')
    expect(text(buffer)).toBe('3456')
    expect(text(source.readInto!(buffer, 8))).toBe('89')
    expect(text(source.readInto!(buffer, 10))).toBe('')
  })

  test('that became shorter gives what is left', () => {
    const path = put('file')
    const source = sourceOfFile(path)
    truncateSync(path, 4)
    expect(text(source.read(2, 8))).toBe('23')
    expect(source.read(6, 4)).toHaveLength(0)
  })

  test('that does not exist throws the error of the file system', () => {
    expect(() => sourceOfFile(join(folder, 'nothing'))).toThrow(/ENOENT/)
  })
})

describe('open files', () => {
  test('stay open when they are deleted, until those of their folder are closed', () => {
    mkdirSync(join(folder, 'a'))
    mkdirSync(join(folder, 'ab'))
    const [inner, other] = [put('a/file'), put('ab/file')]
    const [first, second] = [sourceOfFile(inner), sourceOfFile(other)]
    rmSync(inner)
    rmSync(other)
    expect([text(first.read(0, 2)), text(second.read(0, 2))]).toEqual(['01', '01'])
    closeFilesBelow(join(folder, 'a'))
    expect(() => first.read(0, 2)).toThrow(/ENOENT/)
    expect(text(second.read(0, 2))).toBe('01')
  })

  test('are 64 at most: the one that was not read for the longest time is closed, and opened again', () => {
    const paths = Array.from({ length: 65 }, (_, i) => put(`file-${i}`))
    const sources = paths.slice(0, 64).map(sourceOfFile)
    sources[0]!.read(0, 1)
    sourceOfFile(paths[64]!)
    for (const path of [paths[0]!, paths[1]!, paths[2]!]) rmSync(path)
    expect(text(sources[0]!.read(0, 1))).toBe('0')
    expect(text(sources[2]!.read(0, 1))).toBe('0')
    expect(() => sources[1]!.read(0, 1)).toThrow(/ENOENT/)
    expect(text(sources[3]!.read(0, 1))).toBe('0')
  })

  test.skipIf(!existsSync('/proc/self/fd'))('are known to the system until they are closed', () => {
    const source = sourceOfFile(put('file'))
    source.read(0, 1)
    sourceOfFile(put('second'))
    expect(openBelow(folder).sort()).toEqual(['file', 'second'])
    closeFilesBelow(folder)
    expect(openBelow(folder)).toEqual([])
  })
})
