// Archives part by part: how they are recognized, counted and read in pieces, and why they are refused.
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { ArchiveBudget, maxDepth } from '../../../shared/archives/archive-budget.ts'
import { archiveFormatOf, archiveHeadBytes } from '../../../shared/archives/archive-format.ts'
import { type ByteRanges, piecesOf } from '../../../shared/archives/byte-ranges.ts'
import { debFiles } from '../../../shared/archives/deb.ts'
import { inflated } from '../../../shared/archives/inflate.ts'
import { PieceReader } from '../../../shared/archives/piece-reader.ts'
import { tarFiles } from '../../../shared/archives/tar.ts'
import { compilesWebAssembly } from '../../../shared/archives/xz.ts'
import { readZip } from '../../../shared/archives/zip.ts'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import { CrashError } from '../../../shared/errors.ts'
import { arOf, debOf, tarOf } from '../../support/archives.ts'
import { fromHex } from '../../support/assembler.ts'
import { bytesOf, concat } from '../../support/crash-request.ts'
import { type ZipFile, zipOf } from '../../support/zip.ts'

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString()
const refused = (message: string) => new CrashError('bad-symbols', message)

async function* pieces(bytes: Uint8Array, pieceBytes = 700) {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
}

const contentOf = async (content: AsyncIterable<Uint8Array>) =>
  Buffer.concat(await Array.fromAsync(content, (piece) => piece.slice())).toString()

const tar = await tarOf({ name: 'a', content: 'x' })

describe('an archive is recognized', () => {
  const withSum = (sum: string) => {
    const head = tar.slice(0, archiveHeadBytes)
    head.set(bytesOf(sum.padEnd(8)), 148)
    return head
  }
  const sum = /[0-7]+/.exec(text(tar.subarray(148, 156)))![0]

  test.each<[string, Uint8Array, string | null]>([
    ['zip', zipOf({ name: 'a', content: 'x' }), 'zip'],
    ['gzip', fromHex('1f8b08'), 'gzip'],
    ['gzip of another method', fromHex('1f8b07'), null],
    ['xz', fromHex('fd377a585a00'), 'xz'],
    ['zstd', fromHex('28b52ffd'), 'zstd'],
    ['bzip2', bytesOf('BZh9'), null],
    ['a minidump', bytesOf('MDMP'), null],
    ['a package', arOf({ name: 'debian-binary', content: '2.0\n' }), 'deb'],
    ['another archive of ar', arOf({ name: 'a.o', content: 'x' }), null],
    ['half a package', bytesOf('!<arch>\ndebian-binar'), null],
    ['tar', tar, 'tar'],
    ['the header of tar', tar.subarray(0, archiveHeadBytes), 'tar'],
    ['half a header of tar', tar.subarray(0, archiveHeadBytes - 1), null],
    ['tar with a checksum that ends in a NUL', withSum(` ${sum}\0`), 'tar'],
    ['tar with a checksum after blanks', withSum(` ${Number.parseInt(sum, 8).toString(8)} `), 'tar'],
    ['tar with another checksum', withSum(`${(Number.parseInt(sum, 8) + 1).toString(8)} `), null],
    ['tar with a checksum that is not a number', withSum('x'), null],
    ['zeros', new Uint8Array(archiveHeadBytes), null],
    ['zeros with their checksum', new Uint8Array(archiveHeadBytes).fill(0x20, 148, 156), null],
    ['a text', bytesOf('text'.repeat(200)), null],
    ['nothing', new Uint8Array(0), null],
  ])('of %s', (_, head, format) => {
    expect(archiveFormatOf(head)).toBe(format)
  })

  test('of tar only with a name', () => {
    const head = tar.slice(0, archiveHeadBytes)
    head[0] = 0
    head.set(bytesOf((Number.parseInt(sum, 8) - 'a'.charCodeAt(0)).toString(8).padStart(6, '0')), 148)
    expect(archiveFormatOf(head)).toBeNull()
  })
})

describe('a budget', () => {
  const tooLarge = new CrashError(
    'limit',
    'The archive is refused: it inflates to more than 100 times its size',
  )
  test.each([
    [0, 256 * 2 ** 20],
    [2_684_354, 256 * 2 ** 20],
    [2_684_355, 268_435_500],
    [10_000_000, 1_000_000_000],
  ])('of an archive of %i bytes has %i bytes', (size, bytes) => {
    const budget = new ArchiveBudget(size)
    budget.spendBytes(bytes - 1)
    budget.spendBytes(1)
    expect(budget.isSpent).toBe(false)
    expect(() => budget.spendBytes(1)).toThrow(tooLarge)
    expect(budget.isSpent).toBe(true)
  })

  test('has 200,000 files, in archives of a depth of six', () => {
    const budget = new ArchiveBudget(0)
    for (let i = 0; i < 200_000; i++) budget.spendFile()
    expect(budget.isSpent).toBe(false)
    expect(() => budget.spendFile()).toThrow(
      new CrashError('limit', 'The archive is refused: it has more than 200000 files'),
    )
    expect([budget.isSpent, maxDepth]).toEqual([true, 6])
  })
})

