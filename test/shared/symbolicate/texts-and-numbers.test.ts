// Requests as Python reads them, and what answers say about functions, places and modules.
import { describe, expect, test } from 'vitest'
import { CrashError } from '../../../shared/errors.ts'
import { answerPieces } from '../../../shared/symbolicate/answer.ts'
import { hashFolder, shortSource, tidyFunction } from '../../../shared/symbolicate/frame-names.ts'
import { parsePayload } from '../../../shared/symbolicate/payload.ts'
import {
  type ApiVersion,
  isValidModule,
  parseRequest,
  requestLimits,
} from '../../../shared/symbolicate/request.ts'
import { type ModuleSource, symbolicate } from '../../../shared/symbolicate/symbolicate.ts'
import { parseSymFile } from '../../../shared/symbols/sym/parse.ts'
import { corruptTable, tableOfSymFile } from '../../../shared/symbols/symdex/symbol-table.ts'
import { bytesOf } from '../../support/crash-request.ts'

const hash = '0123456789abcdef'.repeat(8)

test.each([
  ['f(int , char * *)', 'f(int, char**)'],
  ['f(A &,B &&)', 'f(A&, B&&)'],
  ['f(a,b, c,  d)', 'f(a, b, c,  d)'],
  ['operator *', 'operator*'],
  ['a b', 'a b'],
])('the function %j is shown as %j', (name, shown) => expect(tidyFunction(name)).toBe(shown))

test.each([
  ['hg:hg.mozilla.org/m-c:dom/a.cpp:abc', 3, 'dom/a.cpp:3'],
  [`s3:bucket:${hash}/src/a.c:`, 0, 'src/a.c:0'],
  [`s3:bucket:x/${hash}/a.c:`, null, `x/${hash}/a.c`],
  ['cargo:github.com:serde-1.0:src/lib.rs', null, 'serde-1.0/src/lib.rs'],
  ['C:\\a.c', 1, 'C:\\a.c:1'],
  ['a:b:c', null, 'a:b:c'],
  ['a:b:c:d:e', null, 'a:b:c:d:e'],
])('the file %s, line %s, is shown as %s', (file, line, shown) => {
  expect(shortSource(file, line)).toBe(shown)
})

test.each([
  [`${hash}/a`, true],
  [`${hash}0/a`, false],
  [`${hash.slice(1)}/a`, false],
  [`${hash}a`, false],
])('%s starts with the folder of a hash: %s', (path, expected) =>
  expect(hashFolder.test(path)).toBe(expected),
)

describe('JSON', () => {
  const parse = (text: string) => parsePayload(bytesOf(text))
  test.each<[string, unknown]>([
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 9007199254740992n],
    ['-9007199254740992', -9007199254740992n],
    ['123456789012345', 123456789012345],
    ['1.0', Number.NaN],
    ['1e2', Number.NaN],
    ['1E2', Number.NaN],
    ['-1.5', Number.NaN],
    ['["1.5", "1234567890123456"]', ['1.5', '1234567890123456']],
    ['["1.5\\"", 1.5]', ['1.5"', Number.NaN]],
    ['{"a":[1,2.5]}', { a: [1, Number.NaN] }],
    ['9'.repeat(4300), BigInt('9'.repeat(4300))],
  ])('%s', (text, value) => expect(parse(text)).toEqual(value))

  test.each([
    ['cut', bytesOf('[')],
    ['with too many digits', bytesOf('9'.repeat(4301))],
    ['with other bytes', Uint8Array.of(0x22, 0xff, 0x22)],
    ['without content', bytesOf('')],
  ])('%s is refused', (_, bytes) => {
    expect(() => parsePayload(bytes)).toThrow(
      expect.objectContaining({ code: 'bad-json', message: 'Payload is not valid JSON' }),
    )
  })
})

