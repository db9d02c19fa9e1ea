// The bytes of a symdex, and which damage of them has which message.
import { createHash } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { CrashError } from '../../../../shared/errors.ts'
import { parseSymFile } from '../../../../shared/symbols/sym/parse.ts'
import { noInfo } from '../../../../shared/symbols/sym/state.ts'
import { inflatePage } from '../../../../shared/symbols/sources/symdex-cache.node.ts'
import {
  checksumOf,
  decodeRoot,
  encodeSymdex,
  rootLength,
  type SymdexRoot,
} from '../../../../shared/symbols/symdex/format.ts'
import { decodePage } from '../../../../shared/symbols/symdex/page.ts'
import { openPage, openPageNow } from '../../../../shared/symbols/symdex/stored-page.ts'
import { isIntact, readRoot, tableOfRoot, tableOfSymdex } from '../../../../shared/symbols/symdex/table.ts'
import { pageOf, visitPages } from '../../../../shared/symbols/symdex/visit-pages.ts'
import { buildSymdex } from '../../../../shared/symbols/symdex/writer.ts'

const plain = (bytes: Uint8Array) => bytes.slice()
const build = (text: string, deflate = plain) =>
  buildSymdex(parseSymFile(new TextEncoder().encode(text)), deflate)
const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex').slice(0, 16)

/** Records of every kind. */
const small = `MODULE Linux x86_64 AB0 a
FILE 0 a.c
FILE 1 b.c
INLINE_ORIGIN 0 inner
INLINE_ORIGIN 1 outer
FUNC 1000 80 4 first
INLINE 0 7 0 1 1000 10 1020 8
INLINE 1 9 1 0 1004 4
1000 10 5 0
1010 10 900 1
1020 60 6 0
FUNC 2000 100 0 second
2000 100 5 1
PUBLIC 500 8 public
STACK CFI INIT 1000 80 .cfa: $rsp 8 +
STACK CFI 1001 .cfa: $rsp 16 +
STACK CFI 1004 .cfa: $rsp 8 +
STACK CFI INIT 2000 10 .cfa: $rsp 8 +
STACK WIN 4 1000 80 1 2 3 4 5 6 1 $eip .raSearch =
STACK WIN 0 2000 10 1 2 3 4 5 6 0 1
`

/** Many pages: functions with lines, inlined calls and rules. */
function large(functions: number): string {
  const lines = ['MODULE Linux x86_64 AB0 large']
  for (let i = 0; i < 300; i++)
    lines.push(`FILE ${i} /src/${i % 7}/${i}.c`, `INLINE_ORIGIN ${i} inlined_${i}`)
  for (let i = 0; i < functions; i++) {
    const at = (offset: number) => (0x1000 + i * 0x100 + offset).toString(16)
    lines.push(`FUNC ${at(0)} 80 0 function_${i}_${'x'.repeat(i % 150)}`)
    lines.push(`INLINE 0 ${i % 90} ${i % 300} ${(i * 7) % 300} ${at(8)} 8`)
    for (let j = 0; j < i % 9; j++) lines.push(`${at(8 * j)} 8 ${i + j * j} ${(i + j) % 300}`)
    lines.push(`PUBLIC ${at(0x90)} 0 public_${i}`)
    lines.push(
      `STACK CFI INIT ${at(0)} 80 .cfa: $rsp ${i % 13} +`,
      `STACK CFI ${at(4)} .cfa: $rsp ${i % 17} +`,
    )
    if (i % 5 === 0) lines.push(`STACK WIN 4 ${at(0)} 80 1 2 3 4 5 6 1 $eip ${i % 11} =`)
  }
  return `${lines.join('\n')}\n`
}

