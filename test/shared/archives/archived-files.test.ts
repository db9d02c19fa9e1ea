// Files in archives of every kind, and in archives in archives.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { archivedFiles, type ArchivedFile } from '../../../shared/archives/archived-files.ts'
import type { ByteRanges } from '../../../shared/archives/byte-ranges.ts'
import { collectBytes } from '../../../shared/bytes/streams.ts'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import { isCrashError } from '../../../shared/errors.ts'
import { arOf, debOf, type PackedFile, tarOf } from '../../support/archives.ts'
import { createRandom, mutate } from '../../support/mutate.ts'
import { zipOf } from '../../support/zip.ts'

const packageBytes = new Uint8Array(
  readFileSync(resolve(import.meta.dirname, '../../fixtures/archives/ring-dbgsym.deb')),
)
const gzip = (bytes: Uint8Array) => new Uint8Array(gzipSync(bytes))
const zstd = (bytes: Uint8Array) => new Uint8Array(zstdCompressSync(bytes))

/** In pieces of `pieceBytes`. */
const rangesOf = (bytes: Uint8Array, pieceBytes = 100): ByteRanges => ({
  size: bytes.length,
  read: async (offset, length) => {
    let at = offset
    return new ReadableStream({
      pull(controller) {
        const piece = bytes.slice(at, Math.min(at + pieceBytes, offset + length))
        at += piece.length
        if (piece.length > 0) controller.enqueue(piece)
        else controller.close()
      },
    })
  },
})

interface Read {
  files: Record<string, string>
  problems: string[]
}

async function textOf(file: ArchivedFile): Promise<string> {
  const content = await collectBytes(file.open(), 1e9, 'a file')
  expect(Buffer.from(file.head)).toEqual(Buffer.from(content.subarray(0, 512)))
  if (file.isRepeatable) expect(await collectBytes(file.open(), 1e9, 'a file')).toEqual(content)
  return content.length > 1000 ? `${content.length} bytes` : Buffer.from(content).toString()
}

/** Files as `outer:inner` with their contents, or sizes of large ones. */
async function read(bytes: Uint8Array): Promise<Read> {
  const files: Record<string, string> = {}
  const problems: string[] = []
  const list = archivedFiles(rangesOf(bytes), 'a', {
    codecs: nodeCodecs,
    spool: async (content) => rangesOf(await collectBytes(content, 1e9, 'a file')),
    isWhole: (names) => names.at(-1)!.endsWith('.keep'),
    onProblem: (names, problem) => problems.push(`${names.join(':')}: ${problem}`),
  })
  for await (const file of list) {
    try {
      files[file.names.join(':')] = await textOf(file)
    } catch (error) {
      if (!isCrashError(error) || error.code !== 'bad-symbols') throw error
      problems.push(`${file.names.join(':')}: ${error.message}`)
    }
  }
  return { files, problems }
}

const one: PackedFile = { name: 'lib/one', content: 'first' }
const two: PackedFile = { name: 'two', content: 'x'.repeat(2000) }
const shown = { 'lib/one': 'first', two: '2000 bytes' }
const inside = (outer: string, files: Record<string, string> = shown) =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [`${outer}:${name}`, text]))

describe('the files of', () => {
  test.each<[string, () => Promise<Uint8Array>, Record<string, string>]>([
    ['a zip', async () => zipOf(one, two), inside('a')],
    ['a tar', () => tarOf(one, two), inside('a')],
    ['a tar in gzip', async () => gzip(await tarOf(one, two)), inside('a')],
    ['a tar in zstd', async () => zstd(await tarOf(one, two)), inside('a')],
    [
      'a package',
      async () => debOf({ name: 'data.tar', content: await tarOf(one) }),
      { 'a:data.tar:lib/one': 'first' },
    ],
    [
      'a package in zstd',
      async () => debOf({ name: 'data.tar.zst', content: zstd(await tarOf(one)) }),
      { 'a:data.tar:lib/one': 'first' },
    ],
    [
      'a package in gzip',
      async () => debOf({ name: 'data.tar.gz', content: gzip(await tarOf(one)) }),
      { 'a:data.tar:lib/one': 'first' },
    ],
    ['a compressed file', async () => gzip(new TextEncoder().encode('text')), { a: 'text' }],
    ['a zip in a tar', async () => tarOf({ name: 'b', content: zipOf(one) }), { 'a:b:lib/one': 'first' }],
    [
      'a tar in gzip in a zip',
      async () => zipOf({ name: 'b.tgz', content: gzip(await tarOf(one, two)) }),
      inside('a:b.tar'),
    ],
    [
      'a compressed file in a tar',
      async () => tarOf({ name: 'c.gz', content: gzip(new TextEncoder().encode('text')) }, two),
      { 'a:c': 'text', 'a:two': '2000 bytes' },
    ],
    [
      'a tar with a file that is wanted unchanged',
      async () => tarOf({ name: 'c.keep', content: zipOf(one) }),
      { 'a:c.keep': expect.stringMatching(/^PK/) as never },
    ],
    ['an empty tar', () => tarOf(), {}],
    [
      'an empty zip in a tar',
      async () => tarOf({ name: 'b', content: zipOf() }, one),
      { 'a:b': expect.stringMatching(/^PK/) as never, 'a:lib/one': 'first' },
    ],
  ])('%s', async (_, make, files) => {
    expect(await read(await make())).toEqual({ files, problems: [] })
  })

  test('a package of dpkg-deb, compressed with xz, also inside a tar with another', async () => {
    const debug = 'data.tar:./usr/lib/debug/.build-id/46/7448445cc75f91d4a77862ea6919a50328ed15.debug'
    const readme = 'data.tar:./usr/share/doc/ring-dbgsym/readme'
    const files = { [debug]: '8680 bytes', [readme]: 'readme\n' }
    expect(await read(packageBytes)).toEqual({ files: inside('a', files), problems: [] })
    const both = await tarOf(
      { name: '1.deb', content: packageBytes },
      { name: '2.deb', content: packageBytes },
    )
    expect(await read(both)).toEqual({
      files: { ...inside('a:1.deb', files), ...inside('a:2.deb', files) },
      problems: [],
    })
  })

  test('a tar has long names, which are not changed', async () => {
    const names = [`${'d/'.repeat(120)}long`, '../../etc/passwd', '/absolute', 'ümläut']
    const { files } = await read(await tarOf(...names.map((name) => ({ name, content: name }))))
    expect(Object.keys(files)).toEqual(names.map((name) => `a:${name}`))
  })
})