describe('a request', () => {
  const parse = (jobs: unknown, limits?: 'unlimited') =>
    parseRequest(bytesOf(JSON.stringify({ jobs })), 5, limits)
  const job = (modules: number, frames: readonly number[]) => ({
    memoryMap: Array(modules).fill(['a', 'A']),
    stacks: frames.map((count) => Array(count).fill([0, 0])),
  })
  const { jobs, modules, stacks, frames } = requestLimits
  test.each([
    ['jobs', jobs, Array(10).fill(job(1, [1])), Array(11).fill(job(1, [1]))],
    ['modules', modules, [job(9999, [1]), job(1, [1])], [job(9999, [1]), job(2, [1])]],
    [
      'stacks',
      stacks,
      [job(1, Array(19_999).fill(0)), job(1, [0])],
      [job(1, Array(19_999).fill(0)), job(1, [0, 0])],
    ],
    ['frames', frames, [job(1, [60_000, 1]), job(1, [39_999])], [job(1, [60_000, 1]), job(1, [40_000])]],
  ])('has a limit of %s, except for trusted clients: %d', (what, limit, most, more) => {
    expect(parse(most)).toHaveLength(most.length)
    expect(() => parse(more)).toThrow(
      new CrashError('bad-usage', `please limit number of ${what} in a single request to <= ${limit}`),
    )
    expect(parse(more, 'unlimited')).toHaveLength(more.length)
  })

  test.each([
    ['libA_b.so+1{}@<x> ~-', 'aF0', true],
    ['', '', true],
    ['a\n', 'A\n', true],
    ['a\n\n', 'A', false],
    ['a/b', 'A', false],
    ['a(b)', 'A', false],
    ['a', 'G', false],
    ['a', 'A-', false],
  ])('may name the module %j with the ID %j: %s', (name, id, expected) => {
    expect(isValidModule(name, id)).toBe(expected)
  })
})