// Files of version 4 are not rebuilt: after a change of these values, the version must change, too.
describe('version 4', () => {
  test('has these bytes', () => {
    const bytes = build(small)
    const root = decodeRoot(bytes)
    const page = Buffer.from(bytes.subarray(root.offset[0])).toString('hex')
    expect(page.match(/.{1,96}/g)).toEqual([
      '0204030102020302020101800180028040803e0400050603010300101060800280400000803e010201020a880e02fd0d',
      '000001100804804020470101020e001202000280140806030305050e0f108001108040803e0101020082400602018001',
      '804003040503108080010304050166697273747365636f6e647075626c6963612e63622e636f75746572696e6e65722e',
      '6366613a20247273702038202b2e6366613a2024727370203136202b24656970202e7261536561726368203d',
    ])
    expect(hash(bytes)).toBe('e42db486521a86ab')
  })

  test('splits a large file into these pages', () => {
    const bytes = build(large(3000))
    const { address, rawLength } = decodeRoot(bytes)
    expect([address.length, rawLength.reduce((sum, length) => sum + length, 0)]).toEqual([9, 510905])
    expect(Math.max(...rawLength)).toBeLessThan(80_000)
    expect(hash(bytes)).toBe('9582e28b1b3d7feb')
  })

  test.each([
    ['', 1302356928],
    ['a', 661995795],
    ['abcdefgh', 2542269385],
    ['abcdefghi', 2650543877],
    ['abcdefghijklmnopqrstuvwxyz', 3504033927],
  ])('has the checksum of %j', (text, checksum) => {
    expect(checksumOf(new TextEncoder().encode(text))).toBe(checksum)
  })
})

describe('a root is refused', () => {
  const bytes = build(small)
  const changed = (at: number, value: number) => {
    const copy = bytes.slice()
    copy[at] = value
    return copy
  }
  const words = new DataView(bytes.buffer)
  test.each<[string, Uint8Array, string]>([
    ['when its header is cut', bytes.subarray(0, 63), 'it is too short'],
    ['with another first letter', changed(0, 0), 'it has another signature'],
    ['with another last letter', changed(7, 0), 'it has another signature'],
    ['of another version', changed(8, 5), 'its version is 5, not 4'],
    ['when it is cut', bytes.subarray(0, words.getUint32(12, true) - 1), 'its root is truncated'],
    ['that is shorter than its header', changed(12, 63), 'its root is truncated'],
    ['that is only its header', changed(12, 64), 'its root does not have the size that it states'],
    ['with more pages', changed(16, 2), 'its root does not have the size that it states'],
    ['with more bad lines', changed(24, 1), 'its root is damaged'],
    ['with another flag', changed(28, 1), 'its root is damaged'],
    ['with other records', changed(70, 0x41), 'its root is damaged'],
    ['with another checksum', changed(32, words.getUint8(32) ^ 1), 'its root is damaged'],
  ])('%s', (_, file, problem) => {
    expect(() => decodeRoot(file)).toThrow(
      new CrashError('bad-symbols', `Not a usable symbol index: ${problem}`),
    )
    expect(() => decodeRoot(file)).toThrow(expect.objectContaining({ code: 'bad-symbols' }))
  })

  test('and nothing else: it has what was written', () => {
    const info = { ...noInfo, debugFile: 'é', debugId: 'A' }
    const stored = (text: string) => new TextEncoder().encode(text)
    const pages = [
      { address: 5, rawLength: 7, stored: stored('first') },
      { address: 9, rawLength: 8, stored: stored('') },
    ]
    const file = encodeSymdex({ info, corrupt: true, badLines: 3 }, pages)
    const root = decodeRoot(file)
    expect(root).toMatchObject({ info, corrupt: true, badLines: 3 })
    expect([[...root.address], [...root.rawLength], [...root.checksum]]).toEqual([
      [5, 9],
      [7, 8],
      [checksumOf(stored('first')), checksumOf(stored(''))],
    ])
    const end = file.length
    expect([[...root.offset], rootLength(file)]).toEqual([[end - 5, end, end], end - 5])
    expect(decodeRoot(encodeSymdex({ info, corrupt: false, badLines: 0 }, [])).corrupt).toBe(false)
    expect([
      isIntact(file),
      isIntact(Buffer.concat([file, Buffer.of(0)])),
      isIntact(changed(bytes.length - 1, 0x7f)),
    ]).toEqual([true, false, false])
  })

  test('by ranges: it is read again when it is large', async () => {
    const file = build(large(3000), (page) => page.slice(0, 1))
    const info = { ...noInfo, debugFile: 'x'.repeat(70_000) }
    const wide = encodeSymdex({ info, corrupt: false, badLines: 0 }, [])
    const bare = encodeSymdex({ info: noInfo, corrupt: false, badLines: 0 }, [])
    for (const [whole, reads] of [
      [file, [[0, 65_536]]],
      [bare, [[0, 65_536]]],
      [
        wide,
        [
          [0, 65_536],
          [0, wide.length],
        ],
      ],
    ] as const) {
      const found: number[][] = []
      const root = await readRoot(async (offset, length) => {
        found.push([offset, length])
        return whole.subarray(offset, offset + length)
      })
      expect(found).toEqual(reads)
      expect(root.info.debugFile).toBe(decodeRoot(whole).info.debugFile)
    }
  })
})