describe('a reader of pieces', () => {
  const readerOf = (...texts: string[]) => {
    const state = { requested: 0, closed: false }
    async function* source() {
      try {
        for (const one of texts) {
          state.requested++
          yield bytesOf(one)
        }
      } finally {
        state.closed = true
      }
    }
    return { reader: new PieceReader(source()), state }
  }
  const all = async (stream: AsyncIterable<Uint8Array>) => (await Array.fromAsync(stream)).map(text)

  test('peeks and takes by counts, and reads no further than it must', async () => {
    const { reader, state } = readerOf('abc', 'de', 'fgh')
    expect(text(await reader.peek(2))).toBe('ab')
    expect(state.requested).toBe(1)
    expect([text(await reader.peek(3)), state.requested]).toEqual(['abc', 1])
    expect([text(await reader.peek(4)), state.requested]).toEqual(['abcd', 2])
    expect(text(await reader.take(4))).toBe('abcd')
    expect([text(await reader.take(1)), state.requested]).toEqual(['e', 2])
    expect(text(await reader.take(9))).toBe('fgh')
    expect([(await reader.take(1)).length, (await reader.peek(1)).length]).toEqual([0, 0])
  })

  test('gives what follows as it arrives, up to a count', async () => {
    const { reader, state } = readerOf('abc', 'de', 'fgh')
    await reader.take(1)
    expect(await all(reader.next(3))).toEqual(['bc', 'd'])
    expect(state.requested).toBe(2)
    expect(await all(reader.next(0))).toEqual([])
    expect(await all(reader.next(1))).toEqual(['e'])
    expect(state.requested).toBe(2)
    expect(await all(reader.rest())).toEqual(['fgh'])
    expect(await all(reader.next(2))).toEqual([])
  })

  test('closes its source', async () => {
    const { reader, state } = readerOf('abc', 'de')
    await reader.take(1)
    expect(state.closed).toBe(false)
    await reader.close()
    expect(state.closed).toBe(true)
  })
})

describe('a package', () => {
  const namesIn = async (bytes: Uint8Array) => {
    const found: string[] = []
    for await (const { name, size, content } of debFiles(pieces(bytes)))
      found.push(`${name} ${size} ${await contentOf(content)}`)
    return found
  }

  test('has the archive of its files, read or not', async () => {
    const odd = debOf({ name: 'data.tar.xz/', content: 'odd' })
    expect(await namesIn(odd)).toEqual(['data.tar.xz 3 odd'])
    expect(await namesIn(concat(odd, arOf({ name: 'data.tar', content: 'more' }).subarray(8)))).toEqual([
      'data.tar.xz 3 odd',
      'data.tar 4 more',
    ])
    const names: string[] = []
    for await (const { name } of debFiles(pieces(odd))) names.push(name)
    expect(names).toEqual(['data.tar.xz'])
    expect(await namesIn(arOf({ name: 'mydata.tar', content: 'x' }))).toEqual([])
  })

  const damaged = refused('The Debian package is damaged or ends early')
  test.each<[string, Uint8Array]>([
    ['that ends in a header', debOf({ name: 'data.tar', content: '' }).subarray(0, -1)],
    ['that ends in a file', debOf({ name: 'data.tar', content: 'abcd' }).subarray(0, -1)],
    ['without a size', arOf({ name: 'data.tar', content: 'x' }).fill(0x78, 56, 60)],
    ['without the end of a header', arOf({ name: 'data.tar', content: 'x' }).fill(0x78, 66, 68)],
  ])('%s is damaged', async (_, bytes) => {
    await expect(namesIn(bytes)).rejects.toThrow(damaged)
  })

  test('has at most a hundred files', async () => {
    const member = arOf({ name: 'data.tar', content: 'xx' }).subarray(8)
    const many = concat('!<arch>\n', ...Array<Uint8Array>(101).fill(member))
    expect(await namesIn(many)).toHaveLength(100)
  })
})