describe('an answer', () => {
  const id = 'D48F191186D67E69DF025AD71FB91E1F0'
  const tableOf = (lines: string[], head = `MODULE Linux x86_64 ${id} a.so`) =>
    tableOfSymFile(parseSymFile(bytesOf(`${[head, ...lines].join('\n')}\n`)))
  const lines = [
    'INFO CODE_ID ABCD a.exe',
    ...['FILE 0 /src/x/../a.c', 'FILE 1', 'INLINE_ORIGIN 0 inner'],
    ...['FUNC 10 20 0 f', 'INLINE 0 7 0 0 10 10', '10 10 3 0', '20 10 0 0'],
    'PUBLIC 100 0 g',
  ]

  async function ask(version: ApiVersion, frames: unknown[], source: ModuleSource, ids = [id]) {
    const memoryMap = ids.map((one) => ['a.so', one])
    const parsed = parseRequest(bytesOf(JSON.stringify({ memoryMap, stacks: [frames] })), version)
    const symbolicated = await symbolicate(parsed, { source })
    return { symbolicated, json: JSON.parse([...answerPieces(symbolicated, version)].join('')) }
  }
  const source = { load: async () => tableOf(lines) }

  test('has what is known of each frame', async () => {
    const offsets = [-1, 0, 0x10, 0x20, 0x101, 2 ** 32]
    const { json } = await ask(5, [...offsets.map((offset) => [0, offset]), [-1, 16]], source)
    const module = 'a.exe'
    expect(json.results[0].stacks[0]).toEqual([
      { frame: 0, module, module_offset: '-0x1' },
      { frame: 1, module, module_offset: '0x0' },
      {
        ...{ frame: 2, module, module_offset: '0x10', function: 'f', function_offset: '0x0' },
        ...{ function_size: '0x20', file: '/src/a.c', line: 7 },
        inlines: [{ function: 'inner', file: '/src/a.c', line: 3 }],
      },
      {
        ...{ frame: 3, module, module_offset: '0x20', function: 'f', function_offset: '0x10' },
        ...{ function_size: '0x20', file: '/src/a.c' },
      },
      { frame: 4, module, module_offset: '0x101', function: 'g', function_offset: '0x1' },
      { frame: 5, module, module_offset: '0x100000000' },
      { frame: 6, module: '<unknown>', module_offset: '0x10' },
    ])
  })

  test('has the function at the start of a module', async () => {
    const { json } = await ask(4, [[0, 0]], { load: async () => tableOf(['FUNC 0 10 0 first']) })
    expect(json.symbolicatedStacks).toEqual([['first (in a.so)']])
  })

  test('of version 4 has a text of each frame', async () => {
    const { json } = await ask(
      4,
      [
        [0, 0x10],
        [0, 1],
        [-1, 2],
      ],
      source,
    )
    expect(json).toEqual({
      symbolicatedStacks: [['f (in a.exe)', '0x1 (in a.exe)', '0x2 (in <unknown>)']],
      knownModules: [true],
    })
  })

  const asked = (table: Awaited<ReturnType<ModuleSource['load']>>) =>
    ask(5, [[0, 16]], { load: async () => table }).then(({ json }) => json.results[0])
  test.each([
    ['none', null, 'Missing', 'There are no symbols for this module'],
    ['an error', { name: 'Pending', message: 'Wait' } as const, 'Pending', 'Wait'],
    [
      'a damaged file',
      corruptTable('it is empty'),
      'Malformed',
      'The symbol file cannot be used: it is empty',
    ],
    [
      'those of another module',
      tableOf(lines, `MODULE Linux x86_64 ${'A'.repeat(33)} a.so`),
      'WrongId',
      `The symbol file is of another module, with debug ID ${'A'.repeat(33)}`,
    ],
  ])('about a module with %s has the reason', async (_, table, name, message) => {
    const { found_modules, module_errors } = await asked(table)
    const key = `a.so/${id}`
    expect([found_modules, module_errors]).toEqual([{ [key]: false }, { [key]: [{ name, message }] }])
  })

  test('counts an ID in small letters as the same, and a file without an ID as that of the module', async () => {
    const small = await ask(5, [[0, 16]], source, [id.toLowerCase()])
    expect(small.json.results[0].found_modules).toEqual({ [`a.so/${id.toLowerCase()}`]: true })
    const { found_modules } = await asked(tableOf(lines, 'INFO x'))
    expect(found_modules).toEqual({ [`a.so/${id}`]: true })
  })

  test('knows nothing of modules without frames, a name or an ID', async () => {
    const { json, symbolicated } = await ask(5, [[1, 16]], source, [id, ''])
    expect(json.results[0].found_modules).toEqual({ [`a.so/${id}`]: null, 'a.so/': null })
    expect(json.results[0].stacks[0]).toEqual([{ frame: 0, module: 'a.so', module_offset: '0x10' }])
    expect([symbolicated.modules.size, json.results[0].module_errors]).toEqual([0, undefined])
  })

  test('has a limit, which is exact but for the brackets', async () => {
    const { symbolicated } = await ask(
      5,
      [
        [0, 1],
        [0, 16],
      ],
      source,
    )
    const text = [...answerPieces(symbolicated, 5, { debug: { a: 1 } })].join('')
    expect(JSON.parse(text).debug).toEqual({ a: 1 })
    const frames = JSON.parse(text).results[0].stacks[0] as { frame: number }[]
    const length = frames.reduce(
      (sum, { frame: _, ...rest }) => sum + JSON.stringify(rest).length - 1 + 15,
      0,
    )
    expect([...answerPieces(symbolicated, 5, { maxLength: length })].join('')).toContain('"f"')
    expect(() => answerPieces(symbolicated, 5, { maxLength: length - 1 })).toThrow(
      new CrashError(
        'bad-usage',
        `please request fewer frames: the answer would have more than ${length - 1} bytes`,
      ),
    )
  })

  test('is in pieces of 64 KiB or little more', async () => {
    const { symbolicated } = await ask(5, Array(5000).fill([0, 16]), source)
    const lengths = [...answerPieces(symbolicated, 5)].map((piece) => piece.length)
    expect(lengths.length).toBeGreaterThan(5)
    for (const length of lengths.slice(0, -1))
      expect(Math.abs(length - 65_536 - 150)).toBeLessThanOrEqual(150)
  })
})