describe('of a damaged archive', () => {
  test.each<[string, () => Promise<Uint8Array>]>([
    ['a tar that ends early', async () => (await tarOf(one, two)).subarray(0, 2000)],
    ['a tar with a wrong checksum', async () => (await tarOf(one, two)).fill(0x31, 1024, 1030)],
    ['gzip that ends early', async () => gzip(await tarOf(two)).subarray(0, 60)],
    ['zstd that ends early', async () => zstd(await tarOf(two)).subarray(0, 60)],
    ['a package that ends early', async () => packageBytes.subarray(0, 2000)],
    [
      'a package without sizes',
      async () => arOf({ name: 'debian-binary', content: '2.0\n' }).fill(0x78, 56, 60),
    ],
  ])('%s: a reason', async (_, make) => {
    const result = read(await make()).then(({ problems }) => {
      expect(problems).not.toEqual([])
      throw Object.assign(new Error(problems[0]), { name: 'CrashError', code: 'bad-symbols' })
    })
    await expect(result).rejects.toMatchObject({ code: 'bad-symbols' })
  })

  test('in another the other files are read', async () => {
    const outer = await tarOf({ name: 'bad.gz', content: gzip(new Uint8Array(3000)).subarray(0, 30) }, one)
    expect(await read(outer)).toEqual({
      files: { 'a:lib/one': 'first' },
      problems: ['a:bad: Its gzip data is damaged or ends early'],
    })
  })
})

describe('limits', () => {
  test('an archive that inflates to a thousand times its size is refused', async () => {
    const zeros = new Uint8Array(32 << 20)
    const layer = gzip(zeros)
    const bomb = await tarOf(...Array.from({ length: 9 }, (_, i) => ({ name: `${i}.gz`, content: layer })))
    await expect(read(bomb)).rejects.toMatchObject({
      code: 'limit',
      message: expect.stringMatching(/inflates/),
    })
  })

  test('files in seven archives in each other are read, in eight they are not', async () => {
    const packed = (layers: number) =>
      Array.from({ length: layers }).reduce<Uint8Array>(gzip, new TextEncoder().encode('text'))
    expect(await read(packed(7))).toEqual({ files: { a: 'text' }, problems: [] })
    expect(await read(packed(8))).toEqual({
      files: {},
      problems: [expect.stringMatching(/too many archives/)],
    })
  })

  test('attributes of a tar of more than some megabytes are not collected', async () => {
    const bomb = await tarOf({ name: 'pax', content: new Uint8Array(8 << 20) }, one)
    // The type of a header with attributes of the next file, and the checksum that it has then.
    const sum =
      Number.parseInt(Buffer.from(bomb.subarray(148, 154)).toString(), 8) +
      'x'.charCodeAt(0) -
      '0'.charCodeAt(0)
    bomb.set(Buffer.from(`x`), 156)
    bomb.set(Buffer.from(sum.toString(8).padStart(6, '0')), 148)
    await expect(read(bomb)).rejects.toMatchObject({ message: expect.stringMatching(/too long attributes/) })
  })
})

test('damaged archives have files, or a reason', async () => {
  const seeds = [
    await tarOf(one, two),
    gzip(await tarOf(one, two)),
    zstd(await tarOf(one, two)),
    packageBytes,
    debOf({ name: 'data.tar', content: await tarOf(one, { name: 'b', content: zipOf(two) }) }),
    zipOf(one, { name: 'b', content: await tarOf(one, two) }),
  ]
  const random = createRandom(17)
  for (let round = 0; round < (process.env.CI ? 3000 : 300); round++) {
    const bytes = mutate(seeds[round % seeds.length]!, random, 600)
    try {
      await read(bytes)
    } catch (error) {
      if (!isCrashError(error)) throw error
    }
  }
}, 120_000)