describe('a page', () => {
  /** Rows of functions, lines, inlined calls, publics, files, origins, rules, CFI, its changes, frame data, FPO. */
  const page = (counts: Readonly<Record<number, number>>, ...rest: number[]) =>
    Uint8Array.of(...Array.from({ length: 11 }, (_, i) => counts[i] ?? 0), ...rest)

  test.each<[string, Uint8Array, string]>([
    ['without counts', Uint8Array.of(), 'it ends early'],
    ['with fewer counts', page({}).subarray(1), 'it ends early'],
    ['without columns', page({ 1: 1 }), 'it ends early'],
    ['that ends within a column', page({ 3: 2 }, 0x80, 1), 'it ends early'],
    ['that ends within a number', page({ 3: 1 }, 1, 0x80), 'a number has no end'],
    [
      'with a number of six bytes',
      Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80, 0, ...page({})),
      'a number has no end',
    ],
    ['with more rows than bytes', page({ 0: 12 }), 'it has more rows than bytes'],
    ['with as many rows as bytes, and no column', page({ 0: 11 }), 'it ends early'],
    ['with a file that is not there', page({ 1: 1 }, 1, 0, 1, 0), 'a reference points outside its table'],
    [
      'with an origin that is not there',
      page({ 2: 1 }, 0, 1, 0, 0, 0, 2),
      'a reference points outside its table',
    ],
    [
      'with lines that are not there',
      page({ 0: 1 }, 1, 0, 0, 0, 1, 0),
      'a range passes the end of its table',
    ],
    ['with a longer text', page({ 4: 1 }, 3, 0x61, 0x62), 'a string passes the end'],
  ])('%s is refused', (_, bytes, problem) => {
    const message = `A page of a symbol index is damaged: ${problem}`
    expect(() => decodePage(bytes)).toThrow(new CrashError('bad-symbols', message))
  })

  test.each<[string, Uint8Array]>([
    ['with no row', page({})],
    ['with as many rows as bytes', page({ 3: 4 }, ...Array.from({ length: 12 }, () => 0))],
    ['with a file', page({ 1: 1, 4: 1 }, 1, 0, 1, 0, 2, 0x61, 0x62)],
    ['with a number of five bytes', page({ 3: 1 }, 0x80, 0x80, 0x80, 0x80, 0x0f, 0, 0)],
  ])('%s is read', (_, bytes) => {
    expect(() => decodePage(bytes)).not.toThrow()
  })

  test('with another checksum, or that is damaged, has no symbols', async () => {
    const bytes = page({ 4: 1 }, 1, 0x61)
    const deflated = new Uint8Array(deflateRawSync(bytes))
    const root = (stored: Uint8Array, length: number) =>
      ({
        checksum: Uint32Array.of(checksumOf(stored)),
        rawLength: Uint32Array.of(length),
      }) as unknown as SymdexRoot
    const opened = async (stored: Uint8Array, length = bytes.length, check = stored) => {
      const found = [
        openPageNow(root(check, length), 0, stored, inflatePage),
        await openPage(root(check, length), 0, stored),
      ]
      return found.map((one) => one !== null)
    }
    expect(await opened(deflated)).toEqual([true, true])
    expect(await opened(deflated, bytes.length, bytes)).toEqual([false, false])
    expect(await opened(deflated, bytes.length + 1)).toEqual([false, false])
    expect(await opened(deflated, bytes.length - 1)).toEqual([false, false])
    expect(await opened(new Uint8Array(deflateRawSync(bytes.subarray(1))), bytes.length - 1)).toEqual([
      false,
      false,
    ])
  })
})