describe('a tar', () => {
  const read = async (bytes: AsyncIterable<Uint8Array>) => {
    const found: string[] = []
    for await (const { name, size, content } of tarFiles(bytes))
      found.push(`${name} ${size} ${await contentOf(content)}`)
    return found
  }

  test('has its files in order, also where one is not read', async () => {
    const bytes = await tarOf(
      { name: 'one', content: 'first' },
      { name: 'two', content: 'x'.repeat(2000) },
      { name: 'folder/', content: '' },
      { name: 'three', content: '' },
    )
    expect(await read(pieces(bytes))).toEqual(['one 5 first', `two 2000 ${'x'.repeat(2000)}`, 'three 0 '])
    const names: string[] = []
    for await (const { name } of tarFiles(pieces(bytes))) names.push(name)
    expect(names).toEqual(['one', 'two', 'three'])
  })

  test('that is damaged, or whose source fails, has the reason', async () => {
    const bytes = await tarOf({ name: 'one', content: 'first'.repeat(1000) })
    const damaged = refused('The tar archive is damaged or ends early')
    await expect(read(pieces(bytes.subarray(0, 2000)))).rejects.toThrow(damaged)
    await expect(read(pieces(bytes.slice().fill(0x31, 148, 154)))).rejects.toThrow(damaged)
    const error = new CrashError('storage', 'no network')
    async function* broken() {
      yield bytes.subarray(0, 1000)
      throw error
    }
    await expect(read(broken())).rejects.toBe(error)
  })
})

describe('attributes of a tar', () => {
  /** The header of the next file's attributes, and as much of them as makes `size` bytes. */
  const attributes = async (size: number) => {
    const bytes = await tarOf({ name: 'pax', content: new Uint8Array(size - 512) })
    const sum = Number.parseInt(text(bytes.subarray(148, 154)), 8) + 'x'.charCodeAt(0) - '0'.charCodeAt(0)
    bytes[156] = 'x'.charCodeAt(0)
    bytes.set(bytesOf(sum.toString(8).padStart(6, '0')), 148)
    return bytes.subarray(0, size)
  }
  test.each([
    [2 * 2 ** 20, 'The tar archive is damaged or ends early'],
    [2 * 2 ** 20 + 1, 'The tar archive has too long attributes'],
  ])('are collected up to two megabytes: %i bytes', async (size, message) => {
    const files = tarFiles(pieces(await attributes(size), 2 ** 20))
    await expect(Array.fromAsync(files)).rejects.toThrow(refused(message))
  })
})

describe('a zip', () => {
  const rangesOf = (bytes: Uint8Array, size = bytes.length): ByteRanges => ({
    size,
    read: async (offset, length) =>
      new Blob([bytes.slice(offset, offset + length) as Uint8Array<ArrayBuffer>]).stream(),
  })
  const file = { name: 'dir/one', content: 'first '.repeat(20) }

  test('has its files in the order of its directory, which can be read again', async () => {
    const members = await readZip(
      rangesOf(zipOf(file, { name: 'dir/', content: '' }, { name: 'b', content: '' }, file)),
    )
    expect(members.map(({ name, size }) => [name, size])).toEqual([
      ['dir/one', 120],
      ['b', 0],
      ['dir/one', 120],
    ])
    expect(await contentOf(members[0]!.open())).toBe(file.content)
    expect(await contentOf(members[0]!.open())).toBe(file.content)
    expect(await contentOf(members[1]!.open())).toBe('')
  })

  test.each<[string, Uint8Array, string]>([
    ['that is another file', bytesOf('text'.repeat(20)), 'File is not a zip file'],
    ['that is cut', zipOf(file).subarray(0, 60), 'File is not a zip file'],
    [
      'whose files are encrypted',
      (() => {
        const bytes = zipOf(file)
        const directory = Buffer.from(bytes).indexOf('PK\x01\x02')
        bytes[directory + 8]! |= 1
        bytes[6]! |= 1
        return bytes
      })(),
      'The zip file is refused: dir/one is encrypted',
    ],
    [
      'that states to inflate to too much',
      zipOf({ ...file, stated: { size: 64 * 2 ** 20 + 1 } }),
      'The zip file is refused: its files have 67108865 bytes, more than 100 times its size',
    ],
  ])('%s is refused', async (_, bytes, message) => {
    await expect(readZip(rangesOf(bytes))).rejects.toThrow(refused(message))
  })

  test('may state 64 MiB', async () => {
    const members = await readZip(rangesOf(zipOf({ ...file, stated: { size: 64 * 2 ** 20 } })))
    expect(members[0]!.size).toBe(64 * 2 ** 20)
  })

  test.each([
    [2 ** 24, 'File is not a zip file'],
    [2 ** 24 + 1, 'The zip file is refused: its directory has 16777217 bytes'],
  ])('has its directory read up to 16 MiB: %i zeros', async (size, message) => {
    const end = zipOf().subarray(-22)
    const view = new DataView(end.buffer, end.byteOffset)
    view.setUint16(8, 1, true)
    view.setUint16(10, 1, true)
    view.setUint32(12, size, true)
    await expect(readZip(rangesOf(concat(new Uint8Array(size), end)))).rejects.toThrow(refused(message))
  })

  test('whose directory states a file at its end is damaged, and read no further', async () => {
    const bytes = zipOf(file)
    const directory = Buffer.from(bytes).indexOf('PK\x01\x02')
    new DataView(bytes.buffer).setUint32(directory + 42, bytes.length, true)
    const lengths: number[] = []
    const source = rangesOf(bytes)
    const [member] = await readZip({
      size: bytes.length,
      read: (offset, length) => {
        lengths.push(Math.min(length, bytes.length - offset))
        return source.read(offset, length)
      },
    })
    await expect(contentOf(member!.open())).rejects.toMatchObject({ code: 'bad-symbols' })
    expect(Math.min(...lengths)).toBeGreaterThan(0)
  })

  test.each<[string, ZipFile, RegExp]>([
    ['another checksum', { ...file, stated: { crc: 5 } }, /^Bad CRC-32 or damaged data of file 'dir\/one'$/],
    [
      'fewer bytes',
      { ...file, stated: { size: 5 } },
      /dir\/one has more bytes than its directory states|Bad CRC-32/,
    ],
  ])('whose directory states %s is refused when the file is read', async (_, packed, message) => {
    const [member] = await readZip(rangesOf(zipOf(packed)))
    await expect(contentOf(member!.open())).rejects.toMatchObject({
      code: 'bad-symbols',
      message: expect.stringMatching(message),
    })
  })

  test('passes on errors of its source', async () => {
    const error = new CrashError('storage', 'no network')
    await expect(readZip({ size: 1000, read: () => Promise.reject(error) })).rejects.toBe(error)
    const bytes = zipOf(file)
    let isBroken = false
    const source = rangesOf(bytes)
    const [member] = await readZip({
      size: bytes.length,
      read: (offset, length) => (isBroken ? Promise.reject(error) : source.read(offset, length)),
    })
    isBroken = true
    await expect(contentOf(member!.open())).rejects.toBe(error)
  })
})

