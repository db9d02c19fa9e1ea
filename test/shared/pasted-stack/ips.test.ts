// Apple's JSON reports as lines of text.
import { describe, expect, test } from 'vitest'
import { linesOfIps } from '../../../shared/pasted-stack/ips.ts'

const uuid = '4c4c4481-5555-3144-a1ab-8d2b4a2d5c3a'
const app = { name: 'App', path: '/Apps/Other', uuid, base: 0x1000, size: 0x100 }

const read = (report: object) => linesOfIps(JSON.stringify({ usedImages: [app], ...report }))
const framesOf = (...frames: unknown[]) => read({ threads: [{ frames }] })!.lines.slice(2)
const imagesOf = (...usedImages: unknown[]) => read({ usedImages })!.images

test('a report is shown in the order of the earlier format', () => {
  const frame = (imageOffset: number) => ({ imageIndex: 0, imageOffset })
  const { lines, images } = read({
    threads: [
      { name: 'main', queue: 'com.apple', triggered: true, frames: [frame(1), frame(2)] },
      { queue: 'com.apple', triggered: 1, frames: [] },
      { name: 5 },
      'no thread',
    ],
    lastExceptionBacktrace: [frame(3)],
    termination: { code: 6 },
    exception: { type: 'EXC_CRASH' },
    bundleInfo: null,
    procName: 'App',
    other: 'x',
  })!
  expect(lines).toEqual([
    'procName: App',
    'bundleInfo: null',
    'exception: {"type":"EXC_CRASH"}',
    'termination: {"code":6}',
    '',
    'Last exception backtrace:',
    `0  ${'App'.padEnd(30)} 0x0000000000001003 0x1000 + 3`,
    '',
    'Thread 0 Crashed:  main',
    `0  ${'App'.padEnd(30)} 0x0000000000001001 0x1000 + 1`,
    `1  ${'App'.padEnd(30)} 0x0000000000001002 0x1000 + 2`,
    '',
    'Thread 1:  com.apple',
    '',
    'Thread 2:',
  ])
  expect(images).toEqual([
    {
      name: 'App',
      debugFile: 'App',
      debugId: '4C4C448155553144A1AB8D2B4A2D5C3A0',
      base: 0x1000,
      end: 0x10ff,
    },
  ])
})

const document = '{"usedImages":[],"procName":"App"}'
test.each([
  ['alone', document, ['procName: App']],
  ['after spaces', ` \n ${document}`, ['procName: App']],
  ['after a line of JSON', `{"app_name":"App"}\n${document}`, ['procName: App']],
  ['over several lines', `{"a":1}\n{\n"usedImages":\n[]}`, []],
  ['after two lines of JSON', `{"a":1}\n{"b":1}\n${document}`, null],
  ['after text', `x ${document}`, null],
  ['without images', '{"procName":"App"}', null],
  ['with images that are not a list', '{"usedImages":{}}', null],
  ['in a list', `[${document}]`, null],
  ['cut', document.slice(0, -1), null],
])('a document %s', (_, text, lines) => {
  expect(linesOfIps(text)?.lines ?? null).toEqual(lines)
})

describe('an image', () => {
  test.each([
    ['its name', { name: 'A', path: '/b/C' }, 'A'],
    ['the end of its path', { path: '/b/C d' }, 'C d'],
    ['a path of one part', { path: 'C' }, 'C'],
    ['the end of its path, for an empty name', { name: '', path: '/b/C' }, 'C'],
    ['question marks, for a path that ends in a slash', { path: '/b/' }, '???'],
    ['question marks, for a name that is not text', { name: 5 }, '???'],
    ['its name in one line', { name: ' a\n\t b ' }, 'a b'],
    ['300 characters', { name: 'x'.repeat(301) }, 'x'.repeat(300)],
  ])('has the name %s', (_, image, name) => {
    expect(imagesOf(image)).toEqual([{ name, debugFile: name, debugId: null, base: null, end: null }])
  })

  test.each([
    [{ base: 0, size: 1 }, 0, 0],
    [{ base: 16, size: 16 }, 16, 31],
    [{ base: 16 }, 16, 16],
    [{ size: 16 }, null, null],
    [{ base: -1, size: 16 }, null, null],
    [{ base: 1.5, size: 16 }, null, null],
    [{ base: '16', size: 16 }, null, null],
    [{ base: Number.MAX_SAFE_INTEGER + 1 }, null, null],
  ])('with %j is from %s to %s', (image, base, end) => {
    expect(imagesOf(image)).toMatchObject([{ base, end }])
  })

  test('that is not an object is not counted', () => {
    expect(imagesOf(null, 'x', app)).toHaveLength(1)
  })
})

describe('a frame', () => {
  test.each([
    [{ imageIndex: 0, imageOffset: 255 }, 'App', '00000000000010ff', '0x1000 + 255'],
    [{ imageIndex: 0 }, 'App', '0000000000001000', '0x1000 + 0'],
    [{ imageIndex: 1, imageOffset: 16 }, '???', '0000000000000010', '0x0 + 16'],
    [{ imageIndex: -1, imageOffset: 16 }, '???', '0000000000000010', '0x0 + 16'],
    [{ imageOffset: 16 }, '???', '0000000000000010', '0x0 + 16'],
    [{ imageIndex: 0, imageOffset: 1, symbol: 'f', symbolLocation: 7 }, 'App', '0000000000001001', 'f + 7'],
    [{ imageIndex: 0, imageOffset: 1, symbol: 'f\n g' }, 'App', '0000000000001001', 'f g + 0'],
    [{ imageIndex: 0, symbol: 'f'.repeat(301) }, 'App', '0000000000001000', `${'f'.repeat(300)} + 0`],
  ])('%j', (frame, name, address, place) => {
    expect(framesOf(frame)).toEqual([`0  ${name.padEnd(30)} 0x${address} ${place}`])
  })

  test('has a place among 2000 of a thread, and 1000 threads', () => {
    expect(framesOf(...Array(2001).fill({})).at(-1)).toMatch(/^1999 /)
    expect(read({ threads: Array(1001).fill({}) })!.lines.at(-1)).toBe('Thread 999:')
  })
})
