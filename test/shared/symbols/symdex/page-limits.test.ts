// Where a symbol file is split into pages, at the exact limits.
import { expect, test } from 'vitest'
import { parseSymFile } from '../../../../shared/symbols/sym/parse.ts'
import { noInfo } from '../../../../shared/symbols/sym/state.ts'
import { decodeRoot, encodeSymdex } from '../../../../shared/symbols/symdex/format.ts'
import { decodePage } from '../../../../shared/symbols/symdex/page.ts'
import { findFunctionName } from '../../../../shared/symbols/symdex/symbol-page.ts'
import { tableOfSymdex } from '../../../../shared/symbols/symdex/table.ts'
import { buildSymdex } from '../../../../shared/symbols/symdex/writer.ts'

function build(records: readonly string[]) {
  const file = new TextEncoder().encode(records.map((record) => `${record}\n`).join(''))
  const bytes = buildSymdex(parseSymFile(file), (page) => page.slice())
  const { address, offset } = decodeRoot(bytes)
  const pages = Array.from(address, (_, i) => decodePage(bytes.subarray(offset[i], offset[i + 1])))
  return { starts: [...address], pages }
}

/** A page is full at 64 KiB; a row has 8 bytes and its name. */
const full = 'x'.repeat(64 * 1024 - 8)

test.each<[string, string[], number[]]>([
  ['that is not yet full', [`PUBLIC 10 0 ${full.slice(1)}`, 'PUBLIC 20 0 b'], [0x10]],
  ['that is full', [`PUBLIC 10 0 ${full}`, 'PUBLIC 20 0 b'], [0x10, 0x20]],
  ['whose last function has not ended', [`FUNC 10 10 0 ${full}`, 'PUBLIC 1f 0 b'], [0x10]],
  ['whose last function has ended', [`FUNC 10 10 0 ${full}`, 'PUBLIC 20 0 b'], [0x10, 0x20]],
  ['with a symbol and a function at one address', [`PUBLIC 10 0 ${full}`, 'FUNC 10 10 0 f'], [0x10]],
  [
    'with a symbol and rules at one address',
    [`PUBLIC 10 0 ${full}`, 'STACK CFI INIT 10 10 .ra: 1'],
    [0x10, 0x10],
  ],
  [
    'with a symbol and a program of its frame at one address',
    [`PUBLIC 10 0 ${full}`, 'STACK WIN 4 10 5 0 0 0 0 0 0 1 $eip'],
    [0x10, 0x10],
  ],
  [
    'with a symbol and a size of its frame at one address',
    [`PUBLIC 10 0 ${full}`, 'STACK WIN 0 10 5 0 0 0 0 0 0 0 1'],
    [0x10, 0x10],
  ],
  [
    'with records of all kinds',
    ['FUNC 10 1 0 f', 'PUBLIC 20 0 p', 'STACK WIN 0 5 1 0 0 0 0 0 0 0 1', 'STACK CFI INIT 8 1 .ra: 1'],
    [5],
  ],
])('a page %s', (_, records, starts) => {
  expect(build(records).starts).toEqual(starts)
})

/** The name at 0x1000, on the page after the one that has these records and is full. */
test.each<[string, string[], string | null]>([
  ['the last symbol before a page is the nearest on it', [`PUBLIC 30 0 ${full}`], full],
  ['a function behind it hides it', ['PUBLIC 10 0 p', `FUNC 20 10 0 ${full}`], null],
  ['a function at its address hides it', ['PUBLIC 20 0 p', `FUNC 20 10 0 ${full}`], null],
  ['a function before it does not hide it', [`FUNC 20 10 0 ${full}`, 'PUBLIC 28 0 p'], 'p'],
])('%s', (_, records, name) => {
  const { starts, pages } = build([...records, 'STACK CFI INIT 1000 10 .ra: 1'])
  expect(starts).toHaveLength(2)
  expect(findFunctionName(pages[1]!, 0x1000)).toBe(name)
})

test('a page has only the files, origins and rules that its own records refer to', () => {
  const { pages } = build([
    ...['FILE 0 a.c', 'FILE 1 b.c', 'INLINE_ORIGIN 0 i', 'INLINE_ORIGIN 1 j'],
    ...[`FUNC 10 10 0 ${full}`, 'INLINE 0 1 0 0 10 8', '10 8 1 0'],
    ...['FUNC 20 10 0 f', 'INLINE 0 1 1 1 20 8', '20 8 1 1'],
    ...[
      'STACK CFI INIT 10 8 .ra: 1',
      'STACK CFI 14 .ra: 2',
      'STACK CFI INIT 20 8 .ra: 3',
      'STACK CFI 24 .ra: 4',
    ],
  ])
  const counts = pages.map(({ tables: { files, origins, rules, lines, inlines, deltas } }) =>
    [files, origins, rules, lines, inlines, deltas].map(({ length }) => length),
  )
  expect(counts).toEqual([
    [1, 1, 2, 1, 1, 1],
    [1, 1, 2, 1, 1, 1],
  ])
})

/** A page with one file, whose name fills it: `bytes` when it is decoded, with the 8 of the row. */
function filePage(address: number, bytes: number) {
  const length = bytes - 8
  const counts = [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
  const lengthBytes = [length | 0x80, (length >> 7) | 0x80, (length >> 14) | 0x80, length >> 21]
  const stored = new Uint8Array(counts.length + lengthBytes.length + length)
  stored.set([...counts, ...lengthBytes])
  return { address, rawLength: stored.length, stored }
}

test('decoded pages are kept up to 64 MiB, then the oldest is dropped', () => {
  const pages = [filePage(0x100, 2 ** 25), filePage(0x200, 2 ** 25), filePage(0x300, 9)]
  const symdex = encodeSymdex({ info: noInfo, corrupt: false, badLines: 0 }, pages)
  const table = tableOfSymdex(symdex, (stored) => stored)
  const held = [0x100, 0x200, 0x300].map((address) => {
    table.page(address)
    return table.bytes() - symdex.length
  })
  expect(held).toEqual([2 ** 25, 2 ** 26, 2 ** 25 + 9])
})