describe('compressed files', () => {
  const content = 'text '.repeat(1000)
  const inflate = (bytes: Uint8Array, format: 'gzip' | 'xz' | 'zstd', size = 100) =>
    contentOf(inflated(pieces(bytes, size), format, nodeCodecs))

  test('are inflated in pieces of any size', async () => {
    for (const size of [1, 7, 1000]) {
      expect(await inflate(new Uint8Array(gzipSync(content)), 'gzip', size)).toBe(content)
      expect(await inflate(new Uint8Array(zstdCompressSync(content)), 'zstd', size)).toBe(content)
    }
    expect(compilesWebAssembly()).toBe(true)
  })

  test.each<[string, Uint8Array, 'gzip' | 'xz' | 'zstd', string]>([
    [
      'zstd that ends early',
      new Uint8Array(zstdCompressSync(content)).subarray(0, -1),
      'zstd',
      'Its zstd data cannot be read: The zstd data is truncated',
    ],
    ['other bytes', bytesOf('text'), 'zstd', 'Its zstd data cannot be read: Not zstd data'],
    [
      'zstd with a damaged block',
      fromHex('28b52ffd 00 00 0d0000 7a'),
      'zstd',
      'Its zstd data cannot be read',
    ],
    [
      'gzip that ends early',
      new Uint8Array(gzipSync(content)).subarray(0, -1),
      'gzip',
      'Its gzip data is damaged or ends early',
    ],
    ['damaged xz', concat(fromHex('fd377a585a00'), 'x'.repeat(100)), 'xz', 'Its xz data is damaged'],
  ])('of %s are refused', async (_, bytes, format, message) => {
    await expect(inflate(bytes, format)).rejects.toThrow(refused(message))
  })

  test('of xz pass on errors of their source', async () => {
    const error = new Error('no network')
    async function* broken() {
      yield await Promise.reject<Uint8Array>(error)
    }
    await expect(contentOf(inflated(broken(), 'xz', nodeCodecs))).rejects.toBe(error)
  })
})

test('a file without content is not requested', async () => {
  const read = () => Promise.reject(new Error('requested'))
  expect(await Array.fromAsync(piecesOf({ size: 0, read }))).toEqual([])
  await expect(Array.fromAsync(piecesOf({ size: 1, read }))).rejects.toThrow('requested')
})