describe('a pass over pages', () => {
  const kib = 1024
  /** Pages at 0x100, 0x200, …, of these sizes; what is read, and the addresses of each page. */
  async function visited(sizes: readonly number[], addresses: readonly number[]) {
    const offset = new Float64Array(sizes.length + 1)
    for (const [i, size] of sizes.entries()) offset[i + 1] = offset[i]! + size
    const root = {
      address: Uint32Array.from(sizes, (_, i) => 0x100 * (i + 1)),
      ...{
        offset,
        rawLength: new Uint32Array(sizes.length),
        checksum: new Uint32Array(sizes.length).fill(1),
      },
    } as unknown as SymdexRoot
    const reads: number[][] = []
    const used: unknown[] = []
    const read = async (at: number, length: number) => {
      reads.push([at / kib, length / kib])
      return new Uint8Array(0)
    }
    const use = (page: unknown, covered: readonly number[]) => used.push([page, ...covered])
    await visitPages(root, read, { addresses, use, inflate: inflatePage })
    return { reads, used, pages: addresses.map((address) => pageOf(root, address)) }
  }

  test('gives each page its addresses, and none to those before the first', async () => {
    const { reads, used, pages } = await visited([kib, kib, kib], [0x20, 0xff, 0x100, 0x1ff, 0x300, 0x9999])
    expect(pages).toEqual([-1, -1, 0, 0, 2, 2])
    expect(used).toEqual([
      [null, 0x20, 0xff],
      [undefined, 0x100, 0x1ff],
      [undefined, 0x300, 0x9999],
    ])
    expect(reads).toEqual([[0, 3]])
    expect(await visited([kib], [])).toEqual({ reads: [], used: [], pages: [] })
    expect((await visited([kib], [0x100])).used).toEqual([[undefined, 0x100]])
  })

  test.each<[string, number[], number[], number[][]]>([
    ['a gap of 64 KiB', [kib, 64 * kib, kib], [0x100, 0x300], [[0, 66]]],
    [
      'a larger gap',
      [kib, 65 * kib, kib],
      [0x100, 0x300],
      [
        [0, 1],
        [66, 1],
      ],
    ],
    ['a megabyte', [1000 * kib, 24 * kib, kib], [0x100, 0x200], [[0, 1024]]],
    [
      'more than a megabyte',
      [1000 * kib, 25 * kib, kib],
      [0x100, 0x200],
      [
        [0, 1000],
        [1000, 25],
      ],
    ],
    ['a page of more than a megabyte', [2000 * kib, kib], [0x100], [[0, 2000]]],
  ])('reads %s', async (_, sizes, addresses, reads) => {
    expect((await visited(sizes, addresses)).reads).toEqual(reads)
  })

  test('needs the root and no page in memory', async () => {
    const bytes = build(small, (page) => new Uint8Array(deflateRawSync(page)))
    const root = decodeRoot(bytes)
    const table = tableOfRoot(root, async (at, length) => bytes.subarray(at, at + length))
    expect([table.bytes(), table.page(0x1000), table.page(0x10)]).toEqual([root.offset[0], undefined, null])
    await table.load(0x10)
    expect(table.bytes()).toBe(root.offset[0])
    await table.load(0x1000)
    const held = table.bytes()
    expect(held).toBeGreaterThan(root.offset[0]!)
    await table.load(0x2000)
    expect([table.bytes(), table.page(0x1000) === table.page(0x2000)]).toEqual([held, true])
    expect(tableOfSymdex(bytes, inflatePage).bytes()).toBe(bytes.length)
    expect(() => tableOfSymdex(bytes.subarray(0, bytes.length - 1), inflatePage)).toThrow(
      new CrashError('bad-symbols', 'The symbol index is truncated'),
    )
  })
})
